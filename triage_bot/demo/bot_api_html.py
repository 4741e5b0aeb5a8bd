"""Telegram's HTML as its server reads it: what becomes text, what an entity, and what is refused with which words.

The rules and the texts of the errors are those of `parse_html` in TDLib's MessageEntity.cpp, which the Bot API server
uses. Offsets in errors count bytes of UTF-8, offsets of entities UTF-16 code units.
"""

import re
from dataclasses import dataclass
from typing import Any

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE = re.compile(r"&(?:#(?P<dec>[0-9]+)|#[xX](?P<hex>[0-9a-fA-F]+)|(?P<name>lt|gt|amp|quot)\b);?")
_ATTRIBUTE = re.compile(
    r"""\s*(?P<name>[^\s=>]+)(?P<equals>\s*=\s*)?(?:"(?P<q2>[^"]*)"|'(?P<q1>[^']*)'|(?P<bare>[^\s>]*))"""
)


class HtmlError(ValueError):
    """The whole message is refused."""


@dataclass(frozen=True, slots=True)
class Formatted:
    text: str
    entities: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _OpenTag:
    name: str
    attributes: dict[str, str]
    offset: int


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(markup: str) -> Formatted:
    """Raises HtmlError with the words of the real server."""
    return _Parser(markup).parse()


class _Parser:
    def __init__(self, markup: str) -> None:
        self.markup = markup
        self.text: list[str] = []
        self.length = 0
        self.open: list[_OpenTag] = []
        self.entities: list[dict[str, Any]] = []

    def parse(self) -> Formatted:
        at = 0
        while at < len(self.markup):
            character = self.markup[at]
            reference = _REFERENCE.match(self.markup, at) if character == "&" else None
            if reference:
                at = self._write(_resolve(reference), reference.end())
            elif character != "<":
                at = self._write(character, at + 1)
            elif self.markup.startswith("</", at):
                at = self._end_tag(at)
            else:
                at = self._start_tag(at)
        if self.open:
            raise HtmlError(f'Can\'t find end tag corresponding to start tag "{self.open[-1].name}"')
        self.entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
        return Formatted("".join(self.text), tuple(self.entities))

    def _write(self, text: str, after: int) -> int:
        self.text.append(text)
        self.length += utf16_length(text)
        return after

    def _bytes(self, at: int) -> int:
        return len(self.markup[:at].encode("utf-8", "surrogatepass"))

    def _start_tag(self, begin: int) -> int:
        match = re.compile(r"[^\s>]*").match(self.markup, begin + 1)
        assert match  # the pattern matches the empty string
        name, at = match[0].lower(), match.end()
        if at == len(self.markup):
            raise HtmlError(f"Unclosed start tag at byte offset {self._bytes(begin)}")
        if name not in _TYPES:
            raise HtmlError(f'Unsupported start tag "{name}" at byte offset {self._bytes(begin)}')
        attributes: dict[str, str] = {}
        while (at := self._skip_space(at)) < len(self.markup) and self.markup[at] != ">":
            at = self._attribute(name, begin, at, attributes)
        if at >= len(self.markup):
            raise HtmlError(f'Unclosed start tag "{name}" at byte offset {self._bytes(begin)}')
        if name == "span" and attributes.get("class") != "tg-spoiler":
            raise HtmlError(f'Tag "span" must have class "tg-spoiler" at byte offset {self._bytes(begin)}')
        self.open.append(_OpenTag(name, attributes, self.length))
        return at + 1

    def _attribute(self, tag: str, begin: int, at: int, attributes: dict[str, str]) -> int:
        match = _ATTRIBUTE.match(self.markup, at)
        if not match:
            raise HtmlError(f'Empty attribute name in the tag "{tag}" at byte offset {self._bytes(begin)}')
        if not match["equals"]:
            if tag != "blockquote":
                raise HtmlError(
                    f'Expected equal sign in declaration of an attribute of the tag "{tag}" '
                    f"at byte offset {self._bytes(begin)}"
                )
            attributes[match["name"].lower()] = ""
            return match.end("name")
        value = next(match[key] for key in ("q2", "q1", "bare") if match[key] is not None)
        attributes[match["name"].lower()] = _REFERENCE.sub(_resolve, value)
        return match.end()

    def _end_tag(self, begin: int) -> int:
        if not self.open:
            raise HtmlError(f"Unexpected end tag at byte offset {self._bytes(begin)}")
        match = re.compile(r"([^\s>]*)\s*").match(self.markup, begin + 2)
        assert match  # the pattern matches the empty string
        if match.end() >= len(self.markup) or self.markup[match.end()] != ">":
            raise HtmlError(f"Unclosed end tag at byte offset {self._bytes(begin)}")
        tag, found = self.open.pop(), match[1].lower()
        if found and found != tag.name:
            raise HtmlError(
                f'Unmatched end tag at byte offset {self._bytes(begin)}, expected "</{tag.name}>", found "</{found}>"'
            )
        if self.length > tag.offset:
            self.entities.append(_entity(tag, self.length))
        return match.end() + 1

    def _skip_space(self, at: int) -> int:
        while at < len(self.markup) and self.markup[at].isspace():
            at += 1
        return at


def _entity(tag: _OpenTag, end: int) -> dict[str, Any]:
    entity: dict[str, Any] = {"type": _TYPES[tag.name], "offset": tag.offset, "length": end - tag.offset}
    if tag.name == "a":
        entity["url"] = tag.attributes.get("href", "")
    if tag.name == "blockquote" and "expandable" in tag.attributes:
        entity["type"] = "expandable_blockquote"
    return entity


def _resolve(reference: re.Match[str]) -> str:
    if reference["name"]:
        return _NAMED[reference["name"]]
    code = int(reference["dec"]) if reference["dec"] else int(reference["hex"], 16)
    # As there: what is no character stays as it was written.
    return chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else reference[0]
