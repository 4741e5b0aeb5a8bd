"""Which headers silence the bot, and in which order the other reasons stand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from triage_bot.core.history import History
from triage_bot.core.limits import Limits
from triage_bot.core.messages import Address, Attachment, IncomingMessage, Medium
from triage_bot.core.suppression import Ours, Suppression, hold_back, machine
from triage_bot.reading.model import Kind

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
OURS = Ours(
    addresses=frozenset({"marta@va.example"}),
    message_id_domains=frozenset({"bot.va.example"}),
    authserv_ids=frozenset({"mx.va.example"}),
)
PLAIN = IncomingMessage(
    channel="mail",
    medium=Medium.EMAIL,
    key="INBOX/1/1",
    received_at=AT,
    text="Czy możemy przełożyć spotkanie na czwartek?",
    header_from=Address("anna@klient.example", "Anna Nowak"),
    subject="Spotkanie",
    envelope_from="anna@klient.example",
    message_id="1@klient.example",
)


def with_headers(**headers: str) -> IncomingMessage:
    return replace(PLAIN, headers={name.replace("_", "-"): (value,) for name, value in headers.items()})


HEADERS = [
    pytest.param({"auto_submitted": "auto-replied"}, Suppression.AUTO_REPLIED, id="auto-replied"),
    pytest.param({"auto_submitted": "AUTO-GENERATED"}, Suppression.AUTO_SUBMITTED, id="any case"),
    pytest.param(
        {"auto_submitted": 'auto-notified; owner-email="a@b.example"'}, Suppression.AUTO_SUBMITTED, id="parameters"
    ),
    pytest.param({"auto_submitted": "(by cron) auto-generated (daily)"}, Suppression.AUTO_SUBMITTED, id="comments"),
    pytest.param({"auto_submitted": "yes"}, Suppression.AUTO_SUBMITTED, id="anything but no"),
    pytest.param({"auto_submitted": "no"}, None, id="no is not automatic"),
    pytest.param({"auto_submitted": "No (a person)"}, None, id="no with a comment"),
    pytest.param({"precedence": "bulk"}, Suppression.BULK, id="precedence bulk"),
    pytest.param({"precedence": "Junk"}, Suppression.BULK, id="precedence junk"),
    pytest.param({"precedence": "list"}, Suppression.MAILING_LIST, id="precedence list"),
    pytest.param({"precedence": "auto_reply"}, Suppression.AUTO_REPLIED, id="precedence auto_reply"),
    pytest.param({"precedence": "first-class"}, None, id="other precedences tell nothing"),
    pytest.param({"precedence": ""}, None, id="an empty precedence tells nothing"),
    pytest.param({"list_id": "<news.example>"}, Suppression.MAILING_LIST, id="List-Id"),
    pytest.param({"list_unsubscribe": "<mailto:x@y.example>"}, Suppression.NEWSLETTER, id="List-Unsubscribe alone"),
    pytest.param(
        {"x_auto_response_suppress": "OOF, DR, AutoReply"}, Suppression.REPLIES_UNWANTED, id="AutoReply unwanted"
    ),
    pytest.param({"x_auto_response_suppress": "all"}, Suppression.REPLIES_UNWANTED, id="all unwanted"),
    pytest.param({"x_auto_response_suppress": "OOF"}, Suppression.REPLIES_UNWANTED, id="no vacation notices wanted"),
    pytest.param({"x_auto_response_suppress": "RN, NRN"}, None, id="only receipts are unwanted"),
    pytest.param({"x_precedence": "bulk"}, Suppression.BULK, id="X-Precedence"),
    pytest.param({"delivered_to": "Autoresponder"}, Suppression.AUTO_REPLIED, id="delivered by an autoresponder"),
    pytest.param({"errors_to": "<owner-club@liste.example>"}, Suppression.MAILING_LIST, id="a list's Errors-To"),
    pytest.param({"x_autoreply": "yes"}, Suppression.AUTO_REPLIED, id="X-Autoreply"),
    pytest.param({"x_autorespond": "Re: x"}, Suppression.AUTO_REPLIED, id="X-Autorespond"),
    pytest.param({"x_autoresponse": "1"}, Suppression.AUTO_REPLIED, id="X-Autoresponse"),
    pytest.param({"x_autoreply": "no"}, None, id="X-Autoreply: no"),
    pytest.param({"x_post_messageclass": "9; Autoresponder"}, Suppression.AUTO_REPLIED, id="X-POST-MessageClass"),
    pytest.param({"x_failed_recipients": "a@b.example"}, Suppression.BOUNCE, id="X-Failed-Recipients"),
    pytest.param({"x_mailer": "MailChimp Mailer"}, Suppression.NEWSLETTER, id="a newsletter's program"),
    pytest.param({"x_mailer": "Microsoft Outlook 16.0"}, None, id="a person's program"),
    pytest.param({"sender": "owner-club@liste.example"}, Suppression.MAILING_LIST, id="a list's Sender"),
    pytest.param({"x_triage_bot": "1"}, Suppression.OWN_MESSAGE, id="our marker"),
    pytest.param({"x_priority": "1", "x_spam_score": "-1"}, None, id="headers that tell nothing"),
]


DRESSED = [
    pytest.param("auto-submitted", ("no (written by a person (really))",), None, id="a comment within a comment"),
    pytest.param("auto-submitted", (r"no (\))",), None, id="an escaped parenthesis"),
    pytest.param("auto-submitted", ('"no"',), None, id="no in quotes"),
    pytest.param("auto-submitted", ('"auto-replied"',), Suppression.AUTO_REPLIED, id="a keyword in quotes"),
    pytest.param("auto-submitted", ("(" * 600 + ")" * 600 + "auto-replied",), Suppression.AUTO_REPLIED, id="deep"),
    pytest.param("auto-submitted", ("no (auto-generated",), Suppression.AUTO_SUBMITTED, id="what never closes counts"),
    pytest.param("auto-submitted", ("no", "auto-replied"), Suppression.AUTO_REPLIED, id="the second of two"),
    pytest.param("precedence", ("(x) bulk",), Suppression.BULK, id="a comment before bulk"),
    pytest.param("precedence", ('"bulk"',), Suppression.BULK, id="bulk in quotes"),
    pytest.param("precedence", ("normal", "bulk"), Suppression.BULK, id="bulk is the second Precedence"),
    pytest.param("precedence", ("first-class, list",), Suppression.MAILING_LIST, id="list is the second word"),
    pytest.param("precedence", ("normal (not bulk)",), None, id="bulk in a comment"),
    pytest.param("x-autoreply", ("no", "yes"), Suppression.AUTO_REPLIED, id="the second X-Autoreply"),
    pytest.param("x-autoreply", ("no (really)", '"No"'), None, id="X-Autoreply says no twice"),
    pytest.param("x-auto-response-suppress", ('"All"',), Suppression.REPLIES_UNWANTED, id="All in quotes"),
    pytest.param("x-auto-response-suppress", ("(all) RN",), None, id="All in a comment"),
    pytest.param("content-type", ("text/plain", "multipart/report; x=y"), Suppression.BOUNCE, id="the second type"),
    pytest.param(
        "content-type",
        ("(x) multipart/report; report-type=disposition-notification",),
        Suppression.READ_RECEIPT,
        id="a comment before the type",
    ),
    pytest.param("content-type", ("text/plain; name=x", "text/calendar"), Suppression.CALENDAR, id="a second calendar"),
    pytest.param("content-class", ("urn:content-classes:calendarmessage",), Suppression.CALENDAR, id="Exchange's"),
    pytest.param("content-class", ("urn:content-classes:message",), None, id="a person's mail through Exchange"),
    pytest.param("feedback-id", ("17:campaign:shop",), Suppression.NEWSLETTER, id="Feedback-ID"),
]


@pytest.mark.parametrize(("name", "values", "expected"), DRESSED)
def test_comments_quotes_and_repetitions_hide_no_machine(
    name: str, values: tuple[str, ...], expected: Suppression | None
) -> None:
    verdict = machine(replace(PLAIN, headers={name: values}), OURS)
    assert (verdict.suppression if verdict else None) is expected


@pytest.mark.parametrize(("headers", "expected"), HEADERS)
def test_a_header_gives_a_machine_away(headers: dict[str, str], expected: Suppression | None) -> None:
    verdict = machine(with_headers(**headers), OURS)
    assert (verdict.suppression if verdict else None) is expected


FIELDS = [
    pytest.param({"envelope_from": ""}, Suppression.NULL_SENDER, id="the null return path"),
    pytest.param({"envelope_from": None}, None, id="an unknown return path"),
    pytest.param({"envelope_from": "mailer-daemon"}, Suppression.BOUNCE, id="a daemon without a domain"),
    pytest.param(
        {"envelope_from": "bounces+12-ab-anna=va.example@em.shop.example"}, Suppression.BULK, id="a numbered path"
    ),
    pytest.param({"envelope_from": "bounces+srs=x=y=klient.example=anna@outlook.example"}, None, id="forwarded mail"),
    pytest.param({"envelope_from": "club-bounces@liste.example"}, Suppression.MAILING_LIST, id="a list's path"),
    pytest.param({"content_type": "multipart/report"}, Suppression.BOUNCE, id="multipart/report"),
    pytest.param(
        {"content_type": "multipart/mixed", "part_types": frozenset({"message/delivery-status"})},
        Suppression.BOUNCE,
        id="a delivery status in something else",
    ),
    pytest.param({"part_types": frozenset({"message/feedback-report"})}, Suppression.FEEDBACK_REPORT, id="a complaint"),
    pytest.param(
        {"part_types": frozenset({"message/disposition-notification"})}, Suppression.READ_RECEIPT, id="a receipt"
    ),
    pytest.param({"part_types": frozenset({"multipart/mixed", "message/rfc822"})}, None, id="a forwarded mail"),
    pytest.param({"part_types": frozenset({"text/calendar"})}, Suppression.CALENDAR, id="a calendar notice"),
    pytest.param({"part_types": frozenset({"application/ics"})}, Suppression.CALENDAR, id="a calendar by another name"),
    pytest.param(
        {"subject": "Zaakceptowano: Spotkanie", "text": "\n"}, Suppression.CALENDAR, id="an invitation is accepted"
    ),
    pytest.param({"subject": "Prihvaćeno: Sastanak", "text": ""}, Suppression.CALENDAR, id="accepted in Serbian"),
    pytest.param({"subject": "Declined: Call", "text": ""}, Suppression.CALENDAR, id="declined without a word"),
    pytest.param({"subject": "Declined: the card payment"}, None, id="declined, with words"),
    pytest.param(
        {"subject": "Odrzucono: faktura", "text": "", "attachments": (Attachment("f.pdf", "application/pdf", 9),)},
        None,
        id="declined, with a document",
    ),
    pytest.param(
        {"subject": "Recall: Offer", "text": 'Anna Nowak would like to recall the message, "Offer".'},
        Suppression.NOTIFICATION_TEXT,
        id="Outlook's recall",
    ),
    pytest.param(
        {"subject": "Recall: the toasters", "text": "Could you find out which models are recalled?"},
        None,
        id="a recall of goods",
    ),
    pytest.param({"message_id": "20261120-vac@firma.example"}, Suppression.AUTO_REPLIED, id="a vacation Message-ID"),
    pytest.param({"message_id": "7@bot.va.example"}, Suppression.OWN_MESSAGE, id="our Message-ID domain"),
    pytest.param({"message_id": f"ack.{'0f' * 16}@va.example"}, Suppression.OWN_MESSAGE, id="our kind of Message-ID"),
    pytest.param({"header_from": Address("marta@va.example")}, Suppression.OWN_MESSAGE, id="a contact form of hers"),
    pytest.param(
        {"authors": (Address("anna@klient.example"), Address("marta@va.example"))},
        Suppression.OWN_MESSAGE,
        id="she is one of several authors",
    ),
    pytest.param({"senders": (Address("marta@va.example"),)}, Suppression.OWN_MESSAGE, id="she is the Sender"),
    pytest.param(
        {"authors": (Address("anna@klient.example"), Address("mailer-daemon@mx.example"))},
        Suppression.BOUNCE,
        id="a daemon is the second author",
    ),
    pytest.param({"senders": (Address("mailer-daemon@mx.example"),)}, Suppression.BOUNCE, id="a daemon is the Sender"),
    pytest.param({"senders": (Address("apache@www.example"),)}, None, id="a contact form is the Sender"),
    pytest.param({"senders": (Address("jan@klient.example"),)}, None, id="a secretary is the Sender"),
    pytest.param({"reply_to": (Address("marta@va.example"),)}, Suppression.OWN_MESSAGE, id="Reply-To is hers"),
    pytest.param({"header_from": Address("no-reply@bank.example")}, Suppression.NO_REPLY_ADDRESS, id="no-reply"),
    pytest.param(
        {"header_from": Address("nie.odpowiadaj@bank.example")}, Suppression.NO_REPLY_ADDRESS, id="no-reply in Polish"
    ),
    pytest.param(
        {"reply_to": (Address("do_not_reply@bank.example"),)}, Suppression.NO_REPLY_ADDRESS, id="Reply-To no-reply"
    ),
    pytest.param({"header_from": Address("MAILER-DAEMON@mx.example".lower())}, Suppression.BOUNCE, id="MAILER-DAEMON"),
    pytest.param(
        {"header_from": Address("", "Mail Delivery Subsystem")}, Suppression.BOUNCE, id="a daemon without address"
    ),
    pytest.param({"header_from": Address("biuro@klient.example")}, None, id="an office"),
    pytest.param({"refs": ("ack.1@bot.va.example",)}, None, id="an answer to our acknowledgement"),
]


@pytest.mark.parametrize(("fields", "expected"), FIELDS)
def test_the_shape_of_a_mail_gives_a_machine_away(fields: dict[str, Any], expected: Suppression | None) -> None:
    verdict = machine(replace(PLAIN, **fields), OURS)
    assert (verdict.suppression if verdict else None) is expected


AUTHENTICATION = [
    pytest.param(("mx.va.example; dmarc=fail header.from=klient.example",), True, id="DMARC fails"),
    pytest.param(("MX.va.example 1; dmarc=FAIL (p=reject)",), True, id="case, version and comment"),
    pytest.param(("mx.va.example; spf=fail; dkim=fail",), True, id="nothing passes"),
    pytest.param(("mx.va.example; dmarc=pass; spf=fail; dkim=pass header.d=klient.example",), False, id="DMARC passes"),
    pytest.param(
        ("mx.va.example; spf=pass smtp.mailfrom=liste.example; dkim=fail",), False, id="forwarded: nobody can tell"
    ),
    pytest.param(("mx.va.example; spf=softfail; dkim=none",), False, id="no failure"),
    pytest.param(("mx.va.example; none",), False, id="nothing was checked"),
    pytest.param(("evil.example; dmarc=fail",), False, id="another server's word"),
    pytest.param(
        ("mx.va.example; dmarc=fail", "mx.va.example; dmarc=pass"), True, id="the topmost of ours, not what came along"
    ),
    pytest.param(("other.example; dmarc=pass", "mx.va.example; dmarc=fail"), True, id="the topmost that is ours"),
    pytest.param(("", ";", "mx.va.example"), False, id="broken headers"),
]


@pytest.mark.parametrize(("values", "failed"), AUTHENTICATION)
def test_a_forged_sender_is_not_answered(values: tuple[str, ...], failed: bool) -> None:
    verdict = machine(replace(PLAIN, headers={"authentication-results": values}), OURS)
    assert (verdict is not None) is failed
    if verdict is not None:
        assert verdict.suppression is Suppression.AUTHENTICATION_FAILED
        assert verdict.kind is None


def test_a_newsletter_is_told_from_a_notification() -> None:
    assert machine(with_headers(list_unsubscribe="<x>"), OURS).kind is Kind.NEWSLETTER  # type: ignore[union-attr]
    assert machine(with_headers(auto_submitted="auto-generated"), OURS).kind is Kind.NOTIFICATION  # type: ignore[union-attr]


LIMITS = Limits(
    repeat_after=timedelta(hours=24),
    same_text_within=timedelta(minutes=10),
    acknowledge_until=timedelta(hours=6),
    per_contact_hour=5,
    per_contact_day=20,
    per_domain_hour=15,
    all_per_hour=60,
)
# Every reason, in the order in which they are asked. Each case below holds its own reason and all later ones.
ORDER: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], Suppression]] = [
    ({}, {}, {"answered_at": AT}, Suppression.ANSWERED),
    ({"known_contact": False}, {}, {}, Suppression.UNKNOWN_SENDER),
    ({}, {"header_from": Address("")}, {}, Suppression.NO_ADDRESS),
    ({}, {"edited": True}, {}, Suppression.EDITED),
    ({}, {"rescanned": True}, {}, Suppression.RESCANNED),
    ({}, {}, {"known": True}, Suppression.SEEN_BEFORE),
    ({}, {"unreadable": "binary"}, {}, Suppression.UNREADABLE),
    ({}, {"header_cut": True}, {}, Suppression.HEADERS_TOO_LONG),
    ({"acknowledge": False}, {}, {}, Suppression.NOT_AGREED),
    ({"now": AT + timedelta(hours=6, seconds=1)}, {}, {}, Suppression.TOO_OLD),
    ({"needs_ack": False}, {}, {}, Suppression.NEEDS_NO_ANSWER),
    ({}, {}, {"same_text_at": AT - timedelta(minutes=3)}, Suppression.SAME_TEXT),
    ({}, {}, {"thread_acknowledged_at": AT - timedelta(hours=17)}, Suppression.THREAD_ACKNOWLEDGED),
    ({}, {}, {"contact_last_hour": 5}, Suppression.CONTACT_HOUR),
    ({}, {}, {"contact_last_day": 20}, Suppression.CONTACT_DAY),
    ({}, {}, {"domain_last_hour": 15}, Suppression.DOMAIN_HOUR),
    ({}, {}, {"all_last_hour": 60}, Suppression.BREAKER),
]


def decide(*cases: tuple[dict[str, Any], dict[str, Any], dict[str, Any], Suppression]) -> Suppression | None:
    arguments: dict[str, Any] = {"needs_ack": True, "known_contact": True, "acknowledge": True, "now": AT}
    fields: dict[str, Any] = {}
    history: dict[str, Any] = {}
    for case in cases:
        arguments |= case[0]
        fields |= case[1]
        history |= case[2]
    return hold_back(replace(PLAIN, **fields), history=History(**history), limits=LIMITS, **arguments)


@pytest.mark.parametrize("address", ['"a b"@c.example', '"a\r\nrcpt"@c.example', "a@\ud800.example", "a@b@c.example"])
def test_whom_no_mail_can_reach_is_promised_none(address: str) -> None:
    assert decide(({}, {"header_from": Address(address)}, {}, Suppression.NO_ADDRESS)) is Suppression.NO_ADDRESS


def test_a_clients_message_is_acknowledged() -> None:
    assert decide() is None


@pytest.mark.parametrize("case", ORDER, ids=lambda case: case[3].name)
def test_each_reason_holds_alone(case: tuple[dict[str, Any], dict[str, Any], dict[str, Any], Suppression]) -> None:
    assert decide(case) is case[3]


@pytest.mark.parametrize("place", range(len(ORDER)), ids=lambda place: ORDER[place][3].name)
def test_the_earlier_reason_names_the_silence(place: int) -> None:
    """SAME_TEXT and TOO_OLD do not hold together: the moment that makes one makes the other impossible."""
    assert decide(*ORDER[place:]) is ORDER[place][3]


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(
            History(thread_acknowledged_at=AT - timedelta(hours=24)), id="the thread was acknowledged yesterday"
        ),
        pytest.param(History(same_text_at=AT - timedelta(minutes=10)), id="the same text came long ago"),
        pytest.param(
            History(contact_last_hour=4, contact_last_day=19, domain_last_hour=14, all_last_hour=59),
            id="below each limit",
        ),
    ],
)
def test_limits_end_where_they_say(history: History) -> None:
    assert (
        hold_back(PLAIN, needs_ack=True, known_contact=True, acknowledge=True, history=history, limits=LIMITS, now=AT)
        is None
    )


def test_every_reason_says_something_else() -> None:
    """The value is what she reads: no two reasons look alike."""
    assert len({suppression.value for suppression in Suppression}) == len(Suppression)
