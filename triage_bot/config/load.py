"""From a file to the configuration, or to everything that is wrong with it at once.

The values are judged by the model, what must hold between them by `checks`; the two do not wait for one another, so
that nobody mends a file three times.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from triage_bot.config import calendar_checks, checks, yaml_places
from triage_bot.config.model import Config
from triage_bot.config.values import EMPTY, Wrong, did_you_mean, path_in, shown
from triage_bot.config.yaml_places import Document, Steps
from triage_bot.errors import ConfigError, Problem
from triage_bot.resources import example_config

TemplateProblems = Callable[[Path, Sequence[str]], Sequence[Problem]]
"""What is wrong with the templates in a folder, or should be looked at; the names are those that rules ask for."""

SECRET_KEYS = {"password": "password_env", "pass": "password_env", "secret": "password_env", "token": "token_env"}


def load_config(
    path: Path | None,
    *,
    secrets: bool = False,
    template_problems: TemplateProblems | None = None,
    template_warnings: TemplateProblems | None = None,
    today: date | None = None,
) -> Config:
    """The configuration in the file. Raises ConfigError with all problems.

    None stands for the agreement of the example, without its channels and rules. With `secrets` every password and
    token must be found, and there must be something to run. Calendar files are laid out around `today`, by default
    that of this machine.
    """
    today = today or datetime.now(UTC).date()
    if path is None:
        return load_config(example_config(), today=today).without_channels()
    document = yaml_places.read(path)
    folder = path.absolute().parent
    findings = checks.find(document, folder, secrets=secrets)
    calendars = calendar_checks.read_calendars(findings, today)
    problems = [*document.problems, *findings.problems]
    config: Config | None = None
    if isinstance(document.value, dict):
        try:
            config = Config.model_validate(document.value, context={"folder": folder})
        except ValidationError as error:
            problems += _translated(error, document)
        asked = [name for _, name in findings.texts("urgency_rules.*.then.template")]
        for _, own in findings.read("templates", partial(path_in, folder)):
            if own.is_dir():
                problems += template_problems(own, asked) if template_problems else []
                findings.warnings += template_warnings(own, asked) if template_warnings else []
    else:
        what = f"must be a mapping of keys such as `assistant:`, not {shown(document.value)}"
        problems.append(document.problem((), what))
    if not problems and config is not None:
        config = config.with_findings(folder, tuple(findings.warnings), calendars.occurrences, calendars.seen)
        problems += calendar_checks.spans_that_break(config, document, today)
    if problems or config is None:
        raise ConfigError(list(dict.fromkeys(problems)))
    return config


def _translated(error: ValidationError, document: Document) -> list[Problem]:
    found = []
    for detail in error.errors(include_url=False):
        steps: Steps = detail["loc"]
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, Wrong):
            found += [document.problem((*steps, *within), what) for within, what in cause.parts]
        elif detail["type"] == "extra_forbidden":
            found.append(document.problem(steps, _unknown_key(steps), at_key=True))
        elif detail["type"] == "missing":
            found.append(document.problem(steps, "is missing"))
        elif detail["type"] != "default_factory_not_called":  # a port whose `security` is wrong, which is told already
            found.append(document.problem(steps, _shape(detail["type"], detail["input"])))
    return found


def _shape(kind: str, value: object) -> str:
    if value is None:
        return EMPTY
    if kind in ("tuple_type", "list_type"):
        return f"must be a list, not {shown(value)}"
    if kind.startswith("model") or kind == "dict_type":
        return f"must be a mapping of keys, not {shown(value)}"
    return f"does not fit here: {shown(value)} ({kind})"


def _unknown_key(steps: Steps) -> str:
    key = str(steps[-1])
    around = _section_at(steps[:-1])
    known = _keys(around) if around else {}
    if (right := SECRET_KEYS.get(key)) and right in known:
        file = right.replace("_env", "_file")
        return f"secrets do not stand in this file: name an environment variable in `{right}` or a file in `{file}`"
    if key in known:
        return "unknown key"
    elsewhere = [where for where, section in _sections(Config, ()) if key in _keys(section)]
    hint = f" - it belongs under `{elsewhere[0]}`" if elsewhere else f" (known: {', '.join(known)})"
    return "unknown key" + did_you_mean(key, known, hint if known else "")


def _keys(section: type[BaseModel]) -> Mapping[str, Any]:
    return {field.alias or name: field.annotation for name, field in section.model_fields.items()}


def _section_of(annotation: Any) -> type[BaseModel] | None:
    """The section that a field holds, alone, optionally or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_of(part))), None)


def _section_at(steps: Steps) -> type[BaseModel] | None:
    section: type[BaseModel] | None = Config
    for step in steps:
        if isinstance(step, str) and section is not None:
            section = _section_of(_keys(section).get(step))
    return section


def _sections(section: type[BaseModel], steps: tuple[str, ...]) -> list[tuple[str, type[BaseModel]]]:
    """Every section with the path of keys that leads there, each once."""
    found: list[tuple[str, type[BaseModel]]] = [(".".join(steps), section)] if steps else []
    for key, annotation in _keys(section).items():
        inner = _section_of(annotation)
        if inner is not None and inner is not section:
            found += _sections(inner, (*steps, key))
    return found
