"""Telegram Business in the emulator: people who let the bot act in chats of their own account."""

from collections.abc import Sequence
from typing import Any

from triage_bot.demo.bot_api_actors import Actors, seconds
from triage_bot.demo.bot_api_state import Json, Secretary


class Accounts(Actors):
    def connects_account(
        self, owner: int, *, can_reply: bool = True, can_read: bool = True, name: str = "Owner", told: bool = True
    ) -> str:
        """Returns the id of the connection. The bot hears of it, unless that was before it was `told` anything."""
        person = self._world.person(owner, "" if owner in self._world.people else name)
        business = f"connection-{len(self._world.secretaries) + 1}"
        rights = {"can_reply": can_reply, "can_read_messages": can_read}
        self._world.secretaries[business] = Secretary(business, person, rights, True, self.now())
        if told:
            self._push("business_connection", self._world.secretaries[business].as_json)
        return business

    def changes_connection(self, business: str, *, enabled: bool = True, can_reply: bool = True) -> None:
        secretary = self._world.secretaries[business]
        secretary.enabled = enabled
        secretary.rights = {**secretary.rights, "can_reply": can_reply}
        self._push("business_connection", secretary.as_json)

    def business_writes(
        self, business: str, chat_id: int, text: str = "", *, by_owner: bool = False, name: str = "", **content: Any
    ) -> int:
        """The client of that chat writes to the owner's account, or the owner to the client. The message has a number
        of the account, not of the bot's chats."""
        secretary, person = self._world.secretaries[business], self._known(chat_id, name)
        number = self._world.next_account_id(secretary.owner.chat_id)
        message: Json = {
            "message_id": number,
            "business_connection_id": business,
            "date": seconds(self.now()),
            "chat": person["chat"],
            "from": secretary.owner.user if by_owner else person["user"],
            **({"text": text} if text else {}),
            **content,
        }
        if not by_owner:
            secretary.written_at[chat_id] = self.now()
        self._account_messages(business)[chat_id, number] = message
        self._push("business_message", dict(message))
        return number

    def business_edits(self, business: str, chat_id: int, number: int, text: str) -> None:
        message = self._account_messages(business)[chat_id, number]
        message |= {"text": text, "edit_date": seconds(self.now())}
        self._push("edited_business_message", dict(message))

    def business_deletes(self, business: str, chat_id: int, numbers: Sequence[int]) -> None:
        chat = self._known(chat_id, "")["chat"]
        content = {"business_connection_id": business, "chat": chat, "message_ids": list(numbers)}
        self._push("deleted_business_messages", content)

    def read_up_to(self, business: str, chat_id: int) -> int:
        """The number of the last message that the bot marked as read; 0 for none."""
        return self._world.secretaries[business].read_up_to.get(chat_id, 0)

    def _account_messages(self, business: str) -> dict[tuple[int, int], Json]:
        return self._world.account_messages[business]

    def _known(self, chat_id: int, name: str) -> Json:
        """Somebody who need not have opened a chat with the bot."""
        person = self._world.people.get(chat_id)
        if person is not None:
            return {"user": person.user, "chat": person.chat}
        names = {"first_name": name or "Client"}
        return {
            "user": {"id": chat_id, "is_bot": False, **names},
            "chat": {"id": chat_id, "type": "private", **names},
        }
