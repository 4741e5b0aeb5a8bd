"""Any text can be read, in time linear in its length."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage_bot.core.urgency import judge
from triage_bot.reading import read
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Kind, Language, Locale

ZONE = ZoneInfo("Europe/Warsaw")
SENT_AT = datetime(2027, 3, 10, 10, 30, tzinfo=ZONE)
BITS = st.sampled_from(
    ["> ", "On 1.1.2027 wrote:", "do ", "31.2.", "25:99", "99.99.9999", " u ", "za ", "pola ", "petka", "nie ", "\n",
     "Od: a\n", "-- \n", "?", "!", '"', "(", ":", "by ", "12", "00:00", "24:00", "2027-13-45", "29 lutego", "Feb 30th",
     "до ", "хитно ", "\u200d", "\ud83d", "🙂", "0", "w ciągu ", " 999 ", "godzin", "nedelje", "konca", "half past 99"]
)  # fmt: skip


@given(
    subject=st.text(max_size=80),
    body=st.one_of(st.text(), st.lists(BITS, max_size=30).map("".join)),
    prior=st.sampled_from(Locale),
    medium=st.sampled_from(["email", "chat"]),
    machine=st.sampled_from([None, Kind.NEWSLETTER, Kind.NOTIFICATION]),
    sent_at=st.datetimes(SENT_AT.replace(year=1990, tzinfo=None), timezones=st.just(ZONE)),
)
@settings(deadline=None, max_examples=400)
def test_reading_and_judging_never_raise(subject, body, prior, medium, machine, sent_at) -> None:
    found = read(subject, body, sent_at=sent_at, prior=prior, medium=medium, machine=machine)
    for check_at in (None, sent_at):
        assert judge(found, sent_at=sent_at, check_at=check_at)[1]


@pytest.mark.parametrize(
    "piece",
    [">", "a@", " ", "\n> ", "x ", "1.", "pilne nie ", "do 15 ", "On 1.1.2027 10:00\n", "(", '"a', "From: a\nSent: b\n",
     "sklep nie dziala klienci czekaja ", "-- \n", "W dniu 1.1.2027 pisze:\n", "\u0301", "nie", "1:", "za 1 godzin "],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read_in_linear_time(piece: str) -> None:
    def seconds(size: int) -> float:
        body = (piece * (size // len(piece) + 1))[:size]
        started_at = time.process_time()
        read("x", body, sent_at=SENT_AT, prior=Locale.PL)
        return time.process_time() - started_at

    seconds(1_000)
    quarter, whole = seconds(250_000), seconds(1_000_000)
    assert whole < 3
    assert whole < 12 * quarter + 0.2


@pytest.mark.parametrize("language", list(Language))
def test_every_phrase_of_the_lexicon_can_be_read(language: Language) -> None:
    assert lexicon(language).phrases.find(" ok . ", ["ok", "."]) is not None
    lexicon(language).phrases.compile_all()
