"""How many messages a second of one core are read and judged, nothing recorded and nothing sent."""

import argparse
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from benchmarks import mails
from benchmarks.imap_servers import folder_on_disk
from benchmarks.report import Goal, Report
from benchmarks.texts import chat_text
from triage_bot import garbage
from triage_bot.channels.mail_parse import Sizes, parse_whole
from triage_bot.config import build, load_config
from triage_bot.core.messages import IncomingMessage, Medium
from triage_bot.core.triage import Terms, judge

CHATS = 5_000
MAILS = 2_000
ROUNDS = 5
LEAST_CHATS, LEAST_MAILS = 2_000, 800
SIZES = Sizes(65_536, 262_144, 262_144)
CLIENTS = """\
assistant: {name: Katarzyna, language: pl}
clients:
  - {name: Chat, contacts: [{telegram: 77}]}
  - {name: Mail, contacts: [%s]}
"""


def run(options: argparse.Namespace) -> Report:
    with folder_on_disk(options.folder) as folder:
        terms = _terms(folder)
    now = mails.now()
    chats = [
        IncomingMessage("telegram", Medium.CHAT, str(number), now, text=chat_text(number), chat_id=77)
        for number in range(CHATS)
    ]
    raws = [mails.small(number, now) for number in range(MAILS)]

    def whole(number: int) -> IncomingMessage:
        return parse_whole(raws[number], channel="kontakt", key=str(number), received_at=now, sizes=SIZES)

    parsed = [whole(number) for number in range(MAILS)]
    with _memory_settled():
        rates = {
            "chat messages": _rate(lambda: _judge(chats, terms), CHATS),
            "mails, parsed and judged": _rate(lambda: _judge([whole(number) for number in range(MAILS)], terms), MAILS),
            "mails, judged": _rate(lambda: _judge(parsed, terms), MAILS),
            "mails, parsed": _rate(lambda: [whole(number) for number in range(MAILS)], MAILS),
        }
    return Report(
        "judging",
        ("", "a second", "ms each"),
        [(name, rate, 1000 / rate) for name, rate in rates.items()],
        goals=[
            Goal("chat messages", rates["chat messages"], LEAST_CHATS, unit=" a second"),
            Goal("mails, parsed and judged", rates["mails, parsed and judged"], LEAST_MAILS, unit=" a second"),
        ],
        notes=[
            f"CPU time of one thread, which waits for nothing; the best of {ROUNDS} rounds, collector as in service"
        ],
        figures=dict(rates),
    )


def _terms(folder: Path) -> Terms:
    file = folder / "config.yaml"
    file.write_text(CLIENTS % ", ".join(f"{{domain: {mails.domain(number)}}}" for number in range(mails.DOMAINS)))
    return build.terms(load_config(file))


def _judge(messages: Sequence[IncomingMessage], terms: Terms) -> None:
    for message in messages:
        judge(message, terms, now=message.received_at + timedelta(seconds=2))


@contextmanager
def _memory_settled() -> Iterator[None]:
    """The garbage collector as the service sets it once it has started."""
    before = gc.get_threshold()
    garbage.settle()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _rate(work: Callable[[], object], count: int) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.thread_time()
        work()
        times.append(time.thread_time() - began)
    return count / min(times)
