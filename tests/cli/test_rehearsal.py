"""The memory of a backtest is that of the database: the same mails are answered and passed over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from triage_bot.acknowledging import is_worth_an_alert
from triage_bot.cli.rehearsal import Judged, Rehearsal
from triage_bot.config import build, load_config
from triage_bot.core.history import History
from triage_bot.core.messages import Address, Cursor, IncomingMessage, Medium, OutgoingMessage
from triage_bot.core.triage import Terms, judge, settle
from triage_bot.intake import item_draft
from triage_bot.store.drafts import EntryDraft, EntryKind, Plan
from triage_bot.store.past import Traits
from triage_bot.store.store import Store

START = datetime(2026, 11, 16, 7, tzinfo=UTC)
CONFIG = """\
assistant: {name: Katarzyna}
clients:
  - {name: Nowak, language: pl, contacts: [{domain: nowak.example}]}
  - {name: Iskra, language: pl, contacts: [{email: ewa@iskra.example}, {email: iga@iskra.example}]}
limits: {per_contact_hour: 3, per_domain_hour: 4, per_contact_day: 6, all_per_hour: 6, repeat_after: 3h}
urgency_rules:
  - {name: often, when: {unanswered: 3}, then: {urgency: urgent, tag: often}}
"""
SENDERS = ("jan@nowak.example", "ola@nowak.example", "ewa@iskra.example", "iga@iskra.example", "obcy@inny.example")
TEXTS = (
    "Proszę o ofertę numer %d.",
    "Proszę przesłać cennik %d.",
    "Sklep nie działa, klienci czekają! %d",
    "Proszę o plik.",
)

Told = tuple[str, str, str, bool]
"""Suppression, rule, urgency, alert."""


def past_mails(seed: int, count: int = 200) -> list[IncomingMessage]:
    chance = Random(seed)
    mails: list[IncomingMessage] = []
    at = START
    for number in range(count):
        at += timedelta(minutes=chance.choice((1, 1, 4, 9, 30, 200)))
        before = chance.sample(mails, min(len(mails), chance.choice((0, 0, 1, 2))))
        text = chance.choice(TEXTS)
        mails.append(
            IncomingMessage(
                channel="mail",
                medium=Medium.EMAIL,
                key=str(number),
                received_at=at,
                text=text % number if "%" in text else text,
                header_from=Address(chance.choice(SENDERS)),
                sent_at=at,
                message_id=f"{number}@x",
                refs=tuple(each.message_id for each in before),
                subject="Oferta",
                to=(Address("kontakt@zaradna.example"),),
            )
        )
    return mails


def by_rehearsal(mails: list[IncomingMessage], terms: Terms) -> list[Told]:
    rehearsal = Rehearsal(terms)
    told: list[Told] = []
    for mail in mails:
        decision = judge(mail, terms, now=mail.received_at)
        outcome = rehearsal.play(Judged(mail, Traits.of(mail), decision), mail.received_at)
        assert outcome is not None
        told.append((outcome.silence, outcome.rule, outcome.urgency, outcome.alert_at is not None))
    return told


def by_store(mails: list[IncomingMessage], terms: Terms, file: Path) -> list[Told]:
    told: list[Told] = []

    def plan(message: IncomingMessage, history: History) -> Plan:
        at = message.received_at
        decision = settle(judge(message, terms, now=at), message, history, terms, at)
        silence = decision.suppression.name if decision.suppression else ""
        alert_at = decision.alert_at if is_worth_an_alert(history.active_item, decision) else None
        told.append((silence, decision.rule, decision.urgency.value, alert_at is not None))
        draft = item_draft(message, decision, "" if silence else "told")
        outgoing = OutgoingMessage(Medium.EMAIL, message.header_from.addr, "x")
        return Plan(
            decision={},
            item=replace(draft, alerted_at=alert_at),
            way=decision.way,
            said=decision.said,
            entries=() if silence else (EntryDraft(EntryKind.ACK, "mail", outgoing, at),),
        )

    store = Store.open(f"sqlite:///{file}", exclusive=True)
    try:
        for number, mail in enumerate(mails, 1):
            found = terms.directory.find(mail)
            cursor = Cursor("mail/INBOX", 1, number, START, mail.received_at)
            name = found.name if found else ""
            store.record([mail], cursor, plan, client_of=lambda _, name=name: name, at=mail.received_at)
    finally:
        store.close()
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_rehearsal_decides_as_the_database_would(tmp_path: Path, seed: int) -> None:
    (tmp_path / "config.yaml").write_text(CONFIG, encoding="utf-8")
    terms = build.terms(load_config(tmp_path / "config.yaml"))
    mails = past_mails(seed)
    rehearsed = by_rehearsal(mails, terms)
    assert rehearsed == by_store(mails, terms, tmp_path / "bot.db")
    silences = {silence for silence, *_ in rehearsed}
    assert {"", "THREAD_ACKNOWLEDGED", "UNKNOWN_SENDER"} < silences
    assert any(rule for _, rule, *_ in rehearsed)
