"""The configuration, key by key. The documentation of a key stands under it, its default beside it and nowhere else.

Everything here is frozen and typed. A value is judged by itself; what must hold between values stands in `checks`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, PlainValidator, PrivateAttr, ValidationInfo, model_validator

from triage_bot.config import secret
from triage_bot.config.agreement_model import AgreementSettings, Section
from triage_bot.config.contacts import ChatId, Domain, EmailAddress, Host, TelegramContact, url_of
from triage_bot.config.ical import Fingerprint, Occurrence
from triage_bot.config.rule_model import RuleSettings, _list_of
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
    path_of,
    shown,
    whole,
    word_of,
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


def _database_of(raw: object, info: ValidationInfo) -> str:
    text = word_of(raw, "an address such as `sqlite:///triage_bot.db`")
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise Wrong.here(f"{shown(raw)} is not the address of a database: write `sqlite:///{text}`")
    if scheme != "sqlite":
        raise Wrong.here(f"`{scheme}` databases are not supported: write `sqlite:///triage_bot.db`")
    if not rest.startswith("/") or not rest[1:] or rest[1:].startswith(":memory:") or "?" in rest:
        raise Wrong.here(f"{shown(raw)} names no file: write `sqlite:///triage_bot.db`")
    return f"sqlite:///{path_of(rest[1:], info)}"


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
    """Look for new mail at least this often, whatever the server announces."""


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
    """The id of her own Telegram chat with the bot, where alerts and digests go and commands are taken."""
    signature: Text = ""
    """What stands under mails to clients. Empty: her name."""


class Contact(Section):
    """One of the three."""

    email: EmailAddress | None = None
    """A whole address."""
    domain: Domain | None = None
    """Everybody who writes from this domain."""
    telegram: TelegramContact | None = None
    """A Telegram id (123456789) or name ("@jan_k")."""

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


class OutboxSettings(Section):
    """How what goes out is tried again."""

    retry_first: Span = timedelta(seconds=30)
    """After the first failure; the wait doubles with each further one."""
    retry_most: Span = timedelta(minutes=30)
    """The longest wait between two tries."""
    give_up_after: Span = timedelta(hours=6)
    """An acknowledgement that could not leave for so long is dropped, and she is told."""
    lease: Span = timedelta(minutes=5)
    """How long one try may take before it counts as lost."""
    connections: Annotated[int, whole(1, 32)] = 8
    """Connections to each SMTP server at most; all are used only while many wait."""


class JudgingSettings(Section):
    """How messages are judged."""

    second_process: Flag = True
    """Judge in a process of its own while hundreds of messages wait, so that they take half the time. It takes some
    50 MB as long as it lasts, a minute longer than the work. Used only where there is more than one processor."""


class SizeSettings(Section):
    """What is read of a message at most."""

    max_header_bytes: Annotated[int, whole(4096, 1 << 24)] = 65_536
    """Bytes of its headers."""
    max_text_bytes: Annotated[int, whole(4096, 1 << 26)] = 262_144
    """Bytes of each of its text parts."""


class QuestionSettings(Section):
    name: Name
    """What the question is called when its answer is suggested to her."""
    words: Annotated[tuple[Name, ...], BeforeValidator(_list_of)]
    """Words by which it is known, each by its beginning; several with spaces must follow one another."""
    answer: Text
    """What she usually answers: a text or a link. It is suggested to her beside the item, and not sent."""
    clients: tuple[Name, ...] = ()
    """Only from these clients. Empty: from anybody."""


class Config(Section):
    assistant: AssistantSettings
    """Who she is."""
    database: Annotated[str, PlainValidator(_database_of)] = Field(
        default="sqlite:///triage_bot.db", validate_default=True
    )
    """Where everything is kept: `sqlite:///` and a file; a relative one lies beside this file."""
    templates: FilePath | None = None
    """A folder of her own templates, searched before ours file by file; a relative one lies beside this file."""
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
    digest: DigestSettings = DigestSettings.model_construct()
    """The list that she gets at each check window."""
    limits: LimitSettings = LimitSettings.model_construct()
    """When acknowledgements stop."""
    outbox: OutboxSettings = OutboxSettings.model_construct()
    """How what goes out is tried again."""
    judging: JudgingSettings = JudgingSettings.model_construct()
    """How messages are judged."""
    sizes: SizeSettings = SizeSettings.model_construct()
    """What is read of a message at most."""

    _warnings: tuple[Problem, ...] = PrivateAttr(default=())
    _calendars: Mapping[Path, tuple[Occurrence, ...]] = PrivateAttr(default_factory=dict)
    _seen: Fingerprint = PrivateAttr(default=())

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
        warnings: tuple[Problem, ...],
        calendars: Mapping[Path, tuple[Occurrence, ...]],
        seen: Fingerprint,
    ) -> "Config":
        copy = self.model_copy()
        copy._warnings, copy._calendars, copy._seen = warnings, calendars, seen
        return copy
