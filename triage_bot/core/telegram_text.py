"""Telegram's HTML: escaping, what a person sees of it, and splitting it into messages.

Telegram counts what is left after the tags are taken out and the entities resolved, in UTF-16 code units: an emoji
is two. A text over the limit, or with one broken tag, is refused as a whole.
"""

import html
import re
from collections.abc import Iterator, Sequence

MESSAGE_LIMIT = 4096

# Only Telegram's own tags: an address in angle brackets that somebody forgot to escape is text that must not vanish.
_NAMES = "a|b|strong|i|em|u|ins|s|strike|del|tg-spoiler|tg-emoji|span|code|pre|blockquote"
_TAG = re.compile(rf"<(/?)({_NAMES})(?:\s[^<>]*)?>", re.IGNORECASE)
# Telegram knows these four names and numbers; any other "&name;" is text and counts in full.
_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6});")
_TOKEN = re.compile(rf"(?P<tag>{_TAG.pattern})|{_ENTITY.pattern}|(?s:.)", re.IGNORECASE)


def escape(text: str) -> str:
    """Make any text safe inside Telegram HTML, also inside a quoted attribute."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def plain(markup: str) -> str:
    """What a person reads of a Telegram HTML text; never fails, whatever is broken in it."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), _TAG.sub("", markup))


def length(markup: str) -> int:
    """The length of a Telegram HTML text as Telegram counts it."""
    return _units(plain(markup))


def split(blocks: Sequence[str], limit: int = MESSAGE_LIMIT, separator: str = "\n\n") -> list[str]:
    """Join Telegram HTML blocks into as few messages as their order allows, none over `limit`.

    A block is never divided unless it is too long alone; then it is cut at a line or a word, and the tags that are
    open at the cut are closed before and opened again behind it. Empty blocks are left out.
    """
    messages: list[str] = []
    gap = length(separator)
    used = 0
    for block in filter(None, blocks):
        size = length(block)
        if messages and used + gap + size <= limit:
            messages[-1] += separator + block
            used += gap + size
        elif size <= limit:
            messages.append(block)
            used = size
        else:
            messages.extend(_divide(block, limit))
            used = length(messages[-1])
    return messages


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _divide(block: str, limit: int) -> Iterator[str]:
    open_tags: list[str] = []
    tokens = list(_TOKEN.finditer(block))
    start = 0
    while start < len(tokens):
        end = _cut(tokens, start, limit)
        before = "".join(open_tags)
        piece = "".join(token[0] for token in tokens[start:end])
        for token in tokens[start:end]:
            _follow(open_tags, token)
        piece = before + piece.strip() + "".join(f"</{_name(tag)}>" for tag in reversed(open_tags))
        if plain(piece).strip():
            yield piece
        start = end


def _cut(tokens: Sequence[re.Match[str]], start: int, limit: int) -> int:
    """The index behind the last token of a piece: after a line if it is not too short then, else a word."""
    used = 0
    line_end = word_end = 0
    for index in range(start, len(tokens)):
        token = tokens[index]
        used += 0 if token["tag"] else _units(plain(token[0]))
        if used > limit:
            enough = start + (index - start) // 2
            return next((end for end in (line_end, word_end) if end > enough), max(index, start + 1))
        if token[0] == "\n":
            line_end = index + 1
        if token[0].isspace():
            word_end = index + 1
    return len(tokens)


def _follow(open_tags: list[str], token: re.Match[str]) -> None:
    if not token["tag"]:
        return
    if token[2] == "/":
        if open_tags and _name(open_tags[-1]) == token[3].lower():
            open_tags.pop()
    else:
        open_tags.append(token["tag"])


def _name(tag: str) -> str:
    match = _TAG.fullmatch(tag)
    return match[2].lower() if match else ""
