"""The courier and the probe against the Bot API over real HTTP."""

import logging
import traceback
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from tests.servers.telegram_chats import ANNA, BLOCKED, Commitment, a_message, server
from triage_bot.channels.telegram_client import probe_telegram
from triage_bot.channels.telegram_courier import TelegramCourier
from triage_bot.core.messages import OutgoingFile, OutgoingMessage
from triage_bot.core.servers import TelegramServer
from triage_bot.demo.bot_api import BotApi, Fault
from triage_bot.errors import ChannelFailure, InDoubt, PermanentFailure, TemporaryFailure


async def test_a_message_is_seen_and_its_id_returned(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    receipt = await courier.hand_over(a_message("<b>Hi</b> &amp; bye"), commitment)
    (seen,) = api.sent(ANNA)
    assert (seen.text, seen.silent, str(seen.message_id)) == ("Hi & bye", False, receipt)


async def test_the_commitment_comes_once_and_before_the_request(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    await courier.hand_over(a_message("<b>broken"), commitment)
    assert commitment.requests_before == [0]
    assert api.requests == ["sendmessage", "sendmessage"]


async def test_plain_text_is_sent_as_it_is(api: BotApi, courier: TelegramCourier, commitment: Commitment) -> None:
    await courier.hand_over(a_message("1 < 2 & <b>", html=""), commitment)
    assert api.sent(ANNA)[0].text == "1 < 2 & <b>"


async def test_a_silent_message_makes_no_sound(api: BotApi, courier: TelegramCourier, commitment: Commitment) -> None:
    await courier.hand_over(a_message(silent=True), commitment)
    assert api.sent(ANNA)[0].silent


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        pytest.param("<b>Anna &amp; Jan", "Anna & Jan", id="an open tag"),
        pytest.param("<b>Od:</b> Jan <jan@x.pl>", "Od: Jan <jan@x.pl>", id="an address that was not escaped"),
        pytest.param("<b>1 < 2</b>", "1 < 2", id="a lone sign"),
    ],
)
async def test_broken_tags_cost_the_looks_and_not_the_words(
    api: BotApi,
    courier: TelegramCourier,
    commitment: Commitment,
    caplog: pytest.LogCaptureFixture,
    text: str,
    seen: str,
) -> None:
    await courier.hand_over(a_message(text), commitment)
    assert [message.text for message in api.sent(ANNA)] == [seen]
    assert "sent as plain text" in caplog.text
    assert "jan@x.pl" not in caplog.text


async def test_half_an_emoji_is_replaced_and_the_rest_sent(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    await courier.hand_over(a_message("cut \ud83d"), commitment)
    assert api.sent(ANNA)[0].text == "cut ?"


@pytest.mark.parametrize(
    ("message", "failure", "words"),
    [
        pytest.param(a_message(to=BLOCKED), PermanentFailure, "blocked by the user", id="blocked by the person"),
        pytest.param(a_message(to=5), PermanentFailure, "press Start", id="a chat that Telegram does not know"),
        pytest.param(a_message(to="anna"), PermanentFailure, "no chat id", id="no chat at all"),
        pytest.param(a_message("a" * 4097), PermanentFailure, "too long", id="too long"),
        pytest.param(a_message(" "), PermanentFailure, "empty", id="nothing to say"),
    ],
)
async def test_what_will_never_do_is_permanent(
    courier: TelegramCourier,
    commitment: Commitment,
    message: OutgoingMessage,
    failure: type[ChannelFailure],
    words: str,
) -> None:
    with pytest.raises(failure, match=words):
        await courier.hand_over(message, commitment)


@pytest.mark.parametrize(
    ("fault", "failure", "delivered"),
    [
        pytest.param(Fault.FLOOD, TemporaryFailure, 0, id="a flood is not delivered"),
        pytest.param(Fault.BAD_GATEWAY, TemporaryFailure, 0, id="502 is not delivered"),
        pytest.param(Fault.INTERNAL, TemporaryFailure, 0, id="500 is not delivered"),
        pytest.param(Fault.UNAUTHORIZED, PermanentFailure, 0, id="401 is for a person to mend"),
        pytest.param(Fault.CUT_BEFORE, InDoubt, 0, id="a connection cut before: nobody can tell"),
        pytest.param(Fault.CUT_AFTER, InDoubt, 1, id="a connection cut after: nobody can tell"),
        pytest.param(Fault.GATEWAY_TIMEOUT, InDoubt, 1, id="a gateway that gave up waiting cannot tell"),
        pytest.param(Fault.SILENCE, InDoubt, 1, id="no answer in time"),
        pytest.param(Fault.GARBAGE, InDoubt, 1, id="half an answer"),
    ],
)
async def test_a_fault_is_named_truthfully(
    api: BotApi,
    courier: TelegramCourier,
    impatient: TelegramCourier,
    commitment: Commitment,
    fault: Fault,
    failure: type[ChannelFailure],
    delivered: int,
) -> None:
    api.fails(fault, "sendMessage", retry_after=7)
    with pytest.raises(failure) as raised:
        await (impatient if fault is Fault.SILENCE else courier).hand_over(a_message(), commitment)
    assert type(raised.value) is failure
    assert len(api.sent(ANNA)) == delivered
    if fault is Fault.FLOOD:
        assert isinstance(raised.value, TemporaryFailure)
        assert raised.value.retry_after == timedelta(seconds=7)
    assert len(commitment.requests_before) == 1


async def test_a_server_that_cannot_be_reached_has_certainly_not_delivered(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    async with BotApi() as gone:
        pass
    elsewhere = TelegramCourier("telegram", server(gone))
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        await elsewhere.hand_over(a_message(), commitment)
    await elsewhere.close()


async def test_a_courier_that_was_closed_connects_again(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    await courier.hand_over(a_message("one"), commitment)
    await courier.close()
    await courier.hand_over(a_message("two"), commitment)
    assert len(api.sent(ANNA)) == 2


@pytest.mark.parametrize("fault", Fault, ids=str)
async def test_the_token_is_in_no_log_and_no_traceback(
    api: BotApi,
    courier: TelegramCourier,
    impatient: TelegramCourier,
    commitment: Commitment,
    caplog: pytest.LogCaptureFixture,
    fault: Fault,
) -> None:
    caplog.set_level(logging.DEBUG)
    api.fails(fault, "sendMessage")
    with pytest.raises(ChannelFailure) as raised:
        await (impatient if fault is Fault.SILENCE else courier).hand_over(a_message("a secret for Anna"), commitment)
    everything = caplog.text + "".join(traceback.format_exception(raised.value)) + repr(raised.value)
    assert api.token not in everything
    assert "secret for Anna" not in caplog.text


class TestProbe:
    async def test_says_who_the_bot_is(self, api: BotApi) -> None:
        assert await probe_telegram(server(api)) == "ok: @triage_demo_bot"
        assert await probe_telegram(server(api), ANNA) == "ok: @triage_demo_bot"
        assert not api.sent(ANNA)

    async def test_a_wrong_token_says_where_to_get_the_right_one(self, api: BotApi) -> None:
        with pytest.raises(PermanentFailure, match="BotFather") as raised:
            await probe_telegram(TelegramServer(token="42:" + "B" * 35, api_url=api.url))
        assert "BBBB" not in "".join(traceback.format_exception(raised.value))

    async def test_a_chat_that_nobody_opened_says_what_she_has_to_do(self, api: BotApi) -> None:
        with pytest.raises(PermanentFailure, match=r"the assistant's chat 5: .* press Start"):
            await probe_telegram(server(api), 5)

    async def test_a_webhook_is_named_as_it_takes_all_messages(self, api: BotApi) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{api.url}/bot{api.token}/setWebhook", data={"url": "https://example.org"}) as answer,
        ):
            assert answer.status == 200
        with pytest.raises(PermanentFailure, match="webhook"):
            await probe_telegram(server(api))

    async def test_a_server_that_is_away_is_temporary(self) -> None:
        async with BotApi() as gone:
            pass
        with pytest.raises(TemporaryFailure, match="cannot be reached"):
            await probe_telegram(server(gone))


async def test_buttons_stand_under_a_message(api: BotApi, courier: TelegramCourier, commitment: Commitment) -> None:
    rows = ((("Correct #1 <&>", "correct:1"),), (("One", "a:1"), ("Two", "a:2")))
    await courier.hand_over(replace(a_message(), buttons=rows), commitment)
    (sent,) = api.sent(ANNA)
    assert sent.buttons == rows


async def test_broken_tags_do_not_cost_the_buttons(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    rows = ((("Correct", "correct:1"),),)
    await courier.hand_over(replace(a_message("<b>broken"), buttons=rows), commitment)
    assert [sent.buttons for sent in api.sent(ANNA)] == [rows]


async def test_a_press_is_answered_once_and_a_late_answer_harms_nobody(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    await courier.hand_over(replace(a_message(), buttons=((("Go", "go:1"),),)), commitment)
    callback = api.press(ANNA, api.sent(ANNA)[0].message_id, "go:1")
    await courier.answer(callback, "x" * 500)
    assert api.callback_answers[callback] == "x" * 200
    await courier.answer(callback, "again")
    assert api.callback_answers[callback] == "x" * 200


class TestFiles:
    def a_file(self, folder: Path, name: str = "offer.pdf", content: bytes = b"%PDF") -> OutgoingFile:
        path = folder / name
        path.write_bytes(content)
        return OutgoingFile(str(path), name, "application/pdf")

    async def test_one_goes_with_the_text_as_its_caption(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment, tmp_path: Path
    ) -> None:
        files = (self.a_file(tmp_path, "oferta końcowa.pdf"),)
        receipt = await courier.hand_over(replace(a_message("<b>Here</b>", silent=True), files=files), commitment)
        (sent,) = api.sent(ANNA)
        assert (sent.text, sent.silent, str(sent.message_id)) == ("Here", True, receipt)
        assert [(file.name, file.content) for file in sent.files] == [("oferta końcowa.pdf", b"%PDF")]

    async def test_several_are_one_album_and_one_request(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment, tmp_path: Path
    ) -> None:
        files = tuple(self.a_file(tmp_path, name) for name in ("a.pdf", "b.pdf", "c.pdf"))
        await courier.hand_over(replace(a_message("Here"), files=files), commitment)
        assert api.requests == ["sendmediagroup"]
        assert [file.name for sent in api.sent(ANNA) for file in sent.files] == ["a.pdf", "b.pdf", "c.pdf"]
        assert [sent.text for sent in api.sent(ANNA)] == ["", "", "Here"]

    @pytest.mark.parametrize("buttons", [True, False])
    async def test_a_long_text_or_one_with_buttons_goes_before_them(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment, tmp_path: Path, buttons: bool
    ) -> None:
        text = "Here" if buttons else "é" * 1025
        rows = ((("Go", "go:1"),),) if buttons else ()
        message = replace(a_message(text), files=(self.a_file(tmp_path),), buttons=rows)
        receipt = await courier.hand_over(message, commitment)
        said, file = api.sent(ANNA)
        assert (said.text, said.buttons, str(said.message_id), file.text) == (text, rows, receipt, "")

    async def test_broken_tags_of_a_caption_cost_only_the_looks(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment, tmp_path: Path
    ) -> None:
        await courier.hand_over(replace(a_message("<b>Here"), files=(self.a_file(tmp_path),)), commitment)
        assert [(sent.text, sent.files[0].content) for sent in api.sent(ANNA)] == [("Here", b"%PDF")]

    async def test_what_cannot_be_sent_is_told_before_anything_is(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment, tmp_path: Path
    ) -> None:
        for content, words in ((None, "no longer there"), (b"", "is empty"), (50_000_001, "has 50 MB")):
            file = self.a_file(tmp_path, content=content if isinstance(content, bytes) else b"x")
            if content is None:
                Path(file.path).unlink()
            elif isinstance(content, int):
                with Path(file.path).open("wb") as large:
                    large.truncate(content)
            with pytest.raises(PermanentFailure, match=words):
                await courier.hand_over(replace(a_message(), files=(file,)), commitment)
        assert (api.requests, commitment.requests_before) == ([], [])

    @pytest.mark.parametrize(
        ("fault", "times", "failure", "arrived"),
        [
            pytest.param(Fault.BAD_GATEWAY, 1, None, 2, id="once refused, then taken"),
            pytest.param(Fault.FLOOD, 9, PermanentFailure, 1, id="refused again and again"),
            pytest.param(Fault.CUT_AFTER, 1, InDoubt, 2, id="nobody can tell"),
        ],
    )
    async def test_a_text_that_has_arrived_is_never_sent_again_for_its_files(
        self,
        api: BotApi,
        courier: TelegramCourier,
        commitment: Commitment,
        tmp_path: Path,
        fault: Fault,
        times: int,
        failure: type[ChannelFailure] | None,
        arrived: int,
    ) -> None:
        message = replace(a_message("é" * 1025), files=(self.a_file(tmp_path),))
        api.fails(fault, "sendDocument", times=times, retry_after=31 if times > 1 else 1)
        if failure is None:
            await courier.hand_over(message, commitment)
        else:
            with pytest.raises(failure, match="the text has arrived"):
                await courier.hand_over(message, commitment)
        assert len(api.sent(ANNA)) == arrived


class TestForwarding:
    async def test_shows_the_original(self, api: BotApi, courier: TelegramCourier, commitment: Commitment) -> None:
        original = api.client_sends_voice(ANNA)
        api.opens_chat(7)
        message = replace(a_message("a voice message", to=7), forward_from=f"{ANNA}/{original}")
        receipt = await courier.hand_over(message, commitment)
        (sent,) = api.sent(7)
        assert (sent.forwarded_from, str(sent.message_id)) == ((ANNA, original), receipt)

    async def test_shows_all_of_an_album(self, api: BotApi, courier: TelegramCourier, commitment: Commitment) -> None:
        numbers = api.client_sends_album(ANNA, ["one", "", ""])
        api.opens_chat(7)
        parts = ",".join(map(str, numbers))
        await courier.hand_over(replace(a_message("album", to=7), forward_from=f"{ANNA}/{parts}"), commitment)
        assert [sent.forwarded_from for sent in api.sent(7)] == [(ANNA, number) for number in numbers]

    @pytest.mark.parametrize(
        "place",
        [
            pytest.param(f"{ANNA}/999", id="it is gone"),
            pytest.param(f"{ANNA}@7/1", id="of a business chat"),
            pytest.param("5/1", id="of a chat that nobody knows"),
            pytest.param("nonsense", id="no place at all"),
        ],
    )
    async def test_what_cannot_be_forwarded_is_told_in_a_line(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment, place: str
    ) -> None:
        await courier.hand_over(replace(a_message("a voice message, 0:42"), forward_from=place), commitment)
        assert [(sent.text, sent.forwarded_from) for sent in api.sent(ANNA)] == [("a voice message, 0:42", None)]

    async def test_what_is_protected_is_told_in_a_line(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        original = api.client_sends(ANNA, {"text": "secret", "has_protected_content": True})
        await courier.hand_over(replace(a_message("a message"), forward_from=f"{ANNA}/{original}"), commitment)
        assert api.requests == ["forwardmessages", "copymessages", "sendmessage"]
        assert [sent.text for sent in api.sent(ANNA)] == ["a message"]


async def test_an_answer_names_what_it_answers_unless_that_is_gone(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    asked = api.client_writes(ANNA, "when?")
    for answered in (f"{ANNA}/{asked}", str(asked), f"{ANNA}/999", "nonsense"):
        await courier.hand_over(replace(a_message("at ten"), reply_to=answered), commitment)
    assert [sent.reply_to for sent in api.sent(ANNA)] == [asked, asked, None, None]


async def test_a_group_that_has_moved_is_followed(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    api.opens_group(-5, "Studio", "group")
    api.group_moves(-5, -1005)
    await courier.hand_over(a_message(to=-5), commitment)
    assert [sent.text for sent in api.sent(-1005)] == ["Hello"]
    assert len(commitment.requests_before) == 1


async def test_a_group_that_sent_the_bot_away_says_so(
    api: BotApi, courier: TelegramCourier, commitment: Commitment
) -> None:
    api.opens_group(-5)
    api.group_removes_bot(-5)
    with pytest.raises(PermanentFailure, match="the bot was removed from this group"):
        await courier.hand_over(a_message(to=-5), commitment)
