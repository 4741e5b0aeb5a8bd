"""The socket under imaplib, with a buffer and a deadline of our own.

imaplib reads through a file object: bytes that wait in it are invisible to the event loop, and a timeout holds for
each read, so that a server which sends one byte a second is never found out. Here every command has a deadline that
only a useful rate of bytes extends, waiting bytes can be asked for, and another thread can end it all by `abort`.
"""

import contextlib
import imaplib
import socket
import ssl
import time
from collections.abc import Callable

from triage_bot.core.servers import MailServer

SLOWEST = 1000
"""Bytes a second. A server that sends less than this after the timeout has passed is as good as dead."""
LONGEST_LINE = 16 * 2**20  # a SEARCH answer of two million UIDs
LARGEST_LITERAL = 64 * 2**20
CHUNK = 2**16


class IdleRefused(imaplib.IMAP4.error):
    """The server offers IDLE and does not do it."""


class Wire(imaplib.IMAP4):
    _aborted = False
    _too_late = False

    def __init__(self, server: MailServer, tls: ssl.SSLContext, announce: "Callable[[Wire], None]") -> None:
        """Connects. `announce` is told before, so that another thread can abort the attempt."""
        announce(self)
        self._server = server
        self._tls = tls
        self._buffer = bytearray()
        self._idle_tag = b""
        self._start_clock()
        super().__init__(server.host, server.port)
        if server.security == "starttls":
            self._start_tls()

    # What imaplib asks of its transport: open, read, readline, send, shutdown.

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        self.sock = self._dial()
        if self._server.security == "tls":
            self._wrap()

    def read(self, size: int) -> bytes:
        if size > LARGEST_LITERAL:
            raise self.abort(f"the server announced a literal of {size} bytes")
        while len(self._buffer) < size:
            self._fill()
        return self._take(size)

    def readline(self) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > LONGEST_LINE:
                raise self.abort("the server sent a line without an end")
            self._fill()
        return self._take(end + 1)

    def send(self, data: bytes) -> None:  # type: ignore[override]
        self.sock.settimeout(self._server.timeout)
        self.sock.sendall(data)

    def shutdown(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.close()

    # For the connection above.

    def abort_now(self, *, too_late: bool = False) -> None:
        """Callable from any thread: whatever reads or connects here fails at once, as if the server had taken too long
        if `too_late`. `shutdown` must still follow."""
        self._too_late |= too_late
        self._aborted = True
        with contextlib.suppress(OSError, AttributeError):
            # Past SSLSocket.shutdown, which would pull the TLS object from under the reading thread.
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)

    def begin_idle(self) -> None:
        """RFC 2177. Untagged answers may stand before the continuation; `has_news` knows them."""
        tag: bytes = self._command("IDLE")
        while self._get_response() is not None:
            if self.tagged_commands.get(tag) is not None:
                typ, data = self._get_tagged_response(tag)
                raise IdleRefused(f"{typ} {data[-1]!r}")
        self._idle_tag = tag

    def end_idle(self) -> None:
        self._start_clock()
        self.send(b"DONE\r\n")
        self._command_complete("IDLE", self._idle_tag)

    @property
    def has_news(self) -> bool:
        """Whether something arrived that will never make the socket readable."""
        if self._buffer or "EXISTS" in self.untagged_responses:
            return True
        return isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0

    def _get_line(self) -> bytes:
        # imaplib's own keeps a copy of the last lines, for a trace that nobody reads.
        line = self.readline()
        if not line.endswith(b"\r\n"):
            raise self.abort("the server sent a line that does not end as lines do")
        return line[:-2]

    def _command(self, name: str, *args: object) -> bytes:
        self._start_clock()
        return super()._command(name, *args)  # type: ignore[no-any-return, misc]

    # Sockets.

    def _dial(self) -> socket.socket:
        problem: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM):
            sock = socket.socket(family, kind, protocol)
            self.sock = sock  # abort_now() must reach it while it connects
            try:
                self._check_aborted()
                sock.settimeout(self._time_left())
                sock.connect(address)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _keep_alive(sock)
            except OSError as error:
                sock.close()
                problem = error
            except BaseException:
                sock.close()
                raise
            else:
                return sock
        raise problem

    def _wrap(self) -> None:
        plain = self.sock
        try:
            self.sock = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
            self._check_aborted()
            self.sock.settimeout(self._time_left())
            self.sock.do_handshake()
        except BaseException:
            plain.close()
            self.sock.close()
            raise

    def _start_tls(self) -> None:
        try:
            typ, data = self._simple_command("STARTTLS")
            if typ != "OK":
                raise self.abort(f"STARTTLS was refused: {data[-1]!r}")
            if self._buffer:
                # Plain text behind the answer may have been put there by somebody in between (RFC 3501 section 11.1).
                raise self.abort("the server sent plain text behind its answer to STARTTLS")
            self._wrap()
            self._get_capabilities()
        except BaseException:
            self.shutdown()
            raise

    def _check_aborted(self) -> None:
        if self._too_late:
            raise TimeoutError("timed out")
        if self._aborted:
            raise self.abort("given up")

    def _start_clock(self) -> None:
        self._deadline = time.monotonic() + self._server.timeout

    def _time_left(self) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left

    def _fill(self) -> None:
        self.sock.settimeout(min(self._time_left(), self._server.timeout))
        try:
            data = self.sock.recv(CHUNK)
        except OSError:
            self._check_aborted()
            raise
        if not data:
            self._check_aborted()
            raise self.abort("the server closed the connection")
        self._deadline += len(data) / SLOWEST
        self._buffer += data

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def _keep_alive(sock: socket.socket) -> None:
    """The kernel finds a dead link while we wait in IDLE, at no cost of ours."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 120), ("TCP_KEEPINTVL", 30), ("TCP_KEEPCNT", 4)):
        if hasattr(socket, option):  # not everywhere
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
