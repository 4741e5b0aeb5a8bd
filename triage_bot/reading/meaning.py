"""What a text means, all signs weighed together: kind, tone, harm, haste, what is missing."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Literal

from triage_bot.reading.harm import LONGEST_WITH_SIGNS, MEANT
from triage_bot.reading.lexicons import Lexicon
from triage_bot.reading.likeness import likeness, telling
from triage_bot.reading.missing import missing, missing_signs
from triage_bot.reading.model import Deadline, Kind, Language, Missing, Reading, Script, Tone
from triage_bot.reading.told import Told
from triage_bot.reading.weighing import weigh
from triage_bot.reading.words import Place, Words

_SILENT = frozenset({Kind.THANKS, Kind.SMALLTALK, Kind.NEWSLETTER, Kind.NOTIFICATION})
_MACHINES = frozenset({Kind.NEWSLETTER, Kind.NOTIFICATION})
_PLEASANTRIES = frozenset({Kind.THANKS, Kind.SMALLTALK})
_IN_PASSING = _PLEASANTRIES | {Kind.OTHER, Kind.CANCELLATION}
# Logarithms of odds from which on it is so: alarms are rarer among clients' messages than among the examples, and so
# are those that want no answer.
PRESSING, PRESSING_LONG = 1.1, 3.0
QUIET, SURELY_QUIET, SHORT_QUIET = 2.0, 3.5, 6.0
MACHINE = 2.0
PLAINLY = -2.5
"""For a few words of which some are a phrase of harm that nothing contradicts: "The server is down. Regards, Tom"."""
TOLD = 0.5
_LONG = 40  # words: most of a long text is a story, so what no phrase says must be plain
_SAYS_SOMETHING = 14  # words
_FEW = 20  # words
_SHORTEST_CIRCULAR = 15  # words
_LONGEST_THANKS = 60  # words: who writes more wants more
_LONG_FOR_THANKS = 9  # "thanks, see you by Friday" is shorter
_BESIDE_A_DEMAND = 5  # words
_LONGEST_VAGUE, _SHORT, _SHORT_FOR_SOMETHING = 12, 9, 13  # words
_REASON_FOR_A_CALL = 4  # words besides the call itself from which on it states what it is about


class Meaning(Told):
    """The signs of one text, weighed."""

    def __init__(
        self,
        words: Words,
        lexicon: Lexicon,
        *,
        reply: bool,
        forwarded: bool,
        medium: Literal["email", "chat"],
        machine: Kind | None,
        sent_at: datetime,
    ) -> None:
        super().__init__(words, lexicon, reply=reply, forwarded=forwarded, medium=medium, sent_at=sent_at)
        self.alike = likeness(words.each)
        self.verdict = weigh(self.noticed, self.alike)
        self.kind = machine or self._weighed()
        self._believe()

    def _weighed(self) -> Kind:
        """The kind that all signs together speak for. What the rules take for a machine's stays so, and for what they
        do not it takes more, as nobody answers a machine; they see laughter, too, which no word tells."""
        if self.told_kind in _MACHINES or (self.told_kind is Kind.SMALLTALK and self._jokes()):
            return self.told_kind
        weighed = dict(self.verdict.kinds)
        weighed[self.told_kind] += TOLD
        if self._is_a_persons() or max(map(weighed.__getitem__, _MACHINES)) < MACHINE:
            for kind in _MACHINES:
                del weighed[kind]
        if self.count > _LONGEST_THANKS:
            for kind in _PLEASANTRIES:
                del weighed[kind]
        return max(weighed, key=weighed.__getitem__)

    def _is_a_persons(self) -> bool:
        """Nobody answers a machine: a chat, a few words or a request are never taken for one's by their likeness."""
        return self.medium == "chat" or self.count < _SHORTEST_CIRCULAR or bool(self.tasks or self.asked)

    def _believe(self) -> None:
        """Keeps the words of harm and of immediate action if all signs together speak for them, and finds some if
        they do although no phrase does."""
        if self.kind in _MACHINES or self._only_demands_a_call():
            return
        told = self.harm or self.immediate or self.haste
        least = PRESSING if told or self.count <= _LONG else PRESSING_LONG
        if self.count <= _FEW and MEANT in self.noticed:
            least = PLAINLY
        if self.verdict.harm <= least:
            self.harm, self.immediate, self.haste = [], [], []
        elif not self.harm and not self._just_demands():
            self.harm = list(telling(self.words.row))

    def _only_demands_a_call(self) -> bool:
        """Who wants a call at once and says next to nothing beside may have every reason."""
        if not self.immediate or not self.has("call") or self.has("call_whom") or self.laughs:
            return False
        return self.count - self._words_of_the_demand() <= _BESIDE_A_DEMAND

    def _words_of_the_demand(self) -> int:
        places = [*self.found.get("call", []), *self.immediate, *self.haste]
        return sum(len(self.words.row[start:end].split()) for start, end in places)

    def _just_demands(self) -> bool:
        """Calls for immediate action and does not say why, or gives no reason that is like harm."""
        if not self.immediate and not self.haste:
            return False
        return self.alike.harm <= 0 or (self.has("call") and not self._says_why())

    @property
    def asks(self) -> bool:
        """Whether something is to be done."""
        if self.kind is Kind.CANCELLATION and self.has("solved") and not self.has("undo"):
            return False
        if self.kind in (Kind.TASK, Kind.CANCELLATION) or self.harm:
            return True
        if self.kind is Kind.OTHER and self.has("no_action"):
            return False
        if self.kind is Kind.OTHER and self.has("call"):
            return False  # "ring me tonight" names the hour of the call
        return self.kind in (Kind.OTHER, Kind.FOLLOWUP) and self.has("task")

    @property
    def asks_to_handle(self) -> bool:
        return self.has("forward_ask", "task")

    @property
    def may_have_deadline(self) -> bool:
        if self.kind is Kind.NOTIFICATION:
            return self.has("consequence") and not self.has("away")
        return self.kind not in _SILENT or self.may_need

    @property
    def may_need(self) -> bool:
        """Whether a day that it names may be the one by which something is needed, although it does not ask."""
        if self.kind is Kind.THANKS:
            return self.count >= _LONG_FOR_THANKS and not self.has("no_action", "fyi", "greeting", "solved")
        return self.kind is Kind.OTHER and not self.has("material", "call", "fyi", "solved", "no_action")

    def needs_by(self, due: Deadline | None) -> None:
        """What names an hour by which something is needed is a task, whatever words it lacks."""
        if due is not None and self.may_need:
            self.kind = Kind.TASK

    # -- the reading

    def reading(
        self, language: Language, script: Script, new_text: str, due: Deadline | None, sent_at: datetime
    ) -> Reading:
        spelt = self.words.all_spelt
        nothing = self._nothing_to_do(new_text)
        harm, immediate = ([], []) if nothing else self._pressing(due, sent_at)
        return Reading(
            language,
            script,
            new_text,
            self.kind,
            self._tone(bool(harm)),
            needs_ack=self._needs_ack(),
            missing=self._missing(due, urgent=bool(harm or immediate)),
            deadline=due,
            harm=spelt(_distinct(harm)[:3]),
            immediate=spelt(_distinct(immediate)[:3]),
            can_wait=spelt(_distinct(self.found.get("can_wait", []))[:3]),
            nothing_to_do=nothing,
            dropped=spelt(self.found.get("cancel", [])[:2]) if self._just_dropped() else (),
        )

    def _pressing(self, due: Deadline | None, sent_at: datetime) -> tuple[list[Place], list[Place]]:
        """Harm and calls for immediate action, as far as the deadline that the client names does not tame them:
        "urgent, by Friday" is by Friday."""
        if self.kind is Kind.NEWSLETTER:
            return [], []
        if self.kind is Kind.NOTIFICATION:
            return (self.harm or self.found["alert"] if self.has("alert") else []), []
        ahead = timedelta(0) if due is None else due.on - sent_at.date()
        harm = self.harm if ahead < timedelta(days=2) else []
        immediate = list(self.immediate) if ahead < timedelta(days=2) else []
        if due is None:
            immediate += self.haste
        if immediate and self.has("call") and not harm and self._says_why():
            immediate = []
        if self.count > LONGEST_WITH_SIGNS:
            immediate = [place for place in immediate if self._asked_for(place)]
        return harm, sorted(immediate)

    def _asked_for(self, place: Place) -> bool:
        """Whether "right now" in a long text is said of what is asked for, or stands alone."""
        start, end = self.words.sentence(place[0])
        calls = (*self.tasks, *self.found.get("call", ()), *self.found.get("pull", ()))
        return len(self.words.row[start:end].split()) <= 6 or any(start <= other[0] < end for other in calls)

    def _says_why(self) -> bool:
        """A demanded call whose reason is stated, and is no harm, can wait for the check."""
        said = [part.split() for part in re.split(r"(?: [.?])+ ", self.words.row)]
        words = sum(len(part) for part in said if len(part) > 2)  # a name is no reason
        return words - self._words_of_the_demand() >= _REASON_FOR_A_CALL

    def _nothing_to_do(self, new_text: str) -> tuple[str, ...]:
        concepts: tuple[str, ...] = ()
        if self.kind in _PLEASANTRIES and self._wants_no_answer:
            concepts = ("thanks", "greeting", "praise")
        elif self.kind in (Kind.OTHER, Kind.CANCELLATION) and (
            (self.has("fyi", "solved") and not self.asks_more()) or (self._wants_no_answer and not self.harm)
        ):
            concepts = ("fyi", "solved", "harm_solved")
        elif self.kind is Kind.NOTIFICATION and (self.has("away") or not self.has("consequence", "alert")):
            concepts = ("notification",)
        if not concepts:
            return ()
        places = [place for concept in concepts for place in self.found.get(concept, ())]
        return self.words.all_spelt(_distinct(places)[:3]) or (new_text[:40],)

    def asks_more(self) -> bool:
        if self.asked or self.harm:
            return True
        if self.kind is not Kind.CANCELLATION or not self.has("solved"):
            return self.kind is Kind.CANCELLATION
        return self.has("undo") or (self.has("drop_work") and not self.has("came_to_light"))

    def _needs_ack(self) -> bool:
        if self.has("no_answer") or self.kind in (Kind.NEWSLETTER, Kind.NOTIFICATION):
            return False
        return not self._wants_no_answer

    @property
    def _wants_no_answer(self) -> bool:
        """Who is left in silence wrongly is worse off than who hears something needless: only what may be a word in
        passing, and what no phrase says to be one only if it is surely like one."""
        if self.kind not in _IN_PASSING or (self.kind is Kind.CANCELLATION and not self.has("solved", "fyi")):
            return False
        if self.told_kind in _PLEASANTRIES or self.has("fyi", "solved"):
            return self.verdict.quiet > QUIET
        says_little = self.medium == "email" and self.count < _SAYS_SOMETHING
        return self.verdict.quiet > (SHORT_QUIET if says_little else SURELY_QUIET)

    def _just_dropped(self) -> bool:
        return self.kind is Kind.CANCELLATION and not self.has("undo", "halt")

    def _tone(self, emergency: bool) -> Tone:
        if self._insulted:
            return Tone.ABUSIVE
        if self.kind in _SILENT or emergency:
            return Tone.NEUTRAL
        if self.has("can_wait", "harm_solved") or (self.kind is Kind.QUESTION and self.has("hypothetical")):
            return Tone.NEUTRAL
        if self.has("push", "followup_hard") or (self.kind is Kind.OTHER and self.has("call")):
            return Tone.PUSHY
        return Tone.NEUTRAL

    def _missing(self, due: Deadline | None, *, urgent: bool) -> tuple[Missing, ...]:
        if self.kind is not Kind.TASK or urgent or self.forwarded:
            return ()
        lacking = {*missing(*self._told_of_task(due)), *((Missing.GOAL, Missing.SCOPE) if self._vague else ())}
        if due is not None or self.has("whenever"):
            lacking.discard(Missing.DEADLINE)
        return tuple(element for element in Missing if element in lacking)

    @property
    def _vague(self) -> bool:
        return self.count <= _LONGEST_VAGUE and self.has("vague_verb") and self.has("vague_object")

    @property
    def _says_how_soon(self) -> bool:
        """In other words than a day or an hour: at once, or whenever."""
        return bool(self.haste) or self.has("can_wait", "whenever", "immediate_weak")

    def missing_signs(self, due: Deadline | None) -> Iterator[str]:
        """What is weighed of a task."""
        return missing_signs(*self._told_of_task(due))

    def _told_of_task(self, due: Deadline | None) -> tuple[list[str], Iterable[str], list[str]]:
        """The words, the concepts that it holds and what is known of it beside them."""
        rules = {
            "due": due is not None,
            "how soon": self._says_how_soon,
            "vague": self._vague,
            "short": self.count <= (_SHORT_FOR_SOMETHING if self.has("something") else _SHORT),
            "chat": self.medium == "chat",
        }
        return self.words.each, self.found, [f"({name})" for name, holds in rules.items() if holds]


def _distinct(places: list[Place]) -> list[Place]:
    """Of places that share words the longest."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: place[0] - place[1]):
        if not any(place[0] < end and start < place[1] for start, end in kept):
            kept.append(place)
    return sorted(kept)
