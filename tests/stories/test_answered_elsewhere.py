"""She answers from her mail program, and the bot notices by itself."""

import asyncio
import imaplib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.patience import PATIENCE
from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone
from triage_bot.core.items import Item, ItemState
from triage_bot.core.ledger import PromiseState
from triage_bot.demo.mail_servers import ImapServer
from triage_bot.demo.stage import ASSISTANT_CHAT, CHANNEL, MAILBOX, PASSWORD, Stage, compose_mail

OpenHers = Callable[..., Awaitable["Hers"]]
ANNA = "anna@nowak.example"
PATIENT = {"  acknowledge_after: 0s\n": ""}


class Hers:
    """The stage, and her mail program."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.sent = "Sent" if isinstance(stage.imap, ImapServer) else "Out"
        self.source = f"{CHANNEL}/{self.sent}"
        self._first = 0

    async def asks(self, subject: str, number: int = 1, **headers: str) -> None:
        named = {"Message-ID": f"<{number}@nowak.example>", **headers}
        await self.stage.mail(ANNA, subject, "Proszę o ofertę.", headers=named)
        await self.stage.quiet()

    async def writes(self, to: str, subject: str, *, at: datetime | None = None, **headers: str) -> None:
        """Her mail program lays a copy of what she has sent into the Sent folder."""
        now = at or self.stage.clock.now()
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = compose_mail(MAILBOX, subject, "Już wysyłam.", now, to=to, headers=fields)
        await self.stage.imap.deliver(MAILBOX, raw, now, folder=self.sent)

    async def replies(self, number: int = 1, to: str = ANNA, message_id: str = "<hers@zaradna.example>") -> None:
        ref = f"<{number}@nowak.example>"
        await self.writes(to, "Re: Oferta", In_Reply_To=ref, References=ref, Message_ID=message_id)

    async def until(self, state: ItemState, item_id: int = 1) -> Item:
        await self.stage.until(lambda store: (item := store.item(item_id)) is not None and item.state is state)
        return self.item(item_id)

    def item(self, item_id: int = 1) -> Item:
        item = self.stage.ask(lambda store: store.item(item_id))
        assert item is not None
        return item

    def kinds(self, item_id: int = 1) -> list[str]:
        return [event.kind for event in self.stage.ask(lambda store: store.history(item_id))]

    async def begin(self) -> None:
        """Until the folder was looked at for the first time."""
        await self.stage.until(lambda store: store.cursor(self.source) is not None)
        self._first = self.position()

    async def has_read(self, number: int) -> None:
        """Until so many copies were looked at that were laid down since."""
        await self.stage.until(lambda store: self.position() >= self._first + number)

    def position(self) -> int:
        cursor = self.stage.ask(lambda store: store.cursor(self.source))
        assert cursor is not None
        return cursor.position

    async def mark(self, number: int = 1) -> None:
        def store() -> None:
            client = imaplib.IMAP4("127.0.0.1", self.stage.imap.port, timeout=PATIENCE)
            client.login(MAILBOX, PASSWORD)
            client.select("INBOX")
            status, answer = client.store(str(number), "+FLAGS", "(\\Answered)")
            assert status == "OK", answer
            client.logout()

        await asyncio.to_thread(store)


async def hers(
    on_stage: OpenStage, moment: datetime, *, changes: dict[str, str] | None = None, **settings: Any
) -> Hers:
    """The program runs, and her mailbox has had a Sent folder for long."""
    stage = await on_stage(moment, **settings)
    await stage.stop()
    found = Hers(stage)
    await found.writes("dawny@klient.example", "Dawniej", at=moment - timedelta(days=1))
    stage.write_config(CLIENTS, changes=changes)
    await stage.start()
    await found.begin()
    return found


async def test_if_she_answers_within_the_grace_there_is_no_acknowledgement(on_any_imap: OpenStage) -> None:
    her = await hers(on_any_imap, at(20, 9), changes=PATIENT)
    await her.asks("Oferta")
    await her.stage.move(timedelta(seconds=30))
    await her.replies()
    item = await her.until(ItemState.ANSWERED)
    await her.stage.move(timedelta(hours=1))
    assert mails(her.stage) == []
    assert item.answered_at == at(20, 9, 0, 30)
    (line,) = her.stage.ask(lambda store: store.promises_of(1))
    assert line.promise.state is PromiseState.WITHDRAWN
    assert "answered elsewhere" in her.kinds()


async def test_an_answer_after_the_weekend_keeps_the_promise_and_is_measured(on_any_imap: OpenStage) -> None:
    her = await hers(on_any_imap, at(13, 15))
    await her.asks("Oferta")
    assert len(mails(her.stage)) == 1
    await her.stage.move_to(at(16, 9))
    await her.replies()
    await her.until(ItemState.ANSWERED)
    (line,) = her.stage.ask(lambda store: store.promises_of(1))
    assert line.promise.state is PromiseState.KEPT
    assert line.kept_by == "mail in Sent"
    assert line.clock_seconds == 66 * 3600
    assert line.working_seconds == 2 * 3600


async def test_an_answer_to_the_copy_of_our_acknowledgement_counts(on_stage: OpenStage) -> None:
    her = await hers(on_stage, at(20, 9))
    await her.asks("Oferta")
    (answer,) = mails(her.stage)
    await her.stage.move(timedelta(minutes=5))
    await her.writes(ANNA, "Re: Re: Oferta", In_Reply_To=str(answer["Message-ID"]))
    await her.until(ItemState.ANSWERED)


async def test_copies_of_our_acknowledgements_never_count(on_any_imap: OpenStage) -> None:
    her = await hers(on_any_imap, at(20, 9))
    await her.asks("Oferta")
    await her.has_read(1)
    assert her.item().state is ItemState.OPEN
    await her.writes("wspolpraca@gmail.example", "Inne")
    await her.has_read(2)
    assert her.item().state is ItemState.OPEN


async def test_a_mail_without_references_answers_by_recipient_and_subject(on_stage: OpenStage) -> None:
    her = await hers(on_stage, at(20, 9))
    await her.asks("Oferta dla hotelu")
    await her.asks("Faktura", 2)
    await her.stage.move(timedelta(minutes=20))
    await her.writes(f"Anna <{ANNA.upper()}>", "ODP: oferta  dla hotelu")
    await her.until(ItemState.ANSWERED)
    assert her.item(2).state is ItemState.OPEN


async def test_who_hands_a_mail_on_has_not_answered_it(on_stage: OpenStage) -> None:
    her = await hers(on_stage, at(20, 9))
    await her.asks("Oferta")
    await her.replies(to="recepcja@hotel.example")
    await her.replies(to="kolezanka@biuro.example", message_id="<hers2@zaradna.example>")
    await her.has_read(3)
    assert her.item().state is ItemState.OPEN


async def test_her_answer_is_known_before_the_mail_that_it_answers(on_stage: OpenStage) -> None:
    """After an outage the folders are read in any order."""
    her = await hers(on_stage, at(20, 9))
    await her.replies()
    await her.has_read(1)
    await her.asks("Oferta")
    await her.until(ItemState.ANSWERED)
    assert mails(her.stage) == []
    await her.stage.move(timedelta(hours=2))
    assert mails(her.stage) == []


async def test_the_answer_to_her_own_mail_joins_the_thread(on_stage: OpenStage) -> None:
    her = await hers(on_stage, at(20, 9))
    await her.asks("Oferta")
    await her.stage.move(timedelta(minutes=5))
    await her.replies()
    await her.until(ItemState.ANSWERED)
    await her.stage.move(timedelta(minutes=5))
    await her.asks("Jeszcze pytanie", 2, **{"In-Reply-To": "<hers@zaradna.example>"})
    assert her.item(2).thread_id == her.item(1).thread_id


async def test_a_follow_up_after_her_answer_in_time_is_acknowledged(on_stage: OpenStage) -> None:
    """The acknowledgement that never left does not stand for the one that is due now."""
    her = await hers(on_stage, at(20, 9), changes=PATIENT)
    await her.asks("Oferta")
    await her.replies()
    await her.until(ItemState.ANSWERED)
    await her.stage.move(timedelta(minutes=10))
    await her.asks("Re: Oferta", 2, **{"In-Reply-To": "<1@nowak.example>"})
    await her.stage.move(timedelta(minutes=2))
    assert len(mails(her.stage)) == 1


async def test_a_mark_in_the_inbox_answers_where_no_mail_lies_in_sent(on_any_imap: OpenStage) -> None:
    her = await hers(on_any_imap, at(20, 9), changes={"poll_every: 1m": "poll_every: 1s"})
    await her.asks("Oferta")
    await her.stage.move(timedelta(minutes=90))
    await her.mark()
    item = await her.until(ItemState.ANSWERED)
    assert item.answered_at == at(20, 10, 30)
    (line,) = her.stage.ask(lambda store: store.promises_of(1))
    assert (line.promise.state, line.kept_by) == (PromiseState.KEPT, "marked as answered")


async def test_a_mail_in_sent_proves_an_earlier_moment_than_the_mark(on_stage: OpenStage) -> None:
    her = await hers(on_stage, at(20, 15), changes={"poll_every: 1m": "poll_every: 1s"})
    await her.asks("Oferta")
    await her.stage.move_to(at(23, 17))  # the promise breaks on Monday at 16:00
    await her.mark()
    await her.until(ItemState.ANSWERED)
    (line,) = her.stage.ask(lambda store: store.promises_of(1))
    assert line.promise.state is PromiseState.BROKEN
    await her.writes(ANNA, "Re: Oferta", at=at(23, 15, 50), In_Reply_To="<1@nowak.example>")
    await her.stage.until(lambda store: store.promises_of(1)[0].kept_by == "mail in Sent")
    (line,) = her.stage.ask(lambda store: store.promises_of(1))
    assert line.promise.state is PromiseState.KEPT
    assert her.item().answered_at == at(23, 15, 50)


async def test_after_the_folder_was_numbered_anew_nothing_counts_twice(on_stage: OpenStage) -> None:
    her = await hers(on_stage, at(20, 9))
    await her.asks("Oferta")
    await her.stage.move(timedelta(minutes=5))
    await her.replies()
    await her.until(ItemState.ANSWERED)
    await her.stage.stop()
    assert isinstance(her.stage.imap, ImapServer)
    await her.stage.imap.renumber(MAILBOX, her.sent)
    before = her.kinds()
    epoch = her.stage.ask(lambda store: store.cursor(her.source).epoch)  # type: ignore[union-attr]
    await her.stage.start()
    await her.stage.until(lambda store: store.cursor(her.source).epoch != epoch)  # type: ignore[union-attr]
    assert her.kinds() == before


async def test_a_mailbox_without_a_sent_folder_works_without(
    on_stage: OpenStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    stage = await on_stage(at(20, 9))
    await stage.mail(ANNA, "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.until(lambda store: "has no folder for sent mail" in caplog.text)
    assert len(mails(stage)) == 1
    assert phone(stage) == []
    assert caplog.text.count("has no folder for sent mail") == 1


async def test_switched_off_the_sent_folder_is_not_read(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.stop()
    off = {"      smtp: {host": "      watch_sent: false\n      smtp: {host"}
    stage.write_config(CLIENTS, changes=off)
    her = Hers(stage)
    await her.writes("dawny@klient.example", "Dawniej")
    await stage.start()
    await her.asks("Oferta")
    await her.replies()
    await stage.move(timedelta(hours=4))
    assert stage.ask(lambda store: store.cursor(f"{CHANNEL}/{her.sent}")) is None
    assert her.item().state is ItemState.OPEN


class TestHerOwnAccountOnTelegram:
    async def test_what_she_writes_herself_in_time_is_the_answer(self, on_stage: OpenStage) -> None:
        her = await hers(on_stage, at(20, 9), changes=PATIENT)
        telegram = her.stage.telegram
        business = telegram.connects_account(ASSISTANT_CHAT)
        telegram.business_writes(business, 500, "proszę o ofertę na targi", name="Anna")
        await her.stage.quiet()
        await her.stage.move(timedelta(seconds=30))
        telegram.business_writes(business, 500, "już się robi!", by_owner=True)
        item = await her.until(ItemState.ANSWERED)
        assert item.answered_at == at(20, 9, 0, 30)
        await her.stage.move(timedelta(hours=1))
        assert telegram.sent(500) == ()
        assert telegram.sent_in_name(ASSISTANT_CHAT, 500) == ()

    async def test_what_the_client_takes_back_says_so_and_is_not_acknowledged(self, on_stage: OpenStage) -> None:
        her = await hers(on_stage, at(20, 9), changes=PATIENT)
        telegram = her.stage.telegram
        business = telegram.connects_account(ASSISTANT_CHAT)
        number = telegram.business_writes(business, 500, "proszę o ofertę na targi", name="Anna")
        await her.stage.quiet()
        telegram.business_deletes(business, 500, [number])
        await her.stage.until(lambda store: store.messages_of(1)[0].deleted_at is not None)
        await her.stage.move(timedelta(hours=1))
        item = her.item()
        assert item.state is ItemState.OPEN
        assert item.excerpt == "(wycofane przez klienta) proszę o ofertę na targi"
        assert telegram.sent_in_name(ASSISTANT_CHAT, 500) == ()


async def test_of_an_account_that_is_out_she_hears_once(on_stage: OpenStage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    her = await hers(on_stage, at(20, 9))
    assert isinstance(her.stage.imap, ImapServer)
    await her.stage.imap.stop()
    await her.stage.until(lambda store: "/INBOX: cannot be read" in caplog.text)
    await her.stage.until(lambda store: "/Sent: cannot be read" in caplog.text)
    for _ in range(3):
        await her.stage.move(timedelta(minutes=10))
    await her.stage.until(lambda store: bool(phone(her.stage)))
    (told,) = phone(her.stage)
    assert "poczty kontakt@zaradna.example (" in told
    await her.stage.imap.start()
    await her.stage.until(lambda store: "/Sent: works again" in caplog.text)
    await her.stage.move(timedelta(minutes=10))
    assert "Sent" not in "".join(phone(her.stage))
