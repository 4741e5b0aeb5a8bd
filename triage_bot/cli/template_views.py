"""The texts of one configuration: their files, their sources, their previews."""

import ast
import inspect
from datetime import datetime, timedelta
from pathlib import Path

from triage_bot import resources, template_contexts, template_digest, template_promises
from triage_bot.cli.moments import parse_moment
from triage_bot.cli.names import client_named
from triage_bot.config import build, load_config
from triage_bot.config.model import Config
from triage_bot.core.agreement import Client
from triage_bot.core.ledger import Broken, GivenPromise, PromiseState
from triage_bot.core.messages import Medium
from triage_bot.core.promise import promise
from triage_bot.core.triage import Decision, alert_moment
from triage_bot.core.urgency import Urgency
from triage_bot.errors import UsageError
from triage_bot.reading.model import Kind, Locale, Reading, Script
from triage_bot.template_contexts import acknowledgement_context
from triage_bot.template_promises import correction_context
from triage_bot.templates import CORRECTION, Rendered, Templates

USUAL = "acknowledgement"
CONTEXTS = {
    "acknowledgement": template_contexts.AcknowledgementContext,
    "body": template_contexts.AcknowledgementContext,
    "promise": template_contexts.AcknowledgementContext,
    "correction": template_promises.CorrectionContext,
    "correction_body": template_promises.CorrectionContext,
    "alert": template_contexts.ItemContext,
    "digest_item": template_contexts.ItemContext,
    "digest_head": template_digest.DigestContext,
    "digest_day": template_digest.DigestContext,
    "digest_section": template_digest.SectionContext,
    "digest_rest": template_digest.DigestContext,
    "promises_at_risk": template_promises.AtRiskContext,
    "promise_due": template_promises.PromiseDueContext,
}
"""Whose fields are the variables of which text. Another text of the user's is an acknowledgement."""
LINES = frozenset({"reason", "suppression", "trouble", "missing", "desk"})
PARTS = {"body": USUAL, "promise": USUAL, "correction_body": CORRECTION}
"""What stands in texts of clients, and is none by itself."""


class Texts:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._ours = resources.templates_folder()
        self._hers = build.templates_folder(config)

    @classmethod
    def from_config(cls, path: Path | None) -> "Texts":
        return cls(load_config(path))

    def names(self) -> dict[str, str]:
        """Every file of a language, and in which languages it is the user's."""
        found: dict[str, set[str]] = {}
        for folder in filter(None, (self._ours, self._hers)):
            for file in sorted(folder.glob("*/*")):
                if file.parent.name in set(Locale) and file.is_file():
                    hers = found.setdefault(file.name, set())
                    if folder == self._hers:
                        hers.add(file.parent.name)
        built_in = {file.name for file in self._ours.glob("*/*")}
        return {name: _origin(sorted(hers), name in built_in) for name, hers in sorted(found.items())}

    def source(self, name: str, language: str) -> str:
        language = language or self._config.assistant.language.value
        files = self._files(name, language)
        if not files:
            raise UsageError(f"there is no text {name!r} in {language}; `triage-bot templates list` has them all")
        parts = [f"{{# {file} #}}\n{file.read_text(encoding='utf-8').rstrip()}" for file in files]
        stem = files[0].name.partition(".")[0]
        if stem not in LINES:
            parts.append("Variables:\n" + _variables(CONTEXTS.get(stem, template_contexts.AcknowledgementContext)))
        return "\n\n".join(parts)

    def _files(self, name: str, language: str) -> list[Path]:
        """The user's file before ours, for every form of the text (`.txt`, `.html`, `.chat.txt`)."""
        folder, _, name = name.rpartition("/")
        language = folder or language
        found: dict[str, Path] = {}
        for root in filter(None, (self._ours, self._hers)):
            for file in sorted((root / language).glob("*")):
                if file.is_file() and name in (file.name, file.name.partition(".")[0]):
                    found[file.name] = file
        return [found[key] for key in sorted(found)]

    def preview(self, name: str, client_name: str, at_text: str, *, urgent: bool, chat: bool) -> Rendered:
        """As if the client wrote an ordinary task, or an urgent one, at that moment; a correction is that of the
        promise made then, as if it could not be kept."""
        config = self._config
        client = client_named(build.clients(config), client_name)
        assistant = build.assistant(config, client.name)
        now = parse_moment(at_text, assistant.zone)
        medium = Medium.CHAT if chat else Medium.EMAIL
        templates = Templates(self._hers)
        if not self._files(name, client.locale.value):
            raise UsageError(f"there is no text {name!r} in {client.locale}; `triage-bot templates list` has them all")
        name = name.rpartition("/")[2].partition(".")[0]
        if name in PARTS:
            raise UsageError(f"{name!r} is a part of another text: preview {PARTS[name]!r}")
        if name in LINES or (name in CONTEXTS and name not in (USUAL, CORRECTION)):
            raise UsageError(
                f"{name!r} is no text for clients and has no preview; `triage-bot templates show {name}` shows it"
            )
        if name == CORRECTION:
            context = correction_context(_corrected(client, now), client, assistant, client.locale, now)
            return templates.correction(context, medium)
        agreement = client.agreement
        made = promise(agreement.calendar, agreement.response, now, now)
        decision = Decision(
            client=client.name,
            known_contact=True,
            reading=Reading(client.locale.language, Script.LATIN, new_text="", kind=Kind.TASK),
            urgency=Urgency.URGENT if urgent else Urgency.NORMAL,
            inside_hours=agreement.calendar.is_working(now),
            promise=made,
            suppression=None,
            alert_at=alert_moment(agreement, now, made) if urgent else None,
            locale=client.locale,
        )
        told = acknowledgement_context(decision, client, assistant, now)
        return templates.acknowledgement(told, medium, "" if name == USUAL else name)


def _corrected(client: Client, now: datetime) -> Broken:
    """The promise for a message at that moment, and the one that could be made once it is over."""
    calendar, response = client.agreement.calendar, client.agreement.response
    made = promise(calendar, response, now, now)
    if made is None:
        raise UsageError("there is no check within three years: nothing is promised, and nothing to correct")
    later = made.promise_at + timedelta(minutes=1)
    old = GivenPromise(
        id=1,
        item_id=1,
        client=client.name,
        contact=client.name,
        subject="",
        state=PromiseState.TOLD,
        made_at=now,
        received_at=now,
        check_at=made.check_at,
        promise_at=made.promise_at,
        answered_by=made.answered_by,
        because=made.because,
        zone=client.zone.key,
        locale=client.locale.value,
        sentence="",
    )
    return Broken(old, promise(calendar, response, later, later))


def _origin(hers: list[str], built_in: bool) -> str:
    if not hers:
        return "built in"
    return f"yours in {', '.join(hers)}" + ("" if built_in else ", and nowhere else")


def _variables(context: type) -> str:
    """The fields of a context, each with the comment that documents it."""
    source = inspect.getsource(context)
    lines = source.splitlines()
    body = ast.parse(source).body[0]
    assert isinstance(body, ast.ClassDef)
    said = []
    for field in body.body:
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            comment = lines[field.lineno - 1].partition("  # ")[2]
            said.append(f"  {field.target.id:18} {comment}".rstrip())
    return "\n".join(said)
