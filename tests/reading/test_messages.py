"""Whole messages, read and judged under one agreement: checks at 08:00, 12:00 and 16:00 on weekdays.

The tables `first` to `fifth` and `held` in `messages/` are what the lexicon was mended with, `last` is what it is
measured on: no word was added for it. A share of right answers is demanded of each, not every single one: words are
ambiguous, and a test that pins every one of them would only teach the lexicon the tests.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core.public_holidays import lookup
from triage_bot.core.urgency import Urgency, judge
from triage_bot.reading import read
from triage_bot.reading.model import Kind, Locale, Tone

TABLES = Path(__file__).parent / "messages"
SILENT = {Kind.THANKS, Kind.SMALLTALK, Kind.NEWSLETTER, Kind.NOTIFICATION}


@dataclass(frozen=True)
class Labelled:
    place: str
    language: str
    urgency: str
    deadlines: frozenset[str]
    kinds: frozenset[str]
    needs_ack: bool
    tone: str
    medium: str
    sent_at: datetime
    subject: str
    body: str


def labelled(table: str) -> list[Labelled]:
    return [row for path in sorted(TABLES.glob(f"{table}_*.txt")) for row in _rows(path)]


def _rows(path: Path) -> list[Labelled]:
    language = path.stem.rpartition("_")[2]
    zone = ZoneInfo("Europe/Belgrade" if language == "sr" else "Europe/Warsaw")
    rows = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        urgency, deadline, kind, tone, _, medium, sent, subject, body = line.split(" | ", 8)
        rows.append(
            Labelled(
                f"{path.name}:{number}",
                language,
                urgency,
                frozenset(deadline.split("/")),
                frozenset(kind.lstrip("!").split("/")),
                urgency != "none" and not kind.startswith("!"),
                "neutral" if tone == "-" else tone,
                medium,
                datetime.fromisoformat(sent).replace(tzinfo=zone),
                "" if subject == "-" else subject,
                body.replace("\\n", "\n"),
            )
        )
    return rows


def next_check(at: datetime, language: str) -> datetime:
    holiday = lookup("RS" if language == "sr" else "PL")
    for days in range(30):
        day = at.date() + timedelta(days=days)
        if day.weekday() < 5 and holiday(day) is None:
            for hour in (8, 12, 16):
                check = datetime.combine(day, time(hour), at.tzinfo)
                if check >= at:
                    return check
    raise AssertionError("a month without a check")


def deadline_of(at: date | datetime | None) -> str:
    if at is None:
        return "-"
    return at.strftime("%Y-%m-%dT%H:%M") if isinstance(at, datetime) else at.isoformat()


@dataclass
class Score:
    """Shares of right answers."""

    urgent_precision: float
    urgent_recall: float
    deadline: float
    needs_ack: float
    kind: float
    tone: float
    language: float
    wrong: list[str]


def score(rows: list[Labelled], prior: Locale | None = None) -> Score:
    hits: dict[str, list[bool]] = {name: [] for name in ("deadline", "needs_ack", "kind", "tone", "language")}
    urgent: list[tuple[bool, bool]] = []
    wrong = []
    for row in rows:
        found = read(row.subject, row.body, sent_at=row.sent_at, prior=prior or Locale(row.language), medium=row.medium)
        urgency, _ = judge(found, sent_at=row.sent_at, check_at=next_check(row.sent_at, row.language))
        deadline = deadline_of(found.deadline.at if found.deadline else None)
        answers = {
            "deadline": deadline in row.deadlines,
            "needs_ack": found.needs_ack == row.needs_ack,
            "kind": found.kind.value in row.kinds,
            "tone": found.tone.value == row.tone,
            "language": found.language.value == row.language,
        }
        for name, right in answers.items():
            hits[name].append(right)
        urgent.append((row.urgency == "urgent", urgency is Urgency.URGENT))
        if not all(answers.values()) or urgency.value != row.urgency:
            wrong.append(f"{row.place}: {urgency.value} {found.kind.value} {deadline} {row.body[:80]}")
    both = sum(1 for right, said in urgent if right and said)
    shares = {name: sum(values) / len(values) for name, values in hits.items()}
    return Score(
        both / max(1, sum(said for _, said in urgent)),
        both / max(1, sum(right for right, _ in urgent)),
        shares["deadline"],
        shares["needs_ack"],
        shares["kind"],
        shares["tone"],
        shares["language"],
        wrong,
    )


@pytest.mark.parametrize("table", ["first", "second", "third", "fourth", "fifth"])
def test_messages_the_lexicon_was_written_for_are_read_right(table: str) -> None:
    result = score(labelled(table))
    told = "\n".join(result.wrong)
    assert result.urgent_precision >= 0.95, told
    assert result.urgent_recall >= 0.95, told
    assert result.deadline >= 0.92, told
    assert result.needs_ack >= 0.95, told
    assert result.kind >= 0.85, told
    assert result.tone >= 0.95, told
    assert result.language >= 0.98, told


def test_messages_that_no_word_was_added_for_are_mostly_read_right() -> None:
    result = score(labelled("last"))
    told = "\n".join(result.wrong)
    assert result.urgent_precision >= 0.9, told
    assert result.urgent_recall >= 0.8, told
    assert result.deadline >= 0.9, told
    assert result.needs_ack >= 0.95, told
    assert result.kind >= 0.85, told
    assert result.tone >= 0.95, told
    assert result.language >= 0.98, told


def alone(name: str) -> list[tuple[str, Urgency, Tone]]:
    """Subject and body, urgency and tone of the messages of the tables that hold no labels."""
    judged = []
    for path in sorted(TABLES.glob(f"{name}_*.txt")):
        language = path.stem.rpartition("_")[2]
        sent_at = datetime(2027, 4, 14, 10, 25, tzinfo=ZoneInfo("Europe/Warsaw"))
        for line in path.read_text("utf-8").splitlines():
            subject, _, body = line.rpartition(" | ")
            found = read(subject, body, sent_at=sent_at, prior=Locale(language), medium="email" if subject else "chat")
            urgency, _ = judge(found, sent_at=sent_at, check_at=next_check(sent_at, language))
            judged.append((line, urgency, found.tone))
    return judged


def test_everyday_business_mails_raise_no_alarm() -> None:
    mails = alone("everyday")
    alarms = [line for line, urgency, _ in mails if urgency is Urgency.URGENT]
    assert len(mails) >= 300
    assert len(alarms) / len(mails) < 0.01, "\n".join(alarms)


def test_nobody_is_taken_for_abusive_in_everyday_business_mails() -> None:
    assert [line for line, _, tone in alone("everyday") if tone is Tone.ABUSIVE] == []


def test_harm_is_found_in_words_that_ask_for_nothing() -> None:
    messages = alone("harm")
    missed = [line for line, urgency, _ in messages if urgency is not Urgency.URGENT]
    assert len(missed) / len(messages) < 0.1, "\n".join(missed)


@pytest.mark.parametrize("prior", list(Locale))
def test_the_language_of_a_message_is_found_whatever_the_client_usually_writes(prior: Locale) -> None:
    rows = [row for row in labelled("first") + labelled("second") if len(row.body.split()) >= 4]
    assert score(rows, prior).language >= 0.97
