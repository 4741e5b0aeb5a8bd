"""An IMAP server of a few lines that does what no good server does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.patience import PATIENCE
from triage_bot.core.servers import MailServer

Answer = Callable[["Scripted", asyncio.StreamWriter, str, str], Awaitable[None]]


@dataclass
class Scripted:
    """Holds `mails` (UID 1 and on). A test replaces the answer to one command, given in upper case."""

    mails: list[bytes] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)
    greeting: bytes | None = b"* OK ready\r\n"
    capabilities: str = "IMAP4rev1 IDLE"
    uid_validity: int = 7
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def account(self, timeout: float = PATIENCE) -> MailServer:
        return MailServer("127.0.0.1", self.port, "none", "maja", "sesame", timeout)

    async def until_commands(self, name: str, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while sum(command.startswith(name) for command in self.commands) < number:
                await asyncio.sleep(0.005)

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            if self.greeting is None:
                await reader.read()
                return
            writer.write(self.greeting)
            tag = ""
            while line := (await reader.readline()).decode().strip():
                if line == "DONE":
                    self.commands.append("DONE")
                    writer.write(f"{tag} OK done\r\n".encode())
                    continue
                tag, _, command = line.partition(" ")
                self.commands.append(command)
                name = " ".join(command.upper().split()[: 2 if command.startswith("UID") else 1])
                await self.answers.get(name, _usual)(self, writer, tag, command)
                await writer.drain()
        writer.close()

    def fetched(self, uid: int, structure: str) -> bytes:
        raw = self.mails[uid - 1]
        head, _, body = raw.partition(b"\r\n\r\n")
        head += b"\r\n\r\n"
        return b"".join(
            [
                b'* %d FETCH (UID %d INTERNALDATE "20-Nov-2026 12:30:00 +0000" ' % (uid, uid),
                b"BODYSTRUCTURE %s " % structure.encode(),
                b"BODY[HEADER]<0> {%d}\r\n%s" % (len(head), head),
                b" BODY[1]<0> {%d}\r\n%s)\r\n" % (len(body), body),
            ]
        )


TEXT = '("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "8BIT" 5 1)'


async def _usual(server: Scripted, writer: asyncio.StreamWriter, tag: str, command: str) -> None:
    name, _, rest = command.partition(" ")
    match name.upper():
        case "CAPABILITY":
            writer.write(f"* CAPABILITY {server.capabilities}\r\n".encode())
        case "EXAMINE":
            writer.write(
                f"* {len(server.mails)} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen)\r\n"
                f"* OK [UIDVALIDITY {server.uid_validity}] x\r\n* OK [UIDNEXT {len(server.mails) + 1}] x\r\n".encode()
            )
        case "IDLE":
            writer.write(b"+ idling\r\n")
            return
        case "UID" if rest.startswith("SEARCH"):
            lowest = int(rest.split()[-1].partition(":")[0]) if "UID" in rest else 1
            uids = range(min(lowest, len(server.mails)), len(server.mails) + 1)
            writer.write(f"* SEARCH {' '.join(map(str, uids))}\r\n".encode() if server.mails else b"* SEARCH\r\n")
        case "UID":
            for uid in map(int, rest.split()[1].split(",")):
                writer.write(server.fetched(uid, TEXT))
        case _:
            pass
    writer.write(f"{tag} OK done\r\n".encode())


usual = _usual


@asynccontextmanager
async def scripted(**settings: object) -> AsyncIterator[Scripted]:
    script = Scripted(**settings)  # type: ignore[arg-type]
    tasks: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await script.converse(reader, writer)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            tasks.discard(task)
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0)
    script.port = server.sockets[0].getsockname()[1]
    try:
        yield script
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        if tasks:
            await asyncio.wait(list(tasks))
        await server.wait_closed()
