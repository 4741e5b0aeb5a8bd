"""Machines that no header gives away, told by what they write and by what their address is called.

One cue is not enough unless it can mean nothing else: people quote newsletters, forward bounces, order newsletters from
an assistant and write that they are "out of office" themselves. So cues are weighed, what was quoted or forwarded does
not count, and an answer within a thread needs more than a first message. The words are data (`lexicon/machines.toml`).
"""

import re
from collections.abc import Iterable, Mapping
from enum import Enum, auto
from functools import cache
from typing import Any, NamedTuple

from triage_bot.core.messages import Address, IncomingMessage
from triage_bot.reading import lexicon_files
from triage_bot.reading.finding import Finder, PatternFinder
from triage_bot.reading.fold import fold

WINDOW = 6_000
"""Characters looked at from the beginning and from the end of a text: notices open with it, newsletters end with it."""

SHORT = 700
"""Below this many characters a newsletter must say more: people who order one write about that much."""

FOOTER_LINES = 8

_ANSWERS = re.compile(r"(?:re|odp|odg|aw|sv|vs|antw|fwd?|pd|wg|tr|rv|enc|prosl)(?:\[\d+\])?\s*:")
_HEADER_LINE = re.compile(r"[*\s]{0,4}(?:from|od|von|salje|de)\s*:\*?\s*\S")
_NEXT_HEADER = re.compile(
    r"[*\s]{0,4}(?:sent|date|wyslano|data|poslato|poslano|datum|gesendet|to|do|subject|temat)\s*:"
)
_ATTRIBUTION = re.compile(
    r".{0,300}(?:\bwrote|\bwrites|\bpisze|\bnapisal\w*(?:\(a\)|/a)?|\bnapisao\S*|\bschrieb|\ba ecrit)\s*:$"
)
# Words between quotation marks are words about something: "put 'unsubscribe' into the footer".
_SPOKEN = re.compile(r"[\"'](?:(?<=\")[^\"]{2,200}\"|(?<=')(?<!\w')[^']{2,200}'(?!\w))")
_SMTP_CODE = re.compile(r"[45]\d\d(?<=\b\d\d\d)[ #-]{1,3}[45]\.\d{1,3}\.\d{1,3}\b")
_LETTER_BREAKS = re.compile(r"[._+-]+")


class Cue(Enum):
    AUTO_REPLY = auto()
    BOUNCE = auto()
    RECEIPT = auto()
    FEEDBACK = auto()
    BULK = auto()
    NOTICE = auto()
    CALENDAR = auto()


Places = Mapping[str, int]
"""Where the phrases that a text holds stand first."""


class Weighed:
    """Phrases with their weights, heavier first so that of two overlapping cues the telling one counts."""

    def __init__(self, table: Mapping[str, int]) -> None:
        self._cues = tuple(sorted(table.items(), key=lambda cue: (-cue[1], -len(cue[0]))))
        self._ranks = {phrase: rank for rank, (phrase, _) in enumerate(self._cues)}

    def weight(self, places: Places) -> int:
        taken: list[tuple[int, int]] = []
        total = 0
        for phrase, weight in self._held(places):
            start = places[phrase]
            end = start + len(phrase)
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken.append((start, end))
                total += weight
        return total

    def heaviest(self, places: Places) -> int:
        return next((weight for _, weight in self._held(places)), 0)

    def _held(self, places: Places) -> list[tuple[str, int]]:
        return [self._cues[rank] for rank in sorted(self._ranks[phrase] for phrase in places if phrase in self._ranks)]


@cache
def lexicon() -> Mapping[str, Any]:
    return lexicon_files.words("machines")


@cache
def telling_headers() -> frozenset[str]:
    """Names of fields that say who or what wrote a mail."""
    return frozenset().union(*map(header_names, ("decide", "ours", "auto_reply", "machine", "list", "bulk")))


@cache
def header_names(key: str) -> frozenset[str]:
    return frozenset(lexicon()["headers"][key])


@cache
def _weighed(section: str, key: str) -> Weighed:
    return Weighed(lexicon()[section][key])


@cache
def _phrases(section: str, key: str) -> tuple[str, ...]:
    return tuple(lexicon()[section][key])


@cache
def _any_of(section: str, key: str) -> frozenset[str]:
    return frozenset(_phrases(section, key))


@cache
def _opens() -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, lexicon()["ours"]["opens"]))


@cache
def _sure() -> PatternFinder:
    return PatternFinder(lexicon()["auto_reply"]["sure"])


@cache
def _dividers() -> Finder:
    return Finder(_phrases("own_text", "dividers"))


@cache
def _finder() -> Finder:
    """Every phrase that counts wherever it stands."""
    words = lexicon()
    lists = (
        words["auto_reply"]["hints"],
        *words["auto_reply"]["away"].values(),
        words["bounce"]["says"],
        words["feedback"]["says"],
        words["receipt"]["says"],
        words["recall"]["says"],
        *(words["bulk"][key] for key in ("supports", "says", "subjects")),
        *(words["notice"][key] for key in ("says", "subjects")),
    )
    return Finder(phrase for phrases in lists for phrase in phrases)


@cache
def _links(key: str) -> re.Pattern[str]:
    return re.compile(lexicon()["links"][key])


@cache
def _asks() -> re.Pattern[str]:
    return re.compile(lexicon()["own_text"]["asks"])


@cache
def _away() -> Mapping[str, frozenset[str]]:
    return {name: frozenset(phrases) for name, phrases in lexicon()["auto_reply"]["away"].items()}


class _Writing(NamedTuple):
    """What is looked at of a mail, folded. `text` is the sender's own, on one line; `places` are those in it."""

    message: IncomingMessage
    subject: str
    answers: bool
    text: str
    footer: list[str]
    places: Places

    def holds(self, section: str, key: str) -> bool:
        return not self.places.keys().isdisjoint(_any_of(section, key))

    def weight(self, section: str, key: str) -> int:
        return _weighed(section, key).weight(self.places)


def cue(message: IncomingMessage) -> Cue | None:
    """What wrote this, if its words or its address give it away."""
    subject = " ".join(fold(message.subject[:400]).split())
    lines = _own_lines(message.text)
    text = _joined(lines)
    writing = _Writing(
        message, subject, bool(_ANSWERS.match(subject)), text, lines[-FOOTER_LINES:], _finder().places(text)
    )
    if not writing.answers and _is_receipt(writing):
        return Cue.RECEIPT
    if not writing.answers and _is_feedback(writing):
        return Cue.FEEDBACK
    if _answers_invitation(writing):
        return Cue.CALENDAR
    if _is_recall(writing):
        return Cue.NOTICE
    if _is_bounce(writing):
        return Cue.BOUNCE
    return _auto_reply(writing) or _bulk_or_notice(writing)


def is_ours(message: IncomingMessage) -> bool:
    """Whether the text is one of our own acknowledgements, whatever became of its headers."""
    if len(message.text) > 4 * WINDOW:
        return False
    opening = message.text[:1000]
    if lexicon()["ours"]["word"] not in fold(opening):
        return False
    opening = own_text(opening)
    return any(pattern.match(opening) for pattern in _opens())


def own_text(text: str) -> str:
    """The folded beginning and end of what the sender wrote, on one line; quoted and forwarded text left out."""
    return _joined(_own_lines(text))


def _joined(lines: Iterable[str]) -> str:
    own = " ".join(" ".join(lines).split())
    return _SPOKEN.sub(" ", own) if '"' in own or "'" in own else own


def _own_lines(text: str) -> list[str]:
    if len(text) > 2 * WINDOW:
        text = f"{text[:WINDOW]}\n{text[-WINDOW:]}"
    kept: list[str] = []
    folded = fold(text)
    lines = folded.split("\n")
    divided = _dividers().any_in(folded)
    for number, line in enumerate(lines):
        bare = line.strip()
        if bare.startswith((">", "|")):
            continue
        if kept and (divided or ":" in bare) and _begins_other_mail(bare, lines[number + 1 : number + 4], divided):
            break
        if bare:
            kept.append(bare)
    return kept


def _begins_other_mail(line: str, following: Iterable[str], divided: bool) -> bool:
    if len(line) > 400:
        return False
    if divided and len(line) < 100 and _dividers().any_in(line):
        return True
    if line.endswith(":"):
        return bool(_ATTRIBUTION.match(line))
    return bool(_HEADER_LINE.match(line)) and any(_NEXT_HEADER.match(other) for other in following)


def _is_feedback(writing: _Writing) -> bool:
    if writing.holds("feedback", "says"):
        return True
    return writing.subject.startswith(_phrases("feedback", "subjects")) and _holds_only_a_mail(writing)


def _holds_only_a_mail(writing: _Writing) -> bool:
    return not writing.text and any(part.media_type == "message/rfc822" for part in writing.message.attachments)


def _is_receipt(writing: _Writing) -> bool:
    return writing.subject.startswith(_phrases("receipt", "subjects")) and writing.weight("receipt", "says") > 0


def _answers_invitation(writing: _Writing) -> bool:
    """Some programs leave of the answer to an invitation its subject alone."""
    bare = not writing.text and not writing.message.attachments
    return bare and writing.subject.startswith(_phrases("invitation", "answers"))


def _is_recall(writing: _Writing) -> bool:
    """What Exchange sends to those whose server does not take a mail back by itself."""
    subjects = _phrases("recall", "subjects")
    return len(writing.text) < SHORT and writing.subject.startswith(subjects) and writing.holds("recall", "says")


def _is_bounce(writing: _Writing) -> bool:
    says = writing.weight("bounce", "says")
    enough = 5
    if not writing.answers and writing.subject.startswith(_phrases("bounce", "subjects")):
        if _holds_only_a_mail(writing):
            return True
        enough = 1
    elif not writing.answers and writing.subject.startswith(_phrases("bounce", "maybe_subjects")):
        enough = 2
    return says >= enough or (says == enough - 1 and _SMTP_CODE.search(writing.text) is not None)


def _auto_reply(writing: _Writing) -> Cue | None:
    subject = writing.subject
    sure = _sure().any_in(writing.text)
    hint = writing.holds("auto_reply", "hints")
    said = {name for name, phrases in _away().items() if not phrases.isdisjoint(writing.places)}
    groups = len(said)
    evidence = groups + max(hint, 2 * sure)
    for key, weight, decides in (("subjects", 2, True), ("away_subjects", 1, False), ("received_subjects", 1, False)):
        phrases = _phrases("auto_reply", key)
        if subject.startswith(phrases):
            start = next(phrase for phrase in phrases if subject.startswith(phrase))
            rest = subject[len(start) :].lstrip()
            if (decides and (rest.startswith((":", "]")) or start.endswith("]"))) or _ANSWERS.match(rest.lstrip(":- ")):
                return Cue.AUTO_REPLY
            evidence += weight + rest.startswith(":")
            break
    # Thanks, an absence and a return are what a person writes from her holiday, too. Who to turn to meanwhile, and
    # that mail is not read, is what she leaves to a machine.
    if evidence >= 3 and (evidence > groups or said & {"stand_in", "access", "soon"}):
        return Cue.AUTO_REPLY
    return Cue.NOTICE if sure and not writing.answers else None


def _bulk_or_notice(writing: _Writing) -> Cue | None:
    message, text = writing.message, writing.text
    in_thread = writing.answers or bool(message.refs)
    sender = sender_weight(message.header_from, message.envelope_from)
    supports = writing.holds("bulk", "supports")
    in_subject = {} if in_thread else _finder().places(writing.subject)
    headline = _weighed("bulk", "subjects").weight(in_subject) > 0
    core = _leaving(writing)
    # Two cues make a newsletter. A short text needs a third, because so much stands in an order for one; who opens with
    # a request is believed; and in a thread it takes two more, because newsletters answer nobody.
    if core:
        doubtful = (len(text) < SHORT and not sender) + 6 * bool(not sender and _asks().search(text[:300]))
        bulk = core + supports + sender + (headline and not doubtful)
        if bulk >= 2 + doubtful + 2 * in_thread:
            return Cue.BULK
    sure = _weighed("notice", "says").heaviest(writing.places) > 1
    if in_thread:
        return Cue.NOTICE if sure and sender else None
    notice = writing.weight("notice", "says") + _weighed("notice", "subjects").weight(in_subject)
    if sure or notice >= 4 or (notice and sender):
        return Cue.NOTICE
    if sender >= 2 or (sender and supports and headline):
        return Cue.BULK if supports or headline else Cue.NOTICE
    return None


def _leaving(writing: _Writing) -> int:
    """How much a mail says that it is one of many and how to leave the list."""
    margins = _margins(writing.text)
    places = writing.places if margins is writing.text else _finder().places(margins)
    weight = _weighed("bulk", "says").weight(places) + bool(_links("leave").search(margins))
    leaves = _links("leave_line")
    return weight + 3 * any(len(line) < 400 and leaves.match(line) for line in writing.footer)


def _margins(text: str) -> str:
    """Where newsletters say what they are. Who writes about newsletters does so in between as well."""
    head, tail = max(400, len(text) // 6), max(900, len(text) // 3)
    return text if len(text) <= head + tail else f"{text[:head]} \x00 {text[-tail:]}"


def sender_weight(sender: Address, envelope_from: str | None) -> int:
    """How much the addresses of a mail look like a machine's."""
    senders = lexicon()["senders"]
    words: Mapping[str, int] = senders["words"]
    labels: Mapping[str, int] = senders["labels"]
    names: Mapping[str, int] = senders["names"]
    weight = 0
    local, _, domain = sender.addr.rpartition("@")
    parts = _LETTER_BREAKS.split(local)
    weight += max([words.get(part, 0) for part in parts])
    if not weight and any(part.endswith(("news", "newsletter")) for part in parts):
        weight = 1
    weight += max([labels.get(label.rstrip("0123456789"), 0) for label in domain.split(".")[:-2]], default=0)
    name = f" {' '.join(fold(sender.name[:200]).split())} "
    weight += max([value for word, value in names.items() if word in name and f" {word} " in name], default=0)
    if envelope_from and envelope_from != sender.addr and "srs" not in envelope_from:
        envelope_local, _, envelope_domain = envelope_from.rpartition("@")
        numbered = sum(char.isdigit() for char in envelope_local) >= 6
        weight += max(
            numbered,
            *(labels.get(label.rstrip("0123456789"), 0) for label in envelope_domain.split(".")[:-2]),
            *(words.get(part, 0) for part in _LETTER_BREAKS.split(envelope_local)),
        )
    return weight
