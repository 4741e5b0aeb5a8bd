"""Rendering for the problems that come to light: what `check` does with every template."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from triage_bot.errors import Problem
from triage_bot.template_engine import Engine, TemplateError, problem


class Trial:
    """Renders for the problems that come to light."""

    ENOUGH = 5  # failed samples of one template; the rest would say the same, some of them slowly

    def __init__(self, engine: Engine) -> None:
        self.found: set[Problem] = set()
        self._engine = engine
        self._failed: Counter[str] = Counter()

    def attempt(self, name: str, render: Callable[[], object]) -> None:
        if self._failed[name] >= self.ENOUGH:
            return
        try:
            render()
        except TemplateError as error:
            self.found.add(problem(error, name, self._engine.origin(name)))
            self._failed[name] += 1

    def attempt_lines(
        self, name: str, values: Mapping[str, object], given: Mapping[str, Collection[str]] = MappingProxyType({})
    ) -> None:
        """With all `values`, but a line whose code is in `given` with those that it names there alone."""
        try:
            lines = self._engine.lines(name)
        except TemplateError as error:
            self.found.add(problem(error, name, self._engine.origin(name)))
            return
        for code, (_, filename, number) in lines.items():
            try:
                known = given.get(code, values)
                self._engine.line(name, code, {key: values[key] for key in (*known, "locale") if key in values})
            except TemplateError as error:
                found = replace(problem(error, name), file=filename, line=number, path=code)
                if given.get(code):
                    found = replace(found, what=f"{found.what}; this line is told: {', '.join(sorted(given[code]))}")
                self.found.add(found)
