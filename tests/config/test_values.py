"""The words that values are made of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage_bot.config import contacts, values
from triage_bot.config.values import Wrong

H = 60


@pytest.mark.parametrize(
    ("read", "written", "value"),
    [
        (values.span_of, "90s", timedelta(seconds=90)),
        (values.span_of, "5m", timedelta(minutes=5)),
        (values.span_of, "24h", timedelta(hours=24)),
        (values.span_of, "2 d", timedelta(days=2)),
        (values.time_of, "8:00", 8 * H),
        (values.time_of, "08:05", 8 * H + 5),
        (values.time_of, "00:00", 0),
        (values.time_of, "23:59", 24 * H - 1),
        (values.interval_of, "08:00-16:00", (8 * H, 16 * H)),
        (values.interval_of, "8:00 – 16:30", (8 * H, 16 * H + 30)),
        (values.interval_of, "22:00-02:00", (22 * H, 26 * H)),
        (values.interval_of, "00:00-24:00", (0, 24 * H)),
        (values.interval_of, "18:00-00:00", (18 * H, 24 * H)),
        (values.weekdays_of, "mon", [0]),
        (values.weekdays_of, "mon-fri", [0, 1, 2, 3, 4]),
        (values.weekdays_of, "mon, wed", [0, 2]),
        (values.weekdays_of, "fri-mon", [4, 5, 6, 0]),
        (values.weekdays_of, "mon-tue,sun", [0, 1, 6]),
        (values.flag_of, "true", True),
        (values.flag_of, "false", False),
        (values.moment_of, "2026-11-20T08:00Z", datetime(2026, 11, 20, 8, tzinfo=UTC)),
        (contacts.address_of, "Jan.Kowalski@Firma.PL", "jan.kowalski@firma.pl"),
        (contacts.address_of, "józef@łódź.example", "józef@łódź.example"),
        (contacts.address_of, "kasia@localhost", "kasia@localhost"),
        (contacts.telegram_of, "@Jan_K", "jan_k"),
        (contacts.telegram_of, "123456789", 123456789),
        (contacts.telegram_of, "-1001234567890", -1001234567890),
        (contacts.sender_of, "@Firma.example", "@firma.example"),
        (contacts.sender_of, "123456", "123456"),
        (contacts.host_of, "IMAP.example", "imap.example"),
        (contacts.host_of, "[::1]", "::1"),
    ],
)
def test_a_value_is_read(read: Callable[[object], Any], written: str, value: object) -> None:
    assert read(written) == value


@pytest.mark.parametrize(
    ("read", "written"),
    [
        (values.span_of, "5"),
        (values.span_of, "-5m"),
        (values.span_of, "5M"),
        (values.span_of, "999999999d"),
        (values.time_of, "24:00"),
        (values.time_of, "24:01"),
        (values.time_of, "8:60"),
        (values.time_of, "8.00"),
        (values.time_of, "٠٨:٠٠x"),
        (values.interval_of, "08:00-25:00"),
        (values.interval_of, "24:00-08:00"),
        (values.weekdays_of, "mon-"),
        (values.weekdays_of, ""),
        (values.weekdays_of, "Mon"),
        (values.flag_of, "yes"),
        (values.flag_of, "True"),
        (values.date_of, "20261231"),
        (values.date_of, "31.12.2026"),
        (values.moment_of, "2026-11-20 08:00"),
        (values.zone_of, ""),
        (values.zone_of, "Europe"),
        (values.zone_of, "../../etc/passwd"),
        (values.zone_of, "/etc/localtime"),
        (values.zone_of, "localtime"),
        (values.zone_of, "posixrules"),
        (values.zone_of, "posix/Europe/Warsaw"),
        (values.time_of, "٠٨:٠٠"),
        (values.span_of, "٥m"),
        (values.date_of, "0001-01-01"),
        (values.date_of, "9999-12-31"),
        (values.moment_of, "0001-01-01T00:00+14:00"),
        (values.line_of, "a\r\nBcc: b@example.org"),
        (values.line_of, "a\u0085b"),
        (contacts.address_of, "jan@firma"),
        (contacts.address_of, "jan@@firma.pl"),
        (contacts.address_of, "jan @firma.pl"),
        (contacts.address_of, "jan@firma.pl\nx"),
        (contacts.domain_of, "firma"),
        (contacts.domain_of, "https://firma.pl"),
        (contacts.telegram_of, "@jan"),
        (contacts.telegram_of, "--100123"),
        (contacts.telegram_of, "0"),
        (contacts.host_of, "imaps://imap.example"),
    ],
)
def test_a_value_is_refused(read: Callable[[object], Any], written: str) -> None:
    with pytest.raises(Wrong):
        read(written)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "imap.localhost"])
def test_this_machine_is_known_by(host: str) -> None:
    assert contacts.is_loopback(host)


@pytest.mark.parametrize("host", ["10.0.0.1", "0.0.0.0", "localhost.example", "::2", "imap.example"])
def test_another_machine_is_not_taken_for_this_one(host: str) -> None:
    assert not contacts.is_loopback(host)


def test_a_long_value_is_quoted_shortly() -> None:
    assert len(values.shown("x" * 10_000)) < 70
