"""The queue as a terminal shows it."""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.config import build
from triage_bot.config.model import Config
from triage_bot.core.digest import in_order, is_overdue, mine
from triage_bot.core.directory import Directory
from triage_bot.core.items import Event, Item, ItemState
from triage_bot.core.kept import LedgerLine
from triage_bot.core.reasons import Reason
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import Entry, EntryKind, StoredMessage
from triage_bot.template_contexts import shorten, spoken
from triage_bot.templates import Templates
from triage_bot.wording import ago

NARROWEST = 60
NAMES = {
    "acknowledgement": "acknowledgement:",
    "sentence": "sentence:",
    "why": "why:",
    "from_at": "from",
    "to_at": "to",
    "promise_at": "promised for",
    "window_at": "at the check of",
    "until_at": "until",
}
"""How the history says the names of values that would be glued to them."""


class Views:
    def __init__(
        self,
        templates: Templates,
        zone: ZoneInfo,
        now: datetime,
        directory: Directory,
        hers: Callable[[Sequence[Item]], Sequence[Item]] = lambda items: items,
    ) -> None:
        """`hers` picks what awaits the assistant who asks."""
        self._templates = templates
        self.hers = hers
        self.zone = zone
        self._now = now
        self._directory = directory

    @classmethod
    def from_config(cls, config: Config, now: datetime, directory: Directory, assistant: str | None = None) -> "Views":
        templates = Templates(build.templates_folder(config))
        if assistant is None:
            return cls(templates, config.assistant.zone, now, directory)
        hers = directory.assistant_named(assistant) or directory.assistant
        return cls(templates, hers.zone, now, directory, lambda items: mine(items, hers, directory))

    def table(self, items: Sequence[Item]) -> str:
        """One line an item, most urgent and most overdue first; what waits no more stands below."""
        if not items:
            return "Nothing waits."
        rows = [("ID", "URGENCY", "CLIENT", "AGE", "PROMISED", "SUBJECT")]
        waiting_first = sorted(
            in_order(items, self._now, self._directory), key=lambda item: item.state is not ItemState.OPEN
        )
        rows += [self._row(item) for item in waiting_first]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        room = max(NARROWEST, shutil.get_terminal_size().columns) - sum(widths) - 10
        lines = []
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row[:5], widths, strict=True)]
            lines.append("  ".join([*cells, shorten(row[5], max(20, room))]).rstrip())
        return "\n".join(lines)

    def _row(self, item: Item) -> tuple[str, str, str, str, str, str]:
        promised = self.moment(item.promise_at) if item.promise_at else "-"
        if is_overdue(item, self._now, self._directory) and item.state is ItemState.OPEN:
            promised += " overdue"
        urgency = item.urgency.value if item.state is ItemState.OPEN else item.state.value
        return (
            str(item.id),
            urgency.upper() if urgency == "urgent" else urgency,
            shorten(item.client or f"? {item.contact_name or item.contact}", 24),
            ago(item.last_message_at, now=self._now, locale=Locale.EN),
            promised,
            "".join(f"[{tag}] " for tag in item.tags) + (item.subject or item.excerpt or "(no text)"),
        )

    def item(self, item: Item, messages: Sequence[StoredMessage], history: Iterable[Event]) -> str:
        """Everything about one item."""
        lines = [
            f"#{item.id} {item.subject or '(no subject)'}",
            f"  client    {item.client or '(unknown sender)'}, {_contact(item)}",
            f"  state     {item.state.value}, {item.urgency.value}, {item.kind}",
        ]
        if item.deadline:
            lines.append(f"  deadline  {spoken(item.deadline, Locale.EN, self.zone, None)}")
        if item.promise_sentence:
            lines.append(f"  promised  {self.moment(item.promise_at)}: {item.promise_sentence}")
        if item.silence:
            lines.append(f"  silent    {self._templates.suppression(Locale.EN, item.silence)}")
        lines += [f"  tag       {shorten(tag, 60)}" for tag in item.tags]
        lines += [f"  because   {self._reason(reason)}" for reason in item.because]
        for message in messages:
            lines += ["", f"  --- {self.moment(message.received_at)} {message.contact_name or message.contact}"]
            lines += [f"  | {line}" for line in _printable(message.text).splitlines()]
            lines += [f"  + {name.filename} ({name.media_type}, {name.size} bytes)" for name in message.attachments]
            lines += self._judged(message.decision)
        lines += ["", "  History"]
        lines += [f"  {self.moment(event.at)}  {self._event(event)}" for event in history]
        return "\n".join(lines)

    def promises(self, lines: Sequence[LedgerLine], directory: Directory) -> str:
        """What the client was promised because of an item, and what became of it."""
        rows = []
        for line in lines:
            given = line.promise
            standing = line.standing(self._now, directory.agreement(given.client).calendar)
            closed = f" {self.moment(line.closed_at)}, {line.kept_by}" if line.closed_at else ""
            by = "by" if given.answered_by else "after"
            rows.append(
                f"  {self.moment(given.made_at)}  {by} {self.moment(given.promise_at)}: {standing.value}{closed}"
            )
        return "\n".join(["", "  Promises", *rows]) if rows else ""

    def sent(self, entries: Sequence[Entry]) -> str:
        """What was written to the client besides acknowledgements."""
        lines: list[str] = []
        for entry in entries:
            if entry.kind in (EntryKind.REPLY, EntryKind.NOTICE, EntryKind.CORRECTION):
                at = entry.closed_at or entry.due_at
                lines += ["", f"  --- {self.moment(at)} {entry.kind.value}, {entry.state.value}, to {entry.message.to}"]
                lines += [f"  | {line}" for line in _printable(entry.message.text).splitlines()]
        return "\n".join(lines)

    def outgoing(self, to: str, subject: str, text: str) -> str:
        """A message as it will go."""
        head = [f"  To: {_printable(to)}", *([f"  Subject: {_printable(subject)}"] if subject else []), ""]
        return "\n".join([*head, *(f"  {line}" for line in _printable(text).splitlines()), ""])

    def _judged(self, decision: Mapping[str, Any]) -> list[str]:
        """What was decided about one message, and why: the judgement, then the way to the promise."""
        if not decision:
            return []
        said = f"{decision['urgency']}, {decision['kind']}, {decision['tone']}"
        silence = decision.get("suppression")
        answer = f"not acknowledged: {self._templates.suppression(Locale.EN, silence)}" if silence else "acknowledged"
        reasons = (Reason(code, values) for code, values in decision.get("because", ()))
        return [f"  = {said}; {answer}", *(f"  = because {self._reason(reason)}" for reason in reasons)]

    def _event(self, event: Event) -> str:
        values = ", ".join(self._told(name, value) for name, value in event.values.items() if value)
        return f"{event.kind}{': ' if values else ''}{values}"

    def _told(self, name: str, value: str) -> str:
        if name == "suppression":
            return f"not acknowledged: {self._templates.suppression(Locale.EN, value)}"
        words = NAMES.get(name, name)
        if name.endswith(("_at", "_on")):
            return f"{words} {spoken(value, Locale.EN, self.zone, None)}"
        return f"{words} {shorten(value, 200)}"

    def _reason(self, reason: Reason) -> str:
        return self._templates.reason(Locale.EN, reason, zone=self.zone)

    def moment(self, moment: datetime | None) -> str:
        return moment.astimezone(self.zone).strftime("%a %d %b %H:%M") if moment else ""


def one_line(item: Item) -> str:
    """What names an item besides its number."""
    return _printable(item.subject or item.excerpt[:60]).replace("\n", " ")


def _contact(item: Item) -> str:
    return (
        f"{item.contact_name} <{item.contact}>"
        if item.contact_name and item.contact
        else item.contact_name or f"<{item.contact}>"
    )


def _printable(text: str) -> str:
    """Without the characters that would steer the terminal."""
    return "".join(character for character in text if character in "\n\t" or character.isprintable())
