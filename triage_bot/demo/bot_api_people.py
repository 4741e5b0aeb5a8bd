"""What people do in their private chats with the bot of the emulator."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from triage_bot.demo.bot_api_actors import Actors, seconds
from triage_bot.demo.bot_api_state import Json, Person


class People(Actors):
    def opens_chat(self, chat_id: int, name: str = "Client", username: str = "", language: str = "") -> Person:
        """The person has pressed Start some time ago: the bot may write to her."""
        person = self._world.person(chat_id, name, username)
        person.language = language or person.language
        return person

    def client_writes(
        self,
        chat_id: int,
        text: str,
        *,
        name: str = "",
        username: str = "",
        date: datetime | None = None,
        reply_to: int | None = None,
        language: str = "",
    ) -> int:
        """Returns the id of the message."""
        content: Json = {"text": text}
        if reply_to is not None:
            content["reply_to_message"] = self._replied(chat_id, reply_to)
        return self._says(chat_id, content, name, username, date, language)

    def client_edits(self, chat_id: int, message_id: int, text: str, *, date: datetime | None = None) -> None:
        message = self._world.written[chat_id, message_id]
        field = "text" if "text" in message else "caption"
        message |= {field: text, "edit_date": seconds(date or self.now())}
        self._push("edited_message", dict(message))

    def client_sends_voice(self, chat_id: int, seconds: int = 42, **who: Any) -> int:
        file = self._world.file("voice/file.oga", b"OggS")
        return self._sends(chat_id, {"voice": {**file, "duration": seconds, "mime_type": "audio/ogg"}}, who)

    def client_sends_photo(self, chat_id: int, caption: str = "", **who: Any) -> int:
        sizes = [
            {**self._world.file("photos/small.jpg", b"J" * 900), "width": 90, "height": 60},
            {**self._world.file("photos/large.jpg", b"J" * 90_000), "width": 1280, "height": 853},
        ]
        return self._sends(chat_id, {"photo": sizes}, who, caption)

    def client_sends_document(
        self, chat_id: int, file_name: str = "offer.pdf", content: bytes = b"%PDF-1.7", caption: str = "", **who: Any
    ) -> int:
        file = self._world.file(f"documents/{file_name}", content)
        document = {**file, "file_name": file_name, "mime_type": "application/pdf"}
        return self._sends(chat_id, {"document": document}, who, caption)

    def client_sends_sticker(self, chat_id: int, emoji: str = "👍", **who: Any) -> int:
        file = self._world.file("stickers/file.webp", b"RIFF")
        shape = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._sends(chat_id, {"sticker": {**file, **shape, "emoji": emoji}}, who)

    def client_sends_location(self, chat_id: int, latitude: float, longitude: float, **who: Any) -> int:
        return self._sends(chat_id, {"location": {"latitude": latitude, "longitude": longitude}}, who)

    def client_sends(self, chat_id: int, content: Json, **who: Any) -> int:
        """A message of any other kind, in the fields of the Bot API: {"video": {...}, "caption": ...}."""
        return self._sends(chat_id, content, who)

    def client_sends_album(
        self,
        chat_id: int,
        captions: Sequence[str] = ("", ""),
        *,
        group: str = "",
        content: Json | None = None,
        **who: Any,
    ) -> list[int]:
        """Photos, one for each caption, unless `content` is another kind. With the `group` of an album that came
        before, they are more of it."""
        group = group or f"album-{len(self._world.written)}"
        sent = []
        for caption in captions:
            photo = self._world.file(f"photos/{group}/{len(self._world.written)}.jpg", b"J" * 90_000)
            part = content or {"photo": [{**photo, "width": 1280, "height": 853}]}
            sent.append(self._sends(chat_id, {**part, "media_group_id": group}, who, caption))
        return sent

    def client_blocks(self, chat_id: int) -> None:
        self._reach(chat_id, blocked=True)

    def client_unblocks(self, chat_id: int) -> None:
        self._reach(chat_id, blocked=False)

    def _reach(self, chat_id: int, *, blocked: bool) -> None:
        person = self._world.people[chat_id]
        statuses = ("member", "kicked") if blocked else ("kicked", "member")
        person.blocked = blocked
        old, new = ({"user": self._world.bot, "status": status} for status in statuses)
        change = {"chat": person.chat, "from": person.user, "date": seconds(self.now())}
        self._push("my_chat_member", {**change, "old_chat_member": old, "new_chat_member": new})

    def press(self, chat_id: int, message_id: int, data: str) -> str:
        """Press the button of a message that carries `data`; returns the id to find in `callback_answers`."""
        message = self._world.sent[chat_id][message_id]
        if message.deleted or not any(data == carried for row in message.buttons for _, carried in row):
            raise ValueError(f"message {message_id} shows no button {data!r}")
        callback = self._methods.new_callback()
        query = {
            "id": callback,
            "from": self._world.people[chat_id].user,
            "chat_instance": "1",
            "message": self._world.as_json(message),
            "data": data,
        }
        self._push("callback_query", query)
        return callback

    def update(self, kind: str, content: Any) -> int:
        """Queue any update as it is, well-formed or not; returns its id."""
        return self._push(kind, content)

    def _sends(self, chat_id: int, content: Json, who: dict[str, Any], caption: str = "") -> int:
        content = content | ({"caption": caption} if caption else {})
        return self._says(
            chat_id, content, who.get("name", ""), who.get("username", ""), who.get("date"), who.get("language", "")
        )

    def _says(
        self, chat_id: int, content: Json, name: str, username: str, date: datetime | None, language: str = ""
    ) -> int:
        person = self._world.person(chat_id, name, username)
        person.blocked = False
        person.language = language or person.language
        message_id = self._world.next_message_id()
        message = {
            "message_id": message_id,
            "date": seconds(date or self.now()),
            "chat": person.chat,
            "from": person.user,
            **content,
        }
        self._world.written[chat_id, message_id] = message
        self._push("message", dict(message))
        return message_id
