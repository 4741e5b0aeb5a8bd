"""From what imaplib, imapclient, ssl and the socket raise to the failures that the rest of the program knows."""

import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from triage_bot.channels import unreachable
from triage_bot.channels.imap_wire import IdleRefused
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, FailureKind, PermanentFailure, TemporaryFailure

TOO_MANY = re.compile(rf"\[LIMIT\]|\[INUSE\]|{unreachable.TOO_MANY}|authenticated but not connected", re.IGNORECASE)
LATER = re.compile(
    r"\[UNAVAILABLE\]|\[SERVERBUG\]|\[CONTACTADMIN\]|temporar|try (?:again )?later|internal error|throttled"
    r"|bandwidth limit",
    re.IGNORECASE,
)
TOO_MANY_PAUSE = timedelta(minutes=10)
LONGEST_QUOTE = 200


class TooMany(TemporaryFailure):
    """The provider wants fewer connections: to be asked again after a long pause, or when another one was given up."""


@contextmanager
def translated(server: MailServer) -> Iterator[None]:
    try:
        yield
    except (ChannelFailure, IdleRefused):
        raise
    except Exception as error:
        # Also the ValueError or KeyError that a server's nonsense is to the library: it must not stop other mailboxes.
        raise translate(error, server) from error


def translate(error: Exception, server: MailServer) -> ChannelFailure:
    place = f"IMAP {server.host}:{server.port}"
    if isinstance(error, LoginError) and isinstance(error.__context__, IMAPClientAbortError):
        error = error.__context__  # to the library every end of a login is a refusal
    said = quote(error)
    if server.password:
        said = said.replace(server.password, "***")  # some servers repeat the command that they refuse
    if isinstance(error, IMAPClientError) and TOO_MANY.search(said):
        return TooMany(f"{place}: too many connections: {said}", TOO_MANY_PAUSE, kind=FailureKind.TOO_MANY)
    if isinstance(error, LoginError):
        if LATER.search(said):
            return TemporaryFailure(f"{place}: cannot log in at present: {said}")
        return PermanentFailure(
            f"{place}: login as {server.user} was refused: {said.rstrip('.')}. Check the user and the password; with "
            "two-step verification the provider wants an app password, and some want IMAP to be switched on in the "
            "settings.",
            kind=FailureKind.LOGIN_REFUSED,
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return PermanentFailure(
            f"{place}: the certificate is not valid for this server: {error.verify_message}. Check the host name.",
            kind=FailureKind.CERTIFICATE,
        )
    if isinstance(error, ssl.SSLError):
        return TemporaryFailure(
            f"{place}: no TLS: {said.rstrip('.')}. If that stays, check the port and `security` (993 is usually tls, "
            "143 starttls)."
        )
    if isinstance(error, TimeoutError):
        return TemporaryFailure(f"{place}: no answer within {server.timeout:g} s", kind=FailureKind.NO_ANSWER)
    if words := unreachable.in_plain_words(error):
        return TemporaryFailure(f"{place}: {words}", kind=FailureKind.UNREACHABLE)
    if isinstance(error, (IMAPClientAbortError, OSError)):
        return TemporaryFailure(f"{place}: the connection was lost: {said}", kind=FailureKind.NO_ANSWER)
    return TemporaryFailure(f"{place}: {said}")


def quote(error: Exception) -> str:
    """The error's text, or what the server said, short and on one line."""
    text = str(error)
    if text[:2] in ("b'", 'b"'):  # imaplib puts the repr of the answer into some of its errors
        text = text[2:-1]
    return " ".join(text.split())[:LONGEST_QUOTE] or type(error).__name__
