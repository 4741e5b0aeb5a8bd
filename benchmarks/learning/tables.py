"""Where examples are read from and tables are written to, and how weights are learned."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from triage_bot.reading import likeness, packed

EXAMPLES = Path(__file__).parents[1] / "examples"
LEXICON = Path(likeness.__file__).parent / "lexicon"
SENT_AT = datetime(2026, 11, 24, 10, 30, tzinfo=ZoneInfo("Europe/Warsaw"))
"""An ordinary working morning, a Tuesday: when every example was sent."""
HEAD = "# Learned by `python -m benchmarks.learning` from the examples {digest}. Change those, not this."
MEDIUMS: Mapping[str, Literal["email", "chat"]] = {"c": "chat", "m": "email"}


@dataclass(frozen=True, slots=True)
class Learned:
    """`held_out` is what each example scores with the weights of the folds that it is not in."""

    weights: Any
    bias: float
    held_out: Any


def digest(folder: Path) -> str:
    """Tells which examples the weights were learned from."""
    read = b"".join(path.read_bytes() for path in sorted(folder.glob("*.tsv")))
    return hashlib.sha256(read).hexdigest()[:16]


def signs_of(noticed: Iterable[Iterable[str]], seen_in: int) -> tuple[list[str], Any]:
    """The names of the signs that so many examples hold at least, and a row of zeros and ones for each example."""
    import numpy as np
    from sklearn.feature_extraction import DictVectorizer

    counting = DictVectorizer()
    signs = counting.fit_transform([dict.fromkeys(each, 1.0) for each in noticed])
    often = np.asarray((signs > 0).sum(0)).ravel() >= seen_in
    return [str(name) for name in np.array(counting.get_feature_names_out())[often]], signs[:, often]


def learned(
    signs: Any, right: Any, taught: Any, folds: Any, strength: float, *, balanced: bool, tolerance: float = 1e-3
) -> Learned:
    """Weights of a linear model. The rows of `signs` and `right` are examples; those not `taught` are only scored."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    def model(rows: Any) -> Any:
        weights = "balanced" if balanced else None
        learner = LogisticRegression(
            C=strength, class_weight=weights, max_iter=1_000, solver="liblinear", tol=tolerance
        )
        return learner.fit(signs[rows], right[rows])

    held_out = np.zeros(len(right))
    for fold in set(folds.tolist()):
        held_out[folds == fold] = model(taught & (folds != fold)).decision_function(signs[folds == fold])
    whole = model(taught)
    return Learned(whole.coef_[0], float(whole.intercept_[0]), held_out)


def write(
    file: str,
    folder: Path,
    columns: Sequence[str],
    parts: int,
    rows: Iterable[tuple[str, Sequence[float]]],
    least: float,
    named: Callable[[str], int] = packed.hashed,
) -> None:
    """The table `file`, learned from the examples in `folder`, as `packed.written` says."""
    path = LEXICON / file
    path.write_bytes(packed.written(HEAD.format(digest=digest(folder)), columns, parts, rows, least, named))
    print(f"{path.stat().st_size // 1024} KiB: {path}")


def share(right: Iterable[bool]) -> float:
    counted = list(right)
    return sum(counted) / max(1, len(counted))
