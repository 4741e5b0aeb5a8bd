"""`triage-bot db`: the tables brought up to date, checked, and moved to another database."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from triage_bot.errors import DatabaseInUse, UsageError

if TYPE_CHECKING:
    from triage_bot.config.model import Config
    from triage_bot.store.store import Store


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "db",
        help="check the database, or move it to another one",
        description="The database of the installation: one file, or one PostgreSQL database for several workers.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    for name, action, words in (
        ("migrate", _migrate, "bring the tables to the version of this program, as `run` does when it starts"),
        ("check", _check, "count the rows and look whether everything is whole"),
        ("copy", _copy, "move everything into another, empty database, counted and compared"),
    ):
        command = actions.add_parser(name, help=words, description=words)
        # Given again so that it may stand behind the action too.
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="default: config.yaml")
        command.set_defaults(action=action)
        if action is _copy:
            command.add_argument(
                "--to",
                required=True,
                metavar="URL",
                help="sqlite:///FILE (where you are, or from the root: sqlite:////FILE) or "
                "postgresql://user@host/name; its password as the configuration names it",
            )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from triage_bot.config import load_config

    code: int = arguments.action(arguments, load_config(arguments.config))
    return code


def _migrate(arguments: argparse.Namespace, config: "Config") -> int:
    from triage_bot.config import build
    from triage_bot.store import schema
    from triage_bot.store.store import Store

    store = Store.open(build.database_url(config), exclusive=False)
    print(f"{store.database.where}: tables of version {schema.HEAD}")
    store.close()
    return 0


def _check(arguments: argparse.Namespace, config: "Config") -> int:
    from triage_bot.config import build
    from triage_bot.store import copying
    from triage_bot.store.store import Store

    store = Store.open(build.database_url(config), exclusive=False, create=False)
    try:
        found = copying.check(store.database)
    finally:
        store.close()
    width = max(map(len, found.counts))
    for name, count in found.counts.items():
        print(f"{name:<{width}} {count:>10}")
    for problem in found.problems:
        print(problem, file=sys.stderr)
    print("everything is whole" if not found.problems else f"{len(found.problems)} problems")
    return 1 if found.problems else 0


def _alone(url: str, *, create: bool = True) -> "Store":
    """As `run` would: nobody else may be at it."""
    from triage_bot.store import copying
    from triage_bot.store.store import Store

    try:
        return Store.open(url, exclusive=True, create=create)
    except DatabaseInUse as error:
        raise DatabaseInUse(error.what, copying.ALONE) from None


def _copy(arguments: argparse.Namespace, config: "Config") -> int:
    from triage_bot.config import build
    from triage_bot.store import copying

    url = build.database_url_of(config, arguments.to)
    if url == build.database_url(config):
        raise UsageError("that is the database itself: name a new one with --to")
    source = _alone(build.database_url(config), create=False)
    try:
        target = _alone(url)
        try:
            rows = copying.copy(
                source.database, target.database, lambda table, count: print(f"{table}: {count} rows, the same there")
            )
        finally:
            target.close()
    finally:
        source.close()
    named = build.as_in_configuration(arguments.to)
    print(f"{rows} rows are there now. Write `database: {named}` into the configuration; the old one is as it was.")
    return 0
