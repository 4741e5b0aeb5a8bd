"""The methods of the emulated Bot API that put a message into a chat: texts, files, albums, forwards and copies."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from triage_bot.demo.bot_api_checks import Place, buttons_of, formatted, number
from triage_bot.demo.bot_api_html import Formatted
from triage_bot.demo.bot_api_server import Given, Method
from triage_bot.demo.bot_api_state import ApiError, Changes, Json, SentFile, SentMessage, Updates, World

ATTACHED = "attach://"


class Sending:
    def __init__(self, world: World, changes: Changes, updates: Updates, place: Place) -> None:
        self._world = world
        self._changes = changes
        self._updates = updates
        self._place = place
        self._groups = itertools.count(13_000)

    def table(self) -> dict[str, Method]:
        return {
            "sendmessage": self._send_message,
            "senddocument": lambda given: self._send_file(given, "document"),
            "sendphoto": lambda given: self._send_file(given, "photo"),
            "sendmediagroup": self._send_media_group,
            "forwardmessage": lambda given: self._again(given, copied=False)[0],
            "forwardmessages": lambda given: _ids(self._again(given, copied=False)),
            "copymessage": lambda given: _ids(self._again(given, copied=True))[0],
            "copymessages": lambda given: _ids(self._again(given, copied=True)),
        }

    def _send_message(self, given: Given) -> Json:
        content = formatted(given, "text")
        return self._deliver(self._message(given, content, given["text"]))

    def _send_file(self, given: Given, kind: str) -> Json:
        content = formatted(given, "caption")
        file = self._file(given, given.get(kind, ""), kind, kind)
        return self._deliver(replace(self._message(given, content, given.get("caption", "")), files=(file,)))

    def _send_media_group(self, given: Given) -> list[Json]:
        media = json.loads(given.get("media", "[]"))
        if not 2 <= len(media) <= 10:
            raise ApiError(400, "Bad Request: group send failed: 2 to 10 items are allowed in an album")
        group = str(next(self._groups))
        parts = []
        for each in media:
            said = Given({"caption": each.get("caption", ""), "parse_mode": each.get("parse_mode") or ""}, {})
            file = self._file(given, each.get("media", ""), each["type"], "")
            message = self._message(given, formatted(said, "caption"), said["caption"])
            parts.append(replace(message, files=(file,), media_group=group))
        return [self._deliver(part) for part in parts]

    def _message(self, given: Given, content: Formatted, raw: str) -> SentMessage:
        chat_id, business = self._place.destination(given)
        owner = self._world.secretaries[business].owner.chat_id if business else 0
        return SentMessage(
            message_id=self._world.next_account_id(owner) if business else self._world.next_message_id(),
            chat_id=chat_id,
            text=content.text,
            raw=raw,
            entities=content.entities,
            date=self._world.now(),
            silent=given.get("disable_notification", "").lower() == "true",
            reply_to=self._place.reply_to(given, chat_id),
            buttons=buttons_of(given),
            business=business,
        )

    def _file(self, given: Given, wanted: str, kind: str, field: str) -> SentFile:
        upload = given.uploads.get(wanted.removeprefix(ATTACHED) if wanted else field)
        if upload is None and wanted in self._world.files:
            return SentFile(wanted.rpartition("/")[2], "application/octet-stream", self._world.files[wanted], kind)
        if upload is None:
            raise ApiError(400, "Bad Request: there is no document in the request")
        if not upload.content:
            raise ApiError(400, "Bad Request: file must be non-empty")
        return SentFile(upload.name, upload.media_type, upload.content, kind)

    def _deliver(self, message: SentMessage) -> Json:
        self._world.remember(message)
        found = self._world.as_json(message)
        if message.business:
            # The bot hears of what it has written in somebody's name, as of all that is written there.
            self._updates.push("business_message", dict(found))
        self._changes.tell()
        return found

    def _again(self, given: Given, *, copied: bool) -> list[Json]:
        """Forward or copy messages; of several, those that are not found are left out."""
        target = self._place.chat(given)
        source = self._place.chat(given, "from_chat_id")
        several = "message_ids" in given
        numbers = json.loads(given["message_ids"]) if several else [number(given, "message_id", 0)]
        originals = [found for each in numbers if (found := self._original(source, int(each)))]
        if not originals:
            raise ApiError(400, f"Bad Request: message to {'copy' if copied else 'forward'} not found")
        protected = any(original.get("has_protected_content") for original in originals)
        if protected:
            raise ApiError(
                400, "Bad Request: message can't be copied" if copied else "Bad Request: CHAT_FORWARDS_RESTRICTED"
            )
        silent = given.get("disable_notification", "").lower() == "true"
        return [self._deliver(self._repeated(original, source, target, silent, copied)) for original in originals]

    def _original(self, chat: int, message_id: int) -> Json | None:
        sent = self._world.sent[chat].get(message_id)
        if sent is not None and not sent.deleted:
            return self._world.as_json(sent)
        return self._world.written.get((chat, message_id))

    def _repeated(self, original: Json, source: int, target: int, silent: bool, copied: bool) -> SentMessage:
        text = str(original.get("text") or original.get("caption") or "")
        origin = (source, int(original["message_id"]))
        return SentMessage(
            message_id=self._world.next_message_id(),
            chat_id=target,
            text=text,
            raw=text,
            entities=(),
            date=self._world.now(),
            silent=silent,
            files=tuple(self._files(original)),
            media_group=str(original.get("media_group_id", "")),
            forwarded_from=None if copied else origin,
        )

    def _files(self, original: Json) -> Sequence[SentFile]:
        found = []
        for kind in ("document", "voice", "video", "audio"):
            if content := original.get(kind):
                found.append(self._stored(content, str(content.get("file_name", kind)), "document"))
        if photos := original.get("photo"):
            found.append(self._stored(photos[-1], "photo.jpg", "photo"))
        return found

    def _stored(self, content: Any, name: str, kind: str) -> SentFile:
        return SentFile(name, str(content.get("mime_type", "")), self._world.files.get(content["file_id"], b""), kind)


def _ids(messages: Sequence[Json]) -> list[Json]:
    return [{"message_id": message["message_id"]} for message in messages]
