"""What a text tells: harm, its kind, and whether it wants an answer.

Two tables come of it: `likeness.weights`, what a text is like by its words, and `weighing.weights`, how far that and
everything that the lexicon finds is to be trusted. The second is learned with likenesses to examples that the first was
not taught, and only from those that no word of the lexicon was written for (`<language>.tsv`; those that it was mended
with are in `<language>_mended.tsv`, where it is always right).

The examples hold one message a line: urgency (u, n, l, 0 for urgent, normal, low, none), whether it needs an
acknowledgement (y, n), its kind, and the text, ` ¦ ` after a subject and `\\n` for the end of a line.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.learning.frames import framed
from benchmarks.learning.tables import EXAMPLES, SENT_AT, Learned, learned, share, signs_of, write
from triage_bot.reading import likeness, packed, weighing
from triage_bot.reading.model import Kind, Locale
from triage_bot.reading.read import understand

TABLES = "likeness.weights", "weighing.weights"
FOLDER = EXAMPLES / "telling"
STRENGTH, TRUST = 32.0, 1.0
"""How closely the examples are followed by each table (the C of scikit-learn)."""
SEEN_IN = 2
"""Examples in which a feature must stand to be weighed."""
RARITY = 1.5
"""The power of the logarithm of a feature's rarity: rare ones may weigh more."""
SMALLEST = 0.9, 0.02
"""A weight of each table that is nearer to zero is left out."""
FRAMED = 4
"""Of so many chats one is read as a mail, too."""
FOLDS, BLOCK = 5, 40
"""Neighbours in a file are often about the same: they are in the same fold."""


@dataclass(frozen=True, slots=True)
class Example:
    language: str
    mended: bool
    urgent: bool
    quiet: bool
    kind: str
    row: str
    noticed: tuple[str, ...]
    number: int
    """Of the message; one that is framed has that of the bare one."""
    framed: bool = False

    def is_of(self, aspect: str) -> bool:
        return {"harm": self.urgent, "quiet": self.quiet}.get(aspect, self.kind == aspect)


def examples(folder: Path = FOLDER) -> list[Example]:
    """The messages, then every fourth chat once more as a mail. Raises ValueError for a line that is none."""
    lines = [line for path in sorted(folder.glob("*.tsv")) for line in _lines(path)]
    bare = [_example(number, stem, cells) for number, (stem, cells) in enumerate(lines)]
    chats = [(number, stem, cells) for number, (stem, cells) in enumerate(lines) if " ¦ " not in cells[3]]
    return bare + [_example(*chat, frame=True) for chat in chats[::FRAMED]]


def _lines(path: Path) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        cells = line.split("\t")
        if len(cells) != 4 or cells[0] not in set("unl0") or cells[1] not in set("yn") or cells[2] not in set(Kind):
            raise ValueError(f"{path.name}:{number}: not urgency, acknowledgement, kind and text")
        yield path.stem, cells


def _example(number: int, stem: str, cells: Sequence[str], *, frame: bool = False) -> Example:
    language, _, mended = stem.partition("_")
    urgency, acknowledgement, kind, written = cells
    subject, mail, text = written.replace("\\n", "\n").rpartition(" ¦ ")
    if frame:
        subject, text = framed(text, language, number)
    is_mail = frame or bool(mail) or "\n" in text
    read = understand(
        subject, text, sent_at=SENT_AT, prior=Locale(language), medium="email" if is_mail else "chat"
    ).meaning
    noticed = tuple(read.noticed)
    return Example(
        language, bool(mended), urgency == "u", acknowledgement == "n", kind, read.words.row, noticed, number, frame
    )


def learn() -> None:
    import numpy as np

    told = examples()
    rows, of = _with_sentences(told)
    names, counted, weight_of = _counted(rows, sum(not each.framed for each in told), len(told))
    folds = np.array([each.number for each in told]) // BLOCK % FOLDS
    taught = np.arange(len(rows)) < len(told)
    answers = {aspect: np.array([each.is_of(aspect) for each in told]) for aspect in likeness.ASPECTS}
    columns = [
        learned(counted, answers[aspect][of], taught, folds[of], STRENGTH, balanced=True) for aspect in likeness.ASPECTS
    ]
    _write(TABLES[0], likeness.PARTS, names, columns, weight_of, SMALLEST[0], likeness.hashed_feature)

    names, together = _noticed(told, _likes(columns, of, len(told)))
    new = ~np.array([each.mended for each in told])
    columns = [learned(together, answers[aspect], new, folds, TRUST, balanced=False) for aspect in likeness.ASPECTS]
    _write(TABLES[1], weighing.PARTS, names, columns, 1.0, SMALLEST[1])

    print(
        f"What a text tells, on examples that were not taught ({FOLDS} folds), of those that no word was written for:"
    )
    scores = dict(zip(likeness.ASPECTS, (column.held_out for column in columns), strict=True))
    for language in ("", *sorted({each.language for each in told})):
        for frame in (False, True):
            chosen = [
                number
                for number, each in enumerate(told)
                if new[number] and each.framed is frame and language in ("", each.language)
            ]
            of_what = "chats as mails" if frame else language or "all"
            print(f"  {of_what:14} {len(chosen):5}: {_figures(chosen, answers, scores)}")


def _with_sentences(told: Sequence[Example]) -> tuple[list[str], Any]:
    """The texts, then the sentences of the long ones, which are only scored; and the number of each one's text."""
    import numpy as np

    rows, of = [each.row for each in told], list(range(len(told)))
    for number, each in enumerate(told):
        if len(each.row.split()) >= likeness.LONG:
            sentences = likeness.sentences(each.row)
            rows += map(" ".join, sentences)
            of += [number] * len(sentences)
    return rows, np.array(of)


def _counted(rows: Sequence[str], bare: int, texts: int) -> tuple[list[str], Any, Any]:
    """Names of the features of the first so many rows, which are the bare messages; their weighed counts in every row;
    and what a learned weight is multiplied by to be that of a feature that stands once in a text, before its length is
    divided by."""
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    counting = CountVectorizer(analyzer=likeness.features, min_df=SEEN_IN).fit(rows[:bare])
    counts = counting.transform(rows).astype(float)
    lengths = np.array([len(likeness.features(row)) for row in rows])
    rarity = np.log(bare / np.asarray((counts[:bare] > 0).sum(0)).ravel()).clip(0.5) ** RARITY
    counted = (sparse.diags(lengths**-0.5) @ counts @ sparse.diags(rarity)).tocsr()
    size = np.sqrt(counted[:texts].multiply(counted[:texts]).sum() / texts)
    return [str(name) for name in counting.get_feature_names_out()], counted / size, rarity / size


def _likes(columns: Sequence[Learned], of: Any, texts: int) -> Any:
    """One row a text: its likenesses, in the order of `weighing.likes`."""
    import numpy as np

    scores = np.stack([column.held_out for column in columns], 1)
    sharpest = np.full(texts, -np.inf)
    np.maximum.at(sharpest, of[texts:], scores[texts:, 0])
    is_long = np.isfinite(sharpest)
    of_long = [np.where(is_long, scores[:texts, 0], 0), np.where(is_long, sharpest, 0)]
    return np.hstack([scores[:texts], np.stack(of_long, 1)])


def _noticed(told: Sequence[Example], likes: Any) -> tuple[list[str], Any]:
    from scipy import sparse

    names, noticed = signs_of((each.noticed for each in told), 1)
    return [*weighing.likes(), *names], sparse.hstack([sparse.csr_matrix(likes), noticed]).tocsr()


def _write(
    file: str,
    parts: int,
    names: Sequence[str],
    columns: Sequence[Learned],
    weight_of: Any,
    least: float,
    named: Callable[[str], int] = packed.hashed,
) -> None:
    import numpy as np

    weights = np.stack([column.weights * weight_of for column in columns], 1).tolist()
    rows = [(likeness.BIAS, [column.bias for column in columns]), *zip(names, weights, strict=True)]
    write(file, FOLDER, likeness.ASPECTS, parts, rows, least, named)


def _figures(chosen: Sequence[int], answers: Mapping[str, Any], scores: Mapping[str, Any]) -> str:
    alarms = [number for number in chosen if scores["harm"][number] > 0]
    urgent = [number for number in chosen if answers["harm"][number]]
    kinds = [kind.value for kind in Kind]
    found = {number: max(kinds, key=lambda kind: float(scores[kind][number])) for number in chosen}
    return (
        f"urgent P {share(answers['harm'][number] for number in alarms):.3f} "
        f"R {share(scores['harm'][number] > 0 for number in urgent):.3f}, "
        f"quiet {share((scores['quiet'][number] > 0) == answers['quiet'][number] for number in chosen):.3f}, "
        f"kind {share(answers[found[number]][number] for number in chosen):.3f}"
    )
