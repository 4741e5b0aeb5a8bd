"""Clients as a user names them on the command line."""

from collections.abc import Iterable
from difflib import get_close_matches

from triage_bot.core.agreement import Client
from triage_bot.errors import UsageError


def client_named(clients: Iterable[Client], name: str) -> Client:
    by_name = {client.name: client for client in clients}
    if name in by_name:
        return by_name[name]
    close = get_close_matches(name, by_name, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"its clients: {', '.join(sorted(by_name)) or 'none'}"
    raise UsageError(f"no client is called {name!r} in the configuration; {hint}")
