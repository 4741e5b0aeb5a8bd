"""Jinja2 in a box: templates that a user may write, and that can neither reach out nor run away.

Nothing but the given folders is read. A template sees the variables it is given, a short list of filters and no
methods but those below. Jinja's own sandbox lets `'a' * 10**9` pass, so every render has a budget of written
characters and loop turns, arithmetic is bounded, and what could grow behind the budget's back is not there at all:
`namespace`, nested lists, `format`, `center` and their like. Jinja2's one home.
"""

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2 import meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.runtime import LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from triage_bot.errors import Problem

SOURCE_LIMIT = 64_000
BUDGET = 100_000
"""Characters written and loop turns taken by one render, together."""
TEXT_LIMIT = 50_000
NUMBER_LIMIT = 10**9

_TEXT_METHODS = frozenset({"startswith", "endswith", "strip", "upper", "lower", "split"})
_FILTERS = frozenset({"capitalize", "default", "d", "first", "last", "length", "lower", "map", "trim", "upper"})
_TEXT_FILTERS = frozenset({"capitalize", "lower", "trim", "upper"})

TemplateError = jinja2.TemplateError
pass_context = jinja2.pass_context
Context = jinja2.runtime.Context


class Engine:
    """Compiles and renders templates from folders, the first that has a file wins. Compiled ones are kept."""

    def __init__(self, folders: Sequence[Path], filters: Mapping[str, Callable[..., Any]]) -> None:
        self._loader = _Folders(folders)
        self._environment = _Bounded(
            loader=self._loader,
            autoescape=lambda name: name is not None and ".html" in name,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
        )
        self._environment.filters.update(filters)
        self._lines: dict[str, dict[str, tuple[jinja2.Template, str, int]]] = {}

    def render(self, name: str, variables: Mapping[str, object]) -> str:
        """The text of a template file. Whatever goes wrong, within or by the template, is a TemplateError."""
        try:
            template = self._environment.get_template(name)
        except RecursionError:
            path = self.origin(name)
            raise jinja2.TemplateSyntaxError("nested too deeply", 1, name, str(path or name)) from None
        return self._environment.spend_and_render(template, variables)

    def line(self, name: str, code: str, variables: Mapping[str, object]) -> str | None:
        """The text of one line, `code: text`, of a file of lines; None if no line has that code."""
        known = self.lines(name).get(code)
        return None if known is None else self._environment.spend_and_render(known[0], variables)

    def lines(self, name: str) -> Mapping[str, tuple[jinja2.Template, str, int]]:
        """The lines of a file by code: template, file, number."""
        if name not in self._lines:
            self._lines[name] = dict(self._read_lines(name))
        return self._lines[name]

    def named(self, name: str) -> Mapping[str, set[str]]:
        """The variables that each line of a file of lines names, by its code."""
        source, filename, _ = self._loader.get_source(self._environment, name)
        parse = self._environment.parse
        return {code: meta.find_undeclared_variables(parse(text)) for _, code, text in _split(source, name, filename)}

    def origin(self, name: str) -> Path | None:
        """Which file a template comes from."""
        return self._loader.find(name)

    def _read_lines(self, name: str) -> Iterator[tuple[str, tuple[jinja2.Template, str, int]]]:
        source, filename, _ = self._loader.get_source(self._environment, name)
        for number, code, text in _split(source, name, filename):
            try:
                code_object = self._environment.compile(text, f"{name}#{code}", filename)
            except jinja2.TemplateSyntaxError as error:
                raise jinja2.TemplateSyntaxError(error.message or "", number, name, filename) from error
            template = jinja2.Template.from_code(
                self._environment, code_object, self._environment.make_globals(None), None
            )
            yield code, (template, filename, number)


def _split(source: str, name: str, filename: str) -> Iterator[tuple[int, str, str]]:
    """The lines of a file of lines: number, code, text."""
    for number, line in enumerate(source.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        code, colon, text = line.partition(":")
        if not colon:
            raise jinja2.TemplateSyntaxError("not of the form `code: text`", number, name, filename)
        yield number, code.strip(), text.strip()


def problem(error: BaseException, name: str, fallback: Path | None = None) -> Problem:
    """Where in a template an error arose, and what it was."""
    file, line = str(fallback or name), 1
    if isinstance(error, jinja2.TemplateSyntaxError):
        file, line = error.filename or file, error.lineno
    else:
        # Jinja rewrites tracebacks so that they name the template's own file and line.
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.endswith(".py")]
        if frames:
            file, line = frames[-1].filename, frames[-1].lineno or 1
    return Problem(file=file, line=line, column=1, path="", what=_what(error))


def _what(error: BaseException) -> str:
    if isinstance(error, jinja2.TemplateNotFound):
        return f"there is no template {error.message}"
    if isinstance(error, RecursionError):
        return "the template calls itself without end"
    return str(getattr(error, "message", None) or error) or type(error).__name__


def codes(folder: Path, name: str) -> Mapping[str, int]:
    """The number of each line of a file of lines, by its code; none of one that is not there or cannot be read."""
    try:
        source, filename, _ = _Folders([folder]).get_source(_Bounded(), name)
        return {code: number for number, code, _ in _split(source, name, filename)}
    except TemplateError:
        return {}


def included(folders: Sequence[Path], names: Iterable[str]) -> set[str]:
    """The templates that those of these names take in, and those again. A name that is worked out says nothing."""
    environment = _Bounded(loader=(loader := _Folders(folders)))
    found: set[str] = set()
    waiting = [name for name in names if loader.find(name) is not None]
    while waiting:
        name = waiting.pop()
        try:
            tree = environment.parse(loader.get_source(environment, name)[0])
            wanted = {environment.join_path(each, name) for each in meta.find_referenced_templates(tree) if each}
            waiting += [each for each in wanted - found if loader.find(each) is not None]
        except (TemplateError, RecursionError):  # whoever renders it says so
            continue
        found |= wanted
    return found


def resolved(path: Path) -> Path | None:
    """Where a path leads; None for links that lead in a circle."""
    try:
        target = path.resolve()
        return None if target.is_symlink() else target  # Python 3.13 leaves a circle as it is
    except (OSError, RuntimeError):
        return None


class _Folders(jinja2.BaseLoader):
    """The templates below some folders. Links that lead out of a folder lead nowhere."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = [folder for given in folders if (folder := resolved(given)) is not None]

    def find(self, name: str) -> Path | None:
        parts = jinja2.loaders.split_template_path(name)  # raises TemplateNotFound for ".."
        for folder in self._folders:
            path = resolved(folder.joinpath(*parts))
            if path is not None and path.is_relative_to(folder) and path.is_file():
                return path
        return None

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, None]:
        path = self.find(template)
        if path is None:
            raise jinja2.TemplateNotFound(template)
        try:
            with path.open(encoding="utf-8-sig") as file:
                source = file.read(SOURCE_LIMIT + 1)
        except (UnicodeDecodeError, OSError) as error:
            raise jinja2.TemplateSyntaxError(f"cannot be read: {error}", 1, template, str(path)) from error
        if len(source) > SOURCE_LIMIT:
            raise jinja2.TemplateSyntaxError(f"longer than {SOURCE_LIMIT} characters", 1, template, str(path))
        return source, str(path), None


class _Budget(threading.local):
    left = 0


class _Bounded(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._budget = _Budget()
        self.globals = {"range": _short_range}
        filters: dict[str, Any] = {name: self.filters[name] for name in _FILTERS}
        for name in _TEXT_FILTERS:
            filters[name] = _of_text(filters[name])
        filters |= {"join": _join, "br": _br, "sentence": _sentence, "e": _escape, "escape": _escape}
        filters |= {"_write": self._write, "_turn": _spends(self._turn)}
        self.filters = filters

    def spend_and_render(self, template: jinja2.Template, variables: Mapping[str, object]) -> str:
        self._budget.left = BUDGET
        try:
            return template.render(variables)
        except jinja2.TemplateError:
            raise
        except RecursionError as error:
            raise SecurityError("the template calls itself without end").with_traceback(error.__traceback__) from None
        except Exception as error:
            wrapped = jinja2.TemplateRuntimeError(f"{type(error).__name__}: {error}")
            raise wrapped.with_traceback(error.__traceback__) from error

    def join_path(self, template: str, parent: str) -> str:
        """A template finds its neighbours by their bare names, and others by the folder: "shared/mail.html"."""
        return template if "/" in template else f"{parent.partition('/')[0]}/{template}"

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if not super().is_safe_attribute(obj, attr, value):
            return False
        if not callable(value) or isinstance(value, Macro | jinja2.Undefined):
            return True
        return (isinstance(obj, str) and attr in _TEXT_METHODS) or isinstance(obj, LoopContext)

    def wrap_str_format(self, value: Any) -> None:
        """`str.format` is no method of ours, not even the sandbox's tamed one: "{:1000000000}" is still a bomb."""

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        numbers = isinstance(left, int | float) and isinstance(right, int | float)
        if numbers:
            if abs(left) > NUMBER_LIMIT or abs(right) > (64 if operator == "**" else NUMBER_LIMIT):
                raise SecurityError(f"the numbers around {operator} are too large")
            if operator == "**" and abs(left) > 64:
                raise SecurityError("the number before ** is too large")
        elif operator != "+" or not isinstance(left, str) or not isinstance(right, str):
            raise SecurityError(f"{operator} is for numbers" + (" and texts" if operator == "+" else ""))
        elif len(left) + len(right) > TEXT_LIMIT:
            raise SecurityError("the text grows without bound")
        return super().call_binop(context, operator, left, right)

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        _allow_only_flat_literals(source, name, filename)
        _insert_budget(source, self)
        return super()._generate(source, name, filename, defer_init)

    def _turn(self, cost: int) -> None:
        self._budget.left -= cost
        if self._budget.left < 0:
            raise SecurityError(f"the template writes or loops more than {BUDGET} times")

    def _write(self, value: Any) -> Any:
        """Every value on its way into the text."""
        if isinstance(value, str):
            self._turn(len(value) + 1)
        elif isinstance(value, jinja2.Undefined):
            str(value)  # raises, and says which variable it was
        elif value is not None and not isinstance(value, int | float):
            raise SecurityError(f"a {type(value).__name__} is no text; write out its parts")
        else:
            self._turn(32)
        return value


# --- what is done to a template before it is compiled ---------------------------------------------------------------


def _allow_only_flat_literals(template: nodes.Template, name: str | None, filename: str | None) -> None:
    """Lists within lists grow exponentially when written or compared, at no cost of their own."""
    for node in template.find_all((nodes.List, nodes.Tuple, nodes.Dict, nodes.Slice)):
        if isinstance(node, nodes.Tuple) and node.ctx == "store":
            continue
        items: Iterable[nodes.Node] = getattr(node, "items", ())
        if isinstance(node, nodes.Dict) or not all(isinstance(item, nodes.Const) for item in items):
            raise jinja2.TemplateSyntaxError("a list may hold plain values only", node.lineno, name, filename)


def _insert_budget(template: nodes.Template, environment: jinja2.Environment) -> None:
    bodies: tuple[type[Any], ...] = (nodes.For, nodes.Macro, nodes.Block, nodes.CallBlock, nodes.FilterBlock)
    writers: tuple[type[Any], ...] = (nodes.Output, nodes.Concat)
    written: list[Any] = list(template.find_all(writers))
    turned: list[Any] = [template, *template.find_all(bodies)]
    for body in turned:
        cost = 1 + sum(len(data.data) for data in body.find_all(nodes.TemplateData))
        turn = nodes.ExprStmt(nodes.Filter(nodes.Const(cost), "_turn", [], [], None, None))
        turn.set_lineno(body.lineno)
        body.body.insert(0, turn)
    for node in written:
        node.nodes = [part if isinstance(part, nodes.TemplateData) else _written(part) for part in node.nodes]
    template.set_environment(environment)
    template.set_lineno(1)


def _written(part: nodes.Expr) -> nodes.Filter:
    return nodes.Filter(part, "_write", [], [], None, None, lineno=part.lineno)


# --- filters that bound what they make ------------------------------------------------------------------------------


def _spends(turn: Callable[[int], None]) -> Callable[[Context, int], None]:
    @pass_context  # what depends on the context is not computed while compiling
    def spend(context: Context, cost: int) -> None:
        turn(cost)

    return spend


def _short_range(*bounds: int) -> range:
    numbers = range(*bounds)
    if len(numbers) > 1000:
        raise SecurityError("range is for at most 1000 numbers")
    return numbers


def _text(value: Any) -> str:
    if isinstance(value, jinja2.Undefined):
        str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return str(value)
    raise SecurityError(f"a {type(value).__name__} is no text")


def _of_text(function: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(value: Any) -> Any:
        return function(_text(value))

    return guarded


def _escape(value: Any) -> Any:
    return escape(_text(value))


@jinja2.pass_eval_context
def _join(context: nodes.EvalContext, values: Iterable[Any], separator: str = "") -> str:
    parts: list[str] = []
    length = 0
    for value in values:
        parts.append(_text(value))
        length += len(parts[-1]) + len(separator)
        if length > TEXT_LIMIT:
            raise SecurityError("the text grows without bound")
    if context.autoescape:
        return Markup(escape(separator).join(parts))  # noqa: S704 - join escapes the parts
    return separator.join(parts)


def _br(lines: Iterable[Any]) -> Markup:
    """Lines of HTML with a line break between them."""
    return Markup("<br>\n").join(_text(line) for line in lines)


def _sentence(value: Any) -> str:
    """The text with a capital first letter; the rest stays as it is."""
    text = _text(value)
    return text[:1].upper() + text[1:]
