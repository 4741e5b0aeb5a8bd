"""The parts of one generation: everything that is built from one configuration, and the only place where concrete
channels are named."""

import asyncio
import logging
import os
import ssl
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from triage_bot.acknowledging import Correspondence, MailIdentity
from triage_bot.channels.imap_inbox import ImapInbox
from triage_bot.channels.imap_sent import SaveSent, SentFolder
from triage_bot.channels.mail_parse import Sizes
from triage_bot.channels.protocols import Courier, Inbox, LoadCursor
from triage_bot.channels.sent_copies import KeepingCourier
from triage_bot.channels.smtp_connections import SmtpConnections
from triage_bot.channels.smtp_courier import SmtpCourier
from triage_bot.clock import Clock
from triage_bot.config import build
from triage_bot.config.model import Config, MailAccount
from triage_bot.core.messages import Cursor
from triage_bot.core.quota import Quota
from triage_bot.correcting import BUTTON, Corrections
from triage_bot.desk import Desk
from triage_bot.digests import Digests
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
from triage_bot.outbox import Bell, Outbox, RetrySettings
from triage_bot.renewing import Renewal
from triage_bot.store.drafts import Entry
from triage_bot.store.store import Store
from triage_bot.store.writer import AFTER_STORE_TROUBLE, Writer
from triage_bot.templates import Templates
from triage_bot.troubles import Troubles

log = logging.getLogger(__name__)

LOOK_WITHIN = 10.0
"""Seconds that a Sent folder is given to say whether a mail has left."""
AFTER_OWN_ERROR = 30.0
"""Seconds until an inbox that met an error of ours is read again."""
DESK = "telegram"
"""The name of the Telegram channel."""


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
    ) -> None:
        self._config = config
        self._store = store
        self._writer = writer
        self._clock = clock
        terms = build.terms(config)
        templates = Templates(build.templates_folder(config), _template_failed)
        bell = Bell()
        accounts = config.channels.mail
        correspondence = Correspondence(
            directory=terms.directory,
            limits=terms.limits,
            templates=templates,
            identities={account.name: MailIdentity((account.address, *account.aliases)) for account in accounts},
            desk=DESK if config.channels.telegram and config.assistant.telegram is not None else "",
        )
        self.troubles = Troubles(store, writer, clock, correspondence, ring=bell.ring)
        self.health = Health(clock, self.troubles)
        retries = RetrySettings(config.outbox.retry_first, config.outbox.retry_most, config.outbox.give_up_after)
        self.outbox = Outbox(
            store,
            writer,
            clock,
            bell,
            retries,
            config.outbox.lease,
            chance,
            self.troubles.undelivered,
            self.has_left,
            Renewal(store, writer, clock, correspondence),
            {account.name: Quota(account.smtp.per_hour, account.smtp.per_day) for account in accounts},
        )
        second_process = config.judging.second_process and (os.cpu_count() or 1) > 1
        self.judging = Judging(terms, pool, second_process=second_process)
        self.intake = Intake(store, writer, clock, terms, correspondence, self.judging, self.troubles, bell.ring)
        self.digests = Digests(
            store,
            writer,
            clock,
            correspondence,
            silent_when_empty=config.digest.empty_window == "silent",
            ring=bell.ring,
        )
        self._correspondence = correspondence
        self._corrections = Corrections(store, correspondence)
        self._ring = bell.ring
        self._has_desk = bool(correspondence.desk)
        tls = ssl.create_default_context()
        self.inboxes: list[Inbox] = [self._mail_inbox(account, pool, tls) for account in accounts]
        self._sent = {account.name: _sent_folder(account, pool, tls) for account in accounts}
        self.couriers: list[tuple[Courier, int]] = [  # and how many entries it takes at once
            (self._mail_courier(account), config.outbox.connections) for account in accounts
        ]
        if config.channels.telegram is not None:
            self._add_telegram(config)

    def _mail_courier(self, account: MailAccount) -> Courier:
        server = build.smtp_server(account)
        connections = SmtpConnections(
            account.name, lambda: SmtpCourier(account.name, server), self._config.outbox.connections
        )
        return KeepingCourier(connections, self._sent[account.name])

    def _mail_inbox(self, account: MailAccount, pool: ThreadPoolExecutor, tls: ssl.SSLContext) -> Inbox:
        sizes = self._config.sizes
        return ImapInbox(
            account.name,
            build.imap_server(account),
            account.imap.folder,
            start_at=account.imap.start_at,
            poll_every=account.imap.poll_every,
            use_idle=account.imap.idle,
            sizes=Sizes(sizes.max_header_bytes, sizes.max_text_bytes, sizes.max_text_bytes),
            clock=self._clock,
            health=self.health,
            pool=pool,
            ssl_context=tls,
            expect=self.intake.expect,
        )

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

    def _add_telegram(self, config: Config) -> None:
        # Imported only where it is used: the library costs as much memory as all the rest.
        from triage_bot.channels.telegram_courier import TelegramCourier
        from triage_bot.channels.telegram_inbox import TelegramInbox

        server = build.telegram_server(config)
        chat = config.assistant.telegram
        courier = TelegramCourier(DESK, server)
        buttons = {BUTTON: self._corrections.pressed}
        desk = Desk(self._writer, self._clock, self._correspondence, courier, buttons, ring=self._ring)
        self.inboxes.append(
            TelegramInbox(
                DESK,
                server,
                assistant_chat=chat,
                clock=self._clock,
                health=self.health,
                on_assistant=desk.act if chat is not None else None,
                locale=config.assistant.language,
            )
        )
        self.couriers.append((courier, 1))

    async def _report_broken_promises(self) -> None:
        """Once, as a configuration begins to count."""
        while True:
            try:
                await self._writer.call(self._corrections.report, self._clock.now())
            except StoreError as error:
                log.error("nobody could look for broken promises: %s", error)
                await asyncio.sleep(AFTER_STORE_TROUBLE)
                continue
            self._ring()
            return

    def reading(self) -> list[Coroutine[Any, Any, None]]:
        """The loops that may be cancelled at any moment: what they had not recorded is read again."""

        async def load_cursor(source: str) -> Cursor | None:
            return await self._writer.call(self._store.cursor, source)

        loops = [self._read(inbox, load_cursor) for inbox in self.inboxes]
        loops += [self._report_broken_promises(), self.outbox.notice_others()]
        if self._has_desk:
            loops += [self.digests.run(), self.health.watch()]
        return loops

    async def _read(self, inbox: Inbox, load_cursor: LoadCursor) -> None:
        """One inbox that stumbles over an error of ours must not take the others with it."""
        while True:
            try:
                await inbox.run(load_cursor, self.intake.record)
            except Exception as error:
                own = f"an error of the program itself: {where(error)}"
                log.critical("%s: %s; again in %d s", inbox.name, own, AFTER_OWN_ERROR)
                self.health(inbox.name, TemporaryFailure(own))
                await asyncio.sleep(AFTER_OWN_ERROR)


def _sent_folder(account: MailAccount, pool: ThreadPoolExecutor, tls: ssl.SSLContext) -> SentFolder:
    return SentFolder(
        account.name,
        build.imap_server(account),
        sending_host=account.smtp.host,
        mode=SaveSent(account.save_sent),
        folder=account.sent_folder,
        pool=pool,
        ssl_context=tls,
    )


def _template_failed(failure: Problem) -> None:
    log.error("a template failed and was replaced by the built-in one: %s", failure)
