"""The second process decides as the first would, and is never left alone."""

import asyncio
import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from tests.patience import PATIENCE
from triage_bot.config import build, load_config
from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.core.triage import Terms, judge
from triage_bot.judging import MOST, THOUSANDS, THREADS, Judging
from triage_bot.logs import JsonLines, PlainLines

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPOSITORY = Path(__file__).parents[1]
CONFIG = """\
assistant: {name: Katarzyna, language: pl, telegram: 1000}
agreement: {holidays: {country: PL}, check_windows: {mon-fri: ["08:00", "16:00"]}}
clients:
  - {name: Nowak, contacts: [{domain: nowak.example}, {telegram: "@nowak"}]}
urgency_rules:
  - {name: invoices, when: {text: faktur}, then: {urgency: low, tag: books}}
  - {name: again, when: {unanswered: 3}, then: {urgency: urgent}}
"""
TEXTS = (
    "Dzień dobry, proszę o fakturę za listopad.",
    "PILNE! Serwer nie działa, klienci nie mogą płacić.",
    "Hitno je, sajt ne radi od jutros.",
    "Please send me the report by Friday, thanks.",
    "Dziękuję!",
    "",
)


@pytest.fixture
def terms(tmp_path: Path) -> Terms:
    return terms_of(tmp_path, CONFIG)


def terms_of(folder: Path, text: str) -> Terms:
    (folder / "config.yaml").write_text(text, encoding="utf-8")
    return build.terms(load_config(folder / "config.yaml"))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(THREADS) as threads:
        yield threads


@asynccontextmanager
async def judging(
    terms: Terms, pool: ThreadPoolExecutor, *, waited: int = 1000, idle: float = 60.0
) -> AsyncIterator[Judging]:
    judge = Judging(terms, pool, second_process=True, enough=10, waited=waited, idle=idle)
    try:
        yield judge
    finally:
        await judge.aclose()


def messages(number: int = 24) -> list[IncomingMessage]:
    """Mails with headers and without, of known and unknown senders, and chat messages."""
    made = []
    for each in range(number):
        message = IncomingMessage(
            channel="kontakt",
            medium=Medium.EMAIL,
            key=f"INBOX/1/{each}",
            received_at=NOW - timedelta(minutes=each),
            sent_at=NOW - timedelta(minutes=each, seconds=3),
            text=TEXTS[each % len(TEXTS)],
            subject="Sprawa",
            header_from=Address("jan@nowak.example" if each % 5 else "ktos@obcy.example", "Jan"),
            message_id=f"{each}@nowak.example",
        )
        if each % 3 == 1:
            message = replace(message, headers={"list-id": ("<news.nowak.example>",)})
        if each % 3 == 2:
            message = replace(message, medium=Medium.CHAT, chat_id=5, username="nowak", header_from=Address(""))
        made.append(message)
    return made


def here(batch: list[IncomingMessage], terms: Terms) -> dict[tuple[str, str], object]:
    return {(message.channel, message.key): judge(message, terms, now=NOW) for message in batch}


async def until_ready(judging: Judging) -> int:
    """Give it a full batch; returns the id of the process that judged it."""
    await judging.judge(messages(), NOW)
    (pid,) = judging.process_ids
    return pid


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def until_gone(pid: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while is_alive(pid):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("foreseen", "processes"),
    [
        pytest.param(9, 0, id="no full batch"),
        pytest.param(10, 1, id="a full batch"),
        pytest.param(THOUSANDS, MOST, id="thousands"),
    ],
)
async def test_what_is_foreseen_finds_the_processes_started(
    terms: Terms, pool: ThreadPoolExecutor, foreseen: int, processes: int
) -> None:
    async with judging(terms, pool) as judge:
        judge.foresee(foreseen)
        judge.foresee(foreseen)
        started = list(judge.process_ids)
        assert len(started) == processes
        batch = messages()
        assert await judge.judge(batch, NOW) == here(batch, terms)
        assert set(started) <= set(judge.process_ids)


async def test_processes_for_what_never_came_end(terms: Terms, pool: ThreadPoolExecutor) -> None:
    async with judging(terms, pool, idle=0.05) as judge:
        judge.foresee(THOUSANDS)
        assert judge.process_ids
        async with asyncio.timeout(PATIENCE):
            while judge.process_ids:
                await asyncio.sleep(0.01)


async def test_it_decides_what_the_thread_decides(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """Every field of every decision is equal, whoever made it."""
    async with judging(terms, pool) as second:
        await until_ready(second)
        assert second.wants(messages())
        assert await second.judge(messages(), NOW) == here(messages(), terms)


async def test_a_small_batch_starts_no_process(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """One mail at a time is judged in a thread."""
    async with judging(terms, pool) as second:
        few = messages(9)
        assert not second.wants(few)
        assert await second.judge(few, NOW) == here(few, terms)
        assert not second.process_ids


async def test_a_first_full_batch_is_judged_there(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """It waits for the process, instead of having everything loaded here as well."""
    async with judging(terms, pool) as second:
        assert await second.judge(messages(), NOW) == here(messages(), terms)
        assert second.process_ids


async def test_answers_come_in_the_order_of_the_questions(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """Of many batches at once, larger than what a pipe holds, each gets its own decisions."""
    async with judging(terms, pool) as second:
        batches = [messages(number) for number in range(20, 1000, 140)]
        found = await asyncio.gather(*(second.judge(batch, NOW) for batch in batches))
        assert found == [here(batch, terms) for batch in batches]


async def test_another_one_begins_when_batches_wait(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """No more than two, and both end when there is nothing to do."""
    async with judging(terms, pool, waited=2, idle=0.05) as second:
        batches = [messages(20 + number) for number in range(12)]
        waiting = [asyncio.create_task(second.judge(batch, NOW)) for batch in batches]
        await asyncio.sleep(0)
        both = second.process_ids
        assert len(both) == 2
        assert await asyncio.gather(*waiting) == [here(batch, terms) for batch in batches]
        for pid in both:
            await until_gone(pid)
        assert not second.process_ids


async def test_of_two_one_is_killed(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """Its batches are judged in a thread; the other goes on."""
    async with judging(terms, pool, waited=0) as second:
        waiting = [asyncio.create_task(second.judge(messages(200), NOW)) for _ in range(6)]
        await asyncio.sleep(0)
        one, other = second.process_ids
        os.kill(one, signal.SIGKILL)
        assert await asyncio.gather(*waiting) == [here(messages(200), terms)] * 6
        assert second.process_ids == [other]


async def test_it_cannot_be_started(
    terms: Terms, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Then the thread judges, and the log says so."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    async with judging(terms, pool) as second:
        assert await second.judge(messages(), NOW) == here(messages(), terms)
        assert not second.process_ids
        assert "second process" in caplog.text


async def test_it_ends_before_it_can_judge(
    terms: Terms, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The batches that were given to it already are judged in a thread, and the log says it once."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    async with judging(terms, pool) as second:
        found = await asyncio.gather(*(second.judge(messages(), NOW) for _ in range(5)))
        assert found == [here(messages(), terms)] * 5
        assert caplog.text.count("second process") == 1


async def test_switched_off_it_never_starts(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """`judging: {second_process: false}` is obeyed."""
    alone = Judging(terms, pool, second_process=False, enough=1)
    assert await alone.judge(messages(), NOW) == here(messages(), terms)
    assert not alone.process_ids


async def test_without_work_it_ends(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """And it is started again for the next full batch."""
    async with judging(terms, pool, idle=0.05) as second:
        first = await until_ready(second)
        await until_gone(first)
        assert await until_ready(second) != first


async def test_when_it_is_killed_the_thread_judges(
    terms: Terms, pool: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture
) -> None:
    """The batch is decided all the same, and the log says why it was slow."""
    async with judging(terms, pool) as second:
        os.kill(await until_ready(second), signal.SIGKILL)
        assert await second.judge(messages(), NOW) == here(messages(), terms)
        assert not second.process_ids
        assert [record.levelno for record in caplog.records] == [logging.WARNING]
        assert "second process" in caplog.text
        # What kills it may kill it again: it is not tried at once.
        await second.judge(messages(), NOW)
        assert not second.process_ids


async def test_it_is_killed_in_the_middle_of_a_batch(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """Stopped, so that it cannot answer, and then killed."""
    async with judging(terms, pool) as second:
        pid = await until_ready(second)
        os.kill(pid, signal.SIGSTOP)
        waiting = [asyncio.create_task(second.judge(messages(600), NOW)) for _ in range(3)]
        await asyncio.sleep(0)
        os.kill(pid, signal.SIGKILL)
        assert await asyncio.gather(*waiting) == [here(messages(600), terms)] * 3


async def test_signals_of_the_service_are_not_for_it(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """Ctrl-C, a reload and the end of the service concern the first process alone."""
    async with judging(terms, pool) as second:
        pid = await until_ready(second)
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            os.kill(pid, number)
        assert await second.judge(messages(), NOW) == here(messages(), terms)
        assert second.process_ids == [pid]


async def test_it_ends_with_its_generation(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """After a reload another process goes by the new terms."""
    async with judging(terms, pool) as second:
        pid = await until_ready(second)
    assert not is_alive(pid)


async def test_a_reload_in_the_middle_of_a_batch(terms: Terms, pool: ThreadPoolExecutor) -> None:
    """Who waited is cancelled; nothing hangs and no process is left."""
    async with judging(terms, pool) as second:
        pid = await until_ready(second)
        os.kill(pid, signal.SIGSTOP)
        waiting = asyncio.create_task(second.judge(messages(), NOW))
        await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.wait([waiting])
        assert waiting.cancelled()
    assert not is_alive(pid)


async def test_new_terms_are_gone_by(tmp_path: Path, pool: ThreadPoolExecutor) -> None:
    """A process of the old configuration judges nothing for the new one."""
    for name in ("Nowak", "Kowalski"):
        terms = terms_of(tmp_path, CONFIG.replace("name: Nowak", f"name: {name}"))
        async with judging(terms, pool) as second:
            await until_ready(second)
            found = await second.judge(messages(), NOW)
        assert {decision.client for decision in found.values()} == {"", name}


@pytest.fixture(params=[JsonLines(), PlainLines()], ids=["json", "plain"])
def formatter(request: pytest.FixtureRequest) -> Iterator[logging.Formatter]:
    """That of this process's log."""
    handler = logging.NullHandler()
    handler.setFormatter(request.param)
    logging.getLogger().addHandler(handler)
    yield request.param
    logging.getLogger().removeHandler(handler)


async def test_its_log_is_written_as_ours(
    terms: Terms, pool: ThreadPoolExecutor, formatter: logging.Formatter, capfd: pytest.CaptureFixture[str]
) -> None:
    """A message that cannot be judged there is told in a line of the format that `run` was asked for."""
    broken = replace(messages(1)[0], key="INBOX/1/broken", text=cast("str", None))
    async with judging(terms, pool) as second:
        await second.judge([*messages(), broken], NOW)
    (line,) = [each for each in capfd.readouterr().err.splitlines() if "INBOX/1/broken: could not be judged" in each]
    if isinstance(formatter, JsonLines):
        assert json.loads(line)["logger"] == "triage_bot.second_judge"
    else:
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ERROR   kontakt ", line)


LONELY = """
import asyncio, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.test_judging import judging, terms_of, until_ready, CONFIG

async def main():
    async with judging(terms_of(Path(sys.argv[1]), CONFIG), ThreadPoolExecutor(4)) as second:
        print(await until_ready(second), flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_killed_service_leaves_no_process(tmp_path: Path) -> None:
    """kill -9 leaves no time to say goodbye: the second process notices it by itself."""
    with subprocess.Popen(
        [sys.executable, "-c", LONELY, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    ) as service:
        assert service.stdout is not None
        pid = int(service.stdout.readline())
        assert is_alive(pid)
        service.kill()
    await until_gone(pid)
