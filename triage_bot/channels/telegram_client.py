"""The connection to the Bot API: the library's Bot on a request class of ours, and the probe for `check`."""

import json
import os
import ssl
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
from telegram import Bot
from telegram.error import BadRequest, NetworkError, TelegramError
from telegram.request import HTTPXRequest

from triage_bot.channels import tls
from triage_bot.channels.telegram_errors import ServerError, quiet_loggers, translate
from triage_bot.core.servers import TelegramServer
from triage_bot.errors import PermanentFailure, TemporaryFailure

ANSWER_SECONDS: Final = 20.0
"""How long Telegram may take for an answer, besides the span of a long poll."""

CONNECT_SECONDS: Final = 10.0


class _Request(HTTPXRequest):
    """Tells an answer of the Bot API from the error page of something in front of it, and logs neither."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        code, payload = await super().do_request(*args, **kwargs)
        if code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            raise BadRequest("the file is too big for Telegram")
        if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # A gateway that gave up waiting does not know what happened behind it.
            raise ServerError(_phrase(code), may_be_done=code == HTTPStatus.GATEWAY_TIMEOUT)
        if not payload.lstrip().startswith(b"{"):
            raise ServerError(f"{_phrase(code)}, but no answer of the Bot API", may_be_done=code == HTTPStatus.OK)
        return code, payload

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload)
        except ValueError:
            # `from None`: the library's own version logs the payload, which is a client's text as likely as not.
            raise ServerError("the answer is cut off or no JSON", may_be_done=True) from None
        return answer if isinstance(answer, dict) else {}


class Connection:
    """A Bot and the few sockets it may use. Connects at the first request, never before."""

    def __init__(self, server: TelegramServer, sockets: int, answer_seconds: float = ANSWER_SECONDS) -> None:
        quiet_loggers()
        base = server.api_url.rstrip("/")
        self._token = server.token
        self._is_direct = _is_loopback(base)
        self._answer_seconds = answer_seconds
        self._request = _Request(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=answer_seconds,
            write_timeout=answer_seconds,
            pool_timeout=answer_seconds,
            httpx_kwargs={
                "limits": httpx.Limits(max_connections=sockets, max_keepalive_connections=sockets),
                "verify": _tls(base),
                "trust_env": not self._is_direct,
            },
        )
        self.bot = Bot(
            server.token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    async def download(self, url: str, name: str, into: Path, most_bytes: int) -> Path:
        """A new file in `into` that ends as `name` does. Raises ChannelFailure, and leaves nothing behind then."""
        kept, path = tempfile.mkstemp(dir=into, prefix="telegram-", suffix=_suffix(name))
        try:
            with os.fdopen(kept, "wb") as file:
                got = 0
                async with (
                    httpx.AsyncClient(
                        verify=_tls(url), trust_env=not self._is_direct, timeout=self._answer_seconds
                    ) as client,
                    client.stream("GET", url) as answer,
                ):
                    if answer.status_code != HTTPStatus.OK:
                        raise TemporaryFailure(f"Telegram does not give the file: {_phrase(answer.status_code)}")
                    async for piece in answer.aiter_bytes():
                        got += len(piece)
                        if got > most_bytes:
                            raise PermanentFailure(f"the file {name!r} is larger than {most_bytes / 1e6:.0f} MB")
                        file.write(piece)
        except BaseException as error:
            os.unlink(path)
            if isinstance(error, httpx.HTTPError | httpx.InvalidURL):
                wrapped = NetworkError(f"the file was not received: {type(error).__name__}")
                raise TemporaryFailure(str(translate(wrapped, self._token))) from None
            raise
        return Path(path)

    async def close(self) -> None:
        # Bot.shutdown closes nothing unless Bot.initialize ran, which would cost a getMe at every start.
        await self._request.shutdown()


@asynccontextmanager
async def connect(server: TelegramServer, sockets: int = 1) -> AsyncIterator[Bot]:
    connection = Connection(server, sockets)
    try:
        yield connection.bot
    finally:
        await connection.close()


async def probe_telegram(server: TelegramServer, assistant_chat: int | None = None) -> str:
    """Say "ok: @name", or raise a ChannelFailure that says what to do. Reads no message and sends none."""
    try:
        async with connect(server) as bot:
            me = await bot.get_me()
            if (await bot.get_webhook_info()).url:
                raise PermanentFailure("a webhook takes this bot's messages: remove it (deleteWebhook)")
            if assistant_chat is not None:
                await _reach(bot, assistant_chat, server.token)
    except TelegramError as error:
        raise translate(error, server.token) from None
    return f"ok: @{me.username}"


async def _reach(bot: Bot, chat: int, token: str) -> None:
    try:
        await bot.get_chat(chat)
    except TelegramError as error:
        failure = translate(error, token)
        raise type(failure)(f"the assistant's chat {chat}: {failure}") from None


def _tls(url: str) -> ssl.SSLContext:
    """That of the mail servers too; where the machine has no root certificates, the library's own serve."""
    secured = urlsplit(url).scheme != "http"
    return _library_tls() if secured and not tls.has_roots() else tls.client_context(used=secured)


@cache
def _library_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


def _is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}


def _suffix(name: str) -> str:
    """The ending of a file's name, if it is one that can stand in a path."""
    ending = Path(name.replace("/", "_").replace("\0", "_")).suffix
    return ending if len(ending) <= 16 and ending[1:].isalnum() else ""


def _phrase(code: int) -> str:
    try:
        return f"HTTP {code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"HTTP {code}"
