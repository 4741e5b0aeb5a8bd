"""The blocks of a digest laid out in messages: few, none too long, and no item divided."""

from collections.abc import Sequence
from dataclasses import dataclass

from triage_bot.core.telegram_text import MESSAGE_LIMIT, length, split

PAGE_LIMIT = MESSAGE_LIMIT - 96
"""Room is left for the line that says how many more there are."""
MOST_ITEMS = 20
"""Of one message, each with its button below."""
MOST_PAGES = 5
"""Whoever has more to read opens the list, page by page."""
SEPARATOR = "\n\n"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of Telegram HTML that stays whole; `item_id` is 0 where it tells of no single item."""

    text: str
    item_id: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One message, and the items that it lists."""

    text: str
    item_ids: tuple[int, ...]


def pages(
    blocks: Sequence[Block], *, limit: int = PAGE_LIMIT, most_items: int = MOST_ITEMS, most_pages: int = MOST_PAGES
) -> tuple[list[Page], int]:
    """The messages, and how many blocks did not fit into `most_pages` of them."""
    made: list[Page] = []
    texts: list[str] = []
    ids: list[int] = []
    used = 0
    gap = length(SEPARATOR)
    for number, block in enumerate(blocks):
        # One that is too long alone is cut: Open shows all of it.
        text = block.text if length(block.text) <= limit else split([block.text], limit)[0]
        size = length(text)
        if texts and (used + gap + size > limit or (block.item_id and len(ids) == most_items)):
            made.append(Page(SEPARATOR.join(texts), tuple(ids)))
            texts, ids, used = [], [], 0
            if len(made) == most_pages:
                return made, len(blocks) - number
        used += size + (gap if texts else 0)
        texts.append(text)
        ids += [block.item_id] if block.item_id else []
    if texts:
        made.append(Page(SEPARATOR.join(texts), tuple(ids)))
    return made, 0
