"""Clients: who is meant, what is agreed with her, what is known of her."""

from collections.abc import Sequence
from datetime import timedelta

from triage_bot.core.agreement import Client
from triage_bot.core.digest import in_order
from triage_bot.core.kept import shares
from triage_bot.core.standing import Deed
from triage_bot.desk.buttons import Rows, carried, in_rows, key_of
from triage_bot.desk.visit import Answer, Visit
from triage_bot.errors import UsageError
from triage_bot.reading.fold import fold
from triage_bot.template_agreement import response, timetable
from triage_bot.template_contexts import shorten
from triage_bot.template_desk import ClientContext, cut, line_context
from triage_bot.wording import span

MOST_CHOICES = 30
MOST_LINES = 8
MOST_CONTACTS = 12
FACTS_LIMIT = 1500
NOTE_LIMIT = 2000
SINCE = timedelta(days=365)
"""So far back the kept share reaches."""


def named(visit: Visit, name: str) -> list[Client]:
    """Her clients who may be meant: the one of that name, else those whose names begin so, else those of whose names a
    word does."""
    wanted = " ".join(fold(name).split())
    hers = visit.directory.clients_of(visit.assistant)
    names = [(" ".join(fold(client.name).split()), client) for client in hers]
    for fits in (
        lambda folded: folded == wanted,
        lambda folded: folded.startswith(wanted),
        lambda folded: any(word.startswith(wanted) for word in folded.split()),
    ):
        if found := [client for folded, client in names if fits(folded)]:
            return found
    return []


def client(visit: Visit, rest: str) -> Answer:
    found = named(visit, rest) if rest else list(visit.directory.clients_of(visit.assistant))
    if rest and len(found) == 1:
        return about(visit, found[0])
    if not found:
        return visit.say("client_unknown", name=rest) if rest else visit.say("no_clients")
    answer = visit.say("client_which")
    return Answer(answer.blocks, _choices(found))


def _choices(clients: Sequence[Client]) -> Rows:
    return in_rows([(each.name[:40], carried("client", 0, key_of(each.name))) for each in clients[:MOST_CHOICES]], 2)


def pressed_client(visit: Visit, argument: str) -> Answer:
    for known in visit.directory.clients_of(visit.assistant):
        if key_of(known.name) == argument:
            return about(visit, known)
    return visit.toast("button_unknown")


def about(visit: Visit, known: Client) -> Answer:
    locale, now = visit.locale, visit.now
    agreement = known.agreement
    agreed, answers = timetable(agreement.calendar, locale), response(agreement, locale)
    items = in_order(visit.store.items_of(known.name), now, visit.directory)
    ledger = visit.store.ledger(client=known.name, since=now - SINCE)
    share = shares(ledger, lambda name: visit.directory.agreement(name).calendar, now).get(known.name)
    facts, facts_more, trouble = facts_of(visit, known.name)
    context = ClientContext(
        locale=locale,
        name=known.name,
        greeting=known.greeting,
        contacts=_first((*sorted(known.addresses), *(f"*@{domain}" for domain in sorted(known.domains)))),
        chats=_first((*(f"@{name}" for name in sorted(known.telegram_names)), *map(str, sorted(known.telegram_ids)))),
        hours=agreed.hours,
        windows=agreed.windows,
        response=answers.kind,
        within=answers.within,
        emergency=agreement.emergencies.contact,
        facts=facts,
        facts_more=facts_more,
        facts_trouble=trouble,
        lines=tuple(line_context(item, visit.assistant, now, visit.directory) for item in items[:MOST_LINES]),
        count=len(items),
        kept=share.kept if share else 0,
        broken=share.broken if share else 0,
        waiting=share.open if share else 0,
        share=round(share.share * 100) if share and share.share is not None else -1,
        answered_in=span(share.median_working, locale) if share and share.median_working is not None else "",
    )
    buttons = [(f"#{item.id}", carried("open", item.id)) for item in items[:MOST_LINES]]
    return Answer((visit.templates.page(context),), in_rows(buttons, 4))


def _first(contacts: Sequence[str]) -> tuple[str, ...]:
    return tuple(shorten(contact, 80) for contact in contacts[:MOST_CONTACTS])


def facts_of(visit: Visit, name: str, limit: int = FACTS_LIMIT) -> tuple[str, bool, str]:
    """The newest of what is known, whether there is more, and why it cannot be read."""
    if not name:
        return "", False, ""
    try:
        text = visit.means.facts.read(name)
    except UsageError as error:
        return "", False, str(error)
    if len(text) <= limit:
        return text, False, ""
    # Notes are added at the end: the newest lines count.
    backwards, _ = cut(text[::-1], limit)
    return backwards[::-1].strip(), True, ""


def note(visit: Visit, rest: str) -> Answer:
    words = rest.split()
    for count in range(len(words) - 1, 0, -1):
        name = " ".join(words[:count])
        found = named(visit, name)
        if len(found) > 1:
            return visit.say("client_unclear", name=name, names=", ".join(each.name for each in found))
        if found:
            return _noted(visit, found[0], " ".join(words[count:]))
    if words and (found := named(visit, rest)):
        return visit.say("note_empty", name=found[0].name)
    return visit.say("client_unknown", name=words[0]) if words else visit.say("note_usage")


def _noted(visit: Visit, known: Client, text: str) -> Answer:
    if len(text) > NOTE_LIMIT:
        return visit.say("note_too_long", limit=str(NOTE_LIMIT))
    on = visit.now.astimezone(visit.assistant.zone).date()
    try:
        visit.means.facts.note(known.name, text, on)
        said = {"client": known.name, "text": text, "on": on.isoformat()}
        visit.store.note_deed(Deed.FACT, visit.assistant.name, visit.now, said, visit.once)
    except UsageError as error:
        return visit.say("facts_trouble", error=str(error))
    return visit.say("noted", name=known.name)
