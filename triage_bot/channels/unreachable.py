"""Why a server was not reached, in the same plain words for every channel."""

import errno
import socket
from collections.abc import Iterator

NO_SUCH_HOST = "the host cannot be found: check its name and the network"
REFUSED = "connection refused: check host and port"
NO_WAY = "there is no way to this host: check the network"
TOO_MANY = r"too many|maximum (?:number of )?connections|connections? limit"
"""What servers say where there are more connections than they like, to be searched for whatever the case."""
_NO_WAY = (errno.ENETUNREACH, errno.EHOSTUNREACH)


def in_plain_words(error: BaseException) -> str:
    """ "" for an error that is about something else. Libraries wrap the socket's own error, some more than once."""
    for each in _chain(error):
        if isinstance(each, socket.gaierror):
            return NO_SUCH_HOST
        if isinstance(each, OSError) and (words := _said(each)):
            return words
    return ""


def _said(error: OSError) -> str:
    # asyncio says what happened to each of several addresses only in the text.
    text = str(error)
    if isinstance(error, ConnectionRefusedError) or f"[Errno {errno.ECONNREFUSED}]" in text:
        return REFUSED
    if error.errno in _NO_WAY or any(f"[Errno {code}]" in text for code in _NO_WAY):
        return NO_WAY
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what it was raised from, and what is in a group."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _chain(each)
    # httpcore cuts the cause off; what it was handling is the same error.
    if before := error.__cause__ or error.__context__:
        yield from _chain(before)
