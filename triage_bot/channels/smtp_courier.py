"""Hands mails over to one SMTP server, on one connection that is kept while there is something to send.

Until DATA nothing has left and every failure may be tried again. An answer to DATA is an answer; none is InDoubt.
"""

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Awaitable, Callable

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPDataError,
    SMTPException,
    SMTPHeloError,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from triage_bot.channels.mail_compose import check_address, compose
from triage_bot.channels.smtp_exchange import BAD_SEQUENCE, COMPLETED, SERVICE_CLOSING, Exchange
from triage_bot.channels.unreachable import TOO_MANY, in_plain_words
from triage_bot.core.messages import OutgoingMessage
from triage_bot.core.servers import MailServer
from triage_bot.errors import ChannelFailure, FailureKind, InDoubt, PermanentFailure, TemporaryFailure

log = logging.getLogger(__name__)

IDLE_SECONDS = 30.0
"""A connection that nobody needs is closed after this; servers do it after minutes, in the middle of something."""
CLOSING_SECONDS = 2.0
LONGEST_QUOTE = 300
WORTH_ANNOUNCING = 1_000_000
"""Bytes of a mail from which on the server is told its size beforehand, so that it can refuse before it has come."""
TOO_LARGE = 552  # RFC 1870 section 6.1
LOGIN_WANTED = 530  # or STARTTLS, for whatever mail: RFC 4954 section 6, RFC 3207 section 4


class SmtpCourier:
    def __init__(
        self,
        name: str,
        server: MailServer,
        *,
        hello: str = "localhost",
        ssl_context: ssl.SSLContext | None = None,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        """`hello` is the name we give in EHLO."""
        self.name = name
        self._server = server
        self._hello = hello
        self._tls = ssl_context
        self._idle_seconds = idle_seconds
        self._lock = asyncio.Lock()
        self._smtp: SMTP | None = None
        self._talking: tuple[SMTP, Exchange] | None = None
        self._idle_timer: asyncio.TimerHandle | None = None
        self._idle_since = 0.0  # by the loop's time
        self._quitting: set[asyncio.Task[None]] = set()
        self._null_path_refused = False  # remembered while we live

    @property
    def is_connected(self) -> bool:
        return self._smtp is not None and self._smtp.is_connected

    async def open(self) -> None:
        """Connect, if that is not so. Raises ChannelFailure."""
        async with self._lock:
            try:
                if not self.is_connected:
                    self._drop()
                    self._smtp = await self._connect()
            finally:
                self._used()

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        recipient = check_address(message.to)
        mailbox = check_address(message.from_addr)
        data = await asyncio.to_thread(compose, message) if message.files else compose(message)
        async with self._lock:
            try:
                smtp = await self._address(recipient, mailbox, automatic=message.automatic, size=len(data))
                await self._committing(before_commitment)
                answer = await self._data(smtp, data)
            finally:
                self._used()
        return answer

    async def close(self) -> None:
        async with self._lock:
            if self._idle_timer is not None:
                self._idle_timer.cancel()
                self._idle_timer = None
            smtp, self._smtp = self._smtp, None
            if smtp is not None:
                await _quit(smtp)
        if self._quitting:
            await asyncio.wait(self._quitting)

    # The conversation up to DATA.

    async def _address(self, recipient: str, mailbox: str, *, automatic: bool, size: int) -> SMTP:
        """Connect if needed and give return path and recipient: after this only DATA is missing."""
        # RFC 3834 section 3.3: automatic mail has the null return path, so that nothing can answer it.
        sender = "" if automatic and not self._null_path_refused else mailbox
        try:
            try:
                return await self._envelope(sender, recipient, size)
            except (SMTPSenderRefused, SMTPRecipientRefused) as refused:
                if sender or refused.code < 500 or refused.code == BAD_SEQUENCE:
                    raise
                smtp = await self._envelope(mailbox, recipient, size)
                # It was the null path then, and not the recipient.
                log.info("%s: the server refuses the null return path (%s)", self.name, _said(refused))
                self._null_path_refused = True
                return smtp
        except (SMTPException, OSError, UnicodeError) as error:
            if not isinstance(error, SMTPSenderRefused | SMTPRecipientRefused) or error.code == BAD_SEQUENCE:
                self._drop()  # its answer may still come, and would be taken for that to the next mail
            raise translate(error, self._server) from error
        except BaseException:
            self._drop()
            raise

    async def _envelope(self, sender: str, recipient: str, size: int) -> SMTP:
        """MAIL and RCPT; once more on a new connection if the kept one turns out to be dead."""
        if self._smtp is not None and self._smtp.is_connected:
            try:
                return await self._mail_and_rcpt(self._smtp, sender, recipient, size)
            except (SMTPServerDisconnected, SMTPTimeoutError):
                pass
            except SMTPResponseException as error:
                if error.code != SERVICE_CLOSING:
                    raise
        self._drop()
        self._smtp = await self._connect()
        return await self._mail_and_rcpt(self._smtp, sender, recipient, size)

    async def _mail_and_rcpt(self, smtp: SMTP, sender: str, recipient: str, size: int) -> SMTP:
        options: list[str] = []
        encoding = "ascii"
        if smtp.supports_extension("size"):
            _check_size(self._server, smtp.esmtp_extensions.get("size", ""), size)
            if size >= WORTH_ANNOUNCING:
                options = [f"SIZE={size}"]  # RFC 1870 section 5
        if not (sender + recipient).isascii():
            if not smtp.supports_extension("smtputf8"):
                raise PermanentFailure(
                    f"{self._server.host} cannot deliver to {recipient}: it does not know SMTPUTF8 (RFC 6531)"
                )
            options, encoding = [*options, "SMTPUTF8"], "utf-8"
        try:
            await self._exchange(smtp).envelope(sender, recipient, options=options, encoding=encoding)
        except (SMTPSenderRefused, SMTPRecipientRefused):
            await self._reset()
            raise
        return smtp

    def _exchange(self, smtp: SMTP) -> Exchange:
        """The one that belongs to the connection."""
        if self._talking is None or self._talking[0] is not smtp:
            self._talking = smtp, Exchange(smtp, self._server.timeout)
        return self._talking[1]

    async def _connect(self) -> SMTP:
        server = self._server
        smtp = SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user or None,
            password=server.password or None,
            local_hostname=self._hello,
            timeout=server.timeout,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",  # never left to what the server happens to offer
            tls_context=self._tls,
        )
        try:
            await smtp.connect()
            if smtp.is_ehlo_or_helo_needed:
                await _greet(smtp)
        except (SMTPException, OSError, UnicodeError) as error:
            smtp.close()
            raise cannot_connect(error, server) from error
        except BaseException:
            smtp.close()
            raise
        return smtp

    # From DATA on.

    async def _committing(self, before_commitment: Callable[[], Awaitable[None]]) -> None:
        try:
            await before_commitment()
        except BaseException:
            self._drop()  # the recipient is given: nothing else may go out in this envelope
            raise

    async def _data(self, smtp: SMTP, data: bytes) -> str:
        place = f"SMTP {self._server.host}:{self._server.port}"
        if not smtp.is_connected:
            self._drop()
            raise TemporaryFailure(f"{place}: the connection was lost before the mail was sent")
        try:
            response = await self._exchange(smtp).data(data)
        except SMTPDataError as refused:
            if refused.code < 400:
                # An answer to something else, of a server that answers twice: here 354 is the answer to DATA, and
                # anything but "completed" may stand behind the mail.
                self._drop()
                if refused.code != COMPLETED:
                    raise InDoubt(f"{place}: {_said(refused)} is no answer to a mail") from refused
            if refused.code == BAD_SEQUENCE:
                self._drop()
            await self._reset()
            raise translate(refused, self._server) from refused
        except (SMTPException, OSError) as error:
            self._drop()
            raise InDoubt(f"{place}: the connection ended after the mail was sent, before the answer") from error
        except BaseException:
            self._drop()
            raise
        return f"{response.code} {' '.join(response.message.split())}"[:LONGEST_QUOTE]

    # The connection.

    async def _reset(self) -> None:
        if self._smtp is None or not self._smtp.is_connected:
            self._drop()
            return
        try:
            await self._smtp.rset()
        except (SMTPException, OSError):
            self._drop()
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        smtp, self._smtp, self._talking = self._smtp, None, None
        if smtp is not None:
            smtp.close()

    def _used(self) -> None:
        """One timer serves many mails: it is set anew only when it has gone off."""
        loop = asyncio.get_running_loop()
        self._idle_since = loop.time()
        if self._idle_timer is None and self._smtp is not None:
            self._idle_timer = loop.call_later(self._idle_seconds, self._leave)

    def _leave(self) -> None:
        loop = asyncio.get_running_loop()
        if self._lock.locked():
            self._idle_since = loop.time()
        if loop.time() < self._idle_since + self._idle_seconds:
            self._idle_timer = loop.call_at(self._idle_since + self._idle_seconds, self._leave)
            return
        self._idle_timer = None
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            task = asyncio.create_task(_quit(smtp))
            self._quitting.add(task)
            task.add_done_callback(self._quitting.discard)


async def probe_smtp(server: MailServer, *, hello: str = "localhost", ssl_context: ssl.SSLContext | None = None) -> str:
    """Connect and log in, for `check`. Raises ChannelFailure with what to do."""
    courier = SmtpCourier("check", server, hello=hello, ssl_context=ssl_context)
    await _quit(await courier._connect())
    return f"logged in as {server.user}" if server.user else "connected, without a login"


async def _greet(smtp: SMTP) -> None:
    """Now, so that we know what the server can do before we ask for it."""
    try:
        await smtp.ehlo()
    except SMTPHeloError:
        await smtp.helo()


async def _quit(smtp: SMTP) -> None:
    try:
        with contextlib.suppress(SMTPException, OSError):
            await smtp.quit(timeout=CLOSING_SECONDS)
    finally:
        smtp.close()


def cannot_connect(error: Exception, server: MailServer) -> ChannelFailure:
    """What every other mail would meet as well, so its kind is never OTHER."""
    failure = translate(error, server)
    if failure.kind is FailureKind.OTHER:
        silent = FailureKind.NO_ANSWER if isinstance(error, TimeoutError) else FailureKind.UNREACHABLE
        failure.kind = FailureKind.TOO_MANY if re.search(TOO_MANY, str(failure), re.IGNORECASE) else silent
    return failure


def translate(error: Exception, server: MailServer) -> ChannelFailure:
    place = f"SMTP {server.host}:{server.port}"
    if isinstance(error, SMTPAuthenticationError) and error.code >= 500:
        said = _said(error).replace(server.password or "\0", "***").rstrip(".")  # some servers repeat what they refuse
        return PermanentFailure(
            f"{place}: login as {server.user} was refused: {said}. Check the user and the password; with "
            "two-step verification the provider wants an app password.",
            kind=FailureKind.LOGIN_REFUSED,
        )
    if isinstance(error, SMTPResponseException):
        if error.code == TOO_LARGE:
            return PermanentFailure(_too_large(server, 0, f" ({_said(error)})"))
        what = f"{place}: {_said(error)}"
        if error.code == LOGIN_WANTED and not isinstance(error, SMTPRecipientRefused | SMTPDataError):
            return PermanentFailure(f"{what} Check `user` and `security`.", kind=FailureKind.LOGIN_REFUSED)
        is_final = 500 <= error.code < 600 and error.code != BAD_SEQUENCE
        return PermanentFailure(what) if is_final else TemporaryFailure(what)
    cause = error.__cause__ if isinstance(error.__cause__, ssl.SSLError) else error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return PermanentFailure(
            f"{place}: the certificate is not valid for this server: {cause.verify_message}. Check the host name.",
            kind=FailureKind.CERTIFICATE,
        )
    if isinstance(cause, ssl.SSLError):
        return TemporaryFailure(
            f"{place}: no TLS ({cause.reason}). If that stays, check the port and `security` (465 is usually tls, "
            "587 starttls)."
        )
    if isinstance(error, SMTPException) and "not supported" in str(error):
        what = f"{place}: {_said(error)} Check `security`, or leave the user empty."
        return PermanentFailure(what, kind=FailureKind.LOGIN_REFUSED)
    return TemporaryFailure(f"{place}: {in_plain_words(error) or _said(error)}")


def _check_size(server: MailServer, most: str, size: int) -> None:
    """Raises PermanentFailure for a mail beyond what the server said it takes (RFC 1870 section 4); 0 or nothing is no
    limit."""
    if most.isdecimal() and 0 < int(most) < size:
        raise PermanentFailure(_too_large(server, size, f", and it takes {int(most) / 1e6:.0f} MB at most"))


def _too_large(server: MailServer, size: int, limit: str) -> str:
    mail = f"the mail has {size / 1e6:.0f} MB" if size else "the mail is too large for the server"
    return f"SMTP {server.host}:{server.port}: {mail}{limit}. Send the files as a link, or fewer of them."


def _said(error: Exception) -> str:
    if isinstance(error, SMTPResponseException):
        return f"{error.code} {' '.join(str(error.message).split())}"[:LONGEST_QUOTE]
    return " ".join(str(error).split())[:LONGEST_QUOTE] or type(error).__name__
