"""The user's own rules: the keys under `urgency_rules`."""

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator

from triage_bot.config.agreement_model import Section
from triage_bot.config.contacts import Sender
from triage_bot.config.values import Flag, Line, Name, Span, UrgencyWord, Wrong, interval_of, line_of, one_of, whole
from triage_bot.reading.model import Kind

MOST_UNANSWERED = 100
_TEMPLATE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}\Z")


def _list_of(raw: object) -> object:
    return [raw] if isinstance(raw, (str, dict)) else raw


def kind_of(raw: object) -> Kind:
    return raw if isinstance(raw, Kind) else Kind(one_of(*(kind.value for kind in Kind))(raw))


def template_of(raw: object) -> str:
    text = line_of(raw)
    if text and not _TEMPLATE.match(text):
        raise Wrong.here(
            f"`{text}` is not the name of a template: letters, digits, `_` and `-` only, without an ending"
        )
    return text


class WhenSettings(Section):
    """All that is given must hold. A list means: one of these."""

    client: Annotated[tuple[Line, ...], BeforeValidator(_list_of)] = ()
    """Names of clients."""
    contact: Annotated[tuple[Sender, ...], BeforeValidator(_list_of)] = ()
    """Addresses, "@domain" or "@telegram_name", or Telegram ids."""
    channel: Annotated[tuple[Line, ...], BeforeValidator(_list_of)] = ()
    """Names of mailboxes, or `telegram`."""
    subject: Annotated[tuple[Name, ...], BeforeValidator(_list_of)] = ()
    """Words in the subject, each by its beginning: `faktur` finds "Faktury". Case and diacritics do not matter."""
    text: Annotated[tuple[Name, ...], BeforeValidator(_list_of)] = ()
    """Words in the new text, each by its beginning; several with spaces must follow one another."""
    pattern: Annotated[tuple[Name, ...], BeforeValidator(_list_of)] = ()
    """RE2 patterns, searched in the subject and the new text without regard to case and diacritics."""
    hour: Annotated[tuple[Annotated[tuple[int, int], PlainValidator(interval_of)], ...], BeforeValidator(_list_of)] = ()
    """Hours of the day in which the message is judged, such as "18:00-08:00", in the zone of the agreement."""
    inside_hours: Flag | None = None
    """Whether it is working time when the message is judged."""
    attachment: Flag | None = None
    """Whether something is attached."""
    unanswered: Annotated[int, whole(2, MOST_UNANSWERED)] | None = None
    """At least the how manieth message of its thread it is that waits for an answer, this one included."""
    kind: Annotated[tuple[Annotated[Kind, PlainValidator(kind_of)], ...], BeforeValidator(_list_of)] = ()
    """`task`, `question`, `followup`, `cancellation`, `thanks`, `smalltalk`, `complaint`, `newsletter`,
    `notification` or `other`. What a machine wrote is judged only by rules that name its kind or its `contact`."""
    deadline_within: Span | None = None
    """The client names a deadline that is no further off than this. One without an hour counts from its day's
    beginning."""
    all: tuple["WhenSettings", ...] = ()
    """Conditions that must all hold."""
    any: tuple["WhenSettings", ...] = ()
    """Conditions of which one must hold."""
    # `not` is a word of Python.
    none: Annotated[tuple["WhenSettings", ...], BeforeValidator(_list_of)] = Field(default=(), alias="not")
    """A condition that must not hold, or a list of such."""


class ThenSettings(Section):
    """What is not given stays as it was judged."""

    urgency: UrgencyWord | None = None
    """`urgent`, `normal`, `low` or `none`."""
    alert: Flag | None = None
    """Whether she is told at once, as far as the agreement allows at that hour."""
    acknowledge: Flag | None = None
    """`false`: the client gets no acknowledgement."""
    template: Annotated[str, PlainValidator(template_of)] = ""
    """The client is acknowledged with the texts of this name in her own templates: `<language>/NAME.txt` for mail,
    `<language>/NAME.chat.txt` for Telegram. Where a language has none, the usual ones are taken."""
    tag: Line = ""
    """A word that the item carries in the digest and the queue."""


class RuleSettings(Section):
    name: Name
    """What the rule is called where it is given as a reason."""
    when: WhenSettings
    """The message it is for."""
    then: ThenSettings
    """What it decides."""
