"""The emulator answers as the real Bot API does: files, forwards, groups, menus, business accounts."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from triage_bot.clock import HandClock
from triage_bot.demo.bot_api import BotApi

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ANNA = 1001
OWNER = 7
GROUP = -100


class Program:
    """A bot that speaks plain HTTP. Bytes among its parameters go as files, a tuple as (name, bytes)."""

    def __init__(self, api: BotApi, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.session = session

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        form = aiohttp.FormData()
        for key, value in parameters.items():
            if isinstance(value, tuple):
                form.add_field(key, value[1], filename=value[0], content_type="application/pdf")
            else:
                form.add_field(key, value if isinstance(value, str) else json.dumps(value))
        url = f"{self.api.url}/bot{self.api.token}/{method}"
        async with self.session.post(url, data=form) as response:
            answer: dict[str, Any] = await response.json()
            return answer

    async def refused(self, method: str, **parameters: Any) -> tuple[int, str]:
        answer = await self.call(method, **parameters)
        return answer["error_code"], answer["description"]

    async def updates(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.call("getUpdates"))["result"]
        return found


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def program(clock: HandClock) -> AsyncIterator[Program]:
    async with BotApi(now=clock.now) as api, aiohttp.ClientSession() as session:
        api.opens_chat(ANNA, "Anna")
        yield Program(api, session)


class TestFiles:
    @pytest.mark.parametrize(("method", "field"), [("sendDocument", "document"), ("sendPhoto", "photo")])
    async def test_are_sent_with_a_caption(self, program: Program, method: str, field: str) -> None:
        file = {field: ("oferta.pdf", b"%PDF")}
        answer = await program.call(method, chat_id=ANNA, caption="<b>Here</b>", parse_mode="HTML", **file)
        (sent,) = program.api.sent(ANNA)
        assert (sent.text, [(each.name, each.content, each.kind) for each in sent.files]) == (
            "Here",
            [("oferta.pdf", b"%PDF", field)],
        )
        assert answer["result"]["caption_entities"] == [{"type": "bold", "offset": 0, "length": 4}]

    @pytest.mark.parametrize(
        ("parameters", "words"),
        [
            pytest.param({"document": ("a", b"")}, "Bad Request: file must be non-empty", id="an empty file"),
            pytest.param({}, "Bad Request: there is no document in the request", id="no file"),
            pytest.param(
                {"document": ("a", b"x"), "caption": "é" * 1025},
                "Bad Request: message caption is too long",
                id="a long caption",
            ),
        ],
    )
    async def test_are_refused(self, program: Program, parameters: dict[str, Any], words: str) -> None:
        assert await program.refused("sendDocument", chat_id=ANNA, **parameters) == (400, words)

    async def test_are_an_album_or_nothing(self, program: Program) -> None:
        media = [{"type": "document", "media": f"attach://f{number}"} for number in range(2)]
        files = {f"f{number}": (f"{number}.pdf", b"%PDF") for number in range(2)}
        answer = await program.call("sendMediaGroup", chat_id=ANNA, media=media, **files)
        assert len({part["media_group_id"] for part in answer["result"]}) == 1
        assert (await program.refused("sendMediaGroup", chat_id=ANNA, media=media[:1], **files))[0] == 400
        too_long = [media[0], {**media[1], "caption": "é" * 1025}]
        assert (await program.refused("sendMediaGroup", chat_id=ANNA, media=too_long, **files))[0] == 400
        assert len(program.api.sent(ANNA)) == 2

    async def test_have_no_text_to_edit(self, program: Program) -> None:
        sent = await program.call("sendDocument", chat_id=ANNA, document=("a.pdf", b"%PDF"))
        number = sent["result"]["message_id"]
        found = await program.refused("editMessageText", chat_id=ANNA, message_id=number, text="two")
        assert found == (400, "Bad Request: there is no text in the message to edit")


class TestMessages:
    async def test_are_forwarded_and_copied(self, program: Program) -> None:
        asked = program.api.client_writes(ANNA, "when?")
        for method in ("forwardMessage", "copyMessage"):
            await program.call(method, chat_id=ANNA, from_chat_id=ANNA, message_id=asked)
        forwarded, copied = program.api.sent(ANNA)
        assert (forwarded.forwarded_from, copied.forwarded_from) == ((ANNA, asked), None)
        assert copied.text == "when?"
        found = await program.refused("forwardMessage", chat_id=ANNA, from_chat_id=ANNA, message_id=99)
        assert found == (400, "Bad Request: message to forward not found")

    async def test_of_a_person_cannot_be_edited(self, program: Program) -> None:
        asked = program.api.client_writes(ANNA, "when?")
        found = await program.refused("editMessageText", chat_id=ANNA, message_id=asked, text="two")
        assert found == (400, "Bad Request: message can't be edited")

    async def test_are_deleted_within_48_hours(self, program: Program, clock: HandClock) -> None:
        sent = (await program.call("sendMessage", chat_id=ANNA, text="one"))["result"]["message_id"]
        clock.move(timedelta(hours=49))
        found = await program.refused("deleteMessage", chat_id=ANNA, message_id=sent)
        assert found == (400, "Bad Request: message can't be deleted for everyone")

    async def test_a_press_can_be_answered_for_a_while(self, program: Program, clock: HandClock) -> None:
        keyboard = {"inline_keyboard": [[{"text": "Done", "callback_data": "done:7"}]]}
        sent = (await program.call("sendMessage", chat_id=ANNA, text="an item", reply_markup=keyboard))["result"]
        callback = program.api.press(ANNA, sent["message_id"], "done:7")
        clock.move(timedelta(minutes=16))
        found = await program.refused("answerCallbackQuery", callback_query_id=callback)
        assert found[1].startswith("Bad Request: query is too old")


async def test_menus_are_those_of_a_chat_or_of_all(program: Program) -> None:
    commands = [{"command": "queue", "description": "co czeka"}]
    scope = {"type": "chat", "chat_id": ANNA}
    await program.call("setMyCommands", commands=commands, scope=scope)
    assert (program.api.menu(ANNA), program.api.commands) == ((("queue", "co czeka"),), {})
    assert (await program.call("getMyCommands", scope=scope))["result"] == commands
    assert (await program.refused("setMyCommands", commands=[{"command": "Queue", "description": "x"}]))[0] == 400
    await program.call("deleteMyCommands", scope=scope)
    assert program.api.menu(ANNA) == ()


class TestGroups:
    async def test_a_group_that_moved_names_its_new_place(self, program: Program) -> None:
        program.api.opens_group(GROUP, type="group")
        program.api.group_moves(GROUP, -1001)
        answer = await program.call("sendMessage", chat_id=GROUP, text="one")
        assert answer["parameters"] == {"migrate_to_chat_id": -1001}
        assert (await program.call("sendMessage", chat_id=-1001, text="one"))["ok"]
        first, second = (update["message"] for update in await program.updates())
        assert (first["migrate_to_chat_id"], second["migrate_from_chat_id"]) == (-1001, GROUP)

    async def test_a_group_that_removed_the_bot_refuses_it(self, program: Program) -> None:
        program.api.opens_group(GROUP)
        program.api.group_removes_bot(GROUP)
        found = await program.refused("sendMessage", chat_id=GROUP, text="one")
        assert found == (403, "Forbidden: bot was kicked from the supergroup chat")
        (update,) = await program.updates()
        assert update["my_chat_member"]["new_chat_member"]["status"] == "kicked"

    async def test_names_in_a_text_are_mentions(self, program: Program) -> None:
        program.api.group_writes(GROUP, "👍 @triage_demo_bot?")
        (update,) = await program.updates()
        assert update["message"]["entities"] == [{"type": "mention", "offset": 3, "length": 16}]


class TestBusiness:
    async def test_what_is_sent_in_her_name_comes_back_as_an_echo(self, program: Program) -> None:
        business = program.api.connects_account(OWNER)
        program.api.business_writes(business, 5, "when?")
        await program.call("sendMessage", chat_id=5, text="soon", business_connection_id=business)
        connected, asked, echo = await program.updates()
        assert connected["business_connection"]["rights"]["can_reply"] is True
        assert asked["business_message"]["from"]["id"] == 5
        assert echo["business_message"]["from"]["id"] == OWNER
        assert echo["business_message"]["sender_business_bot"]["is_bot"] is True

    @pytest.mark.parametrize(
        ("hours", "rights", "words"),
        [
            pytest.param(25, {}, "BUSINESS_PEER_INVALID", id="a chat that has slept for a day"),
            pytest.param(0, {"can_reply": False}, "BOT_ACCESS_FORBIDDEN", id="no right to write"),
            pytest.param(0, {"enabled": False}, "business connection not found", id="disconnected"),
        ],
    )
    async def test_is_refused(
        self, program: Program, clock: HandClock, hours: int, rights: dict[str, bool], words: str
    ) -> None:
        business = program.api.connects_account(OWNER)
        program.api.business_writes(business, 5, "when?")
        program.api.changes_connection(business, **rights)
        clock.move(timedelta(hours=hours))
        found = await program.refused("sendMessage", chat_id=5, text="soon", business_connection_id=business)
        assert words in found[1]

    async def test_a_connection_can_be_asked_for_and_messages_be_read(self, program: Program) -> None:
        business = program.api.connects_account(OWNER, told=False)
        number = program.api.business_writes(business, 5, "when?")
        answer = await program.call("getBusinessConnection", business_connection_id=business)
        assert (answer["result"]["user"]["id"], answer["result"]["is_enabled"]) == (OWNER, True)
        assert program.api.read_up_to(business, 5) == 0
        await program.call("readBusinessMessage", business_connection_id=business, chat_id=5, message_id=number)
        assert program.api.read_up_to(business, 5) == number
        assert (await program.refused("getBusinessConnection", business_connection_id="none"))[0] == 400
