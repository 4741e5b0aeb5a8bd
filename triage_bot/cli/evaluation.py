"""Labelled messages judged and scored, with the reasons of every wrong answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from triage_bot.channels.mail_parse import Sizes
from triage_bot.cli.explain_cases import Case
from triage_bot.cli.labelled import BadLine, Labelled, labelled
from triage_bot.config import build
from triage_bot.config.agreement_model import HolidaySettings
from triage_bot.config.model import Config
from triage_bot.core.agreement import Agreement, Client
from triage_bot.core.history import History
from triage_bot.core.scoring import Answer, Score
from triage_bot.core.triage import Decision, Terms, judge, settle
from triage_bot.reading.model import Language, Locale
from triage_bot.templates import Templates

BELGRADE = ZoneInfo("Europe/Belgrade")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A message that was judged otherwise than labelled, in at least one field."""

    judged: Labelled
    answer: Answer
    fields: tuple[str, ...]
    because: tuple[str, ...]


@dataclass
class Evaluation:
    score: Score = field(default_factory=Score)
    wrong: list[Wrong] = field(default_factory=list)
    bad_lines: list[str] = field(default_factory=list)


class Judge:
    """Judges labelled messages as `run` would, with no history, each under its agreement."""

    def __init__(
        self, terms: Terms, templates: Templates, sizes: Sizes, by_language: Mapping[str, Agreement] | None = None
    ) -> None:
        """`by_language` holds agreements for languages in which another than the default counts."""
        self._terms = terms
        self._templates = templates
        self._by_language = by_language or {}
        self.sizes = sizes
        self.zone = terms.directory.default.calendar.zone
        self.zones = {language: agreement.calendar.zone for language, agreement in self._by_language.items()}

    @classmethod
    def from_config(cls, config: Config, *, by_language: bool) -> "Judge":
        sizes = Sizes(config.sizes.max_header_bytes, config.sizes.max_text_bytes, config.sizes.max_text_bytes)
        serbian = {Language.SR.value: build.default_agreement(_in_serbia(config))} if by_language else {}
        return cls(build.terms(config), Templates(build.templates_folder(config)), sizes, serbian)

    def judge(self, case: Case, language: str) -> Decision:
        decision = judge(case.message, self._terms, now=case.now, client=self._client(case, language))
        return settle(decision, case.message, History(), self._terms, case.now)

    def _client(self, case: Case, language: str) -> Client | None:
        """Whom the file names, else None for whom the directory knows, else somebody whose agreement is the one to
        judge by. What she writes in is not betrayed: the language is to be found too."""
        directory = self._terms.directory
        if known := directory.clients.get(case.client):
            return known
        if directory.find(case.message) is not None:
            return None
        assumed = directory.assumed_contact()
        return replace(assumed, agreement=self._by_language.get(language, assumed.agreement))

    def because(self, decision: Decision) -> tuple[str, ...]:
        return tuple(self._templates.reason(Locale.EN, reason, zone=self.zone) for reason in decision.because)


def _in_serbia(config: Config) -> Config:
    agreement = config.agreement.model_copy(update={"zone": BELGRADE, "holidays": HolidaySettings(country="RS")})
    return config.model_copy(update={"agreement": agreement})


def evaluate(path: Path, judge: Judge) -> Evaluation:
    """Raises UsageError for a file that is none."""
    result = Evaluation()
    for each in labelled(path, judge.zone, judge.zones, judge.sizes):
        if isinstance(each, BadLine):
            result.bad_lines.append(each.what)
            continue
        decision = judge.judge(each.case, each.label.language)
        answer = _answer(decision)
        verdicts = result.score.add(each.label, answer)
        fields = tuple(name for name, is_right in verdicts.items() if not is_right and name != "deadline by day")
        if fields:
            result.wrong.append(Wrong(each, answer, fields, judge.because(decision)))
    return result


def _answer(decision: Decision) -> Answer:
    reading = decision.reading
    return Answer(
        urgency=decision.urgency.value,
        deadline=reading.deadline.at if reading.deadline else None,
        needs_ack=reading.needs_ack,
        tone=reading.tone.value,
        missing=frozenset(element.value for element in reading.missing),
        kind=reading.kind.value,
        language=reading.language.value,
    )
