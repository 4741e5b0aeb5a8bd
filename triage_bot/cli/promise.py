"""`triage-bot promise`: what a client would be promised for a message at a moment."""

import argparse
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from triage_bot.errors import UsageError

if TYPE_CHECKING:
    from triage_bot.cli.promise_account import Promiser


def add_to(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "promise",
        help="what a client would be promised for a message at a moment",
        description="Says when a message would be read, what its client would be promised, and why.",
    )
    parser.add_argument("--client", metavar="NAME", help="by the agreement with this client (default: the default one)")
    parser.add_argument(
        "--at",
        metavar="MOMENT",
        action="append",
        required=True,
        help="when the message comes: 2026-11-20T12:30, in the assistant's zone unless it has an offset;"
        " may be repeated; - reads moments from standard input, one a line",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--config", type=Path, help="the configuration (default: the example's agreement)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from triage_bot.cli.promise_account import Promiser
    from triage_bot.config import load_config

    try:
        promiser = Promiser.from_config(load_config(arguments.config), arguments.client)
    except UsageError as error:
        if arguments.config is not None:
            raise
        raise UsageError(f"{error} (this is the example's; --config FILE for yours)") from None
    at_once = sys.stdout.isatty()
    for account in _accounts(promiser, arguments.at, arguments.json):
        sys.stdout.write(account + "\n")
        if at_once:
            sys.stdout.flush()
    return 0


def _accounts(promiser: "Promiser", moments: Iterable[str], as_json: bool) -> Iterator[str]:
    for text, place in _texts(moments):
        account = promiser.account(text, place)
        yield account.as_json() if as_json else account.as_text()


def _texts(moments: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Every moment as it is written, and its place in standard input, "" for one of the command line."""
    for moment in moments:
        if moment == "-":
            yield from _lines()
        else:
            yield moment, ""


def _lines() -> Iterator[tuple[str, str]]:
    number = 0
    try:
        for number, line in enumerate(sys.stdin, start=1):
            if line.strip():
                yield line, f"line {number} of standard input: "
    except UnicodeDecodeError:
        raise UsageError(f"standard input is not text in UTF-8 after line {number}") from None
