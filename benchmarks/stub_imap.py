"""An IMAP server for hundreds of mailboxes in one small process, in a process of its own: IDLE, SEARCH and FETCH of
small mails, and not one thing more. It says when it announced each mail and when it was asked for it.

    python -m benchmarks.stub_imap     then one JSON line a question on standard input

fill     {"users": [...], "count": 100, "first": 1000}    mails that lie there already
deliver  {"user": "u1", "number": 7}                      a new mail, announced at once to all who idle
cut      "u1"                                             ends the connections that idle on the mailbox
(none)   {}                                              what happened so far
"""

import asyncio
import json
import re
import sys
import time
from datetime import datetime
from typing import Any

from benchmarks import mails
from benchmarks.processes import answer

CAPABILITIES = b"IMAP4rev1 IDLE SPECIAL-USE"
UIDS = re.compile(rb"UID FETCH ([0-9,:]+) ")


class Mail:
    """A mail with one part, cut into what FETCH asks for once and for all."""

    def __init__(self, uid: int, number: int, at: datetime) -> None:
        raw = mails.plain(number, at).replace(b"\n", b"\r\n")
        head, _, body = raw.partition(b"\r\n\r\n")
        head += b"\r\n\r\n"
        date = at.strftime("%d-%b-%Y %H:%M:%S +0000").encode()
        structure = b'("text" "plain" ("charset" "UTF-8") NIL NIL "8bit" %d %d NIL NIL NIL NIL)' % (
            len(body),
            body.count(b"\n"),
        )
        self.uid = uid
        self.answer = b'UID %d INTERNALDATE "%s" BODYSTRUCTURE %s BODY[HEADER]<0> {%d}\r\n%s BODY[1]<0> {%d}\r\n%s' % (
            uid,
            date,
            structure,
            len(head),
            head,
            len(body),
            body,
        )


class Box:
    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.idling: set[Conversation] = set()

    def add(self, number: int, at: datetime) -> Mail:
        mail = Mail(len(self.mails) + 1, number, at)
        self.mails.append(mail)
        return mail


class Server:
    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.open: set[Conversation] = set()
        self.most_open = 0
        self.came_at: list[float] = []
        self.announced_at: dict[tuple[str, int], float] = {}
        self.noticed: list[tuple[str, float]] = []  # the user, and the seconds until somebody asked

    def asked(self, question: dict[str, Any]) -> dict[str, Any]:
        at = mails.now()
        if "fill" in question:
            for place, user in enumerate(question["fill"]["users"]):
                first = question["fill"]["first"] + place * question["fill"]["count"]
                for number in range(first, first + question["fill"]["count"]):
                    self._box(user).add(number, at)
        if "deliver" in question:
            user, number = question["deliver"]["user"], question["deliver"]["number"]
            mail = self._box(user).add(number, at)
            self.announced_at[user, mail.uid] = now = time.monotonic()
            for conversation in self._box(user).idling:
                conversation.announce()
            return {"announced_at": now}
        if "cut" in question:
            for conversation in list(self._box(question["cut"]).idling):
                conversation.cut()
        return {
            "open": len(self.open),
            "most_open": self.most_open,
            "idling": sum(len(box.idling) for box in self.boxes.values()),
            "came_at": self.came_at,
            "noticed": self.noticed,
        }

    def _box(self, user: str) -> Box:
        return self.boxes.setdefault(user, Box())

    def opened(self, conversation: "Conversation") -> None:
        self.open.add(conversation)
        self.most_open = max(self.most_open, len(self.open))
        self.came_at.append(time.monotonic())

    def box(self, user: str, folder: str) -> Box:
        return self._box(user if folder.upper() == "INBOX" else f"{user}/{folder}")

    def fetched(self, user: str, uid: int) -> None:
        announced_at = self.announced_at.pop((user, uid), None)
        if announced_at is not None:
            self.noticed.append((user, time.monotonic() - announced_at))


class Conversation(asyncio.Protocol):
    server = Server()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""
        self._idle_tag = b""
        self._user = ""
        self._box = Box()
        self._told = 0  # mails that the other side knows of
        self.server.opened(self)
        transport.write(b"* OK [CAPABILITY " + CAPABILITIES + b"] ready\r\n")

    def connection_lost(self, _: Exception | None) -> None:
        self.server.open.discard(self)
        self._box.idling.discard(self)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            self._line(line)

    def cut(self) -> None:
        self._transport.abort()

    def announce(self) -> None:
        self._transport.write(self._news())

    def _news(self) -> bytes:
        known, self._told = self._told, len(self._box.mails)
        return b"* %d EXISTS\r\n" % self._told if self._told != known else b""

    def _line(self, line: bytes) -> None:
        if line.upper() == b"DONE":
            self._box.idling.discard(self)
            self._transport.write(self._idle_tag + b" OK done\r\n")
            return
        tag, _, command = line.partition(b" ")
        verb = command.split(b" ")[0].upper()
        if verb == b"IDLE":
            self._idle_tag = tag
            self._box.idling.add(self)
            self._transport.write(b"+ idling\r\n" + self._news())
            return
        self._transport.write(self._said(verb, command) + tag + b" OK done\r\n")

    def _said(self, verb: bytes, command: bytes) -> bytes:
        if verb == b"CAPABILITY":
            return b"* CAPABILITY " + CAPABILITIES + b"\r\n"
        if verb == b"LOGIN":
            self._user = command.split(b" ")[1].strip(b'"').decode()
        elif verb == b"LIST":
            return b'* LIST (\\HasNoChildren) "/" INBOX\r\n* LIST (\\HasNoChildren \\Sent) "/" Sent\r\n'
        elif verb in (b"SELECT", b"EXAMINE"):
            folder = command.split(b" ")[1].strip(b'"').decode()
            self._box = self.server.box(self._user, folder)
            self._told = number = len(self._box.mails)
            return b"* %d EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT %d] ok\r\n" % (number, number + 1)
        elif verb == b"UID":
            return (
                self._news() + self._search(command)
                if command.upper().startswith(b"UID SEARCH")
                else self._fetch(command)
            )
        return b""

    def _search(self, command: bytes) -> bytes:
        if b"ANSWERED" in command.upper():
            return b"* SEARCH\r\n"
        found = re.search(rb"UID (\d+):\*", command[4:])
        first = int(found[1]) if found else 1
        uids = [mail.uid for mail in self._box.mails if mail.uid >= first] or [
            mail.uid for mail in self._box.mails[-1:]
        ]
        return b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\n"

    def _fetch(self, command: bytes) -> bytes:
        found = UIDS.match(command.upper())
        assert found, command
        lines = []
        for part in found[1].split(b","):
            first, _, last = part.partition(b":")
            for uid in range(int(first), int(last or first) + 1):
                self.server.fetched(self._user, uid)
                said = self._box.mails[uid - 1].answer
                lines.append(b"* %d FETCH (%s)\r\n" % (uid, said if b"<0." in command else said.replace(b"<0>", b"")))
        return b"".join(lines)


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Conversation, "127.0.0.1", 0, backlog=1024)
    answer({"port": server.sockets[0].getsockname()[1]})
    while line := await asyncio.to_thread(sys.stdin.readline):
        answer(Conversation.server.asked(json.loads(line)))


if __name__ == "__main__":
    asyncio.run(serve())
