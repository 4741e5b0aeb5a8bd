"""A TCP proxy between a client and a server that can count, hold back, change and cut."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from tests.patience import PATIENCE

Filter = Callable[[bytes], bytes]
Meddle = Callable[[bytes, bool], Awaitable[tuple[bytes, bool]]]
"""Of what passes, and whether the server said it: what is passed on instead, and whether the connection goes on."""


async def leave_alone(data: bytes, by_server: bool) -> tuple[bytes, bool]:
    return data, True


@dataclass
class Proxy:
    """`from_server` and `from_client` may rewrite what passes, `meddle` may also delay it and end the connection.
    `pause` holds back what the server says."""

    upstream: tuple[str, int]
    from_server: Filter = lambda data: data
    from_client: Filter = lambda data: data
    meddle: Meddle = leave_alone
    remembers: bool = True  # what the client said
    seconds_a_byte: float = 0.0  # of the server
    host: str = "127.0.0.1"
    port: int = 0
    bytes_from_server: int = 0
    said_by_client: bytearray = field(default_factory=bytearray)
    idling: int = 0  # times the server said that it idles
    connections: int = 0
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)

    def pause(self) -> None:
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    async def until_idle(self, times: int = 1) -> None:
        """Until the client has begun IDLE so many times, and the server has answered the last one."""
        async with asyncio.timeout(PATIENCE):
            while self.said_by_client.count(b" IDLE\r\n") < times:
                await asyncio.sleep(0.005)
            while self.idling < times:
                await asyncio.sleep(0.005)

    def cut(self) -> None:
        """Break every connection, without a word to either side's protocol."""
        for writer in list(self._writers):
            writer.transport.abort()

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            upstream_reader, upstream = await asyncio.open_connection(*self.upstream)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, upstream}
        up = asyncio.create_task(self._pass_up(reader, upstream))
        down = asyncio.create_task(self._pass_down(upstream_reader, writer))
        self._tasks |= {up, down}
        await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        for task in (up, down):
            task.cancel()
        await asyncio.wait({up, down})
        self._tasks -= {up, down}
        for end in (writer, upstream):
            self._writers.discard(end)
            end.close()

    async def _pass_up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if self.remembers:
                    self.said_by_client += data
                data, goes_on = await self.meddle(self.from_client(data), False)
                writer.write(data)
                await writer.drain()
                if not goes_on:
                    return

    async def _pass_down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                self.bytes_from_server += len(data)
                self.idling += data.lower().count(b"+ idling")
                await self._flowing.wait()
                data, goes_on = await self.meddle(self.from_server(data), True)
                if not self.seconds_a_byte:
                    writer.write(data)
                    await writer.drain()
                    if not goes_on:
                        return
                    continue
                for position in range(len(data)):
                    writer.write(data[position : position + 1])
                    await asyncio.sleep(self.seconds_a_byte)

    async def close(self) -> None:
        self.cut()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def proxy_to(host: str, port: int, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """With `tls` the proxy speaks TLS to its clients and plain text to the server."""
    proxy = Proxy((host, port))
    proxy.resume()
    server = await asyncio.start_server(proxy.converse, host=proxy.host, port=0, ssl=tls)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
        await server.wait_closed()
