"""What a text says: the values that reading hands to the decisions.

A reading holds facts of the text alone ("the client needs it by 15:00", "she says that it can wait"). Whether that
is urgent depends on the agreement and is decided in `core.urgency`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Language(StrEnum):
    PL = "pl"
    SR = "sr"
    EN = "en"


class Script(StrEnum):
    LATIN = "latin"
    CYRILLIC = "cyrillic"


class Locale(StrEnum):
    """A language in a script: the name of a folder in `templates/` and of `language:` in the config."""

    PL = "pl"
    SR = "sr"
    SR_CYRL = "sr-Cyrl"
    EN = "en"

    @property
    def language(self) -> Language:
        return _LANGUAGES[self]

    @classmethod
    def of(cls, language: Language, script: Script) -> "Locale":
        return cls.SR_CYRL if language is Language.SR and script is Script.CYRILLIC else cls(language.value)


_LANGUAGES = {locale: Language(locale.value.split("-")[0]) for locale in Locale}


class Kind(StrEnum):
    TASK = "task"
    QUESTION = "question"
    FOLLOWUP = "followup"
    CANCELLATION = "cancellation"
    THANKS = "thanks"
    SMALLTALK = "smalltalk"
    COMPLAINT = "complaint"
    NEWSLETTER = "newsletter"
    NOTIFICATION = "notification"
    OTHER = "other"


class Tone(StrEnum):
    NEUTRAL = "neutral"
    PUSHY = "pushy"
    ABUSIVE = "abusive"


class Missing(StrEnum):
    GOAL = "goal"
    DEADLINE = "deadline"
    SCOPE = "scope"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment by which the client needs the result: a date, or an aware datetime when an hour was given."""

    at: date | datetime
    words: str  # as the client wrote it

    @property
    def on(self) -> date:
        return self.at.date() if isinstance(self.at, datetime) else self.at


@dataclass(frozen=True, slots=True)
class Reading:
    """What one message says. The tuples of words hold the client's own words, each as it stands in the text."""

    language: Language
    script: Script
    new_text: str
    kind: Kind
    tone: Tone = Tone.NEUTRAL
    needs_ack: bool = True
    missing: tuple[Missing, ...] = ()
    deadline: Deadline | None = None
    harm: tuple[str, ...] = ()  # harm under way or coming
    immediate: tuple[str, ...] = ()  # a sincere call for immediate action, not negated
    can_wait: tuple[str, ...] = ()  # "nic pilnego", "no rush"
    nothing_to_do: tuple[str, ...] = ()  # thanks, FYI, solved by itself
    dropped: tuple[str, ...] = ()  # a task is withdrawn and nothing has to be undone
