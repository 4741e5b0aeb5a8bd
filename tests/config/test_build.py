"""What decisions are given of a configuration."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage_bot.config import Config, build, load_config
from triage_bot.core.agreement import ResponseKind
from triage_bot.core.business_calendar import Interval
from triage_bot.core.replies import message_id_domain
from triage_bot.core.rules import RuleFacts, first_hit
from triage_bot.core.urgency import Urgency
from triage_bot.errors import UsageError
from triage_bot.reading.model import Locale
from triage_bot.resources import example_config


def configured(folder: Path, text: str) -> Config:
    file = folder / "config.yaml"
    file.write_text("assistant: {name: Katarzyna}\n" + text, encoding="utf-8")
    return load_config(file)


@pytest.fixture(scope="module")
def example() -> Config:
    return load_config(example_config())


def test_the_defaults_are_the_agreement_of_the_example(tmp_path: Path, example: Config) -> None:
    assert build.default_agreement(configured(tmp_path, "")) == build.default_agreement(example)


def test_the_default_calendar_is_checked_three_times_a_working_day_in_poland(tmp_path: Path) -> None:
    calendar = build.default_agreement(configured(tmp_path, "")).calendar
    assert calendar.zone == ZoneInfo("Europe/Warsaw")
    assert calendar.windows == ((480, 720, 960),) * 5 + ((), ())
    assert calendar.hours[4] == (Interval(480, 960),)
    assert calendar.holidays(date(2026, 11, 11)) is not None
    assert calendar.next_window(datetime(2026, 11, 20, 16, 1, tzinfo=UTC)) == datetime(2026, 11, 23, 7, tzinfo=UTC)


def test_the_assistant_knows_all_her_addresses(example: Config) -> None:
    assistant = build.assistant(example)
    assert assistant.addresses == {"kontakt@zaradna.example", "biuro@zaradna.example"}
    assert (assistant.locale, assistant.telegram_id) == (Locale.PL, 123456789)


def test_what_gives_our_own_mail_away_follows_from_her_addresses(example: Config) -> None:
    ours = build.terms(example).ours
    assert ours.addresses == build.assistant(example).addresses
    assert message_id_domain("kontakt@zaradna.example") in ours.message_id_domains
    assert ours.authserv_ids == frozenset()


def test_a_key_of_a_client_replaces_that_of_the_default_and_no_other(example: Config) -> None:
    default = build.default_agreement(example)
    kowalski, jovic, harbor = (client.agreement for client in build.clients(example))
    assert kowalski.emergencies.alert_from == time(7)
    assert kowalski.emergencies.alert_until == time(22)
    assert kowalski.emergencies.contact == "+48 600 100 200"
    assert (kowalski.calendar, kowalski.response) == (default.calendar, default.response)
    assert (jovic.response.kind, jovic.response.within) == (ResponseKind.WITHIN, timedelta(hours=4))
    assert harbor.calendar.windows == ((720, 960),) * 5 + ((), ())
    assert harbor.calendar.hours == default.calendar.hours


def test_a_client_says_the_same_as_the_default_and_stays_equal(tmp_path: Path) -> None:
    config = configured(
        tmp_path, "agreement: {acknowledge: false}\nclients: [{name: K, agreement: {acknowledge: true}}, {name: L}]\n"
    )
    assert [client.agreement.acknowledge for client in build.clients(config)] == [True, False]


def test_the_language_and_zone_of_a_client_follow_from_what_is_around_her(tmp_path: Path) -> None:
    config = configured(
        tmp_path,
        "clients:\n"
        "  - name: plain\n"
        "  - name: works by another clock\n    agreement: {zone: Asia/Kolkata}\n"
        "  - name: lives by another clock\n    zone: America/New_York\n    language: sr-Cyrl\n",
    )
    found = [(client.locale, client.zone.key, client.agreement.calendar.zone.key) for client in build.clients(config)]
    assert found == [
        (Locale.PL, "Europe/Warsaw", "Europe/Warsaw"),
        (Locale.PL, "Asia/Kolkata", "Asia/Kolkata"),
        (Locale.SR_CYRL, "America/New_York", "Europe/Warsaw"),
    ]


def test_contacts_are_sorted_by_kind(example: Config) -> None:
    kowalski, jovic, _ = build.clients(example)
    assert kowalski.addresses == {"jan@studio-kowalski.example"}
    assert kowalski.domains == {"studio-kowalski.example"}
    assert kowalski.telegram_ids == {223344556}
    assert jovic.telegram_names == {"ana_jovic"}


@pytest.mark.parametrize(
    ("alert", "hours"),
    [
        ("in_hours", (None, None)),
        ("always", (time(0), time(0))),
        ('"07:00-22:00"', (time(7), time(22))),
        ('"22:00-02:00"', (time(22), time(2))),
        ('"07:00-24:00"', (time(7), time(0))),
    ],
)
def test_alerts_come_at_the_agreed_hours(tmp_path: Path, alert: str, hours: tuple[time, time]) -> None:
    emergencies = build.default_agreement(
        configured(tmp_path, f"agreement: {{emergencies: {{alert: {alert}}}}}\n")
    ).emergencies
    assert (emergencies.alert_from, emergencies.alert_until) == hours


def test_days_of_every_kind_reach_the_calendar(tmp_path: Path) -> None:
    calendar = build.default_agreement(
        configured(
            tmp_path,
            "agreement:\n"
            "  holidays: none\n"
            "  days_off: [2026-12-31, {on: 2027-01-04, name: Inwentura}]\n"
            "  worked_days: [2026-11-11]\n"
            '  special_days: [{on: 2026-12-23, hours: "08:00-12:00", windows: ["08:00"]}, {on: 2026-12-22}]\n'
            "  vacations: [{first_on: 2027-02-01, last_on: 2027-02-12, stand_in: Ana}]\n",
        )
    ).calendar
    assert calendar.holidays(date(2026, 12, 25)) is None
    assert [(day.on, day.name) for day in calendar.days_off] == [
        (date(2026, 12, 31), ""),
        (date(2027, 1, 4), "Inwentura"),
    ]
    assert calendar.worked_days == {date(2026, 11, 11)}
    assert calendar.special_days[0].hours == (Interval(480, 720),)
    assert calendar.special_days[0].windows == (480,)
    assert calendar.special_days[1].hours is None
    assert calendar.vacations[0].stand_in == "Ana"


def test_two_configurations_of_equal_text_are_equal(tmp_path: Path) -> None:
    assert configured(tmp_path, "") == configured(tmp_path, "")
    assert build.clients(load_config(example_config())) == build.clients(load_config(example_config()))


def test_rules_hit_as_they_were_written(example: Config) -> None:
    rules = build.rules(example)
    facts = RuleFacts(
        "Studio Kowalski", "jan@studio-kowalski.example", "kontakt", "Pomocy", "nasz sklep nie dziala!", True
    )
    hit = first_hit(rules, facts)
    assert hit is not None
    assert (hit.name, hit.urgency, hit.alert, hit.acknowledge) == ("the shop is down", Urgency.URGENT, True, None)


def test_the_usual_ports_follow_from_the_security(tmp_path: Path) -> None:
    accounts = [
        f"{{name: n{number}, address: n{number}@zaradna.example, "
        f"imap: {{host: localhost, user: u{number}, password_env: P{security}}}, smtp: {{host: localhost{security}}}}}"
        for number, security in enumerate(("", ", security: starttls", ", security: none"))
    ]
    config = configured(tmp_path, f"channels: {{mail: [{', '.join(accounts)}]}}\n")
    assert [(a.imap.port, a.smtp.port) for a in config.channels.mail] == [(993, 465), (143, 587), (143, 25)]


def test_servers_are_made_with_their_secrets_and_never_show_them(
    example: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRIAGE_BOT_MAIL_PASSWORD", "zażółć-hunter2")
    monkeypatch.setenv("TRIAGE_BOT_TELEGRAM_TOKEN", "123:hunter2")
    account = example.channels.mail[0]
    imap, smtp = build.imap_server(account), build.smtp_server(account)
    assert (imap.host, imap.port, imap.security, imap.timeout) == ("imap.zaradna.example", 993, "tls", 30.0)
    assert (smtp.port, smtp.security, smtp.password) == (587, "starttls", "zażółć-hunter2")
    telegram = build.telegram_server(example)
    assert telegram.token == "123:hunter2"
    assert "hunter2" not in repr((example, imap, smtp, telegram))


def test_a_secret_that_is_gone_is_told_when_it_is_needed(example: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRIAGE_BOT_MAIL_PASSWORD", raising=False)
    with pytest.raises(UsageError, match="`TRIAGE_BOT_MAIL_PASSWORD` is not set"):
        build.imap_server(example.channels.mail[0])


def test_paths_start_at_the_folder_of_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "data").mkdir()
    configured(tmp_path, "templates: texts\ndatabase: sqlite:///data/bot.db\n")
    monkeypatch.chdir(tmp_path.parent)
    config = load_config(Path(tmp_path.name) / "config.yaml")
    assert build.templates_folder(config) == tmp_path / "texts"
    assert build.database_url(config) == f"sqlite:///{tmp_path}/data/bot.db"


def test_an_absolute_database_stays_where_it_is(tmp_path: Path) -> None:
    config = configured(tmp_path, f"database: sqlite:///{tmp_path}/bot.db\n")
    assert build.database_url(config) == f"sqlite:///{tmp_path}/bot.db"


@pytest.mark.parametrize(
    ("database", "folder"),
    [
        pytest.param("sqlite:///data/bot.db", "data/bot.attachments", id="beside the file of the database"),
        pytest.param(
            "postgresql://u@h/name", "triage_bot.attachments", id="beside the configuration of a server's database"
        ),
    ],
)
def test_attachments_lie_in_a_folder_of_the_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: str, folder: str
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert build.attachments_folder(configured(tmp_path, f"database: {database}\n")) == tmp_path / folder
