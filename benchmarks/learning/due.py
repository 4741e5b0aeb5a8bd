"""Which of the moments that a text names are deadlines: `due.weights`.

The examples hold one message a line: c or m for chat or mail, and the text, ` ¦ ` after a subject and `\\n` for the end
of a line, with every deadline in {braces}. All are sent at `SENT_AT`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.learning.tables import EXAMPLES, MEDIUMS, SENT_AT, Learned, learned, share, signs_of, write
from triage_bot.reading import weighing
from triage_bot.reading.deadlines import COUNTS, Candidate, candidates
from triage_bot.reading.likeness import BIAS
from triage_bot.reading.model import Locale
from triage_bot.reading.read import Understood, understand, wanted

TABLE = "due.weights"
FOLDER = EXAMPLES / "due"
STRENGTH = 0.2
SEEN_IN = 2
"""Moments at which a sign must have been seen to be weighed."""
SMALLEST = 0.015
FOLDS, BLOCK = 8, 15

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Marked:
    """A message in which the deadlines are marked."""

    language: str
    text: str  # subject and body
    marks: tuple[Span, ...]
    understood: Understood

    def candidates(self) -> list[Candidate]:
        meaning = self.understood.meaning
        return candidates(meaning.words, meaning.found, self.understood.language, SENT_AT, wanted(meaning))


@dataclass(frozen=True, slots=True)
class Named:
    """A moment that a message names."""

    language: str
    message: int
    noticed: tuple[str, ...]
    is_due: bool


def messages(folder: Path = FOLDER) -> Iterator[Marked]:
    """Raises ValueError for a line that is none."""
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            cells = line.split("\t")
            if len(cells) != 2 or cells[0] not in MEDIUMS or cells[1].count("{") != cells[1].count("}"):
                raise ValueError(f"{path.name}:{number}: not c or m, and a text with its deadlines in braces")
            yield _marked(path.stem, *cells)


def _marked(language: str, medium: str, marked: str) -> Marked:
    subject, _, body = marked.replace("\\n", "\n").rpartition(" ¦ ")
    text, marks = _unmarked(f"{subject}\n\n{body}" if subject else body)
    subject, body = _unmarked(subject)[0], _unmarked(body)[0]
    read = understand(subject, body, sent_at=SENT_AT, prior=Locale(language), medium=MEDIUMS[medium])
    return Marked(language, text, tuple(marks), read)


def _unmarked(marked: str) -> tuple[str, list[Span]]:
    """The text without its braces, and where what stood in them stands now."""
    text, marks = "", []
    for number, part in enumerate(marked.replace("}", "{").split("{")):
        if number % 2:
            marks.append((len(text), len(text) + len(part)))
        text += part
    return text, marks


def examples(folder: Path = FOLDER) -> list[Named]:
    return [named for number, message in enumerate(messages(folder)) for named in _named(number, message)]


def _named(number: int, message: Marked) -> Iterator[Named]:
    meaning = message.understood.meaning
    words = meaning.words
    before = max(0, message.text.find(words.text[:60]))  # what is looked at may leave out the beginning
    for moment in message.candidates():
        start, end = words.in_text(moment.moment.start, moment.moment.end)
        is_due = any(first < end + before and start + before < last for first, last in message.marks)
        signs = moment.signs(words, meaning.found, SENT_AT)
        yield Named(message.language, number, tuple(dict.fromkeys(signs)), is_due)


def learn() -> None:
    import numpy as np

    named = examples()
    names, signs = signs_of((each.noticed for each in named), SEEN_IN)
    right = np.array([each.is_due for each in named])
    folds = np.array([each.message for each in named]) // BLOCK % FOLDS
    due = learned(signs, right, np.ones(len(named), bool), folds, STRENGTH, balanced=False, tolerance=1e-4)
    rows = [(BIAS, [due.bias]), *((name, [weight]) for name, weight in zip(names, due.weights.tolist(), strict=True))]
    write(TABLE, FOLDER, ("due",), weighing.PARTS, rows, SMALLEST)

    print(f"Which moments are due, on examples that were not taught ({FOLDS} folds); by the rules alone in brackets:")
    for language in ("", *sorted({each.language for each in named})):
        chosen = [number for number, each in enumerate(named) if language in ("", each.language)]
        print(f"  {language or 'all':4} {len(chosen):5}: {_figures(chosen, named, due)}")


def _figures(chosen: Sequence[int], named: Sequence[Named], due: Learned) -> str:
    def figures(found: Any) -> str:
        taken = [number for number in chosen if found(number)]
        right = [number for number in chosen if named[number].is_due]
        return f"P {share(named[n].is_due for n in taken):.3f} R {share(found(n) for n in right):.3f}"

    return f"{figures(lambda n: due.held_out[n] > 0)} ({figures(lambda n: COUNTS in named[n].noticed)})"
