"""What a benchmark found: a table for people, JSON for programs, and for each goal whether it was reached."""

import json
import os
import platform
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Goal:
    what: str
    measured: float
    bound: float
    at_most: bool = False  # otherwise: at least
    unit: str = ""

    @property
    def reached(self) -> bool:
        return self.measured <= self.bound if self.at_most else self.measured >= self.bound

    def __str__(self) -> str:
        verdict = "reached" if self.reached else "MISSED"
        side = "at most" if self.at_most else "at least"
        return f"{self.what}: {shown(self.measured)}{self.unit}, goal {side} {shown(self.bound)}{self.unit}: {verdict}"


@dataclass(frozen=True, slots=True)
class Report:
    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    goals: Sequence[Goal] = ()
    notes: Sequence[str] = ()
    figures: dict[str, Any] = field(default_factory=dict)  # all of it, for the JSON

    def show(self) -> None:
        print(f"\n== {self.name}")
        cells = [self.columns, *(tuple(shown(cell) for cell in row) for row in self.rows)]
        widths = [max(len(row[column]) for row in cells) for column in range(len(self.columns))]
        for row in cells:
            print(
                "  ".join(
                    text.ljust(width) if not at else text.rjust(width) for at, (text, width) in _placed(row, widths)
                )
            )
        for line in (*self.notes, *map(str, self.goals)):
            print(f"  {line}")

    def write(self) -> Path:
        RESULTS.mkdir(exist_ok=True)
        file = RESULTS / f"{self.name}.json"
        content = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": machine(),
            **asdict(self),
            "reached": {goal.what: goal.reached for goal in self.goals},
        }
        file.write_text(json.dumps(content, indent=1))
        return file


def shown(cell: Cell) -> str:
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 100 else f"{cell:.1f}" if abs(cell) >= 10 else f"{cell:.3g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def quantile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def machine() -> dict[str, Any]:
    return {
        "cpus": os.cpu_count(),
        "load": os.getloadavg()[0],
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
    }


def _placed(row: Sequence[str], widths: Sequence[int]) -> Sequence[tuple[int, tuple[str, int]]]:
    return list(enumerate(zip(row, widths, strict=True)))
