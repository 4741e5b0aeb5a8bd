"""The program as a process of its own: started, killed, and asked for its log."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Protocol

from tests.patience import PATIENCE

STILL_RUNNING = 1000  # as incubator.py says it, which is not to be imported here: it imports all of the program

REPOSITORY = Path(__file__).parents[2]
GLANCE = 0.01


class Program(Protocol):
    pid: int

    def log(self) -> str: ...

    def kill(self) -> None:
        """With SIGKILL; nothing happens if it has ended."""

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""


async def until_logged(program: Program, words: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE):
            while words not in program.log():
                await asyncio.sleep(GLANCE)
    except TimeoutError:
        raise AssertionError(f"{words!r} was never logged, but this:\n{program.log()}") from None


class Command:
    """`python -m triage_bot ...` as a user starts it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._said = bytearray()
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        # A pipe and no file: a full disk must not swallow what the program says about it.
        assert self._process.stderr is not None
        while data := await self._process.stderr.read(65536):
            self._said += data

    def log(self) -> str:
        return self._said.decode()

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            await self._listening
            return await self._process.wait()


@asynccontextmanager
async def command(*arguments: str, python: tuple[str, ...] = (), folder: Path = REPOSITORY) -> AsyncIterator[Command]:
    """`python` are options of the interpreter. Whatever still runs at the end is killed."""
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *python, "-m", "triage_bot", *arguments),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder,
        env=environment,
    )
    running = Command(process)
    try:
        yield running
    finally:
        running.kill()
        await running.ended()


class Hatchling:
    """The same program as a child of the incubator: quick to start."""

    def __init__(self, incubator: "Incubator", pid: int, log: Path) -> None:
        self.pid = pid
        self._incubator = incubator
        self._log = log
        self._code = STILL_RUNNING

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def kill(self) -> None:
        if self._code == STILL_RUNNING:  # until it is reaped, its pid is nobody else's
            os.kill(self.pid, signal.SIGKILL)

    def returned(self) -> int:
        """Its exit code, STILL_RUNNING before its end."""
        if self._code == STILL_RUNNING:
            self._code = self._incubator.ask({"reap": self.pid})
        return self._code

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            while self.returned() == STILL_RUNNING:
                await asyncio.sleep(GLANCE)
        return self._code


class Incubator:
    """See incubator.py."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, *arguments: str, log: Path, twist: str = "") -> Hatchling:
        return Hatchling(self, self.ask({"run": list(arguments), "log": str(log), "twist": twist}), log)

    def ask(self, request: dict[str, object]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the incubator has died: the program cannot be imported, or a twist is wrong")
        return int(answer)


@contextmanager
def incubator(*python: str) -> Iterator[Incubator]:
    """`python` are options of the interpreter, for all of its children too."""
    process = subprocess.Popen(
        [sys.executable, *python, "-m", "tests.kills.incubator"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    with process:
        yield Incubator(process)
