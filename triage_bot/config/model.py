"""The configuration, key by key. The documentation of a key stands under it, its default beside it and nowhere else.

Everything here is frozen and typed. A value is judged by itself; what must hold between values stands in `checks`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, PrivateAttr, model_validator

from triage_bot.config import secret
from triage_bot.config.agreement_model import AgreementSettings, Section
from triage_bot.config.contacts import ChatId, Domain, EmailAddress, Host, TelegramContact, url_of
from triage_bot.config.database import database_of
from triage_bot.config.ical import Fingerprint, Occurrence
from triage_bot.config.rule_model import RuleSettings, _list_of
from triage_bot.config.running_model import JudgingSettings, OutboxSettings, SizeSettings, WorkerSettings
from triage_bot.config.values import (
    EMPTY,
    FilePath,
    Flag,
    Language,
    Line,
    Name,
    Span,
    Text,
    Wrong,
    Zone,
    line_of,
    moment_of,
    name_of,
    one_of,
    shown,
    span_between,
    whole,
    zone_of,
)
from triage_bot.errors import Problem
from triage_bot.reading.model import Locale

IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
SMTP_PORTS = {"tls": 465, "starttls": 587, "none": 25}


def _variable_of(raw: object) -> str:
    text = line_of(raw)
    if not secret.is_variable_name(text):
        # Somebody may have put the secret itself here: it is not repeated.
        raise Wrong.here("is not the name of an environment variable: the secret itself does not belong here")
    return text


def _channel_name_of(raw: object) -> str:
    name = name_of(raw)
    if "/" in name:
        raise Wrong.here(f"{shown(raw)} holds a `/`, which divides a mailbox from its folder")
    return name


def _start_of(raw: object) -> datetime | None:
    return None if raw == "now" else moment_of(raw)


Variable = Annotated[str, PlainValidator(_variable_of)]
Security = Annotated[str, PlainValidator(one_of("tls", "starttls", "none"))]
Port = Annotated[int, whole(1, 65535)]
ChannelName = Annotated[str, PlainValidator(_channel_name_of)]
Count = Annotated[int, whole(1, 1_000_000)]


class ServerSettings(Section):
    host: Host
    """Name or address of the server."""
    security: Security = "tls"
    """`tls` (from the first byte), `starttls`, or `none` (allowed for this machine only)."""
    password_env: Variable = ""
    """Name of the environment variable that holds the password."""
    password_file: FilePath | None = None
    """File that holds the password and nothing else; this or `password_env`."""
    timeout: Span = timedelta(seconds=30)
    """How long one answer of the server may take."""

    def password(self) -> str:
        """Empty if nobody logs in. Raises UsageError where a named secret is not to be found."""
        return secret.resolve(self.password_env, self.password_file)


class ImapSettings(ServerSettings):
    user: Name
    """The login name, often the whole address."""
    port: Port = Field(default_factory=lambda values: IMAP_PORTS[values.get("security", "tls")])
    """Default: 993 for tls, 143 otherwise."""
    folder: Name = "INBOX"
    """The folder that is watched. It is opened read-only: unread mail stays unread."""
    start_at: Annotated[datetime | None, PlainValidator(_start_of)] = None
    """Mail older than this is never looked at: `now` (the first start of the bot, default) or a moment with its zone,
    such as 2026-11-20T08:00+01:00."""
    idle: Flag = True
    """Wait for the server's own announcement of new mail (IDLE) where it offers that."""
    poll_every: Span = timedelta(minutes=5)
    """How often to look for new mail in working hours, whatever the server announces. Outside them it is three times as
    long, at night six times, where no emergency could reach you then. Just before each check window it looks always."""


class SmtpSettings(ServerSettings):
    user: Line = ""
    """The login name. Empty: the server asks for none."""
    port: Port = Field(default_factory=lambda values: SMTP_PORTS[values.get("security", "tls")])
    """Default: 465 for tls, 587 for starttls, 25 for none."""
    per_hour: Annotated[int, whole(0, 1_000_000)] = 0
    """How many mails the provider takes in an hour; the rest waits. 0: as many as there are."""
    per_day: Annotated[int, whole(0, 1_000_000)] = 0
    """The same for a day."""


class MailAccount(Section):
    name: ChannelName
    """What this mailbox is called in the log, in rules and in the database. Do not change it later."""
    address: EmailAddress
    """Her address there."""
    aliases: tuple[EmailAddress, ...] = ()
    """Further addresses of hers that end up in this mailbox: answered from the one that the client wrote to."""
    imap: ImapSettings
    """Where mail is read."""
    smtp: SmtpSettings
    """Where acknowledgements are sent."""
    save_sent: Annotated[str, PlainValidator(one_of("auto", "always", "never"))] = "auto"
    """Whether a copy of what was sent is laid into the Sent folder: `auto` (unless the provider does so itself, as
    Gmail and Microsoft 365 do), `always` or `never`."""
    sent_folder: Line = ""
    """The folder for sent mail. Empty: the one that the mailbox marks as such."""
    watch_sent: Flag = True
    """Notice what she answers from her mail program: the folder for sent mail is read too (headers only), and the
    answered marks of the watched folder. What she has answered is closed and not acknowledged any more."""
    acknowledge_strangers: Annotated[str, PlainValidator(one_of("never", "once"))] = "never"
    """Whether somebody who is no client gets one friendly acknowledgement: `never`, or `once` in all. Only a message
    that is proven to come from its sender, so that `authserv_id` is needed for it."""
    authserv_id: Line = ""
    """The name by which the receiving server signs its Authentication-Results (RFC 8601). If given, a message that
    failed its checks is not acknowledged."""

    @model_validator(mode="after")
    def _strangers_are_proven(self) -> "MailAccount":
        if self.acknowledge_strangers == "once" and not self.authserv_id:
            raise Wrong((("acknowledge_strangers",), "`once` needs `authserv_id`: a forged sender must get no answer"))
        return self

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset({self.address, *self.aliases})


class TelegramSettings(Section):
    token_env: Variable = ""
    """Name of the environment variable that holds the bot's token, as @BotFather gave it."""
    token_file: FilePath | None = None
    """File that holds the token and nothing else; this or `token_env`."""
    api_url: Annotated[str, PlainValidator(url_of)] = "https://api.telegram.org"
    """Where the Bot API is. Another one than Telegram's own is for a local Bot API server."""
    groups: Annotated[str, PlainValidator(one_of("mentions", "all", "never"))] = "mentions"
    """Which messages of a group are read in which the bot is: `mentions` (those that mention or answer her or the bot),
    `all`, or `never`."""
    strangers: Annotated[str, PlainValidator(one_of("polite", "silent"))] = "polite"
    """What somebody gets who is no client and writes to the bot: one polite line (again after `limits: repeat_after`),
    or nothing. Her message is queued either way."""

    def token(self) -> str:
        """Raises UsageError where there is none to be found."""
        return secret.resolve(self.token_env, self.token_file)


class Channels(Section):
    mail: tuple[MailAccount, ...] = ()
    """Her mailboxes."""
    telegram: TelegramSettings | None = None
    """Her Telegram bot: it hands her the queue, and clients may write to it."""


class AssistantSettings(Section):
    name: Name
    """Her name, as clients read it."""
    language: Language = Locale.PL
    """The language of what the bot tells her: `pl`, `sr`, `sr-Cyrl` or `en`."""
    zone: Zone = zone_of("Europe/Warsaw")
    """Her time zone."""
    telegram: ChatId | None = None
    """The id of her own Telegram chat with the bot, where alerts and digests go and commands are taken. Without it she
    pairs a chat by a code that `triage-bot pair` prints."""
    signature: Text = ""
    """What stands under mails to clients. Empty: her name."""


class Contact(Section):
    """One of the three."""

    email: EmailAddress | None = None
    """A whole address."""
    domain: Domain | None = None
    """Everybody who writes from this domain."""
    telegram: TelegramContact | None = None
    """A Telegram id (123456789), that of a group (-1001234567890), or a name ("@jan_k")."""

    @model_validator(mode="after")
    def _exactly_one(self) -> "Contact":
        if len(self.model_fields_set) != 1:
            raise Wrong.here("a contact is one of `email`, `domain` and `telegram`: write each as an entry of its own")
        (kind,) = self.model_fields_set
        if getattr(self, kind) is None:
            raise Wrong(((kind,), EMPTY))
        return self


class ClientSettings(Section):
    name: Name
    """What the client is called in the queue, in digests and on the command line."""
    assistant: Line = ""
    """The name of the assistant who works for this client. Empty: the first one."""
    greeting: Line = ""
    """How she is addressed in acknowledgements, in the form her language wants ("Panie Janie"). Empty: not by name."""
    language: Language | None = None
    """The language she is answered in if a message does not tell. Default: the assistant's."""
    zone: Zone | None = None
    """The time zone in which they read moments. Default: that of their agreement."""
    contacts: tuple[Contact, ...] = ()
    """Who writes for her."""
    agreement: AgreementSettings = AgreementSettings.model_construct(_fields_set=set())
    """What was agreed with her otherwise than by default. A key given here replaces the default's whole value."""


class DigestSettings(Section):
    empty_window: Annotated[str, PlainValidator(one_of("one_line", "silent"))] = "one_line"
    """What she gets at a check window at which nothing waits: one line that says so, or nothing."""
    untouched_windows: Count = 3
    """After so many check windows at which nothing was done about an item it comes to the top, with its age."""


class LimitSettings(Section):
    """When acknowledgements stop, so that no loop and no storm goes out in her name. Items are queued all the same."""

    repeat_after: Span = timedelta(hours=24)
    """One acknowledgement a thread in this span."""
    same_text_within: Span = timedelta(minutes=10)
    """None if the contact sent the very same text within this span."""
    acknowledge_until: Span = timedelta(hours=6)
    """None for a message that is older than this when it is read (after an outage)."""
    per_contact_hour: Count = 5
    """Acknowledgements to one contact in an hour."""
    per_contact_day: Count = 20
    """Acknowledgements to one contact in a day."""
    per_domain_hour: Count = 30
    """Acknowledgements to one domain in an hour."""
    strangers_below: Count = 10
    """No stranger gets one any more once so many have gone to all within the hour."""
    all_per_hour: Count = 200
    """Acknowledgements to all in an hour; beyond it they stop and she is told."""


def _listen_of(raw: object) -> tuple[str, int] | None:
    """An address and a port, None for none."""
    text = line_of(raw)
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise Wrong.here(f"{shown(raw)} is no address and port: write `127.0.0.1:9464`")
    return host.strip("[]"), int(port)


class MonitoringSettings(Section):
    """What can be seen of the service from outside."""

    listen: Annotated[tuple[str, int] | None, PlainValidator(_listen_of)] = None
    """Address and port for `/metrics` (Prometheus) and `/healthz`; empty: none. Whoever reaches them can read them."""
    silent_after: Annotated[timedelta, span_between("1m", "366d")] = timedelta(minutes=15)
    """`/healthz` fails when a mailbox or Telegram could not be read for so long. Longer than each `poll_every`."""
    late_after: Span = timedelta(minutes=30)
    """`/healthz` fails when something that was to be sent has waited for so long."""


class QuestionSettings(Section):
    name: Name
    """What the question is called when its answer is suggested to her."""
    words: Annotated[tuple[Name, ...], BeforeValidator(_list_of)]
    """Words by which it is known, each by its beginning; several with spaces must follow one another."""
    answer: Text
    """What she usually answers: a text or a link."""
    send: Annotated[str, PlainValidator(one_of("suggest", "acknowledgement"))] = "suggest"
    """Whether the answer is only suggested to her beside the item, or goes to the client in the acknowledgement."""
    clients: tuple[Name, ...] = ()
    """Only from these clients. Empty: from anybody."""


class DeskSettings(Section):
    """What she does on Telegram."""

    send_delay: Annotated[timedelta, span_between("1s", "1h")] = timedelta(seconds=20)
    """How long what she sends to a client waits, so that she can take it back; an hour at most."""
    most_attachment_bytes: Annotated[int, whole(0, 50_000_000)] = 20_000_000
    """Bytes of all files together that she may send along with one answer. Telegram hands over none above 20 MB."""
    alerts_per_hour: Count = 5
    """Troubles that are told one by one within an hour, to all assistants together; what more there is comes
    together, every ten minutes at most."""


class Config(Section):
    assistant: AssistantSettings
    """Who she is."""
    assistants: tuple[AssistantSettings, ...] = ()
    """Further assistants, each with clients of her own. Strangers are the first one's."""
    database: Annotated[str, PlainValidator(database_of)] = Field(
        default="sqlite:///triage_bot.db", validate_default=True
    )
    """Where everything is kept: `sqlite:///` and a file; a relative one lies beside this file. For several workers on
    one database: `postgresql://user@host/name`, with `?sslmode=verify-full` across a network, or
    `postgresql://user@/name?host=/run/postgresql` for a socket."""
    database_password_env: Variable = ""
    """Name of the environment variable that holds the password of the PostgreSQL user."""
    database_password_file: FilePath | None = None
    """File that holds that password and nothing else; this or `database_password_env`."""
    templates: FilePath | None = None
    """A folder of her own templates, searched before ours file by file; a relative one lies beside this file."""
    facts: FilePath = Field(default=Path("facts"), validate_default=True)
    """A folder with one Markdown file a client: what is known of her. A relative one lies beside this file."""
    channels: Channels = Channels.model_construct()
    """Where clients write to her."""
    agreement: AgreementSettings = AgreementSettings.model_construct(_fields_set=set())
    """What is agreed with every client who has nothing else agreed."""
    clients: tuple[ClientSettings, ...] = ()
    """Whom she works for."""
    urgency_rules: tuple[RuleSettings, ...] = ()
    """Her own rules, asked before the built-in judgement. The first that hits decides."""
    questions: tuple[QuestionSettings, ...] = ()
    """Questions that come again and again, with what she usually answers."""
    desk: DeskSettings = DeskSettings.model_construct()
    """What she does on Telegram."""
    digest: DigestSettings = DigestSettings.model_construct()
    """The list that she gets at each check window."""
    limits: LimitSettings = LimitSettings.model_construct()
    """When acknowledgements stop."""
    outbox: OutboxSettings = OutboxSettings.model_construct()
    """How what goes out is tried again."""
    workers: WorkerSettings = WorkerSettings.model_construct()
    """How several workers share the work."""
    judging: JudgingSettings = JudgingSettings.model_construct()
    """How messages are judged."""
    sizes: SizeSettings = SizeSettings.model_construct()
    """What is read of a message at most."""
    monitoring: MonitoringSettings = MonitoringSettings.model_construct()
    """What can be seen of the service from outside."""

    _folder: Path = PrivateAttr(default_factory=Path.cwd)
    _warnings: tuple[Problem, ...] = PrivateAttr(default=())
    _calendars: Mapping[Path, tuple[Occurrence, ...]] = PrivateAttr(default_factory=dict)
    _seen: Fingerprint = PrivateAttr(default=())

    @property
    def folder(self) -> Path:
        """In which the file lies."""
        return self._folder

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What works but should be mended."""
        return self._warnings

    def without_channels(self) -> "Config":
        """The same agreements, for judging messages that come from nowhere: no accounts and no rules of her own."""
        return self.model_copy(update={"channels": Channels(), "urgency_rules": ()})

    @property
    def calendars(self) -> Mapping[Path, tuple[Occurrence, ...]]:
        """What the files of `days_off_from` held when the configuration was read."""
        return self._calendars

    @property
    def seen(self) -> Fingerprint:
        """How these files looked then."""
        return self._seen

    def with_findings(
        self,
        folder: Path,
        warnings: tuple[Problem, ...],
        calendars: Mapping[Path, tuple[Occurrence, ...]],
        seen: Fingerprint,
    ) -> "Config":
        copy = self.model_copy()
        copy._folder, copy._warnings, copy._calendars, copy._seen = folder, warnings, calendars, seen
        return copy
