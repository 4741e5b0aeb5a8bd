"""`triage-bot queue`: what waits, one item with its history, and closing an item."""

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage_bot.cli.queue_views import Views
    from triage_bot.store.store import Store


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "queue",
        help="what waits for you, with its history",
        description="Lists what waits, most urgent and most overdue first. Works while the service is running.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.add_argument("--all", action="store_true", help="also what is answered, done or dismissed")
    actions = parser.add_subparsers(metavar="ACTION")
    for name, action, text in (
        ("show", _show, "one item: its messages, and everything that happened to it and why"),
        ("done", _done, "close an item"),
    ):
        command = actions.add_parser(name, help=text, description=text)
        command.add_argument("id", type=int, nargs="+" if action is _done else None, metavar="ID")
        # Given again so that it may stand behind the action too.
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="default: config.yaml")
        command.set_defaults(action=action)
    parser.set_defaults(run=run, action=_list)


def run(arguments: argparse.Namespace) -> int:
    from datetime import UTC

    from triage_bot.cli.queue_views import Views
    from triage_bot.config import build, load_config
    from triage_bot.store.store import Store

    config = load_config(arguments.config)
    now = datetime.now(UTC)
    store = Store.open(build.database_url(config), exclusive=False, create=False)
    try:
        views = Views.from_config(config, now)
        code: int = arguments.action(arguments, store, views, now)
        return code
    finally:
        store.close()


def _list(arguments: argparse.Namespace, store: "Store", views: "Views", now: datetime) -> int:
    from triage_bot.cli.contacts import lines
    from triage_bot.core.items import ItemState

    items = store.items(frozenset(ItemState)) if arguments.all else store.waiting_items()
    print(views.table(items))
    if lost := store.undeliverable():
        print("\nMail to these addresses came back; `triage-bot contacts clear ADDRESS` lets it go there again:")
        print("\n".join(lines(lost, views.zone)))
    return 0


def _show(arguments: argparse.Namespace, store: "Store", views: "Views", now: datetime) -> int:
    from triage_bot.errors import UsageError

    item = store.item(arguments.id)
    if item is None:
        raise UsageError(f"there is no item {arguments.id}; `triage-bot queue --all` lists them all")
    print(views.item(item, store.messages_of(item.id), store.history(item.id)))
    return 0


def _done(arguments: argparse.Namespace, store: "Store", views: "Views", now: datetime) -> int:
    from triage_bot.core.items import ItemState

    code = 0
    for item_id in arguments.id:
        found = store.item(item_id)
        if found is not None and found.state is ItemState.DONE:
            print(f"#{item_id} is done already", file=sys.stderr)
            code = 1
            continue
        item = store.transition(item_id, ItemState.DONE, now, by="queue done")
        print(f"#{item.id} {item.subject or item.excerpt[:60]}: done")
    return code
