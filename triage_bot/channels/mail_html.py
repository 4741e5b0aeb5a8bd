"""What mail programs write into the elements of a reply: where a quote, a signature or an old mail begins.

Names that begin with `x_` were such marks in an older mail of the thread and tell nothing any more.
"""

import re
from enum import Enum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_ATTRIBUTIONS = frozenset({"moz-cite-prefix", "gmail_attr"})
_SIGNATURES = frozenset({"gmail_signature", "moz-signature", "protonmail_signature_block", "signature"})
_OLD_MAIL = frozenset({"divrplyfwdmsg", "appendonsend"})
_MARKED = re.compile(
    r"gmail_|moz-(?:cite|sig)|_signature|id=[\"']?signature|divRplyFwdMsg|border-top\s*:\s*solid|border\s*:\s*none",
    re.I,
)
_LOOKED_AT = frozenset({"div", "span", "blockquote", "p", "pre"})


class Role(Enum):
    """What an element stands for, beyond its tag."""

    NOTHING = auto()
    ATTRIBUTION = auto()  # "On ... wrote:", in whatever language
    SIGNATURE = auto()
    OLD_MAIL = auto()  # a line is drawn above it
    INDENT = auto()  # a blockquote that quotes nobody


def may_have_roles(html: str) -> bool:
    return _MARKED.search(html) is not None


def role_of(node: "LexborNode") -> Role:
    if node.tag not in _LOOKED_AT:
        return Role.NOTHING
    attributes = node.attributes
    if not attributes:
        return Role.NOTHING
    identity = (attributes.get("id") or "").lower()
    names = {identity, *(attributes.get("class") or "")[:500].lower().split()}
    style = "".join((attributes.get("style") or "")[:500].lower().split())
    if node.tag == "blockquote":
        indented = "40px" in style and "border:none" in style and "cite" not in attributes and "type" not in attributes
        return Role.INDENT if indented else Role.NOTHING
    if names & _ATTRIBUTIONS:
        # A forward has the same mark, and what is passed on is no quote.
        return Role.NOTHING if _text(node).startswith("---") else Role.ATTRIBUTION
    if names & _SIGNATURES:
        return Role.SIGNATURE if _text(node) else Role.NOTHING
    if identity in _OLD_MAIL or "border:none;border-top:solid" in style:
        return Role.OLD_MAIL if _text(node) else Role.NOTHING
    return Role.NOTHING


def _text(node: "LexborNode") -> str:
    """The first words in it. Bounded, for elements with such marks may be nested in one another."""
    found: list[str] = []
    nodes = [node.child]
    for _ in range(60):
        if not nodes:
            break
        inner = nodes.pop()
        if inner is None:
            continue
        if inner.tag == "-text" and (inner.text_content or "").strip():
            found.append(inner.text_content or "")
            break
        nodes += [inner.next, inner.child]
    return "".join(found)[:200].strip()
