"""The HTTP side of the Bot API emulator: every method as the real server answers it, and the ways in which it fails.

Methods are found in any case; parameters may come as a query, a form, multipart or JSON, as the real one takes them.
"""

import asyncio
import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aiohttp import web

from triage_bot.demo.bot_api_state import ApiError, Json


@dataclass(frozen=True, slots=True)
class Upload:
    name: str
    media_type: str
    content: bytes


class Given(dict[str, str]):
    """The parameters of a request as text, and the files that came with it."""

    def __init__(self, values: Mapping[str, str], uploads: Mapping[str, Upload]) -> None:
        super().__init__(values)
        self.uploads = uploads


Method = Callable[[Given], Any | Awaitable[Any]]

MOST_BYTES = 50_000_000
"""Of a request: what a bot may upload."""

UNAUTHORIZED = ApiError(401, "Unauthorized")
NOT_FOUND = ApiError(404, "Not Found")


class Fault(Enum):
    """What may happen to a request. The value says what it looks like from the program's side."""

    FLOOD = "429 with retry_after"
    BAD_GATEWAY = "502, an HTML page"
    GATEWAY_TIMEOUT = "504, an HTML page, and the request was carried out"
    INTERNAL = "500 of the Bot API itself"
    UNAUTHORIZED = "401"
    CUT_BEFORE = "the connection breaks and nothing was carried out"
    CUT_AFTER = "the connection breaks after the request was carried out"
    SILENCE = "no answer ever, but the request was carried out"
    GARBAGE = "200 with half an answer; the request was carried out"


_BEFORE = {
    Fault.UNAUTHORIZED: UNAUTHORIZED,
    Fault.INTERNAL: ApiError(500, "Internal Server Error: restart"),
}


@dataclass(slots=True)
class PlannedFault:
    fault: Fault
    method: str  # in lower case, "" is any
    times: int
    retry_after: int


class Server:
    """`methods` maps names in lower case to what answers them."""

    def __init__(self, token: str, methods: Mapping[str, Method], files: Mapping[str, bytes]) -> None:
        self.token = token
        self.url = ""
        self.requests: list[str] = []  # the methods in the order in which they were called
        self.planned: list[PlannedFault] = []
        self.weather: Callable[[str], Fault | None] = lambda method: None
        self._methods = methods
        self._files = files
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._answer)
        app.router.add_get("/file/bot{token}/{path:.*}", self._file)
        # A handler whose client has gone must not go on waiting for updates in its name.
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        self._stopping.set()
        if self._runner:
            await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        self.requests.append(method)
        fault, retry_after = self._fault(method)
        match fault:
            case Fault.CUT_BEFORE:
                return _cut(request)
            case Fault.BAD_GATEWAY:
                return _page(502, "Bad Gateway")
            case Fault.FLOOD:
                words = f"Too Many Requests: retry after {retry_after}"
                return _refuse(ApiError(429, words, retry_after=retry_after))
            case Fault.UNAUTHORIZED | Fault.INTERNAL:
                return _refuse(_BEFORE[fault])
        try:
            result = await self._call(method, request)
        except ApiError as refusal:
            return _refuse(refusal)
        match fault:
            case Fault.CUT_AFTER:
                return _cut(request)
            case Fault.GATEWAY_TIMEOUT:
                return _page(504, "Gateway Time-out")
            case Fault.GARBAGE:
                return web.Response(text='{"ok":true,"resu', content_type="application/json")
            case Fault.SILENCE:
                await self._stopping.wait()
        return web.json_response({"ok": True, "result": result})

    async def _call(self, method: str, request: web.Request) -> Any:
        token = request.match_info["token"]
        if ":" not in token:
            raise NOT_FOUND
        if token != self.token:
            raise UNAUTHORIZED
        if method not in self._methods:
            raise NOT_FOUND
        try:
            given = await _parameters(request)
        except web.HTTPRequestEntityTooLarge:
            raise ApiError(413, "Request Entity Too Large") from None
        result = self._methods[method](given)
        return await result if inspect.isawaitable(result) else result

    def _fault(self, method: str) -> tuple[Fault | None, int]:
        for planned in self.planned:
            if planned.method in ("", method):
                planned.times -= 1
                if planned.times <= 0:
                    self.planned.remove(planned)
                return planned.fault, planned.retry_after
        return self.weather(method), 1

    async def _file(self, request: web.Request) -> web.Response:
        content = self._files.get(request.match_info["path"])
        if request.match_info["token"] != self.token or content is None:
            return _refuse(NOT_FOUND)
        return web.Response(body=content)


async def _parameters(request: web.Request) -> Given:
    """All values as text: a JSON value as JSON, as a form would carry it."""
    found = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.content_type == "application/json":
        body: Json = await request.json() if request.can_read_body else {}
        found |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()}
    else:
        for key, value in (await request.post()).items():
            if isinstance(value, str):
                found[key] = value
            elif isinstance(value, web.FileField):
                uploads[key] = Upload(value.filename, value.content_type, value.file.read())
    return Given(found, uploads)


def _refuse(refusal: ApiError) -> web.Response:
    answer: Json = {"ok": False, "error_code": refusal.code, "description": refusal.description}
    if refusal.parameters:
        answer["parameters"] = refusal.parameters
    return web.json_response(answer, status=refusal.code)


def _page(status: int, words: str) -> web.Response:
    page = f"<html><head><title>{status} {words}</title></head><body>nginx</body></html>"
    return web.Response(status=status, text=page, content_type="text/html")


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()
