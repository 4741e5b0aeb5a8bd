"""One promise as `triage-bot promise` shows it: to a person, and as JSON."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.cli.moments import parse_moment
from triage_bot.cli.names import client_named
from triage_bot.config import build
from triage_bot.config.model import Config
from triage_bot.core.agreement import Agreement, Assistant, Client
from triage_bot.core.promise import Promise, promise
from triage_bot.core.reasons import Reason
from triage_bot.errors import UsageError
from triage_bot.reading.model import Locale
from triage_bot.template_promises import promise_words
from triage_bot.templates import Templates

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Account:
    """Moments are in the assistant's zone, but for those `at_client`."""

    at: datetime
    client: Client | None
    client_zone: ZoneInfo
    made: Promise | None
    next_check_at: datetime | None
    inside_hours: bool
    working_minutes: int | None  # until the promise
    because: tuple[str, ...]

    @property
    def promise_at(self) -> datetime | None:
        return self.made.promise_at.astimezone(self.at.tzinfo) if self.made else None

    @property
    def promise_at_client(self) -> datetime | None:
        return self.made.promise_at.astimezone(self.client_zone) if self.made else None

    def as_json(self) -> str:
        fields: dict[str, Any] = {
            "at": self.at.isoformat(),
            "client": self.client.name if self.client else None,
            "next_check_at": _iso(self.next_check_at),
            "promise_at": _iso(self.promise_at),
            "promise_at_client": _iso(self.promise_at_client),
            "answered_by": self.made.answered_by if self.made else None,
            "inside_hours": self.inside_hours,
            "working_minutes": self.working_minutes,
            "because": list(self.because),
        }
        return json.dumps(fields, ensure_ascii=False)

    def as_text(self) -> str:
        lines = [
            f"message    {_minute(self.at)}, {'inside' if self.inside_hours else 'outside'} working hours",
            f"next check {_minute(self.next_check_at) if self.next_check_at else 'none within three years'}",
        ]
        if self.made and self.promise_at and self.promise_at_client:
            word = "by" if self.made.answered_by else "after"
            lines.append(f"promise    answered {word} {_minute(self.promise_at)}")
            if self.promise_at_client.utcoffset() != self.promise_at.utcoffset():
                lines.append(f"           which is {_minute(self.promise_at_client)} for the client")
            lines.append(f"           {self.working_minutes} working minutes until then")
        else:
            lines.append("promise    none: the agreement has no moment that could be named")
        lines += [f"because    {sentence}" for sentence in self.because]
        return "\n".join(lines) + "\n"

    def as_steps(self, sentence: str) -> str:
        """From the message to the promise, which the client reads as `sentence`."""
        inside = "inside" if self.inside_hours else "outside"
        lines = [f"A message of {_minute(self.at)} comes {inside} working hours.", ""]
        lines += [f"{number:>3}. {sentence}" for number, sentence in enumerate(self.because, start=1)]
        if self.made is None or self.promise_at is None or self.promise_at_client is None:
            return "\n".join([*lines, "There is no check within three years, so nothing can be promised."])
        word = "by" if self.made.answered_by else "after"
        lines += ["", f"So the client is promised an answer {word} {_minute(self.promise_at)}"]
        if self.promise_at_client.utcoffset() != self.promise_at.utcoffset():
            lines[-1] += f", which is {_minute(self.promise_at_client)} for her"
        lines[-1] += "."
        return "\n".join([*lines, f"She reads: “{sentence}.”"])


class Promiser:
    """Promises by one agreement of a configuration."""

    def __init__(self, agreement: Agreement, client: Client | None, assistant: Assistant, templates: Templates) -> None:
        self._agreement = agreement
        self._client = client
        self._stranger = Client("", agreement, assistant.locale, agreement.calendar.zone)
        self._zone = assistant.zone
        self._templates = templates

    @classmethod
    def from_config(cls, config: Config, name: str | None) -> "Promiser":
        client = client_named(build.clients(config), name) if name else None
        agreement = client.agreement if client else build.default_agreement(config)
        assistant = build.assistant(config, client.name if client else "")
        return cls(agreement, client, assistant, Templates(build.templates_folder(config)))

    def account(self, text: str, place: str = "") -> Account:
        """The promise for a message at a moment as typed; `place` goes before the error if it is none."""
        try:
            at = parse_moment(text, self._zone)
        except UsageError as error:
            raise UsageError(f"{place}{error}") from None
        calendar = self._agreement.calendar
        made = promise(calendar, self._agreement.response, at, at)
        next_check_at = made.check_at if made else calendar.next_window(at)
        minutes = calendar.working_time_between(_floor(at), made.promise_at) // MINUTE if made else None
        return Account(
            at=at,
            client=self._client,
            client_zone=self._client.zone if self._client else self._zone,
            made=made,
            next_check_at=next_check_at.astimezone(self._zone) if next_check_at else None,
            inside_hours=calendar.is_working(at),
            working_minutes=minutes,
            because=tuple(self._sentence(reason) for reason in made.because) if made else (),
        )

    def in_her_words(self, account: Account) -> str:
        """The promise as the client reads it, "" if there is none."""
        made, reader = account.made, self._client or self._stranger
        if made is None:
            return ""
        check, answer = promise_words(made, reader, reader.locale, account.at)
        return self._templates.promise(reader.locale, check, answer, answered_by=made.answered_by)

    def _sentence(self, reason: Reason) -> str:
        return self._templates.reason(Locale.EN, reason)


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _minute(at: datetime) -> str:
    return at.strftime("%a %Y-%m-%d %H:%M %Z")
