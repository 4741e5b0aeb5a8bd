"""The second half of `triage-bot check`: every server that the configuration names is tried."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from triage_bot.channels.imap_probe import probe_imap
from triage_bot.channels.smtp_courier import probe_smtp
from triage_bot.config import Config, build
from triage_bot.errors import ChannelFailure, StoreError

AT_ONCE = 20
"""Many mailboxes often lie with one provider, which would take more at once for an attack."""
STEPS = 4
"""Steps of a conversation that may each take as long as one answer: greeting, TLS, login, folder."""
TELEGRAM_TIMEOUT = 20.0
DATABASE_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class Connection:
    channel: str
    place: str  # "IMAP imap.example:993"
    timeout: float  # seconds for one answer
    probe: Callable[[], Awaitable[str]]


def connections(config: Config) -> list[Connection]:
    """Everything that `run` would connect to. Raises UsageError where a secret is not to be found."""
    found = []
    if config.database.startswith("postgresql"):
        probe = partial(_probe_database, build.database_url(config))
        found.append(Connection("database", config.database, DATABASE_TIMEOUT, probe))
    for account in config.channels.mail:
        imap, smtp = build.imap_server(account), build.smtp_server(account)
        place = f"IMAP {imap.host}:{imap.port}"
        sent = account.sent_folder if account.watch_sent else None
        probe = partial(probe_imap, imap, account.imap.folder, sent=sent)
        found.append(Connection(account.name, place, imap.timeout, probe))
        place = f"SMTP {smtp.host}:{smtp.port}"
        found.append(Connection(account.name, place, smtp.timeout, partial(probe_smtp, smtp)))
    if config.channels.telegram is not None:
        # Imported only where it is used: the library is the slowest of all to load.
        from triage_bot.channels.telegram_client import probe_telegram

        server = build.telegram_server(config)
        probe = partial(probe_telegram, server, config.assistant.telegram)
        found.append(Connection("telegram", server.api_url, TELEGRAM_TIMEOUT, probe))
    return found


async def _probe_database(url: str) -> str:
    from triage_bot.store.postgresql import probe_postgresql

    return await asyncio.to_thread(probe_postgresql, url)


def try_and_tell(wanted: Sequence[Connection]) -> bool:
    """Try all at once and print one line each, in their order. Returns whether every one was reached."""
    # Printed out here: a reader that has had enough would end the group of attempts with a group of errors.
    results = asyncio.run(_try_all(wanted))
    for _, line in results:
        print(line, flush=True)
    return all(reached for reached, _ in results)


async def _try_all(wanted: Sequence[Connection]) -> list[tuple[bool, str]]:
    # IMAP is tried in threads, of which the loop's own pool has only a few.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE))
    places = asyncio.Semaphore(AT_ONCE)
    async with asyncio.TaskGroup() as group:
        attempts = [group.create_task(_try(connection, places)) for connection in wanted]
    return [attempt.result() for attempt in attempts]


async def _try(connection: Connection, places: asyncio.Semaphore) -> tuple[bool, str]:
    what = f"{connection.channel}: {connection.place}"
    longest = connection.timeout * STEPS
    try:
        async with places, asyncio.timeout(longest):
            said = await connection.probe()
    except (ChannelFailure, StoreError) as failure:
        # A failure that names the place itself does not say it twice.
        return False, f"{what}: FAILED: {str(failure).removeprefix(f'{connection.place}: ')}"
    except TimeoutError:
        return False, f"{what}: FAILED: no answer in {longest:.0f} s: check host, port and `security`"
    said = said.removeprefix("ok").removeprefix(":").strip()
    return True, f"{what}: ok" + (f", {said}" if said else "")
