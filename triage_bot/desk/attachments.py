"""The files that she sends along: fetched into a folder of their own, attached to one draft, removed afterwards.

A file is kept as long as a draft holds it or an entry of the outbox that has not ended is to send it. Whatever else
lies in the folder is removed: at the start, and after every action.
"""

import logging
from collections.abc import Collection, Iterable
from pathlib import Path

from triage_bot.channels.protocols import ChatFile, Screen
from triage_bot.desk.dialog import DraftFile
from triage_bot.errors import ChannelFailure

log = logging.getLogger(__name__)

PRIVATE = 0o700


async def fetched(
    screen: Screen, files: Iterable[ChatFile], folder: Path, room: int
) -> tuple[tuple[DraftFile, ...], tuple[str, ...]]:
    """The files that fit into `room` bytes together, and the names of those that do not or could not be had."""
    taken: list[DraftFile] = []
    left_out: list[str] = []
    for file in files:
        name = file.filename or "file"
        if file.size > room:
            left_out.append(name)
            continue
        try:
            _prepare(folder)
            path = await screen.fetch(file, folder, room)
            size = path.stat().st_size
        except (ChannelFailure, OSError) as error:
            log.warning("a file that she sent could not be fetched: %s", _what(error))
            left_out.append(name)
            continue
        room -= size
        taken.append(DraftFile(str(path), name, file.media_type, size))
    return tuple(taken), tuple(left_out)


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    folder.chmod(PRIVATE)


def remove_others(folder: Path, wanted: Collection[str]) -> int:
    """Remove what nobody is to send any more; returns how many files that were."""
    removed = 0
    try:
        found = list(folder.iterdir())
    except OSError:
        return 0
    for path in found:
        if str(path) in wanted:
            continue
        try:
            path.unlink()
            removed += 1
        except OSError as error:
            log.warning("%s cannot be removed: %s", path, _what(error))
    return removed


def _what(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return str(error)
