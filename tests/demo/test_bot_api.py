"""The emulator answers as the real Bot API does."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from triage_bot.clock import HandClock
from triage_bot.demo.bot_api import BotApi, Fault
from triage_bot.demo.bot_api_html import HtmlError, parse_html

NOON = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
ANNA = 1001


class Program:
    """A bot that speaks plain HTTP."""

    def __init__(self, api: BotApi, session: aiohttp.ClientSession) -> None:
        self.api = api
        self.session = session

    async def call(self, method: str, token: str = "", **parameters: Any) -> dict[str, Any]:
        form = {key: value if isinstance(value, str) else json.dumps(value) for key, value in parameters.items()}
        url = f"{self.api.url}/bot{token or self.api.token}/{method}"
        async with self.session.post(url, data=form) as response:
            answer: dict[str, Any] = await response.json()
            assert answer["ok"] is (response.status == 200)
            return answer

    async def ask(self, **parameters: Any) -> list[int]:
        return [update["update_id"] for update in (await self.call("getUpdates", **parameters))["result"]]

    async def refused(self, method: str, **parameters: Any) -> tuple[int, str]:
        answer = await self.call(method, **parameters)
        return answer["error_code"], answer["description"]


@pytest.fixture
def clock() -> HandClock:
    return HandClock(NOON)


@pytest.fixture
async def api(clock: HandClock) -> AsyncIterator[BotApi]:
    async with BotApi(now=clock.now) as api:
        yield api


@pytest.fixture
async def program(api: BotApi) -> AsyncIterator[Program]:
    async with aiohttp.ClientSession() as session:
        yield Program(api, session)


async def test_get_me_tells_the_name_in_any_case_of_the_method(program: Program) -> None:
    assert (await program.call("getMe"))["result"]["username"] == "triage_demo_bot"
    assert (await program.call("GETME"))["result"]["is_bot"] is True


async def test_parameters_come_as_query_form_or_json(program: Program) -> None:
    program.api.opens_chat(ANNA)
    url = f"{program.api.url}/bot{program.api.token}/sendMessage"
    requests: list[dict[str, Any]] = [
        {"params": {"chat_id": ANNA, "text": "q"}},
        {"json": {"chat_id": ANNA, "text": "j"}},
    ]
    for request in requests:
        async with program.session.post(url, **request) as response:
            assert response.status == 200
    assert [message.text for message in program.api.sent(ANNA)] == ["q", "j"]


async def test_a_wrong_token_is_401_and_a_malformed_one_404(program: Program) -> None:
    assert (await program.call("getMe", token="42:other"))["description"] == "Unauthorized"
    assert (await program.call("getMe", token="nonsense"))["error_code"] == 404
    assert (await program.call("getNonsense"))["error_code"] == 404


class TestUpdates:
    async def test_are_given_again_until_a_later_offset(self, program: Program) -> None:
        for text in "abc":
            program.api.client_writes(ANNA, text)
        first = await program.ask()
        assert len(first) == 3
        assert await program.ask() == first
        assert await program.ask(offset=first[1]) == first[1:]
        assert program.api.unconfirmed == first[1:]
        assert await program.ask(offset=first[2] + 1) == []
        assert program.api.unconfirmed == []

    async def test_a_negative_offset_keeps_the_last_ones(self, program: Program) -> None:
        for text in "abc":
            program.api.client_writes(ANNA, text)
        ids = program.api.unconfirmed
        assert await program.ask(offset=-1) == ids[2:]

    async def test_limit_is_kept(self, program: Program) -> None:
        for text in "abc":
            program.api.client_writes(ANNA, text)
        assert len(await program.ask(limit=2)) == 2

    async def test_a_long_poll_ends_with_the_first_message(self, program: Program) -> None:
        poll = asyncio.create_task(program.ask(timeout=30))
        await program.api.wait_for(lambda: program.api.polled)
        program.api.client_writes(ANNA, "hello")
        assert len(await poll) == 1

    async def test_a_second_poller_ends_the_first_with_409(self, program: Program) -> None:
        older = asyncio.create_task(program.call("getUpdates", timeout=30))
        await program.api.wait_for(lambda: program.api.polled)
        assert await program.ask() == []
        answer = await older
        assert answer["error_code"] == 409
        assert answer["description"].startswith("Conflict: terminated by other getUpdates request")

    async def test_a_webhook_forbids_polling(self, program: Program) -> None:
        await program.call("setWebhook", url="https://example.org/hook")
        assert (await program.refused("getUpdates"))[0] == 409
        await program.call("deleteWebhook")
        assert await program.ask() == []

    async def test_are_kept_for_24_hours(self, program: Program, clock: HandClock) -> None:
        program.api.client_writes(ANNA, "old")
        clock.move(timedelta(hours=23))
        program.api.client_writes(ANNA, "new")
        assert len(await program.ask()) == 2
        clock.move(timedelta(hours=2))
        assert len(await program.ask()) == 1

    async def test_only_allowed_kinds_are_queued_and_the_setting_stays(self, program: Program) -> None:
        await program.ask(allowed_updates=["message"])
        message = program.api.client_writes(ANNA, "a")
        program.api.client_edits(ANNA, message, "b")
        assert len(await program.ask()) == 1

    async def test_an_offset_far_ahead_confirms_nothing(self, program: Program) -> None:
        program.api.renumber_updates(500)
        program.api.client_writes(ANNA, "after a quiet week")
        assert await program.ask(offset=900) == [500]

    async def test_the_message_is_as_telegram_writes_it(self, program: Program) -> None:
        message = program.api.client_writes(ANNA, "hello", name="Anna Nowak", username="anna_n")
        update = (await program.call("getUpdates"))["result"][0]["message"]
        person = {"first_name": "Anna", "last_name": "Nowak", "username": "anna_n", "id": ANNA}
        assert update == {
            "message_id": message,
            "date": int(NOON.timestamp()),
            "chat": {**person, "type": "private"},
            "from": {**person, "is_bot": False},
            "text": "hello",
        }


class TestMessages:
    async def test_are_seen_without_their_tags(self, program: Program) -> None:
        program.api.opens_chat(ANNA)
        text = "<b>Hi</b> &amp; bye"
        answer = await program.call(
            "sendMessage", chat_id=ANNA, text=text, parse_mode="HTML", disable_notification=True
        )
        (seen,) = program.api.sent(ANNA)
        assert (seen.text, seen.raw, seen.silent, seen.date) == ("Hi & bye", text, True, NOON)
        assert answer["result"]["entities"] == [{"type": "bold", "offset": 0, "length": 2}]

    @pytest.mark.parametrize(
        ("parameters", "code", "words"),
        [
            pytest.param({"text": ""}, 400, "Bad Request: message text is empty", id="no text"),
            pytest.param({"text": "<b> </b>", "parse_mode": "HTML"}, 400, "Bad Request: text must be", id="only tags"),
            pytest.param({"text": "👍" * 2049}, 400, "Bad Request: message is too long", id="4098 code units"),
            pytest.param({"chat_id": 5, "text": "a"}, 400, "Bad Request: chat not found", id="unknown chat"),
            pytest.param({"chat_id": 2002, "text": "a"}, 403, "Forbidden: bot was blocked by the user", id="blocked"),
            pytest.param(
                {"text": "<b>a", "parse_mode": "HTML"},
                400,
                "Bad Request: can't parse entities: Can't find end tag corresponding to start tag",
                id="an open tag",
            ),
            pytest.param({"text": "a", "parse_mode": "rtf"}, 400, "Bad Request: unsupported parse_mode", id="a mode"),
            pytest.param(
                {"text": "a", "reply_parameters": {"message_id": 77}},
                400,
                "Bad Request: message to be replied not found",
                id="a reply to nothing",
            ),
            pytest.param(
                {"text": "a", "reply_markup": {"inline_keyboard": [[{"text": "x", "callback_data": "d" * 65}]]}},
                400,
                "Bad Request: BUTTON_DATA_INVALID",
                id="a button that carries too much",
            ),
        ],
    )
    async def test_are_refused(self, program: Program, parameters: dict[str, Any], code: int, words: str) -> None:
        program.api.opens_chat(ANNA)
        program.api.opens_chat(2002)
        program.api.client_blocks(2002)
        found = await program.refused("sendMessage", **{"chat_id": ANNA} | parameters)
        assert found[0] == code
        assert found[1].startswith(words)
        assert not program.api.sent(ANNA)

    async def test_4096_characters_after_entities_fit(self, program: Program) -> None:
        program.api.opens_chat(ANNA)
        text = "<b>" + "&amp;" * 4096 + "</b>"
        assert (await program.call("sendMessage", chat_id=ANNA, text=text, parse_mode="HTML"))["ok"]

    async def test_are_edited_and_deleted(self, program: Program) -> None:
        program.api.opens_chat(ANNA)
        sent = (await program.call("sendMessage", chat_id=ANNA, text="one"))["result"]["message_id"]
        same = await program.refused("editMessageText", chat_id=ANNA, message_id=sent, text="one")
        assert "message is not modified" in same[1]
        await program.call("editMessageText", chat_id=ANNA, message_id=sent, text="two")
        assert [(message.text, message.edits) for message in program.api.sent(ANNA)] == [("two", 1)]
        await program.call("deleteMessage", chat_id=ANNA, message_id=sent)
        assert program.api.sent(ANNA) == ()
        gone = await program.refused("editMessageText", chat_id=ANNA, message_id=sent, text="three")
        assert gone == (400, "Bad Request: message to edit not found")

    async def test_buttons_are_pressed_and_answered_once(self, program: Program) -> None:
        program.api.opens_chat(ANNA)
        keyboard = {"inline_keyboard": [[{"text": "Done", "callback_data": "done:7"}]]}
        sent = (await program.call("sendMessage", chat_id=ANNA, text="an item", reply_markup=keyboard))["result"]
        callback = program.api.press(ANNA, sent["message_id"], "done:7")
        query = (await program.call("getUpdates"))["result"][0]["callback_query"]
        assert (query["id"], query["data"], query["from"]["id"]) == (callback, "done:7", ANNA)
        await program.call("answerCallbackQuery", callback_query_id=callback, text="done")
        assert program.api.callback_answers == {callback: "done"}
        assert (await program.refused("answerCallbackQuery", callback_query_id=callback))[0] == 400
        with pytest.raises(ValueError, match="no button"):
            program.api.press(ANNA, sent["message_id"], "other")

    async def test_a_file_can_be_fetched(self, program: Program) -> None:
        program.api.client_sends_document(ANNA, "offer.pdf", b"%PDF")
        document = (await program.call("getUpdates"))["result"][0]["message"]["document"]
        path = (await program.call("getFile", file_id=document["file_id"]))["result"]["file_path"]
        async with program.session.get(f"{program.api.url}/file/bot{program.api.token}/{path}") as response:
            assert await response.read() == b"%PDF"

    async def test_commands_are_kept_by_language(self, program: Program) -> None:
        await program.call(
            "setMyCommands", commands=[{"command": "queue", "description": "co czeka"}], language_code="pl"
        )
        assert program.api.commands == {"pl": (("queue", "co czeka"),)}


class TestFaults:
    @pytest.mark.parametrize(
        ("fault", "taken"),
        [(Fault.CUT_BEFORE, 0), (Fault.CUT_AFTER, 1)],
        ids=["cut before it is taken", "cut after it was taken"],
    )
    async def test_a_cut_connection(self, program: Program, fault: Fault, taken: int) -> None:
        program.api.opens_chat(ANNA)
        program.api.fails(fault, "sendMessage")
        with pytest.raises(aiohttp.ClientError):
            await program.call("sendMessage", chat_id=ANNA, text="a")
        assert len(program.api.sent(ANNA)) == taken

    async def test_a_flood_names_the_wait_and_ends(self, program: Program) -> None:
        program.api.fails(Fault.FLOOD, "getMe", retry_after=7)
        answer = await program.call("getMe")
        assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 7})
        assert (await program.call("getMe"))["ok"]

    async def test_a_bad_gateway_speaks_html(self, program: Program) -> None:
        program.api.fails(Fault.BAD_GATEWAY)
        async with program.session.get(f"{program.api.url}/bot{program.api.token}/getMe") as response:
            assert (response.status, response.content_type) == (502, "text/html")

    async def test_the_weather_is_asked_at_every_call(self, program: Program) -> None:
        program.api.weather(lambda method: Fault.UNAUTHORIZED if method == "getme" else None)
        assert (await program.refused("getMe"))[0] == 401
        assert await program.ask() == []


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<b>a", 'Can\'t find end tag corresponding to start tag "b"'),
        ("ą<jan@x.pl>", 'Unsupported start tag "jan@x.pl" at byte offset 2'),
        ("</b>", "Unexpected end tag at byte offset 0"),
        ("<b><i>a</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("a <b", "Unclosed start tag at byte offset 2"),
        ("<b>a</b", "Unclosed end tag at byte offset 4"),
        ("<a href>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ],
)
def test_broken_html_is_refused_with_the_words_of_the_real_server(markup: str, words: str) -> None:
    with pytest.raises(HtmlError) as refusal:
        parse_html(markup)
    assert str(refusal.value) == words


@pytest.mark.parametrize(
    ("markup", "text", "kinds"),
    [
        pytest.param("<b>a<i>b</i></b>", "ab", ["bold", "italic"], id="nested"),
        pytest.param("<B>a</>", "a", ["bold"], id="capitals and an end tag without a name"),
        pytest.param("<b></b>a", "a", [], id="an empty entity is none"),
        pytest.param('<a href="https://x.pl">x</a>', "x", ["text_link"], id="a link"),
        pytest.param("<blockquote expandable>x</blockquote>", "x", ["expandable_blockquote"], id="a long quote"),
        pytest.param("&lt;&#65;&#x42;&nbsp;&", "<AB&nbsp;&", [], id="entities, known and not"),
    ],
)
def test_well_formed_html_becomes_text_and_entities(markup: str, text: str, kinds: list[str]) -> None:
    found = parse_html(markup)
    assert found.text == text
    assert [entity["type"] for entity in found.entities] == kinds


def test_entities_are_counted_in_utf16() -> None:
    assert parse_html("👍<b>👍</b>").entities == ({"type": "bold", "offset": 2, "length": 2},)
