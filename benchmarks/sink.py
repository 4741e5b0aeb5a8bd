"""The mail server that acknowledgements go to, in a process of its own: it takes every mail, counts and forgets.

    python -m benchmarks.sink     then {"reset": true}, {"times": true} or {} on standard input, a line each

Does as little as an SMTP server can, so that it measures the program and not itself.
"""

import asyncio
import json
import sys
import time
from typing import Any

from benchmarks.processes import answer

GREETING = b"220 sink.example ESMTP\r\n"
HELLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 50000000\r\n"


class Counts:
    def __init__(self) -> None:
        self.received = 0
        self.bytes = 0
        self.recipients: dict[bytes, float] = {}  # and when the first mail to them came
        self.first_at = self.last_at = 0.0

    def add(self, recipient: bytes, size: int) -> None:
        self.last_at = time.monotonic()
        self.first_at = self.first_at or self.last_at
        self.received += 1
        self.bytes += size
        self.recipients.setdefault(recipient, self.last_at)

    def times(self) -> dict[str, float]:
        """When the first mail to each address came, by the clock that all processes share."""
        return {line.decode().partition("<")[2].partition(">")[0]: at for line, at in self.recipients.items()}

    def said(self) -> dict[str, Any]:
        return {
            "received": self.received,
            "recipients": len(self.recipients),
            "bytes": self.bytes,
            "first_at": self.first_at,
            "last_at": self.last_at,
        }


class Conversation(asyncio.Protocol):
    counts = Counts()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""
        self._in_data = False
        self._recipient = b""
        transport.write(GREETING)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        """Take one command or one whole mail from the buffer; False if there is none."""
        end = b"\r\n.\r\n" if self._in_data else b"\r\n"
        taken, found, rest = self._buffer.partition(end)
        if not found:
            return False
        self._buffer = rest
        if self._in_data:
            self._in_data = False
            self.counts.add(self._recipient, len(taken))
            self._transport.write(b"250 2.0.0 queued\r\n")
        else:
            self._command(taken)
        return True

    def _command(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"DATA":
            self._in_data = True
            self._transport.write(b"354 go on\r\n")
        elif verb == b"RCPT":
            self._recipient = line
            self._transport.write(b"250 2.1.5 OK\r\n")
        elif verb == b"EHLO":
            self._transport.write(HELLO)
        elif verb == b"QUIT":
            self._transport.write(b"221 2.0.0 bye\r\n")
            self._transport.close()
        else:
            self._transport.write(b"250 2.0.0 OK\r\n")


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Conversation, "127.0.0.1", 0)
    answer({"port": server.sockets[0].getsockname()[1]})
    while line := await asyncio.to_thread(sys.stdin.readline):
        question = json.loads(line)
        if question.get("reset"):
            Conversation.counts = Counts()
        answer(Conversation.counts.times() if question.get("times") else Conversation.counts.said())


if __name__ == "__main__":
    asyncio.run(serve())
