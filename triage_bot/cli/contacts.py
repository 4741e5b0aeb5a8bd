"""`triage-bot contacts`: addresses from which acknowledgements came back, and letting mail go there again."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from triage_bot.core.history import Undeliverable
    from triage_bot.store.store import Store


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "contacts",
        help="addresses from which acknowledgements came back",
        description="Lists the addresses to which nothing goes any more because mail came back from there, and clears "
        "one. Works while the service is running.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    actions = parser.add_subparsers(metavar="ACTION")
    listing = actions.add_parser("list", help="those addresses (what it does without an action, too)")
    clearing = actions.add_parser("clear", help="let mail go to an address again")
    clearing.add_argument("address", nargs="+", metavar="ADDRESS")
    for command, action in ((listing, _list), (clearing, _clear)):
        # Given again so that it may stand behind the action too.
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="default: config.yaml")
        command.set_defaults(action=action)
    parser.set_defaults(run=run, action=_list)


def run(arguments: argparse.Namespace) -> int:
    from triage_bot.config import build, load_config
    from triage_bot.store.store import Store

    config = load_config(arguments.config)
    store = Store.open(build.database_url(config), exclusive=False, create=False)
    try:
        code: int = arguments.action(arguments, store, config.assistant.zone)
        return code
    finally:
        store.close()


def _list(_: argparse.Namespace, store: "Store", zone: ZoneInfo) -> int:
    found = store.undeliverable()
    print("\n".join(lines(found, zone)) if found else "Nothing came back.")
    return 0


def _clear(arguments: argparse.Namespace, store: "Store", _: ZoneInfo) -> int:
    from triage_bot.errors import UsageError

    for address in arguments.address:
        if not store.clear_undeliverable(address.strip().lower()):
            raise UsageError(f"nothing came back from {address}; `triage-bot contacts list` shows what did")
        print(f"{address}: mail goes there again")
    return 0


def lines(found: "Sequence[Undeliverable]", zone: ZoneInfo) -> list[str]:
    """One line an address, as `queue` shows them too."""
    rows = []
    for each in found:
        kind = "permanent" if each.permanent else "may pass"
        why = " ".join(filter(None, (each.status, each.diagnostic)))
        since = each.since_at.astimezone(zone).strftime("%a %d %b %H:%M")
        rows.append(f"{each.address}  since {since}, {kind}{f': {why}' if why else ''}")
    return ["".join(char if char.isprintable() else " " for char in row) for row in rows]
