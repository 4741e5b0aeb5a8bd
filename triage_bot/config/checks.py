"""What must hold between the values of a configuration.

Works on the file's own values, not on the model: what one key has wrong must not hide what is wrong with two others.
So every value is looked at with care, and one of a wrong shape is left to the model to report.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from triage_bot.config import rule_checks, secret
from triage_bot.config.contacts import (
    PUBLIC_DOMAINS,
    address_of,
    chat_id_of,
    domain_of,
    host_of,
    is_loopback,
    telegram_of,
    url_of,
)
from triage_bot.config.model import ImapSettings, MonitoringSettings
from triage_bot.config.rule_checks import TELEGRAM_CHANNEL
from triage_bot.config.values import Wrong, did_you_mean, path_in, span_of, windows_of
from triage_bot.config.yaml_places import Document, Steps, Value, in_words
from triage_bot.core.public_holidays import lookup
from triage_bot.errors import Problem, UsageError

T = TypeVar("T")

IMAP_FOLDER = {"host": "", "port": "", "user": "", "folder": "INBOX"}  # what tells one from another
SERVERS = ("channels.mail.*.imap", "channels.mail.*.smtp")
POLL_EVERY = ImapSettings.model_fields["poll_every"].default
SILENT_AFTER = MonitoringSettings.model_fields["silent_after"].default
LONGEST_PAUSE = 1.1  # times `poll_every`: looks are spread a little
AGREEMENTS = ("agreement", "clients.*.agreement")


@dataclass
class Findings:
    document: Document
    folder: Path
    secrets: bool
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)

    def wrong(self, steps: Steps, what: str) -> None:
        self.problems.append(self.document.problem(steps, what))

    def warn(self, steps: Steps, what: str) -> None:
        self.warnings.append(self.document.problem(steps, what))

    def texts(self, pattern: str) -> Iterator[tuple[Steps, str]]:
        return ((steps, value) for steps, value in self.document.each(pattern) if isinstance(value, str) and value)

    def mappings(self, pattern: str) -> Iterator[tuple[Steps, dict[str, Value]]]:
        return ((steps, value) for steps, value in self.document.each(pattern) if isinstance(value, dict))

    def read(self, pattern: str, parse: Callable[[object], T]) -> Iterator[tuple[Steps, T]]:
        """The values at `pattern` that can be read; what is wrong with the others is the model's to say."""
        for steps, text in self.texts(pattern):
            try:
                yield steps, parse(text)
            except Wrong:
                continue


def find(document: Document, folder: Path, *, secrets: bool) -> Findings:
    findings = Findings(document, folder, secrets)
    for check in (
        _names_are_unique,
        _assistants_differ,
        _folders_are_watched_once,
        _own_addresses_are_unique,
        _contacts_have_one_client,
        _connections_are_private,
        _passwords_are_named,
        _secrets_are_found,
        _something_runs,
        _she_can_be_told,
        _holidays_are_known,
        _days_agree,
        _windows_exist,
        rule_checks.rules_can_hit,
        rule_checks.questions_hold_words,
        _questions_know_their_clients,
        _files_have_folders,
        _spans_are_in_order,
        _healthz_waits_for_a_look,
    ):
        check(findings)
    return findings


def _names_are_unique(findings: Findings) -> None:
    for what, pattern in (
        ("mailbox", "channels.mail.*.name"),
        ("client", "clients.*.name"),
        ("rule", "urgency_rules.*.name"),
        ("question", "questions.*.name"),
    ):
        first: dict[str, Steps] = {}
        for steps, name in findings.texts(pattern):
            key = name.strip().casefold()
            if key in first:
                findings.wrong(steps, f"another {what} is called `{name}` already, at {in_words(first[key])}")
            first.setdefault(key, steps)
    for steps, name in findings.texts("channels.mail.*.name"):
        if name.strip().casefold() == TELEGRAM_CHANNEL:
            findings.wrong(steps, f"`{name}` is the name of the Telegram channel: choose another")


def _assistants_differ(findings: Findings) -> None:
    """Each has a name and a chat of her own, and every client one of them."""
    named: dict[str, Steps] = {}
    chats: dict[int | str, Steps] = {}
    names: list[str] = []
    for pattern in ("assistant", "assistants.*"):
        for steps, name in findings.texts(f"{pattern}.name"):
            key = name.strip().casefold()
            names.append(name.strip())
            if key in named:
                findings.wrong(steps, f"another assistant is called `{name}` already, at {in_words(named[key])}")
            named.setdefault(key, steps)
        for steps, chat in findings.read(f"{pattern}.telegram", chat_id_of):
            if chat in chats:
                findings.wrong(steps, f"`{chat}` is the chat of another assistant already, at {in_words(chats[chat])}")
            chats.setdefault(chat, steps)
    for steps, name in findings.texts("clients.*.assistant"):
        if name.strip() not in names:
            findings.wrong(steps, f"no assistant is called `{name}`{did_you_mean(name, names)}")
    for steps, contact in findings.read("clients.*.contacts.*.telegram", telegram_of):
        if contact in chats:
            findings.wrong(steps, f"`{contact}` is the chat of an assistant ({in_words(chats[contact])})")


def _questions_know_their_clients(findings: Findings) -> None:
    known = {name.strip() for _, name in findings.texts("clients.*.name")}
    for steps, name in findings.texts("questions.*.clients.*"):
        if name.strip() not in known:
            findings.wrong(steps, f"no client is called `{name}`")


def _folders_are_watched_once(findings: Findings) -> None:
    first: dict[tuple[str, ...], Steps] = {}
    for steps, imap in findings.mappings("channels.mail.*.imap"):
        mailbox = tuple(str(imap.get(key, usual)) for key, usual in IMAP_FOLDER.items())
        if mailbox in first and imap.get("host") and imap.get("user"):
            findings.wrong(steps, f"this folder is watched already, at {in_words(first[mailbox])}")
        first.setdefault(mailbox, steps)


def _own_addresses(findings: Findings) -> dict[str, Steps]:
    own: dict[str, Steps] = {}
    for pattern in ("channels.mail.*.address", "channels.mail.*.aliases.*"):
        for steps, address in findings.read(pattern, address_of):
            own.setdefault(address, steps)
    return own


def _own_addresses_are_unique(findings: Findings) -> None:
    own = _own_addresses(findings)
    for pattern in ("channels.mail.*.address", "channels.mail.*.aliases.*"):
        for steps, address in findings.read(pattern, address_of):
            if own[address] != steps:
                findings.wrong(steps, f"`{address}` stands here a second time, first at {in_words(own[address])}")


def _contacts_have_one_client(findings: Findings) -> None:
    own = _own_addresses(findings)
    first: dict[tuple[str, int | str], Steps] = {}
    kinds: tuple[tuple[str, Callable[[object], int | str]], ...] = (
        ("email", address_of),
        ("domain", domain_of),
        ("telegram", telegram_of),
    )
    for kind, parse in kinds:
        for steps, contact in findings.read(f"clients.*.contacts.*.{kind}", parse):
            if (kind, contact) in first:
                shown = f"@{contact}" if kind == "telegram" and isinstance(contact, str) else contact
                other = first[kind, contact]
                under = "this client" if other[:2] == steps[:2] else "another client"
                findings.wrong(steps, f"`{shown}` is a contact of {under} already, at {in_words(other)}")
            first.setdefault((kind, contact), steps)
            if kind == "email" and contact in own:
                findings.wrong(steps, f"`{contact}` is the assistant's own address ({in_words(own[str(contact)])})")
            if kind == "domain" and contact in PUBLIC_DOMAINS:
                findings.warn(steps, f"everybody with a mailbox at `{contact}` counts as this client: name addresses")
    for steps, client in findings.mappings("clients.*"):
        if not client.get("contacts"):
            findings.warn(steps, "the client has no `contacts`: nothing is ever recognised as theirs")


def _connections_are_private(findings: Findings) -> None:
    for pattern in SERVERS:
        for steps, server in findings.mappings(pattern):
            host = server.get("host")
            if server.get("security") == "none" and isinstance(host, str) and not _on_this_machine(host):
                what = f"`none` is for servers on this machine only, and `{host}` is not: use `tls` or `starttls`"
                findings.wrong((*steps, "security"), what)
    for steps, url in findings.read("channels.telegram.api_url", url_of):
        if url.startswith("http://") and not _on_this_machine(urlsplit(url).hostname or ""):
            findings.wrong(steps, "the token would travel in clear: use `https://`")


def _on_this_machine(host: str) -> bool:
    try:
        return is_loopback(host_of(host))
    except Wrong:
        return True  # no host at all, which the model says


def _passwords_are_named(findings: Findings) -> None:
    for pattern, word in (*((server, "password") for server in SERVERS), ("channels.telegram", "token")):
        for steps, section in findings.mappings(pattern):
            variable, file = f"{word}_env", f"{word}_file"
            if variable in section and file in section:
                findings.wrong((*steps, file), f"give `{variable}` or `{file}`, not both")
            elif variable in section or file in section:
                if pattern.endswith("smtp") and not section.get("user"):
                    findings.wrong(steps, f"has a {word} but no `user`: give the login name too")
            elif word not in section and (not pattern.endswith("smtp") or section.get("user")):
                findings.wrong(steps, f"needs `{variable}` (an environment variable) or `{file}` (a file)")


def _secrets_are_found(findings: Findings) -> None:
    if not findings.secrets:
        return
    for named in (*(f"{server}.password" for server in SERVERS), "channels.telegram.token", "database_password"):
        word = named.rpartition(".")[2]
        for steps, variable in findings.texts(f"{named}_env"):
            if secret.is_variable_name(variable):
                _try(findings, steps, partial(secret.from_variable, variable), f"; or name a file in `{word}_file`")
        for steps, path in findings.read(f"{named}_file", partial(path_in, findings.folder)):
            if _try(findings, steps, partial(secret.from_file, path)) and secret.readable_by_others(path):
                findings.warn(steps, f"every user of this machine can read {path}: run `chmod 600 {path}`")


def _try(findings: Findings, steps: Steps, attempt: Callable[[], str], hint: str = "") -> bool:
    try:
        attempt()
    except UsageError as error:
        findings.wrong(steps, f"{error}{hint}")
        return False
    return True


def _something_runs(findings: Findings) -> None:
    if findings.secrets and not any(value for _, value in findings.document.each("channels.*")):
        findings.wrong(("channels",), "there is neither a mailbox nor a Telegram bot: nothing to read")


def _she_can_be_told(findings: Findings) -> None:
    chat = any(True for _ in findings.texts("assistant.telegram"))
    bot = any(True for _ in findings.mappings("channels.telegram"))
    mailbox = any(True for _ in findings.mappings("channels.mail.*"))
    if not bot and (chat or mailbox):
        place = ("assistant", "telegram") if chat else ("assistant",)
        findings.warn(place, "without `channels.telegram` (your bot) no digest and no alert reaches you")
    if bot:
        return
    for steps, _ in findings.texts("clients.*.contacts.*.telegram"):
        findings.warn(steps, "without `channels.telegram` nobody can write on Telegram")


def _holidays_are_known(findings: Findings) -> None:
    for pattern in AGREEMENTS:
        for steps, holidays in findings.mappings(f"{pattern}.holidays"):
            country, subdivision = holidays.get("country"), holidays.get("subdivision")
            if not isinstance(country, str) or not country:
                continue
            try:
                lookup(country)
            except ValueError as error:
                findings.wrong((*steps, "country"), str(error))
                continue
            try:
                lookup(country, subdivision if isinstance(subdivision, str) else "")
            except ValueError as error:
                findings.wrong((*steps, "subdivision"), str(error))


def _days_agree(findings: Findings) -> None:
    """No date is off and worked at once, or has two timetables."""
    off = ("days_off.*", "days_off.*.on")
    for agreement in AGREEMENTS:
        depth = agreement.count(".") + 1
        for keys in ((*off, "worked_days.*"), (*off, "special_days.*.on")):
            first: dict[tuple[Steps, str], Steps] = {}  # by agreement and date
            for steps, day in (found for key in keys for found in findings.texts(f"{agreement}.{key}")):
                if (other := first.setdefault((steps[:depth], day), steps)) != steps:
                    findings.wrong(steps, f"`{day}` stands in {in_words(other)} too")


def _windows_exist(findings: Findings) -> None:
    for pattern in AGREEMENTS:
        for steps, windows in findings.mappings(f"{pattern}.check_windows"):
            try:
                empty = not any(windows_of(windows))
            except Wrong:
                continue
            if empty:
                findings.warn(steps, "there is no check window in the week: no time can be promised")


def _files_have_folders(findings: Findings) -> None:
    for steps, folder in findings.read("templates", partial(path_in, findings.folder)):
        if not folder.is_dir():
            findings.wrong(steps, f"there is no folder {folder}")
    for steps, url in findings.texts("database"):
        try:
            file = path_in(findings.folder, url.removeprefix("sqlite:///"))
        except Wrong:
            continue
        if url.startswith("sqlite:///") and not file.parent.is_dir():
            findings.wrong(steps, f"there is no folder {file.parent}")


def _spans_are_in_order(findings: Findings) -> None:
    first = next(findings.read("outbox.retry_first", span_of), None)
    most = next(findings.read("outbox.retry_most", span_of), None)
    if first and most and first[1] > most[1]:
        findings.wrong(most[0], "is shorter than `retry_first`")


def _healthz_waits_for_a_look(findings: Findings) -> None:
    if not any(True for _ in findings.texts("monitoring.listen")):
        return
    written = next(findings.read("monitoring.silent_after", span_of), None)
    place, silent_after = written or (("monitoring", "listen"), SILENT_AFTER)
    every = dict(findings.read("channels.mail.*.imap.poll_every", span_of))
    polled = [(*steps, "poll_every") for steps, _ in findings.mappings("channels.mail.*.imap")]
    if rare := [steps for steps in polled if every.get(steps, POLL_EVERY) * LONGEST_PAUSE >= silent_after]:
        more = f" and {len(rare) - 1} more" if len(rare) > 1 else ""
        what = f"`silent_after` is hardly longer than `{in_words(rare[0])}`{more}"
        findings.warn(place, f"{what}: `/healthz` will fail between two looks")
