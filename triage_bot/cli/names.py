"""Clients and assistants as a user names them on the command line."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from triage_bot.core.agreement import Client
from triage_bot.errors import UsageError

if TYPE_CHECKING:
    from triage_bot.config.model import AssistantSettings


def client_named(clients: Iterable[Client], name: str) -> Client:
    by_name = {client.name: client for client in clients}
    if name in by_name:
        return by_name[name]
    raise UsageError(f"no client is called {name!r} in the configuration; {_hint(name, by_name, 'clients')}")


def assistant_named(assistants: "Sequence[AssistantSettings]", name: str | None) -> "AssistantSettings":
    """The assistant of that name, the first one for None."""
    if name is None:
        return assistants[0]
    by_name = {each.name: each for each in assistants}
    if name in by_name:
        return by_name[name]
    raise UsageError(f"no assistant is called {name!r} in the configuration; {_hint(name, by_name, 'assistants')}")


def item_number(text: str) -> int:
    """The number of an item, also with the # before it. Raises ValueError for what cannot be one."""
    number = int(text.removeprefix("#"))
    if not 0 < number < 2**63:
        raise ValueError(text)
    return number


item_number.__name__ = "item number"  # what argparse calls a wrong one


def _hint(name: str, known: Iterable[str], what: str) -> str:
    close = get_close_matches(name, list(known), n=1)
    return f"did you mean {close[0]!r}?" if close else f"its {what}: {', '.join(sorted(known)) or 'none'}"
