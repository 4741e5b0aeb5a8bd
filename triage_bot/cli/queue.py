"""`triage-bot queue`: what waits, one item with its history, and all that the desk on Telegram does about one."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage_bot.cli.queue_acts import Session

Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"
UNTIL = "window, tomorrow, monday, a date, or a moment such as 2026-11-23T14:00"


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    from triage_bot.cli import queue_acts as acts
    from triage_bot.cli.names import item_number

    parser = commands.add_parser(
        "queue",
        help="what waits for you, with its history, and what you do about it",
        description="Lists what waits, most urgent and most overdue first. Works while the service is running.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.add_argument("--all", action="store_true", help="also what is answered, done or dismissed")
    actions = parser.add_subparsers(metavar="ACTION")

    def add(name: str, action: object, text: str) -> argparse.ArgumentParser:
        command = actions.add_parser(name, help=text, description=text)
        # Given again so that it may stand behind the action too.
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="default: config.yaml")
        command.set_defaults(action=action, command=name)
        return command

    def about(command: argparse.ArgumentParser, *, several: bool = True) -> argparse.ArgumentParser:
        command.add_argument("id", type=item_number, nargs="+" if several else None, metavar="ID")
        return command

    listed = add("list", _list, "what waits, as without an action")
    listed.add_argument("--all", action="store_true", default=argparse.SUPPRESS, help="also what is closed")
    about(add("show", _show, "one item: its messages, and everything that happened to it and why"), several=False)
    for name, text in acts.PLAIN_TEXTS.items():
        about(add(name, acts.plain, text))
    snooze = about(add("snooze", acts.snooze, "put an item aside until then"), several=False)
    snooze.add_argument("until", metavar="UNTIL", help=UNTIL)
    note = about(add("note", acts.note, "write something down in the history of an item"), several=False)
    note.add_argument("text", metavar="TEXT")
    bind = about(add("bind", acts.bind, "say whose contact wrote an item of somebody unknown"), several=False)
    bind.add_argument("client", metavar="CLIENT", help="as the configuration calls the client")
    for name, action, text in (
        ("reply", acts.reply, "answer the client: shows the message, asks, and sends it"),
        ("ask", acts.reply, "ask the client back: the item waits for the answer"),
        ("exemption", acts.reply, "tell the client that you make an exception to the agreement"),
        ("late", acts.late, "tell the client a new time, and promise that instead"),
    ):
        command = about(add(name, action, text), several=False)
        command.add_argument("--yes", action="store_true", help="send it without asking")
        if action is acts.late:
            command.add_argument(
                "--at", metavar="MOMENT", help="read at the first check from then on; default: the next"
            )
        else:
            command.add_argument("--text", help="what you write; default: from standard input")
    undo = add("undo", acts.undo, "take back what you did last, as long as it has not left")
    undo.add_argument("id", type=item_number, nargs="?", metavar="ID", help="of the item that it must be about")
    undo.add_argument("--assistant", default="", metavar="NAME", help="default: the first of the configuration")
    search = add("search", _search, "items that hold all these words")
    search.add_argument("text", nargs="+", metavar="TEXT")
    parser.set_defaults(run=run, action=_list)


def run(arguments: argparse.Namespace, now: datetime | None = None) -> int:
    from triage_bot.cli.queue_acts import Session
    from triage_bot.config import load_config

    config = load_config(arguments.config)
    with Session.opened(config, now or datetime.now(UTC)) as session:
        code: int = arguments.action(arguments, session)
        return code


def _list(arguments: argparse.Namespace, session: "Session") -> int:
    from triage_bot.cli.contacts import lines
    from triage_bot.core.items import ItemState

    store, views = session.store, session.views
    waiting = store.waiting_items(session.now)
    print(views.table(store.items(frozenset(ItemState)) if arguments.all else waiting))
    if lost := store.undeliverable():
        print("\nMail to these addresses came back; `triage-bot contacts clear ADDRESS` lets it go there again:")
        print("\n".join(lines(lost, views.zone)))
    return 0


def _show(arguments: argparse.Namespace, session: "Session") -> int:
    store, item = session.store, session.item(arguments.id)
    print(session.views.item(item, store.messages_of(item.id), store.history(item.id)))
    if told := session.views.promises(store.promises_of(item.id), session.directory):
        print(told)
    if sent := session.views.sent(store.entries_of(item.id)):
        print(sent)
    return 0


def _search(arguments: argparse.Namespace, session: "Session") -> int:
    found = session.store.search(" ".join(arguments.text))
    print(session.views.table(found) if found else "Nothing was found.")
    return 0
