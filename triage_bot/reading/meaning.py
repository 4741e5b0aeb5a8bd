"""What the phrases found in a text mean together: kind, tone, harm, haste, what is missing."""

import re
from datetime import datetime, timedelta
from typing import Literal

from triage_bot.reading.fold import fold
from triage_bot.reading.harm import UNHURRIED, harm
from triage_bot.reading.lexicons import Lexicon
from triage_bot.reading.likeness import likeness
from triage_bot.reading.model import Deadline, Kind, Language, Missing, Reading, Script, Tone
from triage_bot.reading.signs import Telling, at_rest
from triage_bot.reading.words import Place, Words

_CHEER = re.compile(
    "[\U0001f44c-\U0001f44f\U0001f64f\U0001f600-\U0001f60d\U0001f642\u2764"
    "\U0001f389\U0001f49a\u2705\U0001f970\U0001f917]"
)
_LAUGHTER = re.compile(
    "[\U0001f602\U0001f923\U0001f605\U0001f606\U0001f639\U0001f975]|\\b(?:lol|rotfl|(?:ha|he|hi){2,}h?|x+d+)\\b", re.I
)
_SILENT = frozenset({Kind.THANKS, Kind.SMALLTALK, Kind.NEWSLETTER, Kind.NOTIFICATION})
_PRESSING = frozenset({"harm", "immediate", "haste"})
_BEGINNING = 1_200  # of the row: who needs something at once says so at the beginning
_LONGEST_WITH_SIGNS = 90  # words: in longer texts signs stand together by chance
# "Find us a room NOW": shouted at the end of a sentence, this one word is a call for immediate action.
_SHOUTED = re.compile(r"\b(?:NOW|TERAZ|JUŻ|JUZ|SAD|SADA|ODMAH|SMESTA|САДА|ОДМАХ)\b(?=\s*(?:[!.\n]|$))")
_NOD = re.compile(r" (?:ok|okay|dobra|dobrze|moze byc|zgoda|vazi|moze|u redu|right|yeah|please|prosze|molim te) \? $")
_ADDRESSED = re.compile(
    r" (?!samo|jos|bar|svak|dus|lepot|sunc|src|zlat|mil|drag|carin|andjel|fali|treb|ostal|stig|dosta|ima|nema|bil|bude)"
    r"(?:[a-z]{4,}[eou] jedan|[a-z]{4,}[aoeiu] (?:jedna|jedno)) (?=[.?] |$)"
)
_QUIET, _NOT_QUIET = 3.5, -3.0  # likeness that overrules what the phrases say of an answer
_LONGEST_JOKE = 20
_LONG_FOR_THANKS = 9  # "thanks, see you by Friday" is shorter
_REASON_FOR_A_CALL = 4  # words besides the call itself from which on it states what it is about


class Meaning:
    """The signs of one text, weighed. `found` maps concepts of the lexicon to places in the row."""

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
        self.words = words
        self.reply = reply
        self.forwarded = forwarded
        self.medium = medium
        self.sent_at = sent_at
        self.found = lexicon.phrases.find(words.row)
        self.count = len(words.row.split()) - words.row.count(" . ") - words.row.count(" ? ")
        self.asked = " ? " in _NOD.sub(" . ", words.row)
        self.alike = likeness(words.row)
        self.harm = self._harm()
        self.immediate = self._without("immediate", "immediate_off", "can_wait", "not_now") + self._shouted()
        self.haste = self._without("haste", "immediate_off", "can_wait")
        self.tasks = self._tasks()
        self.kind = machine or self._kind()

    # -- signs

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
        return _LAUGHTER.search(self.words.text) is not None

    def _harm(self) -> list[Place]:
        imagined = self.asked and self.has("hypothetical")
        idle = self.has("no_action") and not self.has("immediate", "haste")
        denied = self.has("harm_solved") or imagined or idle or self._jokes()
        calls = self.has("call") and self.has("immediate", "haste")
        telling = Telling("!!" in self.words.text, self._just_tells(), self.medium == "chat", at_rest(self.sent_at))
        plain = self._without("harm")
        return harm(self.words, self.found, plain, telling, self.count, self.alike, denied=denied, calls=calls)

    def _just_tells(self) -> bool:
        """A bare "the lorry is here and they won't unload it", asking for nothing, asks for help."""
        if self.asked or self.has("task", "call", "cancel", "greeting", "smalltalk", "thanks", "can_wait"):
            return False
        if self.has("fyi", "solved", "material"):
            return False
        return self.count >= 5

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

    # -- kind

    def _kind(self) -> Kind:
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
        if self.asked and self.has("hypothetical") and not self._insulted():
            return Kind.QUESTION
        if (self._insulted() or self.has("complaint")) and not self.harm:
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
        if self.harm or self.has("followup_hard", "complaint") or self._insulted():
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
            needs_ack=self._needs_ack(quiet=self.kind in _SILENT or bool(nothing)),
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
        if self.alike.harm < UNHURRIED and not harm and not self.has("call"):
            immediate = []
        if self.count > _LONGEST_WITH_SIGNS:
            immediate = [place for place in immediate if self._asked_for(place)]
        return harm, sorted(immediate)

    def _asked_for(self, place: Place) -> bool:
        """Whether "right now" in a long text is said of what is asked for, or stands alone."""
        start, end = self.words.sentence(place[0])
        calls = (*self.tasks, *self.found.get("call", ()), *self.found.get("pull", ()))
        return len(self.words.row[start:end].split()) <= 6 or any(start <= other[0] < end for other in calls)

    def _says_why(self) -> bool:
        """A demanded call whose reason is stated, and is no harm, can wait for the check."""
        covered = [*self.found.get("call", []), *self.immediate, *self.haste]
        used = sum(len(self.words.row[start:end].split()) for start, end in covered)
        said = [part.split() for part in re.split(r" [.?] ", self.words.row)]
        return sum(len(part) for part in said if len(part) > 2) - used >= _REASON_FOR_A_CALL  # a name is no reason

    def _nothing_to_do(self, new_text: str) -> tuple[str, ...]:
        concepts: tuple[str, ...] = ()
        if self.kind in (Kind.THANKS, Kind.SMALLTALK):
            concepts = ("thanks", "greeting", "praise")
        elif self.kind in (Kind.OTHER, Kind.CANCELLATION) and self.has("fyi", "solved") and not self.asks_more():
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

    def _needs_ack(self, *, quiet: bool) -> bool:
        if self.has("no_answer") or self.kind in (Kind.NEWSLETTER, Kind.NOTIFICATION):
            return False
        return self.alike.quiet < (_NOT_QUIET if quiet else _QUIET)

    def _just_dropped(self) -> bool:
        return self.kind is Kind.CANCELLATION and not self.has("undo", "halt")

    def _tone(self, emergency: bool) -> Tone:
        if self._insulted():
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
        missing = []
        vague = self.count <= 12 and self.has("vague_verb") and self.has("vague_object")
        if vague:
            missing.append(Missing.GOAL)
        stated = due is not None or self.haste or self.has("can_wait", "whenever", "immediate_weak")
        if not stated:
            missing.append(Missing.DEADLINE)
        short = self.count <= (13 if self.has("something") else 9)
        if vague or (short and not any(char.isdigit() for char in self.words.row)):
            missing.append(Missing.SCOPE)
        return tuple(missing)


def _distinct(places: list[Place]) -> list[Place]:
    """Of places that share words the longest."""
    kept: list[Place] = []
    for place in sorted(places, key=lambda place: place[0] - place[1]):
        if not any(place[0] < end and start < place[1] for start, end in kept):
            kept.append(place)
    return sorted(kept)
