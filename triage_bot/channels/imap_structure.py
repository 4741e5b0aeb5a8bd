"""BODYSTRUCTURE read: which parts of a mail are its text, which are attachments, and under which numbers they lie.

Pure, and bounded in depth and number. The choice of text is the one of mail_mime, which reads whole mails.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from triage_bot.channels.mail_headers import filename
from triage_bot.channels.mail_report import REPORT_TYPES
from triage_bot.core.messages import Attachment
from triage_bot.values import dataclass

MAX_DEPTH = 12
MAX_PARTS = 300
MAX_TEXTS = 20
SHORT = 60
"""Bytes of what is kept for a while when it was read."""
WRITTEN = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-markdown"})
"""What somebody may have written to be read; calendars, tables and the headers of a bounce are not."""

# Places in a body structure (RFC 3501 section 7.4.2): type, subtype, parameters, id, description, encoding, size; then
# text has its lines and message/rfc822 an envelope, a structure and its lines before the extension data (MD5,
# disposition, ...).
_PARAMS, _ID, _ENCODING, _SIZE, _EXTENSIONS = 2, 3, 5, 6, 7


@dataclass(frozen=True, slots=True)
class Section:
    """A leaf. `number` is what stands in BODY.PEEK[...]."""

    number: str
    media_type: str
    charset: str = ""
    encoding: str = ""
    size: int = 0
    flowed: bool = False
    delsp: bool = False

    def of_size(self, size: int) -> "Section":
        return Section(self.number, self.media_type, self.charset, self.encoding, size, self.flowed, self.delsp)


@dataclass(frozen=True, slots=True)
class Layout:
    texts: tuple[Section, ...]
    attachments: tuple[Attachment, ...]
    types: frozenset[str]
    report: tuple[Section, ...] = ()  # of a multipart/report: what is for machines


@dataclass(frozen=True, slots=True)
class _Leaf:
    section: Section
    disposition: str
    name: str
    has_id: bool
    group: int  # of the alternatives it belongs to, 0 for none


@dataclass(frozen=True, slots=True)
class Leaves:
    """All that a structure holds, in its order."""

    leaves: tuple[_Leaf, ...]
    types: frozenset[str]
    is_report: bool


def layout(structure: Sequence[Any]) -> Layout:
    found = leaves(structure)
    return laid_out(found, [leaf.section for leaf in found.leaves])


def leaves(structure: Sequence[Any]) -> Leaves:
    types: set[str] = set()
    is_report = isinstance(structure[0], list) and _text(structure[1]).lower() == "report"
    found = tuple(_leaves(structure, types))
    return Leaves(found, frozenset(types), is_report)


def laid_out(found: Leaves, sections: Sequence[Section]) -> Layout:
    """`sections` are those of the leaves, as large as they are in this mail."""
    report: list[Section] = []
    texts: list[tuple[Section, int]] = []
    attachments: list[Attachment] = []
    for leaf, section in zip(found.leaves, sections, strict=True):
        if found.is_report and section.media_type in REPORT_TYPES and "." not in section.number:
            report.append(section)
        if section.media_type in WRITTEN and leaf.disposition != "attachment" and not leaf.name:
            texts.append((section, leaf.group))
        elif leaf.name or leaf.disposition == "attachment" or not leaf.has_id:
            attachments.append(Attachment(leaf.name, section.media_type, section.size))
    return Layout(_chosen(texts), tuple(attachments), found.types, tuple(report))


def _leaves(structure: Sequence[Any], types: set[str]) -> Iterator[_Leaf]:
    groups = 0
    stack: list[tuple[Sequence[Any], str, int]] = [(structure, "", 0)]
    for _ in range(MAX_PARTS):
        if not stack:
            return
        part, number, group = stack.pop()
        if not isinstance(part[0], list):
            leaf = _leaf(part, number or "1", group)
            types.add(leaf.section.media_type)
            yield leaf
            continue
        media_type = f"multipart/{_text(part[1]).lower()}"
        types.add(media_type)
        if number.count(".") >= MAX_DEPTH:
            continue
        if media_type == "multipart/alternative" and not group:
            groups += 1
            group = groups
        prefix = f"{number}." if number else ""
        stack.extend((child, f"{prefix}{index}", group) for index, child in reversed(list(enumerate(part[0], 1))))


def _leaf(part: Sequence[Any], number: str, group: int) -> _Leaf:
    media_type = (_known_type if _are_short(part[0], part[1]) else _media_type)(part[0], part[1])
    params = _pairs(_at(part, _PARAMS))
    extensions = _EXTENSIONS + (1 if media_type.startswith("text/") else 3 if media_type == "message/rfc822" else 0)
    disposition = _at(part, extensions + 1)
    kind, more = (
        (_text(disposition[0]).lower(), _pairs(disposition[1]))
        if isinstance(disposition, tuple) and len(disposition) == 2
        else ("", {})
    )
    size = _at(part, _SIZE)
    section = Section(
        number,
        media_type,
        charset=params.get("charset", ""),
        encoding=_text(_at(part, _ENCODING)),
        size=size if isinstance(size, int) else 0,
        flowed=params.get("format", "").lower() == "flowed",
        delsp=params.get("delsp", "").lower() == "yes",
    )
    names = {key: value for key, value in params.items() if key.startswith("name")}
    name = (filename(more) if more else "") or (filename(names) if names else "")
    return _Leaf(section, kind, name, has_id=_at(part, _ID) is not None, group=group)


def _chosen(texts: Sequence[tuple[Section, int]]) -> tuple[Section, ...]:
    """Of each group of alternatives the plain parts, unless they are empty; else the others."""
    plain = {group for section, group in texts if section.media_type == "text/plain" and section.size > 2}
    return tuple(
        section for section, group in texts if not group or (section.media_type == "text/plain") == (group in plain)
    )[:MAX_TEXTS]


def _at(part: Sequence[Any], index: int) -> Any:
    return part[index] if index < len(part) else None


def _pairs(params: Any) -> Mapping[str, str]:
    if not isinstance(params, tuple):
        return {}
    return (_known_pairs if len(params) == 2 and _are_short(*params) else _read_pairs)(params)


def _read_pairs(params: tuple[Any, ...]) -> Mapping[str, str]:
    return {_text(name).lower(): _text(value) for name, value in zip(params[::2], params[1::2], strict=False)}


def _media_type(kind: Any, subtype: Any) -> str:
    return f"{_text(kind)}/{_text(subtype)}".lower()


def _are_short(one: Any, other: Any) -> bool:
    return isinstance(one, bytes) and isinstance(other, bytes) and len(one) + len(other) <= SHORT


# Most parts are of a few types, in a few charsets.
_known_type = lru_cache(maxsize=128)(_media_type)
_known_pairs = lru_cache(maxsize=128)(_read_pairs)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)
