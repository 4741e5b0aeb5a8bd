"""The post between the servers of a test: what one side sends arrives with the other."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from triage_bot.demo.mail_servers import Received, SmtpSink

Deliver = Callable[[Received], Awaitable[None]]


def with_return_path(mail: Received) -> bytes:
    """As the last server of the way hands it over (RFC 5321 section 4.4)."""
    return b"Return-Path: <" + mail.mail_from.encode() + b">\r\n" + mail.data


def as_bare_text(mail: Received) -> str:
    """What is left when every header is gone."""
    body = email.message_from_bytes(mail.data, policy=email.policy.default).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@asynccontextmanager
async def carrying(sink: SmtpSink, deliver: Deliver) -> AsyncIterator[None]:
    """Deliver whatever the sink takes, in its order, for as long as this lasts."""

    async def carry() -> None:
        carried = 0
        while True:
            received = await sink.wait_for(carried + 1)
            for mail in list(received[carried:]):
                carried += 1
                await deliver(mail)

    postman = asyncio.create_task(carry())
    try:
        yield
    finally:
        postman.cancel()
        await asyncio.wait([postman])
        if not postman.cancelled():
            postman.result()
