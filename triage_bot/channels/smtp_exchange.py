"""The part of an SMTP conversation that every mail takes, on a connection that aiosmtplib has opened: MAIL and RCPT,
then DATA.

MAIL and RCPT go out together where the server announces PIPELINING (RFC 2920): a server far away is asked once less for
each mail. DATA never goes with them: before it, the handover is noted. Meanwhile the connection's answers come here; a
server that answers more than it was asked is out of step, and nothing that it says can be trusted any more.
"""

import asyncio
import re
from collections.abc import Sequence

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPReadTimeoutError,
    SMTPRecipientRefused,
    SMTPResponse,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
)

COMPLETED = 250
FORWARDED = 251
START_INPUT = 354
BAD_SEQUENCE = 503  # RFC 5321 section 4.2.2
"""Says nothing of the mail: the server and we are not at the same place of the conversation."""
SERVICE_CLOSING = 421  # RFC 5321 section 3.8: said at any time
NOT_SMTP = -1
LONGEST_ANSWER = 32_768
"""Bytes of what the server says to one question."""
AT_ONCE = 4096
"""Bytes that are read."""

_LONE = re.compile(rb"\r\n|\n|\r")
_LINE_OF_PERIOD = re.compile(rb"\n\.")
_PERIOD = re.compile(rb"^\.", re.MULTILINE)


class Exchange(asyncio.BufferedProtocol):
    """Kept with the connection; others may talk over it before and after a mail, and between the two steps of one.

    It reads into a buffer of its own: for any other protocol asyncio sets aside a quarter of a megabyte at each read,
    which takes longer than all the rest of it."""

    def __init__(self, smtp: SMTP, timeout: float) -> None:
        """The connection is open, and the server is greeted. `timeout` is in seconds, for each answer."""
        transport = smtp.transport
        if not isinstance(transport, asyncio.Transport) or transport.is_closing():
            raise SMTPServerDisconnected("Connection lost")
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._usual = transport.get_protocol()
        self._timeout = timeout
        self._pipelining = smtp.supports_extension("pipelining")
        self._deadline = 0.0  # by the loop's time
        self._alarm: asyncio.TimerHandle | None = None
        self._wanted = 0
        self._heard = 0  # bytes
        self._room = memoryview(bytearray(AT_ONCE))  # a view: TLS fills slices of it
        self._rest = b""  # of a line that is not whole
        self._lines: list[str] = []
        self._answers: list[SMTPResponse] = []
        self._mail = b""  # goes out when the server wants it
        self._done: asyncio.Future[None] | None = None

    async def envelope(self, sender: str, recipient: str, *, options: Sequence[str], encoding: str) -> None:
        """Both addresses are checked: nothing in them can end a command."""
        mail = " ".join([f"MAIL FROM:<{sender}>", *options]).encode(encoding) + b"\r\n"
        rcpt = f"RCPT TO:<{recipient}>\r\n".encode(encoding)
        if self._pipelining:
            answers = await self._ask(mail + rcpt, 2)
        else:
            answers = await self._ask(mail, 1)
            if answers[0].code == COMPLETED:
                answers += await self._ask(rcpt, 1)
        if answers[0].code != COMPLETED:
            raise SMTPSenderRefused(answers[0].code, answers[0].message, sender)
        if len(answers) < 2:
            raise SMTPServerDisconnected("Connection lost")
        if answers[1].code not in (COMPLETED, FORWARDED):
            raise SMTPRecipientRefused(answers[1].code, answers[1].message, recipient)

    async def data(self, mail: bytes) -> SMTPResponse:
        """An SMTPDataError of at least 400 says that the mail was not taken."""
        self._mail = _as_data(mail)
        try:
            (answer,) = await self._ask(b"DATA\r\n", 1)
            has_left = not self._mail
        except SMTPResponseException as error:
            if not self._mail:
                raise
            raise SMTPDataError(error.code, error.message) from error
        finally:
            self._mail = b""
        if answer.code != COMPLETED or not has_left:
            raise SMTPDataError(answer.code, answer.message)
        return answer

    async def _ask(self, question: bytes, wanted: int) -> list[SMTPResponse]:
        """As many answers as are `wanted`; fewer, but not none, of a server that hangs up."""
        if self._transport.is_closing():
            raise SMTPServerDisconnected("Connection lost")
        self._done = self._loop.create_future()
        self._transport.set_protocol(self)
        try:
            self._begin(wanted)
            self._transport.write(question)
            await self._done
        finally:
            self._transport.set_protocol(self._usual)
        return self._answers

    def _begin(self, wanted: int) -> None:
        """A question that goes out now: what is heard from now on answers it, and in time."""
        self._wanted, self._heard, self._rest, self._lines, self._answers = wanted, 0, b"", [], []
        self._deadline = self._loop.time() + self._timeout
        if self._alarm is None:
            self._alarm = self._loop.call_at(self._deadline, self._look_at_the_time)

    def _look_at_the_time(self) -> None:
        """One alarm serves many questions: it is set anew only when it has gone off."""
        self._alarm = None
        if self._done is None or self._done.done():
            return
        if self._loop.time() >= self._deadline:
            self._fail(SMTPReadTimeoutError("Timed out waiting for server response"))
        else:
            self._alarm = self._loop.call_at(self._deadline, self._look_at_the_time)

    def get_buffer(self, _: int) -> memoryview:
        return self._room

    def buffer_updated(self, size: int) -> None:
        self._heard += size
        if self._heard > LONGEST_ANSWER:
            self._fail(SMTPResponseException(NOT_SMTP, "Response too long"))
        *lines, self._rest = (self._rest + self._room[:size]).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._answers) == self._wanted and not (self._rest or self._lines):
            self._end()

    def _take(self, line: bytes) -> None:
        text = line[4:].strip(b" \t\r").decode("utf-8", "surrogateescape")
        if not line[:3].isdigit():
            self._fail(SMTPResponseException(NOT_SMTP, f"Malformed SMTP response line: {line[:100]!r}"))
        elif len(self._answers) >= self._wanted and int(line[:3]) == SERVICE_CLOSING:
            self._transport.close()  # what was asked is answered, and nothing more will be
        elif len(self._answers) >= self._wanted:
            self._fail(SMTPResponseException(BAD_SEQUENCE, "the server answers more than it was asked"))
        else:
            self._lines.append(text)
            if line[3:4] != b"-":
                self._answers.append(SMTPResponse(int(line[:3]), "\n".join(self._lines)))
                self._lines = []

    def eof_received(self) -> None:
        self._hung_up(None)

    def connection_lost(self, error: Exception | None) -> None:
        self._hung_up(error)
        self._usual.connection_lost(error)

    def _hung_up(self, error: Exception | None) -> None:
        if self._answers and not self._is_wanted:
            self._end()
        else:
            lost = SMTPServerDisconnected("Connection lost")
            lost.__cause__ = error
            self._fail(lost)

    @property
    def _is_wanted(self) -> bool:
        """Whether the server waits for the mail."""
        return bool(self._mail) and self._answers[0].code == START_INPUT

    def _end(self) -> None:
        if self._done is None or self._done.done():
            return
        if self._is_wanted:
            mail, self._mail = self._mail, b""
            self._begin(1)
            self._transport.write(mail)
        else:
            self._done.set_result(None)

    def _fail(self, error: Exception) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(error)


def _as_data(mail: bytes) -> bytes:
    """With CRLF line ends only, each line that begins with a period made safe (RFC 5321 section 4.5.2), and the end."""
    if not mail.count(b"\r\n") == mail.count(b"\n") == mail.count(b"\r"):
        mail = _LONE.sub(b"\r\n", mail)
    if not mail.endswith(b"\r\n"):
        mail += b"\r\n"
    if _LINE_OF_PERIOD.search(mail) or mail.startswith(b"."):  # the pattern finds faster than `in`
        mail = _PERIOD.sub(b"..", mail)
    return mail + b".\r\n"
