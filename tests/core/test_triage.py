"""From a message to a decision: how the parts are put together."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from triage_bot.core.agreement import Agreement, Assistant, Client, Emergencies
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.calendar_days import Interval
from triage_bot.core.directory import STRANGER, Directory
from triage_bot.core.history import History
from triage_bot.core.limits import Limits
from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.core.suppression import Ours, Suppression
from triage_bot.core.triage import Terms, alert_moment, judge, settle, written_at
from triage_bot.core.urgency import Urgency
from triage_bot.reading.model import Locale

WARSAW = ZoneInfo("Europe/Warsaw")
WORKDAYS = 5
CALENDAR = BusinessCalendar(
    WARSAW,
    hours=((Interval(8 * 60, 16 * 60),),) * WORKDAYS + ((),) * 2,
    windows=((8 * 60, 12 * 60, 16 * 60),) * WORKDAYS + ((),) * 2,
)
AGREEMENT = Agreement(CALENDAR)
LIMITS = Limits(
    repeat_after=timedelta(hours=24),
    same_text_within=timedelta(minutes=10),
    acknowledge_until=timedelta(hours=6),
    per_contact_hour=5,
    per_contact_day=20,
    per_domain_hour=30,
    all_per_hour=200,
)
NOWAK = Client(
    "Nowak",
    AGREEMENT,
    Locale.PL,
    WARSAW,
    addresses=frozenset({"anna@nowak.example"}),
    domains=frozenset({"nowak.example"}),
    telegram_ids=frozenset({500}),
    telegram_names=frozenset({"anna_n"}),
)
MILA = Client("Mila", AGREEMENT, Locale.SR, WARSAW, addresses=frozenset({"mila@pekara.example"}))
DIRECTORY = Directory(Assistant("Katarzyna", Locale.PL, WARSAW), AGREEMENT, (NOWAK, MILA))
TERMS = Terms(DIRECTORY, (), Ours(), LIMITS)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """November 2026; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=WARSAW)


def mail(
    sender: str, text: str = "Proszę o ofertę.", when: datetime | None = None, **fields: object
) -> IncomingMessage:
    when = when or at(20, 12, 30)
    return IncomingMessage(
        "kontakt", Medium.EMAIL, "INBOX/1/1", when, text, header_from=Address(sender), sent_at=when, **fields
    )


def chat(text: str, when: datetime, **fields: object) -> IncomingMessage:
    return IncomingMessage("telegram", Medium.CHAT, "500/1", when, text, chat_id=500, **fields)


@pytest.mark.parametrize(
    ("message", "client"),
    [
        pytest.param(mail("anna@nowak.example"), "Nowak", id="the whole address"),
        pytest.param(mail("biuro@nowak.example"), "Nowak", id="anybody of the domain"),
        pytest.param(mail("anna@nowak.example.evil.example"), None, id="not a longer domain"),
        pytest.param(mail("anna@sub.nowak.example"), None, id="not a subdomain"),
        pytest.param(mail(""), None, id="no readable sender"),
        pytest.param(chat("hej", at(20, 9)), "Nowak", id="the Telegram id"),
        pytest.param(
            IncomingMessage("telegram", Medium.CHAT, "7/1", at(20, 9), "hej", chat_id=7, username="anna_n"),
            "Nowak",
            id="the Telegram name",
        ),
        pytest.param(
            IncomingMessage(
                "telegram",
                Medium.CHAT,
                "7/1",
                at(20, 9),
                "hej",
                chat_id=7,
                header_from=Address("anna@nowak.example"),
            ),
            None,
            id="a chat is never found by an address",
        ),
    ],
)
def test_the_client_of_a_message(message: IncomingMessage, client: str | None) -> None:
    found = DIRECTORY.find(message)
    assert (found.name if found else None) == client


@pytest.mark.parametrize(
    ("emergencies", "now", "alerted"),
    [
        pytest.param(Emergencies(), at(20, 13), at(20, 13), id="inside hours at once"),
        pytest.param(Emergencies(), at(20, 22), None, id="in the evening the check of Monday comes first"),
        pytest.param(Emergencies(time(7), time(22)), at(20, 21), at(20, 21), id="at an agreed hour"),
        pytest.param(Emergencies(time(7), time(22)), at(20, 22), None, id="the agreed hour is over"),
        pytest.param(Emergencies(time(22), time(6)), at(21, 2), at(21, 2), id="agreed hours past midnight"),
        pytest.param(Emergencies(time(0), time(0)), at(22, 3), at(22, 3), id="at any hour"),
    ],
)
def test_when_she_is_told_of_an_urgent_message(
    emergencies: Emergencies, now: datetime, alerted: datetime | None
) -> None:
    decision = judge(mail("anna@nowak.example", when=now), TERMS, now=now)
    assert alert_moment(Agreement(CALENDAR, emergencies=emergencies), now, decision.promise) == alerted


def test_hours_that_begin_before_the_first_check_bring_the_alert() -> None:
    """Where she works from 8 and looks at 10, an urgent message of the night rings at 8."""
    late = BusinessCalendar(WARSAW, hours=CALENDAR.hours, windows=((10 * 60,),) * WORKDAYS + ((),) * 2)
    made = judge(
        mail("anna@nowak.example"),
        Terms(Directory(DIRECTORY.assistant, Agreement(late), ()), (), Ours(), LIMITS),
        now=at(23, 6),
    ).promise
    assert alert_moment(Agreement(late), at(23, 6), made) == at(23, 8)


@pytest.mark.parametrize(
    ("sent_at", "believed"),
    [
        pytest.param(None, False, id="no date"),
        pytest.param(at(20, 11), True, id="an hour under way"),
        pytest.param(at(20, 12, 31), False, id="from the future"),
        pytest.param(at(12, 12), False, id="a week under way"),
    ],
)
def test_her_own_date_is_believed_if_it_is_plausible(sent_at: datetime | None, believed: bool) -> None:
    message = IncomingMessage("kontakt", Medium.EMAIL, "k", at(20, 12, 30), "x", sent_at=sent_at)
    assert written_at(message) == (sent_at if believed else at(20, 12, 30))


def test_a_stranger_is_answered_by_nobody_and_rings_nobody() -> None:
    decision = judge(mail("ktos@obcy.example", "Pilne! Sklep nie działa!"), TERMS, now=at(20, 12, 30))
    settled = settle(decision, mail("ktos@obcy.example"), History(), TERMS, at(20, 12, 30))
    assert (settled.client, settled.alert_at, settled.suppression) == (STRANGER, None, Suppression.UNKNOWN_SENDER)


def test_the_script_follows_the_message_and_the_language_the_configuration() -> None:
    now = at(20, 12, 30)
    assert (
        judge(mail("mila@pekara.example", "Молим вас пошаљите понуду за штампу."), TERMS, now=now).locale == "sr-Cyrl"
    )
    assert judge(mail("mila@pekara.example", "Molim vas pošaljite ponudu za štampu."), TERMS, now=now).locale == "sr"
    assert judge(mail("mila@pekara.example", "Could you please send me the offer?"), TERMS, now=now).locale == "sr"


def test_a_chat_is_acknowledged_once_a_check_and_a_mail_thread_once_a_day() -> None:
    acknowledged = History(thread_acknowledged_at=at(20, 9).astimezone(UTC))
    for when, suppression in ((at(20, 11), Suppression.THREAD_ACKNOWLEDGED), (at(20, 13), None)):
        message = chat("proszę o fakturę za maj", when)
        decision = settle(judge(message, TERMS, now=when), message, acknowledged, TERMS, when)
        assert decision.suppression is suppression
    message = mail("anna@nowak.example", when=at(20, 13))
    decision = settle(judge(message, TERMS, now=at(20, 13)), message, acknowledged, TERMS, at(20, 13))
    assert decision.suppression is Suppression.THREAD_ACKNOWLEDGED


def test_an_empty_calendar_promises_nothing() -> None:
    directory = Directory(DIRECTORY.assistant, Agreement(BusinessCalendar(WARSAW)), ())
    message = mail("ktos@obcy.example")
    decision = judge(message, Terms(directory, (), Ours(), LIMITS), now=at(20, 12), client=directory.assumed_contact())
    assert decision.promise is None
    assert not decision.inside_hours


@pytest.mark.parametrize(
    ("text", "until"),
    [
        pytest.param("Jestem na urlopie do 27 listopada. Odpowiem po powrocie.", "2026-11-27", id="with a date"),
        pytest.param("Jestem na urlopie, odpowiem po powrocie.", None, id="without one"),
    ],
)
def test_an_automatic_reply_says_who_is_away_and_until_when(text: str, until: str | None) -> None:
    message = mail("anna@nowak.example", text, headers={"auto-submitted": ("auto-replied",)})
    sender = Address("anna@nowak.example", "Anna Nowak")
    message = replace(message, subject="Automatyczna odpowiedź: Oferta", header_from=sender)
    decision = judge(message, TERMS, now=at(20, 9))
    told = {reason.code: reason.values for reason in decision.because}["away"]
    assert told["contact"] == "Anna Nowak"
    assert told.get("until") == until
    assert decision.suppression is not None
    assert decision.urgency is Urgency.NONE
