"""Processes as a benchmark sees them: started, asked, measured through /proc, and always ended."""

import compileall
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parent.parent
TICK = os.sysconf("SC_CLK_TCK")
STOP_WITHIN = 15.0


class BenchmarkError(Exception):
    """The benchmark could not be carried out; the text says why."""


def start(*arguments: str, errors: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """A Python of ours with `arguments`, talked to by lines on its standard input and output."""
    compiled()
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@cache
def compiled() -> None:
    """Leave bytecode beside the program, as pip does that installs it. Where Python may not write any, each start would
    compile all of it: a third of its time."""
    compileall.compile_dir(ROOT / "triage_bot", quiet=1)


def stop(process: subprocess.Popen[bytes]) -> float:
    """End it as a service is ended; returns the seconds that took."""
    began = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
    return time.monotonic() - began


class Helper:
    """A server of a benchmark in its own process. It prints one JSON line when it is ready, and answers each JSON
    line on its standard input by one. It ends when its input does, so none outlives the benchmark."""

    def __init__(self, module: str, *arguments: str) -> None:
        self.process = start("-m", f"benchmarks.{module}", *arguments)
        self.ready: dict[str, Any] = self._read()

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(question).encode() + b"\n")
        self.process.stdin.flush()
        return self._read()

    def _read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return read_line(self.process.stdout)


def read_line(pipe: IO[bytes]) -> dict[str, Any]:
    line = pipe.readline()
    if not line:
        raise BenchmarkError("a process of the benchmark has died, see above")
    said: dict[str, Any] = json.loads(line)
    return said


@contextmanager
def helper(module: str, *arguments: str) -> Iterator[Helper]:
    started = Helper(module, *arguments)
    try:
        yield started
    finally:
        stop(started.process)


def answer(line: dict[str, Any]) -> None:
    """The other side of `Helper`: print one line now."""
    print(json.dumps(line), flush=True)


# What the kernel knows


def cpu_seconds(pid: int) -> float:
    """CPU of a process, of those it started that live, and of those it has outlived."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICK + sum(cpu_seconds(child) for child in children(pid))


def exact_cpu_seconds(pid: int) -> float:
    """The same of one process alone, in nanoseconds instead of ticks: for one that does next to nothing."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir()) / 1e9


def children(pid: int) -> Sequence[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def memory_mb(pid: int | str) -> tuple[float, float]:
    """Resident now, and at most since the start."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, most = (int(status[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))
    return now, most


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))
