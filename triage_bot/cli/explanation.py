"""One decision as `explain` shows it: to a person, and as JSON."""

import json
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from triage_bot.cli.explain_cases import SOMEBODY, Case
from triage_bot.cli.names import client_named
from triage_bot.config import build
from triage_bot.config.model import Config
from triage_bot.core.agreement import Client
from triage_bot.core.directory import Directory
from triage_bot.core.history import History
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.suppression import Suppression
from triage_bot.core.triage import Decision, Terms, judge, settle
from triage_bot.reading.model import Locale
from triage_bot.templates import Templates

LONGEST_TITLE = 60


@dataclass(frozen=True, slots=True)
class Explanation:
    case: Case
    decision: Decision
    because: tuple[str, ...]
    zone: ZoneInfo  # in which a person reads moments

    def as_json(self) -> str:
        return json.dumps(self._fields(), ensure_ascii=False)

    def _fields(self) -> dict[str, Any]:
        decision, reading, made = self.decision, self.decision.reading, self.decision.promise
        fields = {
            self.case.label[0]: self.case.label[1],
            "client": decision.client or None,
            "language": reading.language.value,
            "urgency": decision.urgency.value,
            "deadline": reading.deadline.at.isoformat() if reading.deadline else None,
            "needs_ack": reading.needs_ack,
            "tone": reading.tone.value,
            "missing": [element.value for element in reading.missing],
            "kind": reading.kind.value,
            "auto_reply": decision.suppression is None,
            "reason": decision.suppression.name if decision.suppression else None,
            "next_check_at": _iso(made.check_at if made else None),
            "promise_at": _iso(made.promise_at if made else None),
            "inside_hours": decision.inside_hours,
            "because": list(self.because),
            "rule": decision.rule or None,
            "tag": decision.tag or None,
        }
        if self.case.message.unreadable:
            fields["unreadable"] = True
        return fields

    def as_text(self) -> str:
        title = f"{self.case.label[1]}: {self._title()}"
        if self.case.message.unreadable:
            return f"{title}\n  unreadable {self.case.message.unreadable}\n"
        because = [f"  because    {sentence}" for sentence in self.because]
        return "\n".join([title, *self._read(), *self._answer(), *self._texts(), *because]) + "\n"

    def _title(self) -> str:
        words = self.case.message.subject or self.decision.reading.new_text
        line = " ".join(words.split())
        return (line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…") or "(no text)"

    def _read(self) -> list[str]:
        decision, reading = self.decision, self.decision.reading
        hours = "inside" if decision.inside_hours else "outside"
        lines = [
            f"  from       {_sender(self.case.message)}, client {decision.client or '(unknown)'}",
            f"  received   {self._minute(self.case.now)}, {hours} working hours",
            f"  reads as   {decision.urgency.value.upper()}: {reading.kind.value}, {reading.language.value}, "
            f"{reading.tone.value}",
        ]
        if reading.deadline:
            lines.append(f"  deadline   {self._day_or_minute(reading.deadline.at)}")
        if reading.missing:
            lines.append(f"  missing    {', '.join(element.value for element in reading.missing)}")
        if decision.tag:
            lines.append(f"  tag        {decision.tag}")
        return lines

    def _answer(self) -> list[str]:
        silence, made = self.decision.suppression, self.decision.promise
        if silence is not None:
            hint = (
                " (--assume-contact judges as if it were a client's)" if silence is Suppression.UNKNOWN_SENDER else ""
            )
            lines = [f"  answer     none: {silence.value}{hint}"]
            return lines + ([f"  next check {self._minute(made.check_at)}"] if made else [])
        if made is None:
            return ["  answer     acknowledged, promising nothing: the agreement has no check ahead"]
        word = "by" if made.answered_by else "after"
        return [
            f"  answer     acknowledged: read at {self._minute(made.check_at)}, "
            f"answered {word} {self._minute(made.promise_at)}"
        ]

    def _texts(self) -> list[str]:
        own = self.decision.template if self.decision.suppression is None else ""
        return [f"  texts      {own}, as a rule says"] if own else []

    def _minute(self, moment: datetime) -> str:
        return moment.astimezone(self.zone).strftime("%a %Y-%m-%d %H:%M %Z")

    def _day_or_minute(self, moment: date) -> str:
        return self._minute(moment) if isinstance(moment, datetime) else moment.strftime("%a %Y-%m-%d")


class Explainer:
    """Judges messages by a configuration as `run` would, with no history."""

    def __init__(self, terms: Terms, templates: Templates, client: Client | None, assume_contact: bool) -> None:
        self._terms = terms
        self._directory: Directory = terms.directory
        self._templates = templates
        self._client = client
        self._assume_contact = assume_contact
        self.zone = self._directory.default.calendar.zone
        self.unknown_clients: dict[str, None] = {}
        """Names in the files that the configuration does not hold, in the order of their appearance."""

    @classmethod
    def from_config(cls, config: Config, *, client: str | None, assume_contact: bool) -> "Explainer":
        terms = build.terms(config)
        known = client_named(terms.directory.clients.values(), client) if client else None
        return cls(terms, Templates(build.templates_folder(config)), known, assume_contact)

    def explain(self, case: Case) -> Explanation:
        decision = judge(case.message, self._terms, now=case.now, client=self._client_of(case))
        decision = settle(decision, case.message, History(), self._terms, case.now)
        zone = self._zone_of(decision.client)
        return Explanation(case, decision, self._because(case, decision, zone), zone)

    def _zone_of(self, client: str) -> ZoneInfo:
        """The default agreement's, unless another assistant than the first one works for the client."""
        assistant = self._directory.assistant_of(client)
        return self.zone if assistant is self._directory.assistant else assistant.zone

    def _client_of(self, case: Case) -> Client | None:
        """Who is to be taken for the writer, None for whom the directory knows."""
        if self._client is not None:
            return self._client
        if known := self._directory.clients.get(case.client):
            return known
        if case.client:
            # A file may come from another place than the configuration: one name must not end the whole run.
            self.unknown_clients[case.client] = None
            return replace(self._directory.assumed_contact(), name=case.client)
        if self._assume_contact and self._directory.find(case.message) is None:
            return self._directory.assumed_contact()
        return None

    def _because(self, case: Case, decision: Decision, zone: ZoneInfo) -> tuple[str, ...]:
        if case.message.unreadable:
            return (f"it cannot be read: {case.message.unreadable}",)
        # How a promise was computed matters only where it is made.
        promised = decision.promise.because if decision.promise and decision.suppression is None else ()
        reasons = (*decision.because, *promised)
        return tuple(self._templates.reason(Locale.EN, reason, zone=zone) for reason in reasons)


def _sender(message: IncomingMessage) -> str:
    sender = message.header_from
    if message.chat_id is not None:
        return f"@{message.username}" if message.username else f"chat {message.chat_id or '(not given)'}"
    if not sender.addr or sender.addr == SOMEBODY:
        return sender.name or "(unknown)"
    return f"{sender.name} <{sender.addr}>" if sender.name else sender.addr


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
