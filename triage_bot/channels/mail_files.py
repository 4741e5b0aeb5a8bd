"""Files in a mail: the MIME parts of what goes along (RFC 2183), their names and their size."""

import binascii
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from triage_bot.core.messages import OutgoingFile
from triage_bot.errors import PermanentFailure

MOST_BYTES = 25_000_000
"""Of all files of a mail together. Encoded they are a third more, and few servers take more than that."""
LONGEST_NAME = 150
_LINE = 76  # RFC 2045 section 6.8
_CHUNK = 57 * 8192  # bytes that become whole lines
_SEGMENT = 60  # characters of a parameter's value on one line
_TOKEN = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}", re.ASCII)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff/\\]+")
# RFC 2046 sections 5.1 and 5.2: what may not be encoded in base64.
_COMPOSITE = ("multipart/", "message/")


def check_sizes(files: Sequence[OutgoingFile]) -> None:
    """Raises PermanentFailure for a file that is gone, and for more than a mail can carry. Reads nothing."""
    total = 0
    for file in files:
        try:
            total += Path(file.path).stat().st_size
        except OSError:
            raise PermanentFailure(f"the file {file.filename!r} is no longer there") from None
    if total > MOST_BYTES:
        raise PermanentFailure(
            f"the attachments have {total / 1e6:.0f} MB together, and a mail carries {MOST_BYTES / 1e6:.0f} MB at "
            "most: send a link instead"
        )


def part(file: OutgoingFile) -> bytes:
    """Headers, an empty line and the body."""
    name = _name(file.filename)
    media_type = file.media_type.lower()
    if not _TOKEN.fullmatch(media_type) or media_type.startswith(_COMPOSITE):
        media_type = "application/octet-stream"
    head = (
        f"Content-Type: {media_type}{_parameter('name', name)}\r\n"
        "Content-Transfer-Encoding: base64\r\n"
        f"Content-Disposition: attachment{_parameter('filename', name)}\r\n\r\n"
    )
    return head.encode("ascii") + _body(file)


def _body(file: OutgoingFile) -> bytes:
    pieces: list[bytes] = []
    try:
        with Path(file.path).open("rb") as content:
            while chunk := content.read(_CHUNK):
                coded = binascii.b2a_base64(chunk, newline=False)
                pieces.append(b"\r\n".join(coded[start : start + _LINE] for start in range(0, len(coded), _LINE)))
    except OSError as error:
        raise PermanentFailure(f"the file {file.filename!r} cannot be read: {error.strerror}") from None
    return b"\r\n".join(pieces)


def _name(filename: str) -> str:
    """A name that can stand in a header and lie in a folder, with its ending."""
    name = " ".join(_CONTROLS.sub("_", filename).split()).strip(" .") or "file"
    if len(name) <= LONGEST_NAME:
        return name
    stem, dot, ending = name.rpartition(".")
    return f"{stem[: LONGEST_NAME - 20]}{dot}{ending[:19]}" if stem and len(ending) < 20 else name[:LONGEST_NAME]


def _parameter(name: str, value: str) -> str:
    """RFC 2231: percent-encoded UTF-8 beyond ASCII, in numbered pieces where it is long."""
    if value.isascii() and len(value) <= _SEGMENT:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{quoted}"'
    coded = quote(value, safe="!#$&+-.^_`|~")
    if len(coded) <= _SEGMENT:
        return f";\r\n {name}*=utf-8''{coded}"
    pieces: list[str] = []
    start = 0
    while start < len(coded):
        end = min(start + _SEGMENT, len(coded))
        # No piece ends inside "%C3".
        end -= next((back for back in (1, 2) if end < len(coded) and coded[end - back] == "%"), 0)
        pieces.append(coded[start:end])
        start = end
    pieces[0] = f"utf-8''{pieces[0]}"
    return "".join(f";\r\n {name}*{number}*={piece}" for number, piece in enumerate(pieces))
