"""YAML with the place of every value, and without its surprises.

Scalars stay the text that was written: what `8:00`, `NO` or `+48` mean is decided by the key they stand under, never
by their looks. Only a plain `null`, `~` or nothing at all is None. Mappings have text keys, each once. Tags, merge keys
and second documents are refused; aliases work, but cannot grow without bound.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from triage_bot.errors import ConfigError, Problem

Value = str | None | list["Value"] | dict[str, "Value"]
Steps = tuple[str | int, ...]

MAX_BYTES = 1 << 20  # some 3,000 clients; a file beyond that is not a configuration
MAX_DEPTH = 32
MAX_ALIASED = 20_000  # values that may come out of aliases: "billion laughs" needs 10^9

_NULL = frozenset({"", "~", "null"})
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SNAKE = re.compile(r"[A-Za-z_][\w-]*\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """Counted from 1, as editors do."""

    line: int
    column: int


@dataclass
class Document:
    file: str
    value: Value
    places: dict[Steps, Place] = field(default_factory=dict)  # of values
    keys: dict[Steps, Place] = field(default_factory=dict)  # of the keys that name them
    problems: list[Problem] = field(default_factory=list)

    def problem(self, steps: Steps, what: str, *, at_key: bool = False) -> Problem:
        """A problem at the value (or its key), or at the nearest one around it that stands in the file."""
        place = Place(1, 1)
        for end in range(len(steps), -1, -1):
            here = steps[:end]
            found = (at_key and self.keys.get(here)) or self.places.get(here)
            if found:
                place = found
                break
        return Problem(self.file, place.line, place.column, in_words(steps), what)

    def each(self, pattern: str) -> Iterator[tuple[Steps, Value]]:
        """Every value at `pattern` ("clients.*.name"), `*` standing for each entry of a list or mapping. Whatever has
        another shape is passed over: its own problem is reported elsewhere."""
        found: list[tuple[Steps, Value]] = [((), self.value)]
        for part in pattern.split("."):
            found = [
                ((*steps, step), child)
                for steps, value in found
                for step, child in _children(value)
                if part in ("*", step)
            ]
        yield from found


def _children(value: Value) -> list[tuple[str | int, Value]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def in_words(steps: Steps) -> str:
    """`clients[2].check_windows[0]`"""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _SNAKE.match(step):
            text += f".{step}" if text else step
        else:
            text += f'["{step}"]'
    return text


def read(path: Path) -> Document:
    """The file's document. Raises ConfigError if it cannot be read or is no YAML; what is wrong with single keys and
    does not stop the reading is in `problems`."""
    file = str(path)
    try:
        with path.open("rb") as source:
            raw = source.read(MAX_BYTES + 1)
    except FileNotFoundError:
        what = "there is no such file; `triage-bot check --example` prints one to start from"
        raise ConfigError([Problem(file, 1, 1, "", what)]) from None
    except OSError as error:
        raise ConfigError([Problem(file, 1, 1, "", f"cannot be read: {error.strerror or error}")]) from None
    if len(raw) > MAX_BYTES:
        raise ConfigError([Problem(file, 1, 1, "", f"is larger than {MAX_BYTES:,} bytes")])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _place_of(raw[: error.start].decode("utf-8-sig", "replace"))
        what = "is not UTF-8 here: save the file as UTF-8"
        raise ConfigError([Problem(file, line, column, "", what)]) from None
    return parse(text, file)


def parse(text: str, file: str) -> Document:
    try:
        return _parse(text, file, getattr(yaml, "CBaseLoader", yaml.BaseLoader))
    except yaml.YAMLError:
        # libyaml is ten times faster, but only the parser in Python says well what is wrong.
        try:
            return _parse(text, file, yaml.BaseLoader)
        except yaml.YAMLError as error:
            raise ConfigError([_syntax_problem(error, text, file)]) from None


def _parse(text: str, file: str, loader: Any) -> Document:
    builder = _Builder(yaml.parse(text, Loader=loader), file)
    root = builder.document()
    document = Document(file, None, problems=builder.problems)
    document.value = _Expander(document).expand(root, ())
    return document


def _place_of(before: str) -> tuple[int, int]:
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _syntax_problem(error: yaml.YAMLError, text: str, file: str) -> Problem:
    if not isinstance(error, yaml.MarkedYAMLError):
        line, column = _place_of(text[: getattr(error, "position", 0)])
        return Problem(file, line, column, "", "holds a character that YAML does not allow")
    mark = error.problem_mark or error.context_mark
    what = error.problem or "is not YAML"
    if mark is None:
        return Problem(file, 1, 1, "", what)
    lines = text.split("\n")
    before = lines[mark.line][: mark.column + 1] if mark.line < len(lines) else ""
    if "\\t" in what or "\t" in before:
        what = "a tab cannot indent: use spaces"
    elif what.startswith("mapping values"):
        what = "a second `:` in the line: text that holds one is written in quotes"
    elif error.context:
        begun = f" that begins in line {error.context_mark.line + 1}" if error.context_mark else ""
        what = f"{error.context}{begun}: {what}"
    return Problem(file, mark.line + 1, mark.column + 1, "", what)


@dataclass(frozen=True, slots=True)
class _Node:
    """`content` is the text or None, a list of nodes, or the tuple of a mapping's pairs."""

    place: Place
    content: str | list["_Node"] | tuple[tuple["_Node", "_Node"], ...] | None
    aliased: bool = False


class _Builder:
    """Nodes out of the parser's events. Reads them one by one, so that hostile nesting is met before it hurts."""

    def __init__(self, events: Iterator[Any], file: str) -> None:
        self._events = events
        self._file = file
        self._anchors: dict[str, _Node] = {}
        self.problems: list[Problem] = []

    def document(self) -> _Node:
        root = _Node(Place(1, 1), None)
        seen = False
        for event in self._events:
            if isinstance(event, (yaml.StreamStartEvent, yaml.StreamEndEvent, yaml.DocumentEndEvent)):
                continue
            if isinstance(event, yaml.DocumentStartEvent):
                if seen:
                    raise self._fatal(event, "a second document begins here: a configuration is one")
                seen = True
                continue
            root = self._node(event, 0)
        if not seen or root.content is None:
            raise ConfigError([Problem(self._file, 1, 1, "", "is empty")])
        return root

    def _node(self, event: Any, depth: int) -> _Node:
        place = _place(event)
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._fatal(event, f"alias `*{event.anchor}`: no anchor `&{event.anchor}` is complete before it")
            return _Node(place, self._anchors[event.anchor].content, aliased=True)
        if event.tag is not None:
            self._note(place, f"tag `{event.tag}`: tags are not used here, remove it")
        if depth > MAX_DEPTH:
            raise self._fatal(event, f"is nested deeper than {MAX_DEPTH} levels")
        if isinstance(event, yaml.ScalarEvent):
            node = _Node(place, None if event.implicit[0] and event.value in _NULL else self._text(event, place))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = _Node(place, self._items(depth))
        else:
            node = _Node(place, tuple(self._pairs(depth)))
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _text(self, event: Any, place: Place) -> str:
        text: str = event.value
        if _SURROGATE.search(text):
            self._note(place, "holds half a character (`\\uD800` to `\\uDFFF`): write the whole one")
            text = _SURROGATE.sub("\ufffd", text)  # so that it troubles nobody further on
        return text

    def _items(self, depth: int) -> list[_Node]:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth + 1))
        return items

    def _pairs(self, depth: int) -> list[tuple[_Node, _Node]]:
        pairs: list[tuple[_Node, _Node]] = []
        first: dict[str, Place] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if not isinstance(key.content, str):
                self._note(key.place, "a key must be text")
            elif _merges(event):
                self._note(key.place, "merge keys (`<<`) are not used here: write the keys out")
            elif key.content in first:
                self._note(
                    key.place, f"`{key.content}` stands here a second time, first in line {first[key.content].line}"
                )
            else:
                first[key.content] = key.place
                pairs.append((key, value))
        return pairs

    def _note(self, place: Place, what: str) -> None:
        self.problems.append(Problem(self._file, place.line, place.column, "", what))

    def _fatal(self, event: Any, what: str) -> ConfigError:
        place = _place(event)
        return ConfigError([*self.problems, Problem(self._file, place.line, place.column, "", what)])


def _merges(key: Any) -> bool:
    """Whether it is a merge key (yaml.org/type/merge.html), which in quotes is text like any other."""
    return isinstance(key, yaml.ScalarEvent) and key.implicit[0] and key.value == "<<"


def _place(event: Any) -> Place:
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


class _Expander:
    """Values out of nodes, noting where each stands. Aliases are written out, up to a bound."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._aliased = 0

    def expand(self, node: _Node, steps: Steps, aliased: bool = False) -> Value:
        aliased = aliased or node.aliased
        if aliased:
            self._aliased += 1
            if self._aliased > MAX_ALIASED or len(steps) > MAX_DEPTH:
                what = f"aliases grow beyond {MAX_ALIASED:,} values or {MAX_DEPTH} levels"
                raise ConfigError([Problem(self._document.file, node.place.line, node.place.column, "", what)])
        self._document.places[steps] = node.place
        content = node.content
        if content is None or isinstance(content, str):
            return content
        if isinstance(content, list):
            return [self.expand(item, (*steps, number), aliased) for number, item in enumerate(content)]
        mapping: dict[str, Value] = {}
        for key, value in content:
            name = str(key.content)
            self._document.keys[(*steps, name)] = key.place
            mapping[name] = self.expand(value, (*steps, name), aliased)
        return mapping
