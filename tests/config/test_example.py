"""The example is the documentation of the configuration: complete, true and loadable."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter

from triage_bot.config import load_config, yaml_places
from triage_bot.config.model import Config
from triage_bot.config.yaml_places import Document, Steps
from triage_bot.reading.model import Locale
from triage_bot.resources import example_config

DEFAULT = re.compile(r"\(default: (.*)\)$")
NOT_WRITTEN = {"yours", "your name", "none", "that of their agreement"}


def _switched_on() -> str:
    """The example with the settings that are switched off taken in: `#key:` and the deeper lines that follow it."""
    lines, off = [], False
    for line in example_config().read_text(encoding="utf-8").splitlines():
        setting = re.match(r"( *)#(?=[^ ])(.*)$", line) or (off and re.match(r"( *)#(?=  )(.*)$", line))
        off = bool(setting)
        lines.append(setting[1] + setting[2] if setting else line)
    return "\n".join(lines) + "\n"


def _sections(section: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, field in section.model_fields.items():
        here = (*path, field.alias or name)
        yield here, field
        inner = _section_of(field.annotation)
        if inner is not None and inner is not section and here != ("clients", "agreement"):
            yield from _sections(inner, here)


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _section_of(part))), None)


def _keys_only(steps: Steps) -> tuple[str, ...]:
    return tuple(step for step in steps if isinstance(step, str))


@pytest.fixture(scope="module")
def whole() -> Document:
    document = yaml_places.parse(_switched_on(), "config.example.yaml")
    assert not document.problems
    return document


def test_the_example_loads_without_a_warning() -> None:
    config = load_config(example_config())
    assert config.assistant.name == "Katarzyna"
    assert [client.language for client in config.clients] == [Locale.PL, Locale.SR, Locale.EN]
    assert config.warnings == ()


def test_the_settings_that_are_switched_off_load_too(tmp_path: Path) -> None:
    text = _switched_on()
    text = re.sub(r"^ +(password|token)_file:.*\n", "", text, flags=re.MULTILINE)
    (tmp_path / "my_templates" / "pl").mkdir(parents=True)
    (tmp_path / "my_templates" / "pl" / "outage.txt").write_text("{{ promise }}", encoding="utf-8")
    for name in ("wolne.ics", "kalendarz.ics"):
        (tmp_path / name).write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (tmp_path / "config.yaml").write_text(text, encoding="utf-8")
    config = load_config(tmp_path / "config.yaml")
    assert config.templates == tmp_path / "my_templates"
    assert len(config.agreement.days_off) == 2
    assert config.agreement.vacations[0].stand_in.startswith("Ana Jović")


def test_every_key_is_in_the_example(whole: Document) -> None:
    shown = {_keys_only(steps) for steps in whole.keys}
    # A condition holds conditions: its keys count wherever they are shown.
    conditions = {steps[-1] for steps in shown if steps[:2] == ("urgency_rules", "when")}
    missing = [
        ".".join(path)
        for path, _ in _sections(Config)
        if path not in shown and not (path[:2] == ("urgency_rules", "when") and path[-1] in conditions)
    ]
    assert missing == []


def test_a_default_that_the_example_names_is_the_default() -> None:
    lines = _switched_on().splitlines()
    document = yaml_places.parse("\n".join(lines) + "\n", "f")
    named = 0
    fields = dict(_sections(Config))
    for steps, place in document.keys.items():
        path = _keys_only(steps)
        comment = lines[place.line - 2].strip() if place.line > 1 else ""
        match = DEFAULT.search(comment)
        if match is None or path not in fields or match[1] in NOT_WRITTEN:
            continue
        field = fields[path]
        if field.default_factory is not None:  # a port, which follows from `security`
            continue
        written = yaml_places.parse(f"default: {match[1]}\n", "f").value
        assert isinstance(written, dict)
        value = TypeAdapter(field.rebuild_annotation()).validate_python(written["default"], context={"folder": Path()})
        default = field.get_default(call_default_factory=False)
        if path == ("database",):
            default = f"sqlite:///{Path('triage_bot.db')}"
        assert value == default, ".".join(path)
        named += 1
    assert named > 25


def test_every_key_of_the_model_is_documented_on_its_field() -> None:
    folder = Path(__file__).parents[2] / "triage_bot" / "config"
    bare = []
    for file in ("model.py", "agreement_model.py", "rule_model.py", "running_model.py"):
        for section in ast.walk(ast.parse((folder / file).read_text(encoding="utf-8"))):
            if not isinstance(section, ast.ClassDef):
                continue
            for field, after in zip(section.body, [*section.body[1:], None], strict=True):
                if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
                    continue
                documented = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
                if not documented and not field.target.id.startswith("_"):
                    bare.append(f"{section.name}.{field.target.id}")
    assert bare == []


def test_without_a_file_the_agreement_of_the_example_counts() -> None:
    config = load_config(None)
    assert config.channels.mail == ()
    assert config.channels.telegram is None
    assert config.urgency_rules == ()
    assert config.agreement == load_config(example_config()).agreement
