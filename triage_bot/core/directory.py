"""Who is who: the assistant, her clients and their contacts."""

from collections.abc import Iterable
from dataclasses import replace

from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.messages import IncomingMessage
from triage_bot.reading.model import Locale

STRANGER = ""
"""The client's name of a sender whom nobody knows."""


class Directory:
    """Finds the client of a message. Never changes after it was built."""

    def __init__(self, assistant: Assistant, default: Agreement, clients: Iterable[Client]) -> None:
        self.assistant = assistant
        self.default = default
        self.clients = {client.name: client for client in clients}
        self._addresses = {address: client for client in self.clients.values() for address in client.addresses}
        self._domains = {domain: client for client in self.clients.values() for domain in client.domains}
        self._telegram_ids = {chat: client for client in self.clients.values() for chat in client.telegram_ids}
        self._telegram_names = {name: client for client in self.clients.values() for name in client.telegram_names}

    def find(self, message: IncomingMessage) -> Client | None:
        """The client who wrote: by whole address, then by domain; on Telegram by id, then by @name."""
        if message.chat_id is not None:
            return self._telegram_ids.get(message.chat_id) or self._telegram_names.get(message.username)
        sender = message.header_from
        return self._addresses.get(sender.addr) or self._domains.get(sender.domain)

    def agreement(self, client: str) -> Agreement:
        """The agreement of a client by name; the default one for strangers and for clients no longer configured."""
        known = self.clients.get(client)
        return known.agreement if known else self.default

    def stranger(self, locale: Locale | None = None) -> Client:
        """A sender whom nobody knows, treated by the default agreement."""
        return Client(
            name=STRANGER,
            agreement=self.default,
            locale=locale or self.assistant.locale,
            zone=self.default.calendar.zone,
        )

    def assumed_contact(self, locale: Locale | None = None) -> Client:
        """The client that `explain --assume-contact` takes an unknown sender for."""
        return replace(self.stranger(locale), name="(assumed)")
