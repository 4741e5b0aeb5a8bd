"""The text of a mail out of its text parts: HTML to plain text, format=flowed, line ends and stray characters.

Pure and without failure: whatever the parts hold, text comes out. HTML is walked without recursion, a bounded number
of nodes, because hostile mail nests elements ten thousand deep.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from triage_bot.channels.mail_html import Role, may_have_roles, role_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MAX_NODES = 60_000
MAX_BLOCKS = 12_000
MAX_DEPTH = 500


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_SKIPPED = _words(
    "area audio base canvas embed head iframe img input link map math meta noframes noscript object option param "
    "script select source style svg template textarea title track video"
)
_BLOCKS = _words(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 header hr html legend li main menu nav ol p pre section summary table tbody tfoot "
    "thead tr ul"
)
_TAG = re.compile(r"<(/?)(" + "|".join(sorted(_BLOCKS, key=len, reverse=True)) + r")(?=[\s/>])", re.IGNORECASE)
_CLOSE_THEMSELVES = _words("body dd dt head hr html li p tbody tfoot thead tr")
_APART = _words("blockquote dl h1 h2 h3 h4 h5 h6 hr ol p pre table ul")  # an empty line around them
_HIDDEN = re.compile(
    r"display:none|visibility:hidden|mso-hide:all|font-size:0(?![.\d]*[1-9])|max-height:0(?![.\d]*[1-9])"
)
_BLANKS = re.compile(r"[ \t\r\n\f\xa0]+")
_STRAY = re.compile("[\u200b-\u200f\u2060\ufeff\xad\u034f\u061c\u180e\u202a-\u202e\u2066-\u2069]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]+")
_EMPTY_LINES = re.compile(r"\n{3,}")
_RULE = "_" * 32  # as Outlook draws it in plain mail


def from_plain(text: str, *, flowed: bool = False, delsp: bool = False) -> str:
    return tidy(unflow(text, delsp=delsp) if flowed else text)


def tidy(text: str) -> str:
    """One kind of line end, no control or invisible characters, no long gaps."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\xa0" in text:
        text = text.replace("\xa0", " ")
    if not text.replace("\n", "").isprintable() or "\u034f" in text:  # as all the others are not
        text = _CONTROLS.sub("", _STRAY.sub("", text))
    # Not by a pattern: one that looks for blanks before a line end is quadratic on a long run of blanks.
    text = "\n".join([line.rstrip() for line in text.split("\n")])
    if "\n\n\n" in text:
        text = _EMPTY_LINES.sub("\n\n", text)
    return text.strip("\n")


def unflow(text: str, *, delsp: bool) -> str:
    """Join the lines that format=flowed broke (RFC 3676 section 4)."""
    paragraphs: list[str] = []
    pieces: list[str] = []  # of a paragraph that may go on
    depth = 0
    for line in text.replace("\r\n", "\n").split("\n"):
        bare = line.lstrip(">")
        quote = len(line) - len(bare)
        bare = bare.removeprefix(" ")  # space-stuffing
        if pieces and (quote != depth or bare == "-- "):  # a change of depth ends a paragraph, soft break or not
            paragraphs.append("".join(pieces))
            pieces = []
        if not pieces and quote:
            pieces.append(">" * quote + " ")
        depth = quote
        if bare.endswith(" ") and bare != "-- ":
            pieces.append(bare[:-1] if delsp else bare)
        else:
            pieces.append(bare)
            paragraphs.append("".join(pieces))
            pieces = []
    if pieces:
        paragraphs.append("".join(pieces))
    return "\n".join(paragraphs)


def from_html(html: str) -> str:
    """Plain text of a mail in HTML. Quotations become lines that begin with "> ", as in plain mail."""
    from selectolax.lexbor import LexborHTMLParser  # 2 MB that not everybody's clients need

    if "\x00" in html:
        html = html.replace("\x00", "")
    try:
        root = LexborHTMLParser(_bounded(html)).body
    except Exception:  # the parser's own errors have no common class, and a mail without text is still a mail
        return ""
    if root is None:
        return ""
    page = _Page()
    marked = may_have_roles(html)
    roles: list[Role] = []  # of the elements that are open
    for node, opens in _walk(root):
        tag = node.tag or ""
        if marked and tag != "-text":
            if opens:
                roles.append(role_of(node))
            page.mark(roles[-1] if opens else roles.pop(), opens)
        if tag == "-text":
            page.write(node.text_content or "")
        elif tag == "br":
            if opens:
                page.end_line()
        elif tag in _BLOCKS:
            page.block(tag, opens)
        elif tag in ("td", "th") and not opens:
            page.write(" ")
    return tidy(page.finish())


def _bounded(html: str) -> str:
    """Cut where blocks nest absurdly deep, or are too many: the parser's time grows with the square of the depth."""
    if html.count("<") < MAX_DEPTH:
        return html
    depths: dict[str, int] = {}
    depth = 0
    for number, tag in enumerate(_TAG.finditer(html)):
        name = tag[2].lower()
        if name not in _CLOSE_THEMSELVES:
            before = depths.get(name, 0)
            depths[name] = max(0, before - 1) if tag[1] else before + 1
            depth += depths[name] - before
        if depth > MAX_DEPTH or number > MAX_BLOCKS:
            return html[: tag.start()]
    return html


def _walk(root: "LexborNode") -> "Iterator[tuple[LexborNode, bool]]":
    """Every visible node in order: opened, and for an element closed again."""
    open_nodes: list[LexborNode] = []
    node: LexborNode | None = root
    for _ in range(MAX_NODES):
        while node is None:
            if not open_nodes:
                return
            closed = open_nodes.pop()
            yield closed, False
            node = closed.next
        if _is_shown(node):
            yield node, True
            if node.tag != "-text":
                open_nodes.append(node)
                node = node.child
                continue
        node = node.next


def _is_shown(node: "LexborNode") -> bool:
    tag = node.tag
    if tag == "-text":
        return True
    if tag is None or tag in _SKIPPED or tag.startswith(("-", "!", "_")):
        return False
    attributes = node.attributes
    if not attributes:
        return True
    style = attributes.get("style")
    if style and _HIDDEN.search("".join(style[:2000].lower().split())):
        return False
    return "hidden" not in attributes


class _Page:
    """Lines under way: white space collapsed as a browser does, each line marked with the depth of its quotation."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._blank = True  # the line is empty or ends with a blank
        self._depth = 0
        self._verbatim = 0

    def write(self, text: str) -> None:
        if self._verbatim:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self._line.append(first)
            for line in rest:
                self.end_line()
                self._line.append(line)
            self._blank = False
            return
        text = _BLANKS.sub(" ", text)
        if self._blank:
            text = text.removeprefix(" ")
        if text:
            self._line.append(text)
            self._blank = text.endswith(" ")

    def end_line(self) -> None:
        line = "".join(self._line).rstrip()
        self._lines.append("> " * self._depth + line if line else ">" * (self._depth > 0))
        self._line.clear()
        self._blank = True

    def block(self, tag: str, opens: bool) -> None:
        if self._line:
            self.end_line()
        apart = tag in _APART and bool(self._lines) and bool(self._lines[-1].strip("> "))
        if apart and opens:
            self.end_line()
        step = 1 if opens else -1
        if tag == "blockquote":
            self._depth = max(0, self._depth + step)
        elif tag == "pre":
            self._verbatim = max(0, self._verbatim + step)
        elif tag == "li" and opens:
            self._line.append("- ")
        if apart and not opens:
            self.end_line()

    def mark(self, role: Role, opens: bool) -> None:
        """An element to which a mail program gave a meaning begins or ends."""
        step = 1 if opens else -1
        if role is Role.NOTHING:
            return
        if self._line:
            self.end_line()
        if role is Role.ATTRIBUTION:
            self._depth = max(0, self._depth + step)
        elif role is Role.INDENT:
            self._depth -= step  # against that of the blockquote
        elif opens and not self._depth and self._lines:
            sign = "--" if role is Role.SIGNATURE else _RULE
            if self._lines[-1] != sign:
                self._lines.append(sign)

    def finish(self) -> str:
        if self._line:
            self.end_line()
        while self._lines and not self._lines[-1].strip("> "):
            self._lines.pop()
        return "\n".join(self._lines)
