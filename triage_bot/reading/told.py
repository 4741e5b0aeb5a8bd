"""What the phrases found in a text tell by rules alone: harm, haste, tasks, and the kind of message.

How far that is to be believed is weighed in `meaning`, with what the text is like.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from functools import cached_property
from typing import Literal

from triage_bot.reading.finding import Sought
from triage_bot.reading.fold import fold
from triage_bot.reading.harm import harm
from triage_bot.reading.lexicons import Lexicon
from triage_bot.reading.model import Kind
from triage_bot.reading.signs import Telling, at_rest
from triage_bot.reading.words import Place, Words

_CHEER = re.compile(
    "[\U0001f44c-\U0001f44f\U0001f64f\U0001f600-\U0001f60d\U0001f642\u2764"
    "\U0001f389\U0001f49a\u2705\U0001f970\U0001f917]"
)
_LAUGHTER = re.compile(
    "[\U0001f602\U0001f923\U0001f605\U0001f606\U0001f639\U0001f975]|\\b(?:lol|rotfl|(?:ha|he|hi){2,}h?|x+d+)\\b", re.I
)
_PRESSING = frozenset({"harm", "immediate", "haste"})
_BEGINNING = 1_200  # of the row: who needs something at once says so at the beginning
# "Find us a room NOW": shouted at the end of a sentence, this one word is a call for immediate action.
_SHOUTED = Sought(r"\b(?:NOW|TERAZ|JUŻ|JUZ|SAD|SADA|ODMAH|SMESTA|САДА|ОДМАХ)\b(?=\s*(?:[!.\n]|$))")
_NOD = re.compile(r" (?:ok|okay|dobra|dobrze|moze byc|zgoda|vazi|moze|u redu|right|yeah|please|prosze|molim te) \? $")
_LONGEST_NOD = 16  # characters
_ADDRESSED = re.compile(
    r" (?!samo|jos|bar|svak|dus|lepot|sunc|src|zlat|mil|drag|carin|andjel|fali|treb|ostal|stig|dosta|ima|nema|bil|bude)"
    r"(?:[a-z]{4,}[eou] jedan|[a-z]{4,}[aoeiu] (?:jedna|jedno)) (?=[.?] |$)"
)
_LONGEST_JOKE = 20
_SHOWN = 160  # characters that show whether a text is in capitals
_STEP, _MOST_STEPS, _MOST_TASKS = 6, 8, 3  # how finely words and tasks are counted


class Told:
    """The signs of one text. `found` maps concepts of the lexicon to places in the row; `noticed` names all that is
    weighed, as `lexicon/weighing.weights` does."""

    def __init__(
        self,
        words: Words,
        lexicon: Lexicon,
        *,
        reply: bool,
        forwarded: bool,
        medium: Literal["email", "chat"],
        sent_at: datetime,
    ) -> None:
        self.words = words
        self.reply = reply
        self.forwarded = forwarded
        self.medium = medium
        self.sent_at = sent_at
        self.found = lexicon.phrases.find(words.row, words.each)
        row = words.row
        spaces = row.count(" ")  # one more than words
        self.count = spaces - 1 - row.count(" . ") - row.count(" ? ") if spaces < len(row) else 0
        nod = _NOD.search(row, max(0, len(row) - _LONGEST_NOD)) if " ? " in row else None
        self.asked = " ? " in (row[: nod.start() + 1] if nod else row)
        self.harm, harm_noticed = self._harm()
        self.immediate = self._without("immediate", "immediate_off", "can_wait", "not_now") + self._shouted()
        self.haste = self._without("haste", "immediate_off", "can_wait")
        self.tasks = self._tasks()
        self.told_kind = self._told_kind()
        self.noticed = [*self.found, *harm_noticed, *self._noticed()]

    def has(self, *concepts: str) -> bool:
        return not self.found.keys().isdisjoint(concepts)

    def _without(self, concept: str, *against: str) -> list[Place]:
        """The places of a concept that no word against it covers."""
        places = self.found.get(concept, [])
        if not places:
            return []
        if concept in _PRESSING:
            places = [place for place in places if place[0] < _BEGINNING]
        against_places = [place for other in against for place in self.found.get(other, ())]
        return [p for p in places if not any(a < p[1] and p[0] < b for a, b in against_places)]

    def _shouted(self) -> list[Place]:
        match = _SHOUTED.search(self.words.text) if not self.words.text.isupper() else None
        if match is None or self.has("not_now", "immediate_off", "can_wait"):
            return []
        place = len(fold(self.words.text[: match.start()]))
        if self.words.folded[place : place + 1].strip() == "":
            return []  # in quotation marks: somebody else's words
        return [((start := self.words.in_row(place)), self.words.row.find(" ", start))]

    def _jokes(self) -> bool:
        """Laughs, and wants nothing."""
        if self.count > _LONGEST_JOKE or self.has("task", "call", "followup", "question_strong", "push"):
            return False
        return self.laughs

    @property
    def laughs(self) -> bool:
        return _LAUGHTER.search(self.words.text) is not None

    def _harm(self) -> tuple[list[Place], list[str]]:
        denied = self.has("harm_solved") or self._imagined or self._idle or self._jokes()
        told = Telling("!!" in self.words.text, self._just_tells(), self.medium == "chat", at_rest(self.sent_at))
        places, noticed = harm(self.words, self.found, self._without("harm"), told, self.count, denied=denied)
        if told.loud:
            noticed.append("(loud)")
        if told.bare:
            noticed.append("(bare)")
        if told.at_rest:
            noticed.append("(sent when nobody works)")
        return places, noticed

    @property
    def _imagined(self) -> bool:
        return self.asked and self.has("hypothetical")

    @property
    def _idle(self) -> bool:
        return self.has("no_action") and not self.has("immediate", "haste")

    def _noticed(self) -> Iterator[str]:
        """What the rules make of the phrases, by the names of its weights."""
        yield f"(kind {self.told_kind.value})"
        yield f"(words {min(self.count // _STEP, _MOST_STEPS) * _STEP})"
        yield f"(tasks {min(len(self.tasks), _MOST_TASKS)})"
        shown = self.words.text[:_SHOWN]
        for name, holds in (
            ("(asked)", self.asked),
            ("(imagined)", self._imagined),
            ("(idle)", self._idle),
            ("(joke)", self._jokes()),
            ("(chat)", self.medium == "chat"),
            ("(harm)", self.harm),
            ("(immediate)", self.immediate),
            ("(haste)", self.haste),
            ("(insult)", self._insulted),
            ("(reply)", self.reply),
            ("(forwarded)", self.forwarded),
            ("(capitals)", 2 * sum(map(str.isupper, shown)) > len(shown)),
        ):
            if holds:
                yield name

    def _just_tells(self) -> bool:
        """A bare "the lorry is here and they won't unload it", asking for nothing, asks for help."""
        if self.asked or self.has("task", "call", "cancel", "greeting", "smalltalk", "thanks", "can_wait"):
            return False
        if self.has("fyi", "solved", "material"):
            return False
        return self.count >= 5

    @cached_property
    def _insulted(self) -> bool:
        addressed = self.has("addressed_so") and _ADDRESSED.search(self.words.row) is not None
        return addressed or bool(self._without("insult", "insult_off"))

    def _tasks(self) -> list[Place]:
        """What asks for something to be done, apart from what only asks for an answer."""
        tasks = self._without("task", "question_strong", "thanks", "fyi", "solved")
        if not tasks or not self.asked or not self.has("wh"):
            return tasks
        questions = []
        for start, _ in self.found["wh"]:
            begin, end = self.words.sentence(start)
            if start - begin < 24 and self.words.row.startswith(" ? ", end):
                questions.append((begin, end))
        return [p for p in tasks if not any(begin <= p[0] < end for begin, end in questions)]

    # -- kind

    def _told_kind(self) -> Kind:
        if self.count == 0:
            return Kind.FOLLOWUP if self.asked else self._wordless()
        if self.count <= 2 and not self.asked and _CHEER.search(self.words.text):
            return Kind.THANKS
        if self.medium == "email":
            machine = self._machine()
            if machine is not None:
                return machine
        ends = self._ending()
        if ends is not None:
            return ends
        if self.asked and self.has("hypothetical") and not self._insulted:
            return Kind.QUESTION
        if (self._insulted or self.has("complaint")) and not self.harm:
            return Kind.COMPLAINT
        cancels = self._without("cancel", "fyi", "cancel_off")
        if self.harm:
            stopped = any(a < p[1] and p[0] < b for a, b in self.found.get("halt", ()) for p in self.harm)
            return Kind.CANCELLATION if stopped else Kind.TASK
        if cancels and len(self._without("task", "cancel", "undo", "question_strong")) < 2:
            return Kind.CANCELLATION
        if (
            self.has("followup_hard")
            or (self.has("ping") and self.count <= 3)
            or (self.has("followup") and not self._task_first())
            or (self.reply and self.asked and self.has("yet") and not self.tasks)
        ):
            return Kind.FOLLOWUP
        return self._request()

    def _wordless(self) -> Kind:
        """A thumb says thanks, and so does a heart; an empty mail brings something."""
        return Kind.THANKS if _CHEER.search(self.words.text) else Kind.OTHER

    def _request(self) -> Kind:
        if self.has("call") and not self.has("call_whom"):
            return Kind.OTHER
        if self.has("material") and not self.tasks:
            return Kind.OTHER
        if self.tasks and not self._only_asks():
            return Kind.TASK
        if self.has("question_strong") or (self.asked and self.has("question")):
            return Kind.QUESTION
        if self.asked:
            return Kind.FOLLOWUP if self.count <= 2 else Kind.QUESTION
        if self.has("question_bare") and not self.tasks:
            return Kind.QUESTION
        if self.immediate or self.haste or self.has("can_wait", "task", "thanks_ahead"):
            return Kind.TASK
        return Kind.OTHER

    def _only_asks(self) -> bool:
        """Whether all that is asked for is an answer."""
        if not (self.has("question_strong") and self.asked) or len(self.tasks) > 1:
            return False
        questions = {self.words.sentence(start) for start, _ in self.found.get("question_strong", ())}
        return all(self.words.sentence(start) in questions for start, _ in self.tasks)

    def _machine(self) -> Kind | None:
        if self.forwarded:
            return None  # a person passes on what a machine wrote
        notes = len(self.found.get("notification", ()))
        ads = len(self.found.get("newsletter", ()))
        sure = self.has("notification_sure")
        if not sure and (ads >= 2 or (ads and notes) or self.has("newsletter_sure")):
            return Kind.NEWSLETTER
        if sure or (notes and not self.has("question_strong")):
            return Kind.NOTIFICATION
        return None

    def _ending(self) -> Kind | None:
        """Kinds after which nothing is to be done."""
        if self.harm or self.has("followup_hard", "complaint") or self._insulted:
            return None
        if self.count <= 25 and not self.tasks and (self.has("smalltalk") or self._jokes()):
            return Kind.SMALLTALK
        asks = self.asked or bool(self.tasks) or self.has("thanks_ahead")
        if self._needs_nothing() or (self.has("fyi") and not asks and not self._without("cancel", "fyi", "cancel_off")):
            return Kind.OTHER
        if self.has("exposure", "moneyloss"):
            return None
        if self.has("solved") and not asks and self.count <= 30:
            if self.has("harm_solved") and self.has("harm"):
                return Kind.OTHER
            return Kind.THANKS if self.has("thanks") and self.has("praise") else Kind.CANCELLATION
        if asks or self.has("cancel", "call", "material", "can_wait") or self.immediate or self.haste:
            return None
        if self.has("thanks") and self.count <= 45:
            return Kind.THANKS
        if self.has("greeting") and self.count <= 60:
            return Kind.THANKS if self.count <= 8 and self._praises() else Kind.SMALLTALK
        if self._praises():
            return Kind.THANKS
        return None

    def _needs_nothing(self) -> bool:
        """Says itself that nothing is to be done, and asks for nothing beside."""
        if self.asked or not self.has("no_action") or self.has("drop_work"):
            return False
        idle = {self.words.sentence(start) for start, _ in self.found["no_action"]}
        return all(self.words.sentence(start) in idle for start, _ in self.tasks)

    def _praises(self) -> bool:
        """A short "super", "perfect" at the beginning; further on it praises something else."""
        if self.count > 12 or self.has("task", "followup", "question_strong"):
            return False
        return any(start < 14 for start, _ in self.found.get("praise", ()))

    def _task_first(self) -> bool:
        return bool(self.tasks) and not self.reply and self.count > 12
