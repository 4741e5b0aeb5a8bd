"""What the program does when it starts, it does hundreds of times where all tests start it in one process: done once
here, where that changes nothing that it does later."""

import functools
import gc
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

import pysasl

from triage_bot import garbage
from triage_bot.template_engine import _Bounded


def install() -> None:
    """Once all tests are loaded."""
    _look_for_garbage_once()
    compile_templates_once()
    _read_the_names_of_all_packages_once()


def _look_for_garbage_once() -> None:
    """All that the tests have loaded would be walked through at each start."""
    garbage.settle()
    garbage.settle = gc.enable


def compile_templates_once() -> None:
    compile_ = _Bounded.compile
    known: dict[object, CodeType] = {}

    def compiled(self: _Bounded, source: Any, *names: Any) -> Any:
        key = (source, *names, frozenset(self.filters))
        if key not in known:
            known[key] = compile_(self, source, *names)
        return known[key]

    _Bounded.compile = compiled  # type: ignore[assignment, method-assign]


def _read_the_names_of_all_packages_once() -> None:
    """pymap looks for ways to log in among them, at every connection."""
    look: Callable[[], Iterable[Any]] = pysasl.SASLAuth._get_builtin_mechanisms
    pysasl.SASLAuth._get_builtin_mechanisms = functools.cache(lambda: tuple(look()))  # type: ignore[method-assign]
