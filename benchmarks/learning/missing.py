"""What a task lacks: `missing.weights`.

The examples hold one task a line: any of g, d and s for a missing goal, deadline and scope, or -; c or m for chat or
mail; and the text, ` ¦ ` after a subject and `\\n` for the end of a line. All are sent at `SENT_AT`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.learning import due
from benchmarks.learning.tables import EXAMPLES, MEDIUMS, SENT_AT, Learned, learned, share, signs_of, write
from triage_bot.reading.deadlines import deadline
from triage_bot.reading.likeness import BIAS, hashed_feature
from triage_bot.reading.missing import ELEMENTS, PARTS
from triage_bot.reading.model import Kind, Locale
from triage_bot.reading.read import Understood, understand, wanted

TABLE = "missing.weights"
FOLDER = EXAMPLES / "missing"
STRENGTH = 0.5
SEEN_IN = 2
SMALLEST = 0.02
FULL = 14
"""Words."""
FOLDS, BLOCK = 8, 10


@dataclass(frozen=True, slots=True)
class Example:
    language: str
    lacks: str
    noticed: tuple[str, ...]
    made_for_this: bool = True


def examples(folder: Path = FOLDER) -> list[Example]:
    """Raises ValueError for a line that is none."""
    return [example for path in sorted(folder.glob("*.tsv")) for example in _examples(path)]


def _examples(path: Path) -> Iterator[Example]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        cells = line.split("\t")
        if len(cells) != 3 or not set(cells[0]) <= set("gds-") or cells[1] not in MEDIUMS:
            raise ValueError(f"{path.name}:{number}: not what is missing, c or m, and text")
        subject, _, text = cells[2].replace("\\n", "\n").rpartition(" ¦ ")
        read = understand(subject, text, sent_at=SENT_AT, prior=Locale(path.stem), medium=MEDIUMS[cells[1]])
        yield Example(path.stem, cells[0], _signs(read))


def full_tasks() -> list[Example]:
    """Tasks among the examples of `due`, which are told at some length: they say what for and of what. Without them
    too much would be asked for, as most tasks lack nothing."""
    return [
        Example(message.language, "" if message.marks else "d", _signs(message.understood), made_for_this=False)
        for message in due.messages()
        if message.understood.meaning.kind is Kind.TASK and message.understood.meaning.count >= FULL
    ]


def _signs(read: Understood) -> tuple[str, ...]:
    meaning = read.meaning
    until = deadline(meaning.words, meaning.found, read.language, SENT_AT, wanted(meaning))
    return tuple(dict.fromkeys(meaning.missing_signs(until)))


def learn() -> None:
    import numpy as np

    told = examples() + full_tasks()
    names, signs = signs_of((each.noticed for each in told), SEEN_IN)
    everything, folds = np.ones(len(told), bool), np.arange(len(told)) // BLOCK % FOLDS
    columns = []
    for element in ELEMENTS:
        right = np.array([element[0] in each.lacks for each in told])
        columns.append(learned(signs, right, everything, folds, STRENGTH, balanced=False, tolerance=1e-4))
    weights = np.stack([column.weights for column in columns], 1).tolist()
    rows = [(BIAS, [column.bias for column in columns]), *zip(names, weights, strict=True)]
    write(TABLE, FOLDER, ELEMENTS, PARTS, rows, SMALLEST, hashed_feature)

    print(f"What a task lacks, on examples that were not taught ({FOLDS} folds):")
    for language in ("", *sorted({each.language for each in told})):
        chosen = [n for n, each in enumerate(told) if each.made_for_this and language in ("", each.language)]
        print(f"  {language or 'all':4} {len(chosen):5}: {_figures(chosen, told, columns)}")


def _figures(chosen: Sequence[int], told: Sequence[Example], columns: Sequence[Learned]) -> str:
    figures = []
    for element, column in zip(ELEMENTS, columns, strict=True):
        found = [number for number in chosen if column.held_out[number] > 0]
        right = [number for number in chosen if element[0] in told[number].lacks]
        precision = share(element[0] in told[number].lacks for number in found)
        figures.append(f"{element} P {precision:.3f} R {share(column.held_out[n] > 0 for n in right):.3f}")
    return ", ".join(figures)
