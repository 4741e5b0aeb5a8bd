"""What the assistant sees of the bot, against the Bot API over real HTTP."""

import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers.telegram_chats import ANNA, BLOCKED, Commitment, a_message
from triage_bot.channels.protocols import ChatFile
from triage_bot.channels.telegram_courier import TelegramCourier
from triage_bot.demo.bot_api import BotApi, Fault
from triage_bot.errors import PermanentFailure, TemporaryFailure


class TestScreen:
    async def sent(self, courier: TelegramCourier, commitment: Commitment, text: str = "one") -> int:
        return int(await courier.hand_over(a_message(text), commitment))

    async def test_a_message_is_edited_in_place(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        number = await self.sent(courier, commitment)
        rows = ((("Undo", "undo:1"),),)
        assert await courier.edit(ANNA, number, "<b>two</b> &amp; three", rows)
        (seen,) = api.sent(ANNA)
        assert (seen.text, seen.buttons, seen.edits) == ("two & three", rows, 1)

    async def test_the_same_again_is_as_good_as_done(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        number = await self.sent(courier, commitment)
        assert await courier.edit(ANNA, number, "two")
        assert await courier.edit(ANNA, number, "two")
        assert api.sent(ANNA)[0].edits == 1

    async def test_broken_tags_cost_only_the_looks(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        number = await self.sent(courier, commitment)
        assert await courier.edit(ANNA, number, "<b>two")
        assert api.sent(ANNA)[0].text == "two"

    async def test_what_cannot_be_edited_is_false(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        number = await self.sent(courier, commitment)
        hers = api.client_writes(ANNA, "hello")
        for wrong in (999, hers):
            assert not await courier.edit(ANNA, wrong, "two")
        assert not await courier.edit(ANNA, number, "a" * 4097)
        assert not await courier.edit(BLOCKED, number, "two")

    async def test_a_short_flood_is_waited_out_and_a_long_one_is_false(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        number = await self.sent(courier, commitment)
        api.fails(Fault.FLOOD, "editMessageText", retry_after=1)
        assert await courier.edit(ANNA, number, "two")
        api.fails(Fault.FLOOD, "editMessageText", retry_after=60)
        assert not await courier.edit(ANNA, number, "three")

    @pytest.mark.parametrize("fault", Fault, ids=str)
    async def test_no_fault_raises(
        self,
        api: BotApi,
        courier: TelegramCourier,
        impatient: TelegramCourier,
        commitment: Commitment,
        fault: Fault,
    ) -> None:
        number = await self.sent(courier, commitment)
        if fault is Fault.SILENCE:
            courier = impatient
        for method in ("editMessageText", "answerCallbackQuery", "setMyCommands", "readBusinessMessage"):
            api.fails(fault, method, retry_after=9)
        await courier.edit(ANNA, number, "two")
        await courier.answer("1", "words", alert=True)
        await courier.set_menu(ANNA, (("queue", "what waits"),))
        await courier.mark_read("connection", ANNA, 1)

    async def test_an_alert_has_to_be_closed(
        self, api: BotApi, courier: TelegramCourier, commitment: Commitment
    ) -> None:
        await courier.hand_over(replace(a_message(), buttons=((("Go", "go:1"),),)), commitment)
        callback = api.press(ANNA, api.sent(ANNA)[0].message_id, "go:1")
        await courier.answer(callback, "too late", alert=True)
        assert api.callback_alerts == {callback}

    async def test_the_menu_is_that_of_one_chat(self, api: BotApi, courier: TelegramCourier) -> None:
        assert await courier.set_menu(ANNA, (("queue", "co czeka"), ("help", "pomoc")))
        assert (api.menu(ANNA), api.commands) == ((("queue", "co czeka"), ("help", "pomoc")), {})
        assert await courier.set_menu(ANNA, ())
        assert api.menu(ANNA) == ()
        assert not await courier.set_menu(5, (("queue", "co czeka"),))

    async def test_a_file_is_fetched_under_a_name_of_its_own(
        self, api: BotApi, courier: TelegramCourier, tmp_path: Path
    ) -> None:
        api.client_sends_document(ANNA, "offer.pdf", b"%PDF-1.7")
        file = ChatFile("documents/offer.pdf", "../offer.pdf", "application/pdf", 8)
        paths = [await courier.fetch(file, tmp_path, 100) for _ in range(2)]
        assert [(path.read_bytes(), path.parent, path.suffix) for path in paths] == [
            (b"%PDF-1.7", tmp_path, ".pdf")
        ] * 2

    @pytest.mark.parametrize(
        ("told", "most"), [pytest.param(2000, 1000, id="as told"), pytest.param(0, 1000, id="as it turns out")]
    )
    async def test_a_file_that_is_too_large_leaves_nothing_behind(
        self, api: BotApi, courier: TelegramCourier, tmp_path: Path, told: int, most: int
    ) -> None:
        api.client_sends_document(ANNA, "offer.pdf", b"x" * 2000)
        with pytest.raises(PermanentFailure, match="larger than"):
            await courier.fetch(ChatFile("documents/offer.pdf", "offer.pdf", "", told), tmp_path, most)
        assert list(tmp_path.iterdir()) == []

    async def test_a_file_over_20_megabytes_is_beyond_what_a_bot_may_fetch(
        self, api: BotApi, courier: TelegramCourier, tmp_path: Path
    ) -> None:
        api.client_sends_document(ANNA, "offer.pdf", b"x" * 20_000_001)
        with pytest.raises(PermanentFailure, match="larger than 20 MB"):
            await courier.fetch(ChatFile("documents/offer.pdf", "offer.pdf", "", 0), tmp_path, 10**9)

    async def test_a_file_that_cannot_be_fetched_is_a_failure_without_the_token(
        self, api: BotApi, courier: TelegramCourier, tmp_path: Path
    ) -> None:
        with pytest.raises(PermanentFailure, match="Invalid file_id"):
            await courier.fetch(ChatFile("nothing", "offer.pdf", "", 0), tmp_path, 100)
        api.fails(Fault.BAD_GATEWAY, "getFile")
        with pytest.raises(TemporaryFailure) as raised:
            await courier.fetch(ChatFile("nothing", "offer.pdf", "", 0), tmp_path, 100)
        assert api.token not in "".join(traceback.format_exception(raised.value))
        assert list(tmp_path.iterdir()) == []
