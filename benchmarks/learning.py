"""python -m benchmarks.learning: learn `triage_bot/reading/lexicon/likeness.tsv` from examples, and say how good it is.

`examples/*.tsv` hold one message a line: urgency (u, n, l, 0 for urgent, normal, low, none), whether it needs an
acknowledgement (y, n), its kind, and the text with `\\n` for the end of a line. What is written there is nobody's mail:
each was made up for the purpose. Needs scikit-learn, which nothing else does: pip install '.[learn]'.
"""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from triage_bot.reading import likeness
from triage_bot.reading.words import Words

EXAMPLES = Path(__file__).parent / "examples"
WEIGHTS = Path(likeness.__file__).parent / "lexicon" / "likeness.tsv"
STRENGTH = 16.0
"""How closely the examples are followed (the C of scikit-learn)."""
SEEN_IN = 2
"""Examples in which a feature must stand to be weighed."""
SMALLEST = 0.4
"""A feature whose weights are all nearer to zero is left out."""
FOLDS = 10
HEAD = "# Learned by `python -m benchmarks.learning` from the examples {digest}. Change those, not this."


@dataclass(frozen=True, slots=True)
class Example:
    language: str
    urgent: bool
    quiet: bool
    row: str


def examples(folder: Path = EXAMPLES) -> list[Example]:
    """Raises ValueError for a line that is none."""
    found = []
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            cells = line.split("\t")
            if len(cells) != 4 or cells[0] not in "unl0" or cells[1] not in "yn":
                raise ValueError(f"{path.name}:{number}: not urgency, acknowledgement, kind and text")
            text = cells[3].replace(" ¦ ", "\n\n").replace("\\n", "\n")
            found.append(Example(path.stem, cells[0] == "u", cells[1] == "n", Words(text).row))
    return found


def digest(folder: Path = EXAMPLES) -> str:
    """Tells which examples the weights were learned from."""
    read = b"".join(path.read_bytes() for path in sorted(folder.glob("*.tsv")))
    return hashlib.sha256(read).hexdigest()[:16]


def main() -> int:
    try:
        from sklearn.feature_extraction.text import CountVectorizer
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import cross_val_predict
        from sklearn.preprocessing import Normalizer
    except ImportError:
        print("scikit-learn is needed to learn: pip install '.[learn]'", file=sys.stderr)
        return 1
    told = examples()
    counting = CountVectorizer(
        analyzer=lambda row: list(chain.from_iterable(likeness.features(row))), min_df=SEEN_IN, binary=True
    )
    counted = Normalizer().fit_transform(counting.fit_transform([each.row for each in told]).astype(float))
    names = [str(name) for name in counting.get_feature_names_out()]
    columns = []
    print(f"By itself, on examples that it was not taught ({FOLDS} folds):")
    for what in ("urgent", "quiet"):
        right = [getattr(each, what) for each in told]
        model = LogisticRegression(C=STRENGTH, class_weight="balanced", max_iter=5_000)
        _show(what, told, right, cross_val_predict(model, counted, right, cv=FOLDS, method="decision_function"))
        model.fit(counted, right)
        columns.append(
            {likeness.BIAS: float(model.intercept_[0])} | dict(zip(names, map(float, model.coef_[0]), strict=True))
        )
    harm, quiet = columns
    kept = [name for name in sorted(harm) if max(abs(harm[name]), abs(quiet[name])) >= SMALLEST]
    lines = [f"{name}\t{harm[name]:.2f}\t{quiet[name]:.2f}" for name in kept]
    WEIGHTS.write_text("\n".join([HEAD.format(digest=digest()), *lines, ""]), "utf-8")
    print(f"{len(kept)} features, {WEIGHTS.stat().st_size // 1024} KiB: {WEIGHTS}")
    return 0


def _show(what: str, told: Sequence[Example], right: Sequence[bool], scores: Any) -> None:
    for language in ("", *sorted({each.language for each in told})):
        chosen = [n for n, each in enumerate(told) if language in ("", each.language)]
        hits = sum(right[n] and scores[n] > 0 for n in chosen)
        precision = hits / max(1, sum(scores[n] > 0 for n in chosen))
        recall = hits / max(1, sum(right[n] for n in chosen))
        print(f"  {what:6} {language or 'all':4} {len(chosen):5} examples: P {precision:.3f} R {recall:.3f}")


if __name__ == "__main__":
    sys.exit(main())
