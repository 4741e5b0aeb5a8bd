"""`triage-bot pause` and `triage-bot resume`: no acknowledgements for a while, as `/pause` does on Telegram."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_bot.errors import UsageError

if TYPE_CHECKING:
    from triage_bot.store.store import Store


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, action, text, more in (
        ("pause", _pause, "no acknowledgements for now", "Clients get no acknowledgements until `triage-bot resume`; "),
        ("resume", _resume, "acknowledge again", "Clients get acknowledgements again; "),
    ):
        description = f"{more}what they write is queued all the same. A service that is running goes by it in seconds."
        parser = commands.add_parser(name, help=text, description=description)
        parser.add_argument("--assistant", metavar="NAME", help="for whose clients (default: those of the first one)")
        parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
        parser.set_defaults(run=run, action=action)


def run(arguments: argparse.Namespace, now: datetime | None = None) -> int:
    from triage_bot.cli.names import assistant_named
    from triage_bot.config import build, load_config
    from triage_bot.store.store import Store

    now = now or datetime.now(UTC)
    config = load_config(arguments.config, today=now.date())
    hers = assistant_named((config.assistant, *config.assistants), arguments.assistant)
    store = Store.open(build.database_url(config), exclusive=False)
    try:
        print(arguments.action(store, hers.name, now))
        return 0
    finally:
        store.close()


def _pause(store: "Store", name: str, now: datetime) -> str:
    if not store.pause(name, now):
        raise UsageError(f"the acknowledgements of {name} are paused already; `triage-bot resume` starts them again")
    return f"Paused: clients of {name} get no acknowledgements until `triage-bot resume`."


def _resume(store: "Store", name: str, now: datetime) -> str:
    if not store.resume(name, now):
        raise UsageError(f"the acknowledgements of {name} are not paused")
    return f"Resumed: clients of {name} get acknowledgements again."
