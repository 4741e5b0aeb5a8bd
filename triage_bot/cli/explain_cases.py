"""Messages to explain, read from files: `.eml`, folders of them, and `.jsonl`."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.channels.mail_parse import Sizes, parse_whole
from triage_bot.cli.moments import FIRST_YEAR, LAST_YEAR, is_near
from triage_bot.config.files import refuse_special
from triage_bot.core.messages import IncomingMessage, Medium
from triage_bot.errors import UsageError

CHANNEL = "explain"
SOMEBODY = "somebody@unknown.invalid"
"""Stands for the sender of a line that names none: without any there would be nobody to answer."""


@dataclass(frozen=True, slots=True)
class Case:
    """One message to explain. `label` is ("file", name) or ("id", id); `client` a name that the file itself gives."""

    label: tuple[str, str | int]
    message: IncomingMessage
    now: datetime
    client: str = ""


def cases(path: Path, zone: ZoneInfo, at: datetime | None, sizes: Sizes) -> Iterator[Case]:
    """The messages of one path given on the command line.

    `at` is the moment at which each counts as received, None for its own. Naive moments in a .jsonl are in `zone`.
    Raises UsageError for what is no message file at all; a file or a line that cannot be read as a message is a case
    like any other.
    """
    kind = path.suffix.lower()
    try:
        if path.is_dir():
            files = sorted(file for file in path.iterdir() if file.suffix.lower() == ".eml")
            if not files:
                raise UsageError(f"{path}: there is no .eml file in this folder")
            for file in files:
                yield _mail(file, at, sizes)
        elif not path.exists() and not path.is_symlink():
            raise UsageError(f"{path}: no such file or folder")
        elif kind == ".jsonl":
            yield from _lines(path, zone, at, sizes)
        elif kind == ".eml":
            yield _mail(path, at, sizes)
        else:
            raise UsageError(f"{path}: neither a folder nor an .eml or .jsonl file")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from error


def _mail(file: Path, at: datetime | None, sizes: Sizes) -> Case:
    label = ("file", file.name)
    try:
        refuse_special(file)
        raw = file.read_bytes()
    except OSError as error:  # a dangling link, a folder named *.eml, a file of somebody else
        return _unreadable(label, at, str(error.strerror))
    message = parse_whole(raw, channel=CHANNEL, key=file.name, received_at=at, sizes=sizes)
    if at is not None:
        message = replace(message, sent_at=at)
    elif message.sent_at is None:
        message = replace(message, received_at=datetime.now(UTC))
    return Case(label, message, message.received_at)


def _lines(path: Path, zone: ZoneInfo, at: datetime | None, sizes: Sizes) -> Iterator[Case]:
    refuse_special(path)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            identity: str | int = str(number)
            try:
                row = _object(line)
                identity = row["id"] if isinstance(row.get("id"), str | int) else identity
                yield _row(row, identity, zone, at, sizes)
            except ValueError as error:
                yield _unreadable(("id", identity), at, f"{path}:{number}: {error}")


def _object(line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        raise ValueError("this is not JSON in UTF-8") from None
    if not isinstance(row, dict):
        raise ValueError("this is not a JSON object")
    return row


def _row(row: Mapping[str, Any], identity: str | int, zone: ZoneInfo, at: datetime | None, sizes: Sizes) -> Case:
    moment = at or _moment(row.get("sent_at"), zone)
    channel = row.get("channel") or "email"
    if channel not in set(Medium):
        raise ValueError(f"`channel` is {channel!r}, neither 'email' nor 'chat'")
    subject, body, sender = (str(row.get(key) or "") for key in ("subject", "body", "from"))
    if channel == Medium.CHAT:
        message = IncomingMessage(
            CHANNEL,
            Medium.CHAT,
            str(identity),
            moment,
            body,
            sent_at=moment,
            chat_id=int(sender) if sender.lstrip("-").isdecimal() else 0,
            username=sender[1:].lower() if sender.startswith("@") else "",
        )
    else:
        raw = _as_mail(row.get("headers") or {}, sender or SOMEBODY, subject, body)
        message = parse_whole(raw, channel=CHANNEL, key=str(identity), received_at=moment, sizes=sizes)
        message = replace(message, sent_at=moment)
    return Case(("id", identity), message, moment, client=str(row.get("client") or ""))


def _as_mail(named: object, sender: str, subject: str, body: str) -> bytes:
    """The row as the mail that it stands for, so that it goes through the same parser as every other."""
    if not isinstance(named, dict):
        raise ValueError("`headers` is not an object of names and values")
    headers = {str(name): str(value) for name, value in named.items()}
    headers.setdefault("Content-Type", "text/plain; charset=utf-8")
    if not any(name.lower() == "content-transfer-encoding" for name in headers):
        headers["Content-Transfer-Encoding"] = "8bit"
    fields = {"From": sender, "Subject": subject, **headers}
    head = "".join(f"{name}: {' '.join(value.split())}\r\n" for name, value in fields.items() if value)
    return f"{head}\r\n{body}".encode("utf-8", "surrogatepass")


def _moment(text: object, zone: ZoneInfo) -> datetime:
    if not text:
        raise ValueError("`sent_at` is missing")
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise ValueError(f"`sent_at` is {text!r}: write a date and a time, as in 2026-11-20T12:30+01:00") from None
    if not is_near(moment):
        raise ValueError(f"`sent_at` is {text!r}, not between the years {FIRST_YEAR} and {LAST_YEAR}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC).astimezone(zone)


def _unreadable(label: tuple[str, str | int], at: datetime | None, why: str) -> Case:
    moment = at or datetime.now(UTC)
    message = IncomingMessage(CHANNEL, Medium.EMAIL, str(label[1]), moment, "", unreadable=why)
    return Case(label, message, moment)
