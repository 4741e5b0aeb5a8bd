"""What clients and the assistant read: the texts in `templates/<language>/`, filled in.

A template of the user's folder is taken before ours, file by file, and in files of lines (`reason.txt`,
`suppression.txt`, `missing.txt`, `trouble.html`) line by line. If the user's fails, ours is rendered instead and the
failure is reported: a client never goes without an answer because of a template.
"""

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from functools import lru_cache, partial
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_args
from zoneinfo import ZoneInfo

from triage_bot import resources, wording
from triage_bot.core.digest_pages import Block
from triage_bot.core.messages import Medium
from triage_bot.core.reasons import Reason
from triage_bot.core.telegram_text import escape
from triage_bot.errors import Problem, TriageBotError
from triage_bot.reading.model import Locale
from triage_bot.template_contexts import (
    AcknowledgementContext,
    ItemContext,
    TroubleContext,
    holiday_name,
    shorten,
    spoken,
)
from triage_bot.template_desk import DeskContext, variables
from triage_bot.template_digest import DigestContext, SectionContext
from triage_bot.template_engine import Context, Engine, TemplateError, pass_context, problem
from triage_bot.template_promises import AtRiskContext, CorrectionContext, PromiseDueContext
from triage_bot.template_trial import Trial
from triage_bot.wording import Preposition

ACKNOWLEDGEMENT_LIMIT = 20_000
ACKNOWLEDGEMENTS_KEPT = 128
VALUE_LIMIT = 300

PROMISE = "promise.txt"
MAIL_TEXT = "acknowledgement.txt"
MAIL_HTML = "acknowledgement.html"
CHAT_TEXT = "acknowledgement.chat.txt"
DIGEST_HEAD = "digest_head.telegram.html"
DIGEST_DAY = "digest_day.telegram.html"
DIGEST_SECTION = "digest_section.telegram.html"
DIGEST_ITEM = "digest_item.telegram.html"
DIGEST_REST = "digest_rest.telegram.html"
ALERT = "alert.telegram.html"
TROUBLE = "trouble.html"
REASON = "reason.txt"
SUPPRESSION = "suppression.txt"
MISSING = "missing.txt"
DESK = "desk.txt"
DESK_WORDS = "desk_words.txt"
CORRECTION = "correction"  # instead of "acknowledgement" in the names of the files
AT_RISK = "promises_at_risk.telegram.html"
PROMISE_DUE = "promise_due.telegram.html"
LINES = (REASON, SUPPRESSION, TROUBLE, MISSING, DESK, DESK_WORDS)

T = TypeVar("T")
_ToHer = DigestContext | SectionContext | ItemContext | AtRiskContext | PromiseDueContext


@dataclass(frozen=True, slots=True)
class Rendered:
    """An acknowledgement. `html` is "" in a chat; `promise` is the sentence with the promised moment in it, "" for
    none: what the ledger keeps."""

    text: str
    html: str
    promise: str


def _keep_quiet(failure: Problem) -> None:
    pass


class Templates:
    def __init__(self, user_folder: Path | None = None, on_failure: Callable[[Problem], None] = _keep_quiet) -> None:
        """`on_failure` hears of every template of the user's that failed and was replaced by ours."""
        ours = resources.templates_folder()
        self._on_failure = on_failure
        self._ours = Engine([ours], self._filters())
        self._users = Engine([user_folder, ours], self._filters()) if user_folder else None
        # In a backlog most clients of one agreement are told the same.
        self._acknowledgements = lru_cache(maxsize=ACKNOWLEDGEMENTS_KEPT)(self._acknowledgement)

    # --- to the client ---------------------------------------------------------------------------------------------

    def acknowledgement(self, context: AcknowledgementContext, medium: Medium, name: str = "") -> Rendered:
        """With a `name`, that of texts in the user's own folder; whatever is not there is taken from the usual ones."""
        return self._acknowledgements(context, medium, name)

    def _acknowledgement(self, context: AcknowledgementContext, medium: Medium, name: str) -> Rendered:
        compose, file = (_chat, CHAT_TEXT) if medium is Medium.CHAT else (_mail, MAIL_TEXT)
        named = _named(self._users, context.locale, file, name) if self._users else f"{context.locale}/{file}"
        return self._safely(named, lambda engine: compose(engine, context, name))

    def promise(self, locale: Locale, check: str, answer: str, *, answered_by: bool) -> str:
        """The sentence of a promise by itself, with the moments already in words."""
        name, variables = f"{locale}/{PROMISE}", {"check": check, "answer": answer, "answered_by": answered_by}
        said = self._safely(name, lambda engine: _tidy(engine.render(name, {"locale": locale, **variables})))
        return said[:1].upper() + said[1:]

    def correction(self, context: CorrectionContext, medium: Medium) -> Rendered:
        """The apology for a promise that cannot be kept, with the new one."""
        compose, file = (_chat, CHAT_TEXT) if medium is Medium.CHAT else (_mail, MAIL_TEXT)
        named = _named(self._ours, context.locale, file, CORRECTION)
        return self._safely(named, lambda engine: compose(engine, context, CORRECTION))

    # --- to the assistant ------------------------------------------------------------------------------------------

    def digest(self, context: DigestContext) -> list[Block]:
        """The headline, what is said of her day, each item, with the heading above the first of a section, and all that
        needs nothing."""
        blocks = [Block(self._telegram(DIGEST_HEAD, context))]
        if context.morning or context.evening:
            blocks.append(Block(self._telegram(DIGEST_DAY, context)))
        for section in context.sections:
            heading = self._telegram(DIGEST_SECTION, section)
            for item in section.items:
                blocks.append(Block("\n".join(filter(None, (heading, self._telegram(DIGEST_ITEM, item)))), item.id))
                heading = ""
        return [*blocks, Block(self._telegram(DIGEST_REST, context))] if context.rest else blocks

    def alert(self, context: ItemContext) -> str:
        """What she is told of an urgent item at once, in Telegram HTML."""
        return self._telegram(ALERT, context)

    def at_risk(self, context: AtRiskContext) -> str:
        """Promises that her calendar breaks, in Telegram HTML."""
        return self._telegram(AT_RISK, context)

    def promise_due(self, context: PromiseDueContext) -> str:
        """A promise that is about to break, in Telegram HTML."""
        return self._telegram(PROMISE_DUE, context)

    def page(self, context: DeskContext) -> str:
        """What she is shown at her desk, in Telegram HTML."""
        name = f"{context.locale}/{context.file}"
        return self._safely(name, lambda engine: _tidy(engine.render(name, variables(context))))

    def to_client(self, locale: Locale, name: str, medium: Medium, values: Mapping[str, object]) -> str:
        """A text that the assistant is offered to send, plain and without her signature: `exemption`, `details`."""
        file = f"{locale}/{name}.chat.txt" if medium is Medium.CHAT else f"{locale}/{name}.txt"
        return self._safely(file, lambda engine: _tidy(engine.render(file, {"locale": locale, **values})))

    def desk(self, locale: Locale, code: str, values: Mapping[str, str] = MappingProxyType({})) -> str:
        """What stands on a button, or answers one, as plain text."""
        for file in (DESK_WORDS, DESK):
            if (said := self._line(file, locale, code, values)) is not None:
                return said
        return _code_words(code, values)

    def trouble(self, context: TroubleContext) -> str:
        """What went wrong, in Telegram HTML."""
        values = _told(context.values, context.locale, context.zone, context.now)
        said = self._line(TROUBLE, context.locale, context.code, values)
        return said if said is not None else escape(_code_words(context.code, context.values))

    def reason(
        self, locale: Locale, reason: Reason, *, zone: ZoneInfo | None = None, now: datetime | None = None
    ) -> str:
        """A reason in words. Its moments are told in `zone`, else in the one that they carry; "today" and the like
        are said only if `now` is given."""
        values = _told(reason.values, locale, zone, now)
        if "english" in reason.values:  # a public holiday's
            values["name"] = holiday_name(reason.values["name"], reason.values["english"], locale)
        said = self._line(REASON, locale, reason.code, values)
        return said if said is not None else _code_words(reason.code, reason.values)

    def suppression(self, locale: Locale, name: str) -> str:
        """Why a client was not acknowledged, in words; `name` is that of a `Suppression`."""
        said = self._line(SUPPRESSION, locale, name, {})
        return said if said is not None else _code_words(name, {})

    # --- check -----------------------------------------------------------------------------------------------------

    def problems(self, names: Collection[str] = ()) -> list[Problem]:
        """Every template of every language that does not render, each with its file and line; `names` are those of
        further acknowledgements."""
        from triage_bot.template_desk_samples import desk_values, offers, pages
        from triage_bot.template_samples import (  # only `check` pays for it
            acknowledgements,
            at_risk,
            corrections,
            digests,
            greetings,
            promise_due,
            trouble_values,
            values,
        )

        engine = self._users or self._ours
        trial = Trial(engine)
        for locale in Locale:
            for sample in acknowledgements(locale):
                for name in ("", *names):
                    trial.attempt(_named(engine, locale, MAIL_TEXT, name), partial(_mail, engine, sample, name))
                    trial.attempt(_named(engine, locale, CHAT_TEXT, name), partial(_chat, engine, sample, name))
            for correction in corrections(locale).values():
                for compose, file in ((_mail, MAIL_TEXT), (_chat, CHAT_TEXT)):
                    name = _named(engine, locale, file, CORRECTION)
                    trial.attempt(name, partial(compose, engine, correction, CORRECTION))
            trial.attempt(f"{locale}/{AT_RISK}", partial(_file, engine, f"{locale}/{AT_RISK}", at_risk(locale)))
            name = f"{locale}/{PROMISE_DUE}"
            trial.attempt(name, partial(_file, engine, name, promise_due(locale)))
            for told in digests(locale):
                for file in (DIGEST_HEAD, DIGEST_DAY, DIGEST_REST):
                    trial.attempt(f"{locale}/{file}", partial(_file, engine, f"{locale}/{file}", told))
                for section in told.sections:
                    name = f"{locale}/{DIGEST_SECTION}"
                    trial.attempt(name, partial(_file, engine, name, section))
                    for name, item in product((f"{locale}/{DIGEST_ITEM}", f"{locale}/{ALERT}"), section.items):
                        trial.attempt(name, partial(_file, engine, name, item))
            for page in pages(locale):
                name = f"{locale}/{page.file}"
                trial.attempt(name, partial(engine.render, name, variables(page)))
            for name, offered in (*offers(locale), *greetings(locale)):
                trial.attempt(name, partial(engine.render, name, offered))
            everything = {"locale": locale, **values(locale), **desk_values(locale)}
            for file in LINES:
                given = trouble_values(self._ours.named(f"{locale}/{file}")) if file == TROUBLE else {}
                trial.attempt_lines(f"{locale}/{file}", everything, given)
        return sorted(trial.found)

    # --- how -------------------------------------------------------------------------------------------------------

    def _filters(self) -> dict[str, Callable[..., Any]]:
        """What templates may do beyond Jinja's plain filters; the language is that of the text."""

        @pass_context
        def words(context: Context, reason: Reason) -> str:
            return self.reason(context["locale"], reason, zone=context["zone"], now=context["now"])

        @pass_context
        def suppression(context: Context, name: str) -> str:
            return self.suppression(context["locale"], name)

        @pass_context
        def plural(context: Context, count: int, *forms: str) -> str:
            return wording.plural(int(count), context["locale"], *forms)

        @pass_context
        def span(context: Context, minutes: str) -> str:
            return wording.span(timedelta(minutes=int(minutes)), context["locale"])

        @pass_context
        def missing(context: Context, part: str) -> str:
            said = self._line(MISSING, context["locale"], part, {})
            return said if said is not None else part

        return {"words": words, "suppression": suppression, "plural": plural, "span": span, "missing": missing}

    def _telegram(self, file: str, context: _ToHer) -> str:
        name = f"{context.locale}/{file}"
        return self._safely(name, lambda engine: _file(engine, name, context))

    def _safely(self, name: str, compose: Callable[[Engine], T]) -> T:
        if self._users is not None:
            try:
                return compose(self._users)
            except TemplateError as error:
                self._on_failure(problem(error, name, self._users.origin(name)))
        try:
            return compose(self._ours)
        except TemplateError as error:
            raise TriageBotError(
                f"{problem(error, name, self._ours.origin(name))} (a template of the program)"
            ) from error

    def _line(self, file: str, locale: Locale, code: str, values: Mapping[str, object]) -> str | None:
        name = f"{locale}/{file}"
        for engine in filter(None, (self._users, self._ours)):
            try:
                said = engine.line(name, code, {"locale": locale, **values})
            except TemplateError as error:
                self._on_failure(problem(error, name, engine.origin(name)))
                continue
            if said is not None:
                return said
        return None


def template_problems(folder: Path, names: Collection[str] = ()) -> list[Problem]:
    """What is wrong with the user's templates in `folder`, those that rules name too."""
    return Templates(folder).problems(list(dict.fromkeys(filter(_is_name, names))))


def _is_name(text: str) -> bool:
    return text.replace("-", "").replace("_", "").isalnum()  # anything else the configuration refuses


# --- one text -----------------------------------------------------------------------------------------------------


def _named(engine: Engine, locale: Locale, usual: str, name: str) -> str:
    """The acknowledgement of that name, or the usual one where the engine has none: `outage.chat.txt` for
    `acknowledgement.chat.txt`."""
    named = f"{locale}/{name}.{usual.partition('.')[2]}"
    return named if name and engine.origin(named) is not None else f"{locale}/{usual}"


def _mail(engine: Engine, context: AcknowledgementContext | CorrectionContext, name: str = "") -> Rendered:
    variables, promise = _with_promise(engine, context)
    text = _tidy(engine.render(_named(engine, context.locale, MAIL_TEXT, name), variables))
    _refuse_unsendable(text, MAIL_TEXT)
    variables["paragraphs"] = [
        (paragraph.split("\n"), bool(promise) and promise[1:] in paragraph) for paragraph in text.split("\n\n")
    ]
    html = engine.render(_named(engine, context.locale, MAIL_HTML, name), variables)
    _refuse_unsendable(html, MAIL_HTML)
    return Rendered(text + "\n", html, _told_in(text, promise, context))


def _chat(engine: Engine, context: AcknowledgementContext | CorrectionContext, name: str = "") -> Rendered:
    variables, promise = _with_promise(engine, context)
    text = _tidy(engine.render(_named(engine, context.locale, CHAT_TEXT, name), variables))
    _refuse_unsendable(text, CHAT_TEXT)
    return Rendered(text, "", _told_in(text, promise, context))


def _told_in(text: str, promise: str, context: AcknowledgementContext | CorrectionContext) -> str:
    """The promise, if the text makes it: a template of the user's may leave it out, and then nothing was promised."""
    return promise if promise[1:] in text or context.answer in text else ""


def _file(engine: Engine, name: str, context: _ToHer) -> str:
    return _tidy(engine.render(name, _variables(context)))


def _with_promise(engine: Engine, context: AcknowledgementContext | CorrectionContext) -> tuple[dict[str, object], str]:
    variables = _variables(context)
    promise = _tidy(engine.render(f"{context.locale}/{PROMISE}", variables)) if context.answer else ""
    variables["promise"] = promise
    return variables, promise[:1].upper() + promise[1:]


def _variables(context: AcknowledgementContext | CorrectionContext | _ToHer) -> dict[str, object]:
    return {name: getattr(context, name) for name in _FIELDS[type(context)]}


_FIELDS = {
    kind: tuple(field.name for field in fields(kind))
    for kind in (AcknowledgementContext, CorrectionContext, *get_args(_ToHer))
}


def _refuse_unsendable(text: str, file: str) -> None:
    if not text.strip():
        raise TemplateError(f"{file} renders to nothing")
    if len(text) > ACKNOWLEDGEMENT_LIMIT:
        raise TemplateError(f"{file} renders to more than {ACKNOWLEDGEMENT_LIMIT} characters")


def _tidy(text: str) -> str:
    """Without the spaces and empty lines that conditions leave behind."""
    return _EMPTY_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()


_LINE_ENDS = re.compile(r"[ \t]*\n[ \t]*")
_EMPTY_LINES = re.compile(r"\n{3,}")


# --- reasons ------------------------------------------------------------------------------------------------------


def _told(values: Mapping[str, str], locale: Locale, zone: ZoneInfo | None, now: datetime | None) -> dict[str, object]:
    """The values of a reason as its words use them: moments and dates spoken, texts at a bearable length."""
    said = {
        key: spoken(value, locale, zone, now) if _MOMENT.search(key) else shorten(value, VALUE_LIMIT)
        for key, value in values.items()
    }
    if last := values.get("until"):  # "do piątku", where a date by itself is "piątek"
        said["until"] = spoken(last, locale, zone, now, Preposition.UNTIL)
    return dict(said)


_MOMENT = re.compile(r"(^|_)(at|on)$")


def _code_words(code: str, values: Mapping[str, str]) -> str:
    words = code.replace("_", " ").lower()
    told = ", ".join(f"{key.replace('_', ' ')} {shorten(value, VALUE_LIMIT)}" for key, value in values.items() if value)
    return f"{words} ({told})" if told else words
