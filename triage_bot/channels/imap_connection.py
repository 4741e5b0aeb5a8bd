"""One IMAP connection to one folder, read-only, blocking: every method runs in a thread of the pool.

Failures come out as ChannelFailure; a command that was merely refused raises `Refused`, after which the connection
still works.
"""

import contextlib
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from triage_bot.channels.imap_errors import quote, translated
from triage_bot.channels.imap_fetched import Fields, read_fetched
from triage_bot.channels.imap_wire import Wire
from triage_bot.core.servers import MailServer
from triage_bot.errors import FailureKind, PermanentFailure, TemporaryFailure

LARGEST_UID = 2**32 - 1  # RFC 3501 section 2.3.1.1
LARGEST_CHUNK = 500
"""UIDs in one FETCH. Some servers limit the length of a command line."""


class Refused(TemporaryFailure):
    """The server answered NO or BAD, or in words that cannot be read. The connection is still good."""


class _Client(IMAPClient):  # type: ignore[misc, unused-ignore]
    """imapclient on our Wire."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext, announce: Callable[[Wire], None]) -> None:
        self._make: Callable[[], Wire] = lambda: Wire(server, tls, announce)
        super().__init__(  # type: ignore[no-untyped-call, unused-ignore]
            server.host, server.port, ssl=server.security == "tls", ssl_context=tls
        )
        self.normalise_times = False  # otherwise INTERNALDATE comes as a naive local time
        self._imap.debug = 0  # no line of mail in any log, and a fifth of the time saved

    def _create_IMAP4(self) -> Wire:  # noqa: N802
        return self._make()

    def fetch(self, messages: Sequence[int], data: Sequence[str], modifiers: None = None) -> dict[int, Fields]:
        """By UID; what the server says of other mails is left out."""
        if not messages:
            return {}
        typ, pieces = self._imap.uid("FETCH", ",".join(map(str, messages)), f"({' '.join(data)})")
        self._checkok("fetch", typ, pieces)
        found = read_fetched(pieces)
        return {uid: found[uid] for uid in messages if uid in found}


@dataclass(frozen=True, slots=True)
class Opened:
    uid_validity: int
    next_uid: int
    exists: int
    can_idle: bool


class Connection:
    def __init__(self, server: MailServer, folder: str, tls: ssl.SSLContext) -> None:
        self._server = server
        self.reached = False
        """Whether the host has greeted us, whatever came then."""
        self._folder = folder
        self._tls = tls
        self._wires: list[Wire] = []
        self._client: IMAPClient | None = None
        self._given_up = False

    @property
    def server(self) -> MailServer:
        return self._server

    # Callable from any thread.

    def abort(self) -> None:
        """Make whatever runs here fail at once."""
        self._given_up = True
        for wire in self._wires:
            wire.abort_now()

    def give_up(self) -> None:
        """The same, because it takes too long."""
        for wire in self._wires:
            wire.abort_now(too_late=True)

    def close(self) -> None:
        for wire in self._wires:
            with contextlib.suppress(AttributeError):
                wire.shutdown()

    def fileno(self) -> int:
        return self._wire.sock.fileno()

    @property
    def has_news(self) -> bool:
        return self._wire.has_news

    # Blocking.

    def open(self) -> Opened:
        """Connect, log in, open the folder read-only."""
        with translated(self._server):
            return self._examine(self._log_in_only())

    def uids_after(self, position: int) -> list[int]:
        with translated(self._server):
            self._live.noop()  # some servers look for new mail only then
            self._wire.untagged_responses.clear()  # an EXISTS from now on is news
            found = self._live.search(f"UID {position + 1}:*")
        # `n:*` gives the last message even if its UID is below n (RFC 3501 section 6.4.8).
        return sorted(self._uid(uid) for uid in found if uid > position)

    def _uid(self, number: int) -> int:
        if not 0 < number <= LARGEST_UID:
            raise TemporaryFailure(f"IMAP {self._server.host}: the server says {number:.3g}, which is no UID")
        return number

    def uids_since(self, moment: datetime) -> list[int]:
        """UIDs of what arrived at `moment` or later. SINCE knows dates only, in the server's zone."""
        with translated(self._server):
            found = sorted(map(self._uid, self._live.search(["SINCE", (moment - timedelta(days=1)).date()])))
            return [uid for chunk in chunked(found, LARGEST_CHUNK) for uid in self._arrived_since(chunk, moment)]

    def answered(self, uids: Sequence[int]) -> list[int]:
        """Those of `uids` that are marked as answered."""
        with translated(self._server):
            return [
                self._uid(uid)
                for chunk in chunked(uids, LARGEST_CHUNK)
                for uid in self._live.search(["UID", ",".join(map(str, chunk)), "ANSWERED"])
            ]

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, Fields]:
        with translated(self._server):
            try:
                fetched: dict[int, Fields] = self._live.fetch(uids, items)
            except (IMAPClientAbortError, OSError):
                raise
            except Exception as error:
                # Also whatever the library's parser makes of a server's nonsense: ValueError, RecursionError ...
                raise Refused(quote(error)) from error
            finally:
                self._wire.untagged_responses.pop("FETCH", None)
        return fetched

    def begin_idle(self) -> None:
        with translated(self._server):
            self._wire.begin_idle()

    def end_idle(self) -> None:
        with translated(self._server):
            self._wire.end_idle()

    # Inside.

    @property
    def _live(self) -> IMAPClient:
        if self._client is None:
            raise TemporaryFailure("not connected")
        return self._client

    @property
    def _wire(self) -> Wire:
        return self._wires[-1]

    def _log_in_only(self) -> IMAPClient:
        self._client = _Client(self._server, self._tls, self._wires.append)
        self.reached = True
        if self._given_up:
            raise TemporaryFailure("given up")
        self._log_in(self._client)
        return self._client

    def _log_in(self, client: IMAPClient) -> None:
        user, password = self._server.user, self._server.password
        plain_only = client.has_capability("LOGINDISABLED") and client.has_capability("AUTH=PLAIN")
        if plain_only or not (user + password).isascii():  # LOGIN takes ASCII only
            client.plain_login(user, password)
        else:
            client.login(user, password)

    def _examine(self, client: IMAPClient) -> Opened:
        try:
            answer = client.select_folder(self._folder, readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            raise PermanentFailure(self._no_folder(client, error), kind=FailureKind.NO_FOLDER) from error
        if b"UIDVALIDITY" not in answer:
            raise PermanentFailure(
                f"IMAP {self._server.host}: {self._folder} has no UIDVALIDITY, so that the bot could not know what it "
                "has read. Use another folder."
            )
        next_uid = answer.get(b"UIDNEXT") or max(client.search("ALL"), default=0) + 1
        return Opened(
            self._uid(answer[b"UIDVALIDITY"]),
            self._uid(next_uid),
            answer[b"EXISTS"],
            bool(client.has_capability("IDLE")),
        )

    def _no_folder(self, client: IMAPClient, error: Exception) -> str:
        what = f"IMAP {self._server.host}: the folder {self._folder} cannot be opened: {quote(error)}"
        try:
            names = [name for _, _, name in client.list_folders()]
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            names = []
        return f"{what}. The mailbox has: {', '.join(sorted(names)[:30])}" if names else what

    def _arrived_since(self, uids: Sequence[int], moment: datetime) -> Iterable[int]:
        fetched = self._live.fetch(uids, ["INTERNALDATE"])
        for uid in uids:
            arrived_at = fetched.get(uid, {}).get(b"INTERNALDATE")
            if uid in fetched and (arrived_at is None or arrived_at >= moment):
                yield uid


def chunked(uids: Sequence[int], size: int) -> list[Sequence[int]]:
    return [uids[start : start + size] for start in range(0, len(uids), size)]
