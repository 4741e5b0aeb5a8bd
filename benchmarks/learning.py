"""python -m benchmarks.learning: learn the weights of the judgement from examples, and say how good they are.

Two tables come of it, in `triage_bot/reading/lexicon/`: `likeness.tsv`, what a text is like by its words, and
`weighing.tsv`, how far that and everything that the lexicon finds is to be trusted. The second is learned with
likenesses to examples that the first was not taught, and only from those that no word of the lexicon was written for
(`<language>.tsv`; those that it was mended with are in `<language>_mended.tsv`, where it is always right).

The files in `examples/` hold one message a line: urgency (u, n, l, 0 for urgent, normal, low, none), whether it needs
an acknowledgement (y, n), its kind, and the text, ` ¦ ` after a subject and `\\n` for the end of a line. What is
written there is nobody's mail: each was made up for the purpose. Needs scikit-learn, which nothing else does:
pip install '.[learn]'.
"""

import hashlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.reading import likeness, packed, weighing
from triage_bot.reading.model import Kind, Locale
from triage_bot.reading.read import understand

EXAMPLES = Path(__file__).parent / "examples"
LEXICON = Path(likeness.__file__).parent / "lexicon"
TABLES = "likeness.tsv", "weighing.tsv"
SENT_AT = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
"""An ordinary working morning: no example depends on the hour."""
STRENGTH, TRUST = 32.0, 1.0
"""How closely the examples are followed by each table (the C of scikit-learn)."""
SEEN_IN = 2
"""Examples in which a feature must stand to be weighed."""
RARITY = 1.5
"""The power of the logarithm of a feature's rarity: rare ones may weigh more."""
SMALLEST = 0.6, 0.02
"""A weight of each table that is nearer to zero is left out."""
FOLDS, BLOCK = 5, 40
"""Neighbours in a file are often about the same: they are in the same fold."""
HEAD = "# Learned by `python -m benchmarks.learning` from the examples {digest}. Change those, not this."


@dataclass(frozen=True, slots=True)
class Example:
    language: str
    mended: bool
    urgent: bool
    quiet: bool
    kind: str
    row: str
    noticed: tuple[str, ...]

    def is_of(self, aspect: str) -> bool:
        return {"harm": self.urgent, "quiet": self.quiet}.get(aspect, self.kind == aspect)


def examples(folder: Path = EXAMPLES) -> list[Example]:
    """Raises ValueError for a line that is none."""
    return [example for path in sorted(folder.glob("*.tsv")) for example in _examples(path)]


def _examples(path: Path) -> Iterator[Example]:
    language, _, mended = path.stem.partition("_")
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        cells = line.split("\t")
        if len(cells) != 4 or cells[0] not in set("unl0") or cells[1] not in set("yn") or cells[2] not in set(Kind):
            raise ValueError(f"{path.name}:{number}: not urgency, acknowledgement, kind and text")
        subject, mail, text = cells[3].rpartition(" ¦ ")
        read = understand(
            subject,
            text.replace("\\n", "\n"),
            sent_at=SENT_AT,
            prior=Locale(language),
            medium="email" if mail or "\\n" in text else "chat",
        ).meaning
        yield Example(
            language, bool(mended), cells[0] == "u", cells[1] == "n", cells[2], read.words.row, tuple(read.noticed)
        )


def digest(folder: Path = EXAMPLES) -> str:
    """Tells which examples the weights were learned from."""
    read = b"".join(path.read_bytes() for path in sorted(folder.glob("*.tsv")))
    return hashlib.sha256(read).hexdigest()[:16]


def main() -> int:
    try:
        import numpy as np
        from scipy import sparse
        from sklearn.feature_extraction import DictVectorizer
    except ImportError:
        print("scikit-learn is needed to learn: pip install '.[learn]'", file=sys.stderr)
        return 1
    told = examples()
    names, counted, weight_of = _counted(told)
    answers = {aspect: np.array([each.is_of(aspect) for each in told]) for aspect in likeness.ASPECTS}
    folds = np.array(_folds(told))
    everything = np.ones(len(told), bool)
    columns = [_learned(counted, answers[aspect], everything, folds, STRENGTH) for aspect in likeness.ASPECTS]
    rows = zip(names, np.stack([weights * weight_of for weights, _, _ in columns], 1).tolist(), strict=True)
    biases = [bias for _, bias, _ in columns]
    _write(TABLES[0], likeness.PARTS, biases, rows, SMALLEST[0])

    likes = [f"{weighing.LIKE % aspect}" for aspect in likeness.ASPECTS]
    signs = DictVectorizer()
    noticed = signs.fit_transform([dict.fromkeys(each.noticed, 1.0) for each in told])
    scores = np.stack([held_out for _, _, held_out in columns], 1)
    together = sparse.hstack([sparse.csr_matrix(scores), noticed]).tocsr()
    names = [*likes, *map(str, signs.get_feature_names_out())]
    new = ~np.array([each.mended for each in told])
    columns = [_learned(together, answers[aspect], new, folds, TRUST, balanced=False) for aspect in likeness.ASPECTS]
    rows = zip(names, np.stack([weights for weights, _, _ in columns], 1).tolist(), strict=True)
    _write(TABLES[1], weighing.PARTS, [bias for _, bias, _ in columns], rows, SMALLEST[1])

    print(
        f"On examples that were not taught ({FOLDS} folds), of {int(new.sum())} that the lexicon was not written for:"
    )
    chosen = {language: [n for n, each in enumerate(told) if new[n] and language in ("", each.language)]
              for language in ("", *sorted({each.language for each in told}))}  # fmt: skip
    final = dict(zip(likeness.ASPECTS, (held_out for _, _, held_out in columns), strict=True))
    for language, numbers in chosen.items():
        print(f"  {language or 'all':4} {len(numbers):5}: {_figures(numbers, answers, final)}")
    return 0


def _counted(told: Sequence[Example]) -> tuple[list[str], Any, Any]:
    """Names of features, their weighed counts by example, and what a learned weight is multiplied by to be that of a
    feature that stands once in a text, before its length is divided by."""
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    counting = CountVectorizer(analyzer=likeness.features, min_df=SEEN_IN)
    counts = counting.fit_transform([each.row for each in told]).astype(float)
    lengths = np.array([len(likeness.features(each.row)) for each in told])
    rarity = np.log(len(told) / np.asarray((counts > 0).sum(0)).ravel()).clip(0.5) ** RARITY
    counted = (sparse.diags(lengths**-0.5) @ counts @ sparse.diags(rarity)).tocsr()
    size = np.sqrt(counted.multiply(counted).sum() / len(told))
    return [str(name) for name in counting.get_feature_names_out()], counted / size, rarity / size


def _folds(told: Sequence[Example]) -> list[int]:
    return [number // BLOCK % FOLDS for number in range(len(told))]


def _learned(
    counted: Any, right: Any, taught: Any, folds: Any, strength: float, *, balanced: bool = True
) -> tuple[Any, float, Any]:
    """Weights and bias, and what each example scores with the weights of the folds that it is not in."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    def model(rows: Any) -> Any:
        weights = "balanced" if balanced else None
        learner = LogisticRegression(C=strength, class_weight=weights, max_iter=1_000, solver="liblinear", tol=1e-3)
        return learner.fit(counted[rows], right[rows])

    held_out = np.zeros(len(right))
    for fold in range(FOLDS):
        held_out[folds == fold] = model(taught & (folds != fold)).decision_function(counted[folds == fold])
    whole = model(taught)
    return whole.coef_[0], float(whole.intercept_[0]), held_out


def _write(
    file: str, parts: int, biases: Sequence[float], rows: Iterator[tuple[str, Sequence[float]]], least: float
) -> None:
    lines = list(packed.written(likeness.ASPECTS, parts, [(likeness.BIAS, biases), *rows], least))
    path = LEXICON / file
    path.write_text("\n".join([HEAD.format(digest=digest()), *lines, ""]), "utf-8")
    print(f"{len(lines) - 1} rows, {path.stat().st_size // 1024} KiB: {path}")


def _figures(chosen: Sequence[int], answers: Mapping[str, Any], scores: Mapping[str, Any]) -> str:
    def share(right: Callable[[int], bool], of: Sequence[int]) -> float:
        return sum(map(right, of)) / max(1, len(of))

    alarms = [number for number in chosen if scores["harm"][number] > 0]
    urgent = [number for number in chosen if answers["harm"][number]]
    kinds = [kind.value for kind in Kind]
    found = {number: max(kinds, key=lambda kind: float(scores[kind][number])) for number in chosen}
    return (
        f"urgent P {share(lambda n: bool(answers['harm'][n]), alarms):.3f} "
        f"R {share(lambda n: bool(scores['harm'][n] > 0), urgent):.3f}, "
        f"quiet {share(lambda n: bool((scores['quiet'][n] > 0) == answers['quiet'][n]), chosen):.3f}, "
        f"kind {share(lambda n: bool(answers[found[n]][n]), chosen):.3f}"
    )


if __name__ == "__main__":
    sys.exit(main())
