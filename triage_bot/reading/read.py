"""From a subject and a body to what they say."""

import re
from datetime import datetime
from typing import Literal, NamedTuple

from triage_bot.reading import language as languages
from triage_bot.reading.deadlines import Wants, deadline
from triage_bot.reading.fold import fold
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.meaning import Meaning
from triage_bot.reading.model import Deadline, Kind, Language, Locale, Reading, Script
from triage_bot.reading.new_text import Parts, split
from triage_bot.reading.words import Words

_LONGEST_BODY = 200_000
_LONGEST = 8_000  # what a client wants stands at the beginning of her text or at its end
_PREFIX = re.compile(r"\s*(?P<kind>re|odp|aw|sv|vs|odg|fwd?|pd|pdl|prosl|wg|tr)(?:\[\d{1,3}\]|\(\d{1,3}\))?\s*:", re.I)
_FORWARDS = frozenset({"fw", "fwd", "pd", "pdl", "prosl", "wg", "tr"})


def read(
    subject: str,
    body: str,
    *,
    sent_at: datetime,
    prior: Locale,
    medium: Literal["email", "chat"] = "email",
    machine: Kind | None = None,
) -> Reading:
    """What one message says. Never raises; the time it takes is linear in the text, which is capped.

    `sent_at` is in the zone of the agreement: hours in the text are hours there. `machine` is what the headers gave
    away (NOTIFICATION, NEWSLETTER).
    """
    text = understand(subject, body, sent_at=sent_at, prior=prior, medium=medium, machine=machine)
    meaning, words, parts = text.meaning, text.meaning.words, text.parts
    wants = wanted(meaning)
    due = deadline(words, meaning.found, text.language, sent_at, wants) if meaning.may_have_deadline else None
    if due is None and parts.forwarded and (meaning.asks_to_handle or meaning.asks):
        due = _forwarded_deadline(parts.forwarded, sent_at, prior)
    meaning.needs_by(due)
    return meaning.reading(text.language, text.script, parts.new or body.strip(), due, sent_at)


def wanted(meaning: Meaning) -> Wants:
    return Wants(
        meaning.asks,
        meaning.may_need,
        undoes=meaning.kind is Kind.CANCELLATION,
        pressed=bool(meaning.harm),
        kind=meaning.kind,
        chat=meaning.medium == "chat",
    )


class Understood(NamedTuple):
    """A message before it is asked when something is due."""

    meaning: Meaning
    parts: Parts
    language: Language
    script: Script


def understand(
    subject: str,
    body: str,
    *,
    sent_at: datetime,
    prior: Locale,
    medium: Literal["email", "chat"] = "email",
    machine: Kind | None = None,
) -> Understood:
    """The beginning of `read`, which says what the arguments are."""
    subject, reply, passed_on = _bare_subject(subject)
    parts = split(body[:_LONGEST_BODY]) if medium == "email" else Parts(body[:_LONGEST_BODY].strip())
    new = parts.new or ("" if parts.forwarded else body[:_LONGEST_BODY].strip())
    # The subject of an old thread says nothing of the new message; without new words it is all there is.
    said = new if reply and new else f"{subject}\n\n{new}" if subject else new
    said = _capped(said)
    words = Words(said)
    language, script = languages.detect(new or said, words, prior)
    book = lexicon(language)
    if ":" in words.folded and book.copy_mark.search(words.folded):
        words = Words(said, book.copy_mark)
    meaning = Meaning(
        words,
        book,
        reply=reply,
        medium=medium,
        machine=machine,
        forwarded=passed_on or bool(parts.forwarded),
        sent_at=sent_at,
    )
    return Understood(meaning, parts, language, script)


def _forwarded_deadline(text: str, sent_at: datetime, prior: Locale) -> Deadline | None:
    words = Words(_capped(text))
    language, _ = languages.detect(text, words, prior)
    return deadline(
        words, lexicon(language).phrases.find(words.row, words.each), language, sent_at, Wants(passed_on=True)
    )


def _bare_subject(subject: str) -> tuple[str, bool, bool]:
    """The subject without its prefixes, whether it belongs to an older thread, and whether a mail is passed on."""
    reply = passed_on = False
    for _ in range(12):
        match = _PREFIX.match(subject)
        if match is None:
            break
        forward = fold(match["kind"]) in _FORWARDS
        reply, passed_on = reply or not forward, passed_on or forward
        subject = subject[match.end() :]
    return subject.strip(), reply, passed_on


def _capped(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST * 3 // 4]}\n{text[-_LONGEST // 4 :]}"
