"""Samples of what the assistant is shown at her desk: between them they reach every branch of its templates."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from types import MappingProxyType
from typing import Any

from triage_bot.reading.model import Locale
from triage_bot.template_contexts import ItemContext
from triage_bot.template_desk import (
    AboutContext,
    CardContext,
    ClientContext,
    DayLineContext,
    DaysContext,
    DeskContext,
    HelpContext,
    LineContext,
    MessageContext,
    PreviewContext,
    QueueContext,
)
from triage_bot.template_samples import named_items


def pages(locale: Locale) -> Iterator[DeskContext]:
    yield from named_pages(locale).values()


def named_pages(locale: Locale) -> Mapping[str, DeskContext]:
    return MappingProxyType({**_cards(locale), **_lists(locale), **_people(locale), **_drafts(locale)})


def _cards(locale: Locale) -> dict[str, DeskContext]:
    items = named_items(locale)
    urgent = _card(items["urgent"])
    files = (("umowa <1>.pdf", "120 kB"), ("zdjęcie.jpg", ""))
    message = MessageContext(locale, "Jan Novak", "10:15", "Dzień dobry,\n\n5 < 6 & <b>", files)
    about = AboutContext(
        locale,
        urgent.zone,
        urgent.now,
        12,
        urgent.because,
        (("10:15", "…"), ("10:16", "…: <x>")),
        3,
        "- 2026-11-01: NIP 5",
        facts_more=True,
    )
    return {
        "card": urgent,
        "card_after_an_act": replace(urgent, said="#12: <ok>", snoozed="8:00", state="snoozed", reminders=2),
        "card_waiting": replace(urgent, state="waiting for client"),
        "card_answered": replace(urgent, state="answered"),
        "card_done": replace(urgent, state="done"),
        "card_dismissed": replace(_card(items["machine"]), state="dismissed"),
        "message": message,
        "message_goes_on": replace(message, goes_on=True, more=1200, attachments=(), deleted=True),
        "message_without_text": replace(message, text=""),
        "about": about,
        "about_nothing": replace(about, because=(), history=(), earlier=0, facts=""),
    }


def _card(item: ItemContext) -> CardContext:
    return CardContext(**{each.name: getattr(item, each.name) for each in fields(ItemContext)})


def _line(**changes: Any) -> LineContext:
    line = LineContext(
        id=12,
        client="Studio Novak",
        contact="Jan",
        subject="Faktura <2026/11> & umowa",
        age="…",
        urgency="urgent",
        promised="16:00",
        overdue=True,
        deadline="15:00",
        state="open",
        snoozed="",
    )
    return replace(line, **changes)


def _lines() -> tuple[LineContext, ...]:
    states = ("waiting", "answered", "done", "dismissed")
    plain = _line(id=13, client="", subject="", urgency="normal", promised="", overdue=False, deadline="")
    return (_line(), plain, _line(state="snoozed", snoozed="8:00"), *(_line(state=state) for state in states))


def _lists(locale: Locale) -> dict[str, DeskContext]:
    queue = QueueContext(locale, title="", found=False, lines=_lines(), count=12, page=1, pages=2)
    promise, deadline = DayLineContext("promise", "16:00", _line()), DayLineContext("deadline", "", _line(client=""))
    days = DaysContext(locale, week=True, late=(promise,), days=(("…", (promise, deadline)),), more=2)
    return {
        "queue": queue,
        "queue_of_a_client": replace(queue, title="Novak & <syn>", pages=1),
        "queue_empty": replace(queue, lines=(), count=0, pages=1),
        "found": replace(queue, found=True, title="faktura"),
        "found_nothing": replace(queue, found=True, title="faktura", lines=(), count=0),
        "week": days,
        "today": replace(days, week=False, more=0),
        "nothing_today": replace(days, week=False, late=(), days=(), more=0),
    }


def _people(locale: Locale) -> dict[str, DeskContext]:
    client = ClientContext(
        locale=locale,
        name="Studio Novak",
        greeting="…",
        contacts=("jan@novak.example", "*@novak.example"),
        chats=("@jan", "500"),
        hours="8:00–16:00",
        windows="8:00, 12:00, 16:00",
        response="after_window",
        within="",
        emergency="+48 600 100 200",
        facts="- 2026-11-01: NIP <5>",
        facts_more=True,
        facts_trouble="",
        lines=_lines(),
        count=12,
        kept=11,
        broken=1,
        waiting=2,
        share=92,
        answered_in="…",
    )
    unreached = replace(client, contacts=(), chats=())
    new = replace(unreached, facts="", facts_more=False, lines=(), count=0, kept=0, broken=0, waiting=0, share=-1)
    return {
        "client": client,
        "client_within": replace(client, response="within", within="…", facts_trouble="…", share=-1, answered_in=""),
        "client_span": replace(client, response="span", within="…"),
        "client_same_day": replace(client, response="same_day_or_next"),
        "client_new": replace(new, greeting="", hours="", windows="", emergency="", answered_in=""),
    }


def _drafts(locale: Locale) -> dict[str, DeskContext]:
    reply = PreviewContext(
        locale=locale,
        kind="reply",
        id=12,
        chat=False,
        to="jan@novak.example",
        subject="Re: Faktura <2026/11>",
        text="Dzień dobry, <b>",
        text_more=0,
        signature="Anna Kowalska",
        quote="> …",
        quote_more=True,
        files=(("umowa.pdf", "120 kB"), ("x", "")),
    )
    kinds = ("answer", "details", "exception")
    chat = replace(reply, chat=True, subject="", signature="", quote="", files=(), text_more=300, to="Jan")
    commands = (("/queue", "…"), ("/next", "…"))
    return {
        "preview": reply,
        "preview_in_a_chat": chat,
        "preview_empty": replace(chat, text="", text_more=0),
        **{f"preview_of_{kind}": replace(chat, kind=kind) for kind in kinds},
        "help": HelpContext(locale, commands, ""),
        "help_after_an_unknown_command": HelpContext(locale, commands, "/x<y>"),
    }


def offers(locale: Locale) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The texts that she is offered to send, by file, with the variables of each branch."""
    for greeting in ("", "Jan"):
        known = {"locale": locale, "assistant": "Anna Kowalska", "greeting": greeting}
        for ending in ("txt", "chat.txt"):
            for check in ("", "16:00"):
                yield f"{locale}/exemption.{ending}", {**known, "check": check}
            yield f"{locale}/details.{ending}", {**known, "missing": ("goal", "deadline", "scope")}


def desk_values(locale: Locale) -> Mapping[str, object]:
    """Every value that a line of `desk_words.txt` may name."""
    return MappingProxyType(dict.fromkeys(_NAMES, "x") | {"count": "5"})


_NAMES = (
    *("answer", "at", "client", "day", "error", "first", "id", "item", "last", "limit", "name", "names", "one"),
    *("seconds", "state", "text", "time", "until", "what", "who", "contact"),
)
