"""Moments as they are typed on the command line."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from triage_bot.cli.moments import parse_moment
from triage_bot.errors import UsageError

WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        pytest.param("2026-11-20T12:30", "2026-11-20T12:30:00+01:00", id="wall time of the zone"),
        pytest.param(" 2026-11-20 12:30:15\n", "2026-11-20T12:30:15+01:00", id="a space for the T, space around"),
        pytest.param("2026-11-20T12:30Z", "2026-11-20T13:30:00+01:00", id="UTC"),
        pytest.param("2026-11-20T12:30-05:00", "2026-11-20T18:30:00+01:00", id="another offset"),
        pytest.param("2027-03-28T02:30", "2027-03-28T03:30:00+02:00", id="a time that the clocks skip"),
        pytest.param("2026-10-25T02:30", "2026-10-25T02:30:00+02:00", id="a doubled time is the first"),
        pytest.param("2026-10-25T02:30+01:00", "2026-10-25T02:30:00+01:00", id="unless its offset says the second"),
    ],
)
def test_a_moment_is_read_in_the_given_zone(text: str, moment: str) -> None:
    found = parse_moment(text, WARSAW)
    assert found.isoformat() == moment
    assert found.tzinfo is WARSAW


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-11-20", "20261120", "2026-13-01T10:00", "2026-11-20T25:00", "12:30", "0001-01-01T00:00"],
)
def test_what_is_no_moment_is_refused_and_named(text: str) -> None:
    with pytest.raises(UsageError, match=repr(text)):
        parse_moment(text, WARSAW)


def test_the_hint_of_a_bare_date_can_be_read_again() -> None:
    with pytest.raises(UsageError, match="2026-11-20T09:00"):
        parse_moment("2026-11-20", WARSAW)
    assert isinstance(parse_moment("2026-11-20T09:00", WARSAW), datetime)
