"""An IMAP and an SMTP server on loopback, inside this process: for `make demo` and for the tests.

Real protocols over real sockets (pymap, aiosmtpd), mailboxes in memory. Both are async context managers.
"""

import asyncio
import contextlib
import ssl
import warnings
from argparse import Namespace
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.result import ProxyResultLocal
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, DictBackend, Identity, Login
from pymap.backend.dict.mailbox import MailboxData
from pymap.concurrent import Subsystem
from pymap.config import BackendCapability
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.fetchattr import FetchRequirement
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

from triage_bot.core.servers import MailServer

LOOPBACK = "127.0.0.1"


class _Config(Config):  # type: ignore[misc, unused-ignore]
    offers_idle = True

    @property
    def backend_capability(self) -> BackendCapability:
        return BackendCapability(idle=self.offers_idle, object_id=True, multi_append=True)


class ImapServer:
    """pymap with some mailboxes. `stop` and `start` keep the mailboxes and the port, as a restart of a server does."""

    def __init__(
        self, users: Mapping[str, str], *, idle: bool = True, port: int = 0, tls: ssl.SSLContext | None = None
    ) -> None:
        """With `tls` it offers STARTTLS and lets nobody in without."""
        arguments = Namespace(passlib_cfg=None, proxy_protocol=None)
        self._config = _Config(
            arguments,
            demo_data=False,
            demo_user="",
            demo_password="",
            host=LOOPBACK,
            port=port,
            tls_enabled=tls is not None,
            ssl_context=tls,
            reject_dnsbl=False,
            hash_context=Cleartext(),
            cpu_subsystem=Subsystem.for_asyncio(),
        )
        self._config.offers_idle = idle
        self._users = dict(users)
        self._backend: DictBackend | None = None
        self._server: asyncio.Server | None = None
        self._connections: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}
        self.host = LOOPBACK
        self.port = port

    async def start(self) -> None:
        if self._backend is None:
            self._backend = await self._open_backend()
        answer = IMAPServer(self._backend.login, self._config)

        async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._connections[task] = writer
            try:
                # pymap lets a connection that breaks in the middle of an answer out as an error.
                with contextlib.suppress(ConnectionError, asyncio.CancelledError):
                    await answer(reader, writer, SocketInfo.get(writer, ProxyResultLocal()))
            finally:
                del self._connections[task]
                writer.close()

        self._server = await asyncio.start_server(converse, host=self.host, port=self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = list(self._connections)
        for task, writer in list(self._connections.items()):
            writer.transport.abort()
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await server.wait_closed()

    def account(self, user: str, timeout: float = 30.0) -> MailServer:
        return MailServer(self.host, self.port, "none", user, self._users[user], timeout)

    async def deliver(self, user: str, raw: bytes, at: datetime, folder: str = "INBOX") -> int:
        """Put a mail into a mailbox as its server would; returns its UID."""
        mailbox = await self._mailbox(user, folder)
        message = await mailbox.append(AppendMessage(raw, at), recent=True)
        uid: int = message.uid
        return uid

    async def flags(self, user: str, folder: str = "INBOX") -> list[frozenset[str]]:
        """The marks of every mail, for instance {"\\Seen"}."""
        mailbox = await self._mailbox(user, folder)
        return [frozenset(str(flag) for flag in message.permanent_flags) async for message in mailbox.messages()]

    async def contents(self, user: str, folder: str = "INBOX") -> list[bytes]:
        """Every mail as it lies there."""
        mailbox = await self._mailbox(user, folder)
        found = []
        async for message in mailbox.messages():
            loaded = await message.load_content(FetchRequirement.CONTENT)
            found.append(bytes(loaded.get_body()))
        return found

    async def renumber(self, user: str, folder: str = "INBOX") -> None:
        """Give the mailbox another UIDVALIDITY and its mails other UIDs. Who has it open does not notice."""
        mailbox = await self._mailbox(user, folder)
        messages = list(mailbox._messages.values())
        mailbox._uid_validity += 1
        mailbox._max_uid = 0
        mailbox._messages.clear()
        for message in messages:
            mailbox._max_uid += 1
            mailbox._messages[mailbox._max_uid] = type(message).copy(message, uid=mailbox._max_uid)

    async def _open_backend(self) -> DictBackend:
        self._config.apply_context()
        backend = DictBackend(Login(self._config), self._config)
        for user, password in self._users.items():
            identity = Identity(user, backend.login, None, frozenset())
            await identity.set(UserMetadata(self._config, user, password=password))
        return backend

    async def _mailbox(self, user: str, folder: str) -> MailboxData:
        assert self._backend is not None
        identity = Identity(user, self._backend.login, None, frozenset())
        async with identity.new_session() as session:
            mailboxes = session.mailbox_set
            with contextlib.suppress(ValueError):
                if folder.upper() != "INBOX":
                    await mailboxes.add_mailbox(folder)
            return await mailboxes.get_mailbox(folder)


@asynccontextmanager
async def imap_server(
    users: Mapping[str, str], *, idle: bool = True, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ImapServer]:
    server = ImapServer(users, idle=idle, port=port, tls=tls)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@dataclass(frozen=True, slots=True)
class Received:
    """A mail that the sink accepted."""

    mail_from: str  # "" for the null return path
    recipients: tuple[str, ...]
    data: bytes


Answer = Callable[[str], str | None]
"""Given an address (for DATA: the return path), an SMTP answer such as "450 4.2.0 later", or None to accept."""


def accept(_: str) -> None:
    return None


@dataclass
class SmtpSink:
    """Takes every mail, unless one of its answers says otherwise."""

    user: str = ""
    password: str = ""
    on_mail: Answer = accept
    on_rcpt: Answer = accept
    on_data: Answer = accept
    lose_before_answer: bool = False  # take the mail, then cut the connection instead of answering
    smtputf8: bool = True
    on_taken: Callable[[], Awaitable[None]] | None = None  # awaited before the answer to DATA
    received: list[Received] = field(default_factory=list)
    connections: int = 0
    host: str = LOOPBACK
    port: int = 0
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)
    _open: set[SMTP] = field(default_factory=set)

    def account(self, timeout: float = 30.0) -> MailServer:
        return MailServer(self.host, self.port, "none", self.user, self.password, timeout)

    async def wait_for(self, number: int) -> list[Received]:
        """Until so many mails have been received."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.received) >= number)
        return self.received

    def cut(self) -> None:
        """Close every connection, as a server does that is restarted."""
        for protocol in list(self._open):
            _abort(protocol)

    # The hooks of aiosmtpd.

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if answer := self.on_mail(_path(address)):
            return answer
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if answer := self.on_rcpt(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        mail_from = _path(envelope.mail_from)
        if answer := self.on_data(mail_from):
            return answer
        assert isinstance(envelope.original_content, bytes)
        self.received.append(Received(mail_from, tuple(envelope.rcpt_tos), envelope.original_content))
        async with self._arrived:
            self._arrived.notify_all()
        if self.on_taken is not None:
            await self.on_taken()
        if self.lose_before_answer:
            _abort(server)
        return f"250 2.0.0 queued as {len(self.received)}"

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        right = isinstance(data, LoginPassword) and data == LoginPassword(self.user.encode(), self.password.encode())
        return AuthResult(success=right, handled=False)


def _path(address: str | None) -> str:
    return "" if address in (None, "<>") else str(address)


def _abort(conversation: SMTP) -> None:
    if isinstance(conversation.transport, asyncio.Transport):
        conversation.transport.abort()


class _Conversation(SMTP):  # type: ignore[misc, unused-ignore]
    """Remembered by its sink while it lasts."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.event_handler._open.add(self)
        self.event_handler.connections += 1

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.event_handler._open.discard(self)


@asynccontextmanager
async def smtp_sink(
    *,
    user: str = "",
    password: str = "",
    port: int = 0,
    smtputf8: bool = True,
    tls: ssl.SSLContext | None = None,
    most_bytes: int = 33_554_432,
) -> AsyncIterator[SmtpSink]:
    """`most_bytes` is the size of a mail that it takes, and says so (RFC 1870)."""
    sink = SmtpSink(user=user, password=password, smtputf8=smtputf8)
    loop = asyncio.get_running_loop()

    def converse() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # AUTH without TLS: this is loopback
            return _conversation()

    def _conversation() -> SMTP:
        return _Conversation(
            sink,
            loop=loop,
            hostname="sink.example",
            enable_SMTPUTF8=smtputf8,
            data_size_limit=most_bytes,
            tls_context=tls,
            auth_required=bool(user),
            auth_require_tls=False,
            authenticator=sink.authenticate if user else None,
        )

    server = await loop.create_server(converse, host=LOOPBACK, port=port)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        sink.cut()
        await server.wait_closed()
