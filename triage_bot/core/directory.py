"""Who is who: the assistants, their clients and the clients' contacts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.messages import IncomingMessage
from triage_bot.reading.model import Locale

STRANGER = ""
"""The client's name of a sender whom nobody knows."""

Contact = tuple[str, str]
"""A channel and an address or chat id there."""

NO_BINDINGS: Mapping[Contact, str] = MappingProxyType({})


class Directory:
    """Finds the client of a message, and the assistant of a client. Never changes after it was built.

    `assistant` is the first one: strangers and all clients for whom no other is named are hers, and she is told what
    concerns the installation as a whole. `bindings` are the contacts that were given to a client by a button; "" is
    somebody who is to be left alone.
    """

    def __init__(
        self,
        assistant: Assistant,
        default: Agreement,
        clients: Iterable[Client],
        *,
        colleagues: Iterable[Assistant] = (),
        bindings: Mapping[Contact, str] = NO_BINDINGS,
    ) -> None:
        self.assistant = assistant
        self.default = default
        self.assistants = (assistant, *colleagues)
        self.clients = {client.name: client for client in clients}
        self._assistants = {each.name: each for each in self.assistants}
        self._desks = {each.telegram_id: each for each in self.assistants if each.telegram_id is not None}
        self._bindings = bindings
        self._addresses = {address: client for client in self.clients.values() for address in client.addresses}
        self._domains = {domain: client for client in self.clients.values() for domain in client.domains}
        self._telegram_ids = {chat: client for client in self.clients.values() for chat in client.telegram_ids}
        self._telegram_names = {name: client for client in self.clients.values() for name in client.telegram_names}

    def find(self, message: IncomingMessage) -> Client | None:
        """The client who wrote: by whole address, then by domain; on Telegram by id, then by @name; then by what was
        bound."""
        if message.chat_id is not None:
            found = self._telegram_ids.get(message.chat_id) or self._telegram_names.get(message.username)
            return found or self._bound(message.channel, str(message.chat_id))
        sender = message.header_from
        found = self._addresses.get(sender.addr) or self._bound(message.channel, sender.addr)
        return found or self._domains.get(sender.domain)

    def _bound(self, channel: str, contact: str) -> Client | None:
        return self.clients.get(self._bindings.get((channel, contact), STRANGER))

    def is_left_alone(self, channel: str, contact: str) -> bool:
        """Whether the assistant said of this contact that it is no client."""
        return self._bindings.get((channel, contact)) == STRANGER

    def agreement(self, client: str) -> Agreement:
        """The agreement of a client by name; the default one for strangers and for clients no longer configured."""
        known = self.clients.get(client)
        return known.agreement if known else self.default

    def assistant_of(self, client: str) -> Assistant:
        """Whose client that is, by name; the first assistant for strangers and for who is no longer configured."""
        known = self.clients.get(client)
        return self._assistants.get(known.assistant, self.assistant) if known else self.assistant

    def assistant_at(self, chat_id: int) -> Assistant | None:
        """Whose desk a Telegram chat is."""
        return self._desks.get(chat_id)

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
