"""A progress bar on a terminal; silence elsewhere."""

import sys
import time
from types import TracebackType
from typing import TextIO

WIDTH = 30
PAUSE = 0.1
"""Seconds between two drawings."""


class Progress:
    """`with Progress(total) as bar: ... bar.step()`. Leaves an empty line behind."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._draws = self._stream.isatty()
        self._total = total
        self._done = 0
        self._begun = self._drawn = time.monotonic()

    def step(self, count: int = 1) -> None:
        self._done += count
        now = time.monotonic()
        if self._draws and now - self._drawn >= PAUSE:
            self._drawn = now
            self._draw(now - self._begun)

    def _draw(self, seconds: float) -> None:
        share = min(1.0, self._done / self._total) if self._total else 1.0
        rate = self._done / seconds if seconds else 0.0
        left = int((self._total - self._done) / rate) if rate else 0
        bar = ("#" * int(share * WIDTH)).ljust(WIDTH, ".")
        self._stream.write(
            f"\r[{bar}] {self._done:,} of {self._total:,}, {rate:,.0f}/s, {left // 60}:{left % 60:02} left\x1b[K"
        )
        self._stream.flush()

    def __enter__(self) -> "Progress":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._draws:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
