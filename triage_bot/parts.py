"""The parts of one generation: everything that is built from one configuration, and the only place where concrete
channels are named."""

import asyncio
import contextlib
import logging
import os
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from triage_bot.acknowledging import Correspondence, MailIdentity
from triage_bot.channels import telegram_library
from triage_bot.channels.imap_inbox import ImapInbox, nothing_awaited
from triage_bot.channels.imap_pool import Pool
from triage_bot.channels.imap_sent import SaveSent, SentFolder
from triage_bot.channels.imap_sent_watch import ImapSentWatch
from triage_bot.channels.mail_parse import Sizes
from triage_bot.channels.protocols import AssistantAction, Courier, Inbox, LoadCursor
from triage_bot.channels.sent_copies import KeepingCourier
from triage_bot.channels.smtp_connections import SmtpConnections
from triage_bot.channels.smtp_courier import SmtpCourier
from triage_bot.channels.staying_open import StaysOpen
from triage_bot.channels.tls import client_context
from triage_bot.cldr import learn_all
from triage_bot.clock import Clock
from triage_bot.config import build
from triage_bot.config.model import Config, MailAccount, ServerSettings, TelegramSettings
from triage_bot.core.directory import STRANGER
from triage_bot.core.messages import Cursor
from triage_bot.core.quota import Quota
from triage_bot.core.standing import Standing
from triage_bot.core.suppression import Ours
from triage_bot.correcting import BUTTON, Corrections
from triage_bot.digests import Digests, DigestSettings
from triage_bot.errors import (
    ChannelFailure,
    Problem,
    StoreError,
    TemporaryFailure,
    where,
)
from triage_bot.health import Health
from triage_bot.intake import Intake
from triage_bot.judging import Judging
from triage_bot.leasing import Duty
from triage_bot.outbox import Outbox, RetrySettings
from triage_bot.promise_watch import PromiseWatch
from triage_bot.renewing import Renewal
from triage_bot.standing_watch import StandingWatch
from triage_bot.store.drafts import Entry
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.tally import Tally
from triage_bot.templates import Templates
from triage_bot.trays import Bell
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)

LOOK_WITHIN = 10.0
"""Seconds that a Sent folder is given to say whether a mail has left."""
AFTER_OWN_ERROR = 30.0
"""Seconds until an inbox that met an error of ours is read again."""
DESK = "telegram"
"""The name of the Telegram channel."""
NOTING_THREADS = 4
"""Couriers that can write down what leaves at the same time, where the database takes several writers."""
FINISH_WITHIN = 6.0
"""Seconds that an entry in the middle of its handover is given before it is left for the next start."""


class Parts:
    """The parts of one generation."""

    def __init__(
        self,
        config: Config,
        store: Store,
        writer: Writer,
        pool: ThreadPoolExecutor,
        clock: Clock,
        chance: Callable[[], float],
        *,
        standing: Standing,
        renew: Callable[[], None],
        tally: Tally,
    ) -> None:
        self._config = config
        self._standing = standing
        self._renew = renew
        self._store = store
        self._writer = writer
        self._clock = clock
        learn_all()
        terms = build.terms(config, standing)
        templates = Templates(build.templates_folder(config), self._template_failed)
        bell = Bell()
        accounts = config.channels.mail
        correspondence = Correspondence(
            directory=terms.directory,
            limits=terms.limits,
            templates=templates,
            identities={account.name: MailIdentity((account.address, *account.aliases)) for account in accounts},
            desk=DESK if config.channels.telegram else "",
        )
        self.troubles = Troubles(store, writer, clock, correspondence, bell.ring, config.desk.alerts_per_hour)
        self.health = Health(clock, self.troubles, desk=DESK)
        retries = RetrySettings(config.outbox.retry_first, config.outbox.retry_most, config.outbox.give_up_after)
        self._closing = contextlib.AsyncExitStack()
        self._outbox = partial(
            Outbox,
            store,
            self._notes(writer),
            clock,
            bell,
            retries,
            config.outbox.lease,
            chance,
            self.troubles.undelivered,
            self.has_left,
            Renewal(store, writer, clock, correspondence),
            {account.name: Quota(account.smtp.per_hour, account.smtp.per_day) for account in accounts},
            tally,
            store.database.worker,
            self.health.sending,
        )
        self.judging = Judging(terms, pool, second_process=config.judging.second_process and (os.cpu_count() or 1) > 1)
        self.intake = Intake(store, writer, clock, terms, correspondence, self.judging, self.troubles, bell, tally)
        self.digests = Digests(
            store,
            writer,
            clock,
            correspondence,
            DigestSettings(config.digest.empty_window == "silent", config.digest.untouched_windows),
            standing,
            ring=bell.ring,
        )
        store.use_calendars(lambda client: terms.directory.agreement(client).calendar)
        self._promise_watch = PromiseWatch(store, writer, clock, correspondence, ring=bell.ring)
        self._correspondence = correspondence
        self._corrections = Corrections(store, correspondence)
        self.ring = bell.ring
        self._has_desk = bool(correspondence.desk)
        self._schedule = build.polling(config, terms)
        imap = Pool()
        self._closing.push_async_callback(imap.aclose)
        self.inboxes: list[Inbox] = [self._mail_inbox(account, imap) for account in accounts]
        self.inboxes += [self._sent_watch(each, imap, terms.ours) for each in accounts if each.watch_sent]
        self._sent = {account.name: _sent_folder(account, imap) for account in accounts}
        self.couriers: list[tuple[Courier, int]] = [  # and how many entries it takes at once
            (self._mail_courier(account), config.outbox.connections) for account in accounts
        ]
        if config.channels.telegram is not None:
            self._add_telegram(config, config.channels.telegram)

    def _notes(self, writer: Writer) -> Writer:
        """Who writes down what leaves. PostgreSQL puts commits of several connections onto the disk together."""
        if not self._store.database.is_shared:
            return writer
        notes = Writer(NOTING_THREADS)
        self._closing.push_async_callback(asyncio.to_thread, notes.close)
        return notes

    def _mail_courier(self, account: MailAccount) -> Courier:
        server = build.smtp_server(account)
        connections = SmtpConnections(
            account.name,
            lambda: SmtpCourier(account.name, server, ssl_context=_tls(account.smtp)),
            self._config.outbox.connections,
        )
        return KeepingCourier(connections, self._sent[account.name])

    def _mail_inbox(self, account: MailAccount, pool: Pool) -> Inbox:
        return ImapInbox(
            account.name,
            build.imap_server(account),
            account.imap.folder,
            start_at=account.imap.start_at,
            poll_every=account.imap.poll_every,
            use_idle=account.imap.idle,
            sizes=_sizes(self._config),
            clock=self._clock,
            health=self.health,
            pool=pool,
            ssl_context=_tls(account.imap),
            expect=self.intake.expect,
            foresee=self.intake.foresee,
            awaited=self._awaited_marks if account.watch_sent else nothing_awaited,
            schedule=self._schedule,
        )

    def _sent_watch(self, account: MailAccount, pool: Pool, ours: Ours) -> Inbox:
        return ImapSentWatch(
            account.name,
            build.imap_server(account),
            account.sent_folder,
            watched=account.imap.folder,
            ours=ours,
            start_at=account.imap.start_at,
            poll_every=account.imap.poll_every,
            use_idle=account.imap.idle,
            sizes=_sizes(self._config),
            clock=self._clock,
            health=self.health.beside(f"{account.name}/{account.imap.folder}"),
            pool=pool,
            ssl_context=_tls(account.imap),
            schedule=self._schedule,
        )

    async def _awaited_marks(self, channel: str, prefix: str) -> list[str]:
        return await self._writer.look(self._store.awaited_marks, channel, prefix)

    def _template_failed(self, failure: Problem) -> None:
        self.troubles.template_failed(failure)

    async def has_left(self, entry: Entry) -> bool:
        """Whether the Sent folder proves that a mail has left, of which the server's answer is not known."""
        sent = self._sent.get(entry.courier)
        if sent is None or not entry.message.message_id:
            return False
        try:
            async with asyncio.timeout(LOOK_WITHIN):
                return await sent.holds(entry.message.message_id)
        except (ChannelFailure, TimeoutError) as error:
            log.info("outbox %d: the Sent folder cannot tell: %s", entry.id, error or "no answer")
            return False

    def _add_telegram(self, config: Config, telegram: TelegramSettings) -> None:
        # Imported only where it is used: the library costs as much memory as all the rest, and without it nobody comes
        # to the desk.
        telegram_library.import_it()
        from triage_bot.channels.telegram_courier import TelegramCourier
        from triage_bot.channels.telegram_inbox import TelegramInbox
        from triage_bot.channels.telegram_people import Groups
        from triage_bot.desk.desk import Desk
        from triage_bot.desk.visit import DeskSettings, Means
        from triage_bot.facts import Facts
        from triage_bot.pairing import Pairing

        server = build.telegram_server(config)
        self._pairing = Pairing(
            self._store,
            self._writer,
            self._clock,
            self._correspondence,
            [each.name for each in (config.assistant, *config.assistants) if each.telegram is not None],
            renew=self._renew,
            ring=self.ring,
        )
        desks = (each.telegram_id for each in self._correspondence.directory.assistants)
        courier = TelegramCourier(DESK, server)
        means = Means(
            store=self._store,
            correspondence=self._correspondence,
            facts=Facts(build.facts_folder(config)),
            settings=DeskSettings(
                config.desk.send_delay, config.desk.most_attachment_bytes, build.attachments_folder(config)
            ),
            corrections=self._corrections,
            renew=self._renew,
        )
        buttons = {BUTTON: self._corrections.pressed}
        self._desk = Desk(means, self._writer, self._clock, courier, ring=self.ring, buttons=buttons)
        self.inboxes.append(
            TelegramInbox(
                DESK,
                server,
                desks=frozenset(each for each in desks if each is not None),
                clock=self._clock,
                health=self.health,
                on_assistant=self._act,
                load_connections=lambda: self._writer.call(self._store.business_connections),
                groups=Groups(telegram.groups),
                locale=config.assistant.language,
            )
        )
        self.couriers.append((StaysOpen(courier), 1))
        self._closing.push_async_callback(courier.close)

    async def _act(self, action: AssistantAction) -> None:
        if not await self._pairing.take(action):
            await self._desk.act(action)

    async def _begin_to_count(self) -> None:
        """What this configuration, and what was said beside it, mean for what was recorded before: told once."""
        for assistant in self._correspondence.directory.assistants:
            if self._has_desk and not self._correspondence.reaches(assistant):
                log.warning("%s has no chat for alerts and digests: `triage-bot pair` makes one", assistant.name)
        while True:
            try:
                await self._writer.call(self._withdraw_paused)
                await self._writer.call(self._store.keep_outages, {inbox.name for inbox in self.inboxes})
                await self._writer.call(self._corrections.report, self._clock.now())
            except StoreError as error:
                log.error("nobody could look for broken promises: %s", error)
                await asyncio.sleep(AFTER_STORE_TROUBLE)
                continue
            self.ring()
            return

    def _withdraw_paused(self) -> None:
        directory = self._correspondence.directory
        paused = [client for client in (STRANGER, *directory.clients) if directory.is_paused(client)]
        if paused and (count := self._store.withdraw_acknowledgements(paused, self._clock.now())):
            log.info("%d acknowledgements that waited are withdrawn: they are paused", count)

    def everywhere(self) -> list[Coroutine[Any, Any, None]]:
        """The loops of every worker. They may be cancelled at any moment."""
        loops = [StandingWatch(self._store, self._writer, self._standing, self._renew, self.ring).run()]
        if self._has_desk:
            loops.append(self.health.watch())
        return loops

    def duties(self) -> list[Duty]:
        """What only one worker does at a time; with more workers each has its share. What a duty reads may be cancelled
        at any moment: what was not recorded is read again."""
        found = [Duty("desk", "", partial(self._serve, "", self._at_the_desk, None))]
        for courier, lanes in self.couriers:
            name = courier.name
            resource = DESK if name == DESK else f"mailbox:{name}"
            work = partial(self._serve, name, partial(self._reading, name), (courier, lanes))
            found.append(Duty(resource, name, work))
        return found

    def _at_the_desk(self) -> list[Coroutine[Any, Any, None]]:
        loops = [self._begin_to_count()]
        if self._has_desk:
            loops += [self.digests.run(), self._promise_watch.run()]
        return loops

    def _reading(self, name: str) -> list[Coroutine[Any, Any, None]]:
        async def load_cursor(source: str) -> Cursor | None:
            return await self._writer.call(self._store.cursor, source)

        loops = [self._read(inbox, load_cursor) for inbox in self.inboxes if inbox.name == name]
        if name == DESK:
            loops.append(self._desk.run())
        return loops

    async def _serve(
        self,
        name: str,
        loops: Callable[[], list[Coroutine[Any, Any, None]]],
        courier: tuple[Courier, int] | None,
        stop: asyncio.Event,
    ) -> None:
        """Read and deliver until `stop`; then an entry in the middle of its handover is given a while."""
        outbox = self._outbox()
        try:
            async with asyncio.TaskGroup() as group:
                reading = [group.create_task(loop) for loop in loops()]
                delivering = [group.create_task(outbox.deliver(*courier))] if courier is not None else []
                await stop.wait()
                for task in reading:
                    task.cancel()
                outbox.stop()
                await asyncio.wait([*reading, *delivering], timeout=FINISH_WITHIN)
                for task in delivering:
                    task.cancel()
        finally:
            self.health.forget(name)

    async def aclose(self) -> None:
        await self._closing.aclose()
        await self.judging.aclose()

    async def _read(self, inbox: Inbox, load_cursor: LoadCursor) -> None:
        """One inbox that stumbles over an error of ours must not take the others with it."""
        while True:
            try:
                await inbox.run(load_cursor, self.intake.record)
            except Exception as error:
                own = f"an error of the program itself: {where(error)}"
                log.critical("%s: %s; again in %d s", inbox.shown, own, AFTER_OWN_ERROR)
                self.health(inbox.shown, TemporaryFailure(own))
                await asyncio.sleep(AFTER_OWN_ERROR)


def _sizes(config: Config) -> Sizes:
    sizes = config.sizes
    return Sizes(sizes.max_header_bytes, sizes.max_text_bytes, sizes.max_text_bytes)


def _sent_folder(account: MailAccount, pool: Pool) -> SentFolder:
    return SentFolder(
        account.name,
        build.imap_server(account),
        sending_host=account.smtp.host,
        mode=SaveSent(account.save_sent),
        folder=account.sent_folder,
        pool=pool,
        ssl_context=_tls(account.imap),
    )


def _tls(server: ServerSettings) -> ssl.SSLContext:
    return client_context(used=server.security != "none")
