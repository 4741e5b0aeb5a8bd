"""`triage-bot queue`, beside the service that fills the queue."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage_bot.cli import main
from triage_bot.demo.stage import Stage

FRIDAY = datetime(2026, 11, 20, 12, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
CLIENTS = "clients: [{name: Nowak, language: pl, contacts: [{domain: nowak.example}]}]\n"

Queue = Callable[..., Awaitable[tuple[int, str, str]]]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The service, running, with a task, a thank-you and a mail of a stranger in its queue."""
    async with Stage(tmp_path, FRIDAY, CLIENTS) as stage:
        await stage.mail("anna@nowak.example", "Umowa", "Proszę o umowę.\x1b[2J", name="Anna Nowak")
        await stage.mail("anna@nowak.example", "Dziękuję", "Bardzo dziękuję!", name="Anna Nowak")
        await stage.mail("x@stranger.example", "Hello", "Do you work for shops?")
        await stage.quiet()
        yield stage


@pytest.fixture
def queue(stage: Stage, capsys: pytest.CaptureFixture[str]) -> Queue:
    """Runs the command: exit code, what it says, what it complains about."""

    async def run(*arguments: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main, ["queue", *arguments, "--config", str(stage.config_path)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


async def test_what_waits_is_a_table_most_urgent_first(queue: Queue) -> None:
    code, out, _ = await queue()
    head, *rows = out.splitlines()
    assert code == 0
    assert head.split() == ["ID", "URGENCY", "CLIENT", "AGE", "PROMISED", "SUBJECT"]
    assert [row.split()[:3] for row in rows] == [
        ["1", "normal", "Nowak"],
        ["3", "normal", "?"],
        ["2", "none", "Nowak"],
    ]
    assert "Fri 20 Nov 16:00" in rows[0]
    assert rows[0].endswith("Umowa")
    assert await queue("list") == (0, out, "")
    assert await queue("list", "--all") == await queue("--all")


async def test_an_item_is_shown_with_its_whole_history(queue: Queue) -> None:
    code, out, _ = await queue("show", "1")
    assert code == 0
    assert out.startswith("#1 Umowa\n")
    for part in (
        "Nowak, Anna Nowak <anna@nowak.example>",
        "because   a regular message",
        "| Proszę o umowę.",
        "received",
        "decided",
        "acknowledged",
    ):
        assert part in out


async def test_no_message_steers_the_terminal(queue: Queue, stage: Stage) -> None:
    hidden = "=?utf-8?q?Aneks=1B[2J?="
    raw = f"From: {hidden} <anna@nowak.example>\r\nSubject: {hidden}\r\n\r\nProsz\x1b[2J".encode()
    await stage.mail("", "", "", raw=raw)
    await stage.quiet()
    for arguments in ((), ("show", "1"), ("show", "4"), ("done", "4")):
        _, out, _ = await queue(*arguments)
        assert "\x1b" not in out


async def test_why_nobody_was_acknowledged_is_shown(queue: Queue) -> None:
    _, out, _ = await queue("show", "3")
    assert "silent    the sender is unknown" in out
    assert "(unknown sender), <x@stranger.example>" in out


async def test_items_are_closed_and_the_service_goes_on(queue: Queue, stage: Stage) -> None:
    code, out, _ = await queue("done", "1", "2")
    assert (code, out) == (0, "#1 Umowa: done\n#2 Dziękuję: done\n")
    _, out, _ = await queue()
    assert [row.split()[0] for row in out.splitlines()[1:]] == ["3"]
    _, out, _ = await queue("--all")
    assert [row.split()[:2] for row in out.splitlines()[1:]][1:] == [["1", "done"], ["2", "done"]]
    _, out, _ = await queue("show", "1")
    assert "done" in out.splitlines()[-1]
    await stage.mail("anna@nowak.example", "Aneks", "Proszę o aneks.", name="Anna Nowak")
    await stage.quiet()
    _, out, _ = await queue()
    assert "Aneks" in out


async def test_an_empty_queue_says_so(queue: Queue) -> None:
    await queue("done", "1", "2", "3")
    assert await queue() == (0, "Nothing waits.\n", "")


@pytest.mark.parametrize("action", ["show", "done"])
async def test_an_unknown_item_is_a_mistake(queue: Queue, action: str) -> None:
    code, out, err = await queue(action, "99")
    assert (code, out) == (1, "")
    assert err.startswith("there is no item 99")


async def test_what_is_closed_cannot_be_closed_again(queue: Queue) -> None:
    await queue("done", "1")
    assert await queue("done", "1", "2") == (1, "#2 Dziękuję: done\n", "#1 is done already\n")


async def test_the_history_glues_no_words_together(queue: Queue) -> None:
    _, out, _ = await queue("show", "3")
    assert "kind question, not acknowledged: the sender is unknown" in out
    assert "; not acknowledged: the sender is unknown" in out
    assert "suppression" not in out


async def test_an_option_may_stand_before_or_behind_the_action(queue: Queue, stage: Stage) -> None:
    assert await asyncio.to_thread(main, ["queue", "--config", str(stage.config_path), "show", "1"]) == 0


def test_a_database_that_nobody_made_is_told_and_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "config.yaml"
    config.write_text("assistant: {name: K}\n")
    assert main(["queue", "--config", str(config)]) == 1
    assert capsys.readouterr().err == f"{tmp_path}/triage_bot.db does not exist yet: `triage-bot run` makes it.\n"
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]
