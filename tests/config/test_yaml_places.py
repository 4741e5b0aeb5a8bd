"""What the YAML reader makes of a file, and what it refuses."""

from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from triage_bot.config import yaml_places
from triage_bot.config.yaml_places import MAX_BYTES, Document, Place, in_words, parse, read
from triage_bot.errors import ConfigError


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("8:00", "8:00", id="a time is no sexagesimal number"),
        pytest.param("NO", "NO", id="Norway is no falsehood"),
        pytest.param("on", "on", id="on stays a word"),
        pytest.param("yes", "yes", id="yes stays a word"),
        pytest.param("true", "true", id="even true is text until a key asks for a flag"),
        pytest.param("+48600100200", "+48600100200", id="a telephone number keeps its plus"),
        pytest.param("007", "007", id="leading zeros stay"),
        pytest.param("1e3", "1e3", id="no exponent is computed"),
        pytest.param("2026-11-20", "2026-11-20", id="a date is text"),
        pytest.param("1_000", "1_000", id="underscores stay"),
        pytest.param("'null'", "null", id="a quoted null is a word"),
        pytest.param("null", None, id="a plain null is nothing"),
        pytest.param("~", None, id="a tilde is nothing"),
        pytest.param("", None, id="nothing is nothing"),
        pytest.param("{}", {}, id="an empty mapping is a mapping"),
        pytest.param("[]", [], id="an empty list is a list"),
    ],
)
def test_a_scalar_is_what_was_written(written: str, value: object) -> None:
    assert parse(f"key: {written}\n", "f").value == {"key": value}


def test_every_value_and_key_has_its_place() -> None:
    document = parse("a:\n  - b: 1\n    ć: [x, yy]\n", "f")
    assert document.places[("a", 0, "b")] == Place(2, 8)
    assert document.keys[("a", 0, "ć")] == Place(3, 5)
    assert document.places[("a", 0, "ć", 1)] == Place(3, 12)


def test_a_problem_without_a_place_of_its_own_stands_at_the_nearest_around_it() -> None:
    document = parse("a:\n  b: 1\n", "f")
    assert str(document.problem(("a", "c", 0, "d"), "is missing")) == "f:2:3: a.c[0].d: is missing"


def test_an_alias_stands_for_its_anchor() -> None:
    assert parse("a: &x [1, {b: 2}]\nc: *x\n", "f").value == {"a": ["1", {"b": "2"}], "c": ["1", {"b": "2"}]}


@pytest.mark.parametrize("raw", [b"\xef\xbb\xbfa: 1\n", b"a: 1\r\nb: 2\r\n"], ids=["a BOM", "CRLF"])
def test_files_of_windows_editors_are_read(tmp_path: Path, raw: bytes) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(raw)
    value = read(file).value
    assert isinstance(value, dict)
    assert value["a"] == "1"


def test_a_file_beyond_the_cap_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(ConfigError, match=r"config\.yaml:1:1: is larger than 1,048,576 bytes"):
        read(file)


def test_a_missing_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read(tmp_path / "config.yaml")


def test_a_path_in_words_shows_odd_keys_in_quotes() -> None:
    assert in_words(("clients", 2, "check_windows", 0)) == "clients[2].check_windows[0]"
    assert in_words(("hours", "mon,wed")) == 'hours["mon,wed"]'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 100_000, id="nested lists"),
        pytest.param("{a: " * 50_000, id="nested mappings"),
        pytest.param("- " * 50_000, id="nested entries"),
        pytest.param("? " * 50_000, id="nested keys"),
        pytest.param("a: &a [" + "*a," * 1000 + "]", id="an anchor within itself"),
        pytest.param("&a " * 10_000, id="anchors"),
        pytest.param("a: '" + "x" * 900_000, id="a long open quote"),
        pytest.param("%YAML 9.9\n---\na: 1", id="a version from the future"),
    ],
)
def test_hostile_text_is_refused_at_once(text: str) -> None:
    with pytest.raises(ConfigError):
        parse(text, "f")


def _outcome(text: str) -> Document | str:
    try:
        return parse(text, "f")
    except ConfigError as error:
        return str(error)


@given(st.text(alphabet="ab:-[]{}#&*!|>'\"%@`?,\n\t \u0107\u0000", max_size=60))
@example("a: !!binary x")
@example("- [a, b]: c")
@example("a: |\n  x\n b")
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    outcome = _outcome(text)
    if isinstance(outcome, str):
        assert outcome.startswith("f:")


@given(st.recursive(st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner)))
@example({"<<": "", "null": "~", "yes": "1"})
def test_what_is_dumped_with_quotes_comes_back_as_it_was(value: object) -> None:
    text = yaml.dump({"root": value}, default_style='"', allow_unicode=False)
    assert parse(text, "f").value == {"root": value}


def test_both_parsers_of_the_library_read_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (Path(__file__).parents[2] / "config.example.yaml").read_text(encoding="utf-8")
    fast = parse(text, "f")
    monkeypatch.delattr(yaml, "CBaseLoader", raising=False)
    slow = yaml_places.parse(text, "f")
    assert (fast.value, fast.places, fast.keys) == (slow.value, slow.places, slow.keys)
