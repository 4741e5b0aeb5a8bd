"""pymap in a process of its own: python -m benchmarks.pymap_server USER ..."""

import asyncio
import json
import sys
from datetime import datetime

from benchmarks.imap_servers import KINDS, PASSWORD
from benchmarks.processes import answer
from triage_bot.demo.mail_servers import imap_server


async def serve(users: list[str]) -> None:
    async with imap_server(dict.fromkeys(users, PASSWORD)) as server:
        answer({"port": server.port})
        while line := await asyncio.to_thread(sys.stdin.readline):
            wanted = json.loads(line)
            at = datetime.fromisoformat(wanted["at"])
            for number in range(wanted["first"], wanted["first"] + wanted["count"]):
                raw = KINDS[wanted["kind"]](number, at).replace(b"\n", b"\r\n")
                for user in wanted["users"]:
                    await server.deliver(user, raw, at)
            answer({"filled": wanted["count"]})


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1:]))
