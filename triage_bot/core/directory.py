"""Who is who: the assistants, their clients and the clients' contacts."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.standing import Contact
from triage_bot.reading.model import Locale

STRANGER = ""
"""The client's name of a sender whom nobody knows."""

NO_BINDINGS: Mapping[Contact, str] = MappingProxyType({})


class Directory:
    """Finds the client of a message, and the assistant of a client. Never changes after it was built.

    `assistant` is the first one: strangers and all clients for whom no other is named are hers, and she is told what
    concerns the installation as a whole. `bindings` are the contacts that were given to a client by a button; "" is
    somebody who is to be left alone. `paused` names the assistants for whom nobody is acknowledged.
    """

    def __init__(
        self,
        assistant: Assistant,
        default: Agreement,
        clients: Iterable[Client],
        *,
        colleagues: Iterable[Assistant] = (),
        bindings: Mapping[Contact, str] = NO_BINDINGS,
        paused: Collection[str] = (),
    ) -> None:
        self.assistant = assistant
        self.default = default
        self.assistants = (assistant, *colleagues)
        self.clients = {client.name: client for client in clients}
        self._assistants = {each.name: each for each in self.assistants}
        self._desks = {each.telegram_id: each for each in self.assistants if each.telegram_id is not None}
        self._bindings = dict(bindings)  # may be a view, which could not be handed to the second process
        self._paused = frozenset(paused)
        self._calendars = {each.name: self._calendars_of(each) for each in self.assistants}
        self._addresses = {address: client for client in self.clients.values() for address in client.addresses}
        self._domains = {domain: client for client in self.clients.values() for domain in client.domains}
        self._telegram_ids = {chat: client for client in self.clients.values() for chat in client.telegram_ids}
        self._telegram_names = {name: client for client in self.clients.values() for name in client.telegram_names}

    def find(self, message: IncomingMessage) -> Client | None:
        """The client who wrote: by whole address, then by what was bound, then by domain; on Telegram by id, by @name,
        then by what was bound. None for whom nobody knows, and for who is to be left alone."""
        if message.chat_id is not None:
            # A group is its client's, whoever of it writes; any other group is that of the person.
            person, group = message.sender_id or message.chat_id, message.chat_id if message.sender_id else 0
            whose = self._telegram_ids.get(group) or self._bound(message.channel, str(group))
            by_name = self._telegram_names.get(message.username)
            return whose or self._telegram_ids.get(person) or by_name or self._bound(message.channel, str(person))
        sender = message.header_from
        found = self._addresses.get(sender.addr) or self._bound(message.channel, sender.addr)
        if found is None and self.is_left_alone(message.channel, sender.addr):
            return None
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

    def assistant_named(self, name: str) -> Assistant | None:
        return self._assistants.get(name)

    def clients_of(self, assistant: Assistant) -> tuple[Client, ...]:
        return tuple(client for client in self.clients.values() if self.assistant_of(client.name) is assistant)

    def calendars_of(self, assistant: Assistant) -> tuple[BusinessCalendar, ...]:
        """Every calendar by which she works: those of her clients; that of the default agreement for the first one,
        whose the strangers are, and for who has no client."""
        return self._calendars.get(assistant.name, ())

    def _calendars_of(self, assistant: Assistant) -> tuple[BusinessCalendar, ...]:
        hers = [client.agreement.calendar for client in self.clients_of(assistant)]
        if assistant is self.assistant or not hers:
            hers.insert(0, self.default.calendar)
        return tuple(dict.fromkeys(hers))

    def is_working(self, assistant: Assistant, at: datetime) -> bool:
        """Whether `at` lies in her working hours for anybody."""
        return any(calendar.is_working(at) for calendar in self.calendars_of(assistant))

    def is_paused(self, client: str) -> bool:
        """Whether the assistant of that client wants nobody to be acknowledged at present."""
        return self.assistant_of(client).name in self._paused

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
