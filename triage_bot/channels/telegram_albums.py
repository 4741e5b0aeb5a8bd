"""Albums: Telegram sends their pictures one by one, and does not say how many there are."""

from collections.abc import Sequence

from triage_bot.channels.telegram_people import Json

Album = tuple[str, int, str]
"""The kind of the update, the chat and Telegram's name of the group."""

MOST_PARTS = 10
_KINDS = ("message", "business_message")


def album_of(update: Json) -> Album | None:
    """Of which album the update is a part; None for anything else, whatever shape it has."""
    for kind in _KINDS:
        try:
            message = update[kind]
            return (kind, int(message["chat"]["id"]), message["media_group_id"] + "")
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return None


def gathered(updates: Sequence[Json]) -> list[list[Json]]:
    """The updates in their order, the parts of one album together at the place of the first."""
    found: list[list[Json]] = []
    albums: dict[Album, list[Json]] = {}
    for update in updates:
        album = album_of(update)
        if album is not None and album in albums:
            albums[album].append(update)
            continue
        found.append([update])
        if album is not None:
            albums[album] = found[-1]
    return found


def unfinished(updates: Sequence[Json]) -> int | None:
    """Where the first album begins of which more may be on its way; None if there is none. Who wrote something else in
    that chat has sent all of it."""
    first: dict[Album, int] = {}
    parts: dict[Album, int] = {}
    for index, update in enumerate(updates):
        album, chat = album_of(update), _chat_of(update)
        for ended in [each for each in first if each != album and each[:2] == chat]:
            del first[ended]
        if album is not None:
            first.setdefault(album, index)
            parts[album] = parts.get(album, 0) + 1
            if parts[album] >= MOST_PARTS:
                first.pop(album, None)
    return min(first.values(), default=None)


def _chat_of(update: Json) -> tuple[str, int] | None:
    for kind in _KINDS:
        try:
            return kind, int(update[kind]["chat"]["id"])
        except (KeyError, TypeError, ValueError, OverflowError):
            continue
    return None
