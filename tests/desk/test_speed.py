"""The desk stays quick however much waits."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.store.builders import FRIDAY, cursor, mail, silent
from triage_bot.acknowledging import Correspondence
from triage_bot.channels.protocols import AssistantAction
from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.business_calendar import BusinessCalendar, Interval
from triage_bot.core.directory import Directory
from triage_bot.core.limits import Limits
from triage_bot.core.urgency import Urgency
from triage_bot.correcting import Corrections
from triage_bot.desk.commands import COMMANDS
from triage_bot.desk.dialog import NOTHING_SAID
from triage_bot.desk.visit import DeskSettings, Means, Visit
from triage_bot.facts import Facts
from triage_bot.reading.model import Locale
from triage_bot.store.store import Store
from triage_bot.templates import Templates

WARSAW = ZoneInfo("Europe/Warsaw")
OPEN_ITEMS = 1000
DAY = timedelta(days=1)
LIMITS = Limits(DAY, timedelta(minutes=10), timedelta(hours=6), 5, 20, 30, 200)


def visit(store: Store, folder: Path, now: datetime) -> Visit:
    calendar = BusinessCalendar(WARSAW, ((Interval(480, 960),),) * 5 + ((),) * 2, ((480, 720, 960),) * 5 + ((),) * 2)
    agreement = Agreement(calendar)
    assistant = Assistant("Anna", Locale.PL, WARSAW, 1000)
    client = Client("Firma", agreement, Locale.PL, WARSAW)
    directory = Directory(assistant, agreement, [client])
    by = Correspondence(directory, LIMITS, Templates(), {}, "telegram")
    settings = DeskSettings(timedelta(seconds=20), 1000, folder / "files")
    means = Means(store, by, Facts(folder), settings, Corrections(store, by), lambda: None)
    return Visit(means, assistant, AssistantAction(1, 1000, 1, now), NOTHING_SAID, now)


@pytest.mark.parametrize(
    ("command", "rest"), [("queue", ""), ("next", ""), ("today", ""), ("week", ""), ("client", "Firma")]
)
def test_with_a_thousand_open_items_an_answer_takes_less_than_200_ms(
    store: Store, tmp_path: Path, command: str, rest: str
) -> None:
    batch = [mail(number, f"jan{number}@firma.pl", subject=f"Raport {number}") for number in range(OPEN_ITEMS)]
    store.record(batch, cursor(), silent, at=FRIDAY)
    asked = visit(store, tmp_path, FRIDAY + timedelta(hours=1))
    assert len(asked.waiting()) == OPEN_ITEMS
    assert asked.waiting()[0].urgency is Urgency.NORMAL
    took = []
    for _ in range(3):
        began = time.process_time()
        answer = COMMANDS[command](asked, rest)
        took.append(time.process_time() - began)
        assert answer.blocks
    assert min(took) < 0.2
