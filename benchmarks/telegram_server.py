"""The Bot API emulator in a process of its own."""

import asyncio
import sys

from benchmarks.processes import answer
from triage_bot.demo.bot_api import BotApi

ASSISTANT_CHAT = 1000


async def serve() -> None:
    async with BotApi() as api:
        api.opens_chat(ASSISTANT_CHAT, "Katarzyna")
        answer({"url": api.url, "token": api.token})
        while await asyncio.to_thread(sys.stdin.readline):
            answer({"polled": bool(api.polled)})


if __name__ == "__main__":
    asyncio.run(serve())
