"""What is known of a client lies in a file that she may edit herself."""

from datetime import date
from pathlib import Path

import pytest

from triage_bot.errors import UsageError
from triage_bot.facts import Facts, slug

ON = date(2026, 11, 21)


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return Facts(tmp_path / "facts")


def test_the_first_note_makes_the_file_with_the_name_as_its_heading(facts: Facts) -> None:
    assert facts.read("Studio Żółw") == ""
    path = facts.note("Studio Żółw", "NIP 5", ON)
    assert path.read_text(encoding="utf-8") == "# Studio Żółw\n\n- 2026-11-21: NIP 5\n"
    assert path.parent.stat().st_mode & 0o077 == 0
    assert facts.read("Studio Żółw") == "- 2026-11-21: NIP 5"


def test_a_note_keeps_what_she_wrote_herself(facts: Facts) -> None:
    path = facts.note("Nowak", "a", ON)
    path.write_text("# Nowak\n\nLubi krótko.\n\n## Faktury\nbez końca wiersza", encoding="utf-8")
    path.chmod(0o640)
    facts.note("Nowak", "b\n# c", ON)
    assert path.read_text(encoding="utf-8").endswith("## Faktury\nbez końca wiersza\n- 2026-11-21: b # c\n")
    assert path.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in path.parent.iterdir()] == [path.name]


def test_the_same_note_told_twice_after_a_crash_stands_there_once(facts: Facts) -> None:
    facts.note("Nowak", "a", ON)
    path = facts.note("Nowak", "a", ON)
    assert path.read_text(encoding="utf-8").count("a\n") == 1


def test_a_link_leads_on_to_its_file(facts: Facts, tmp_path: Path) -> None:
    path = facts.note("Nowak", "a", ON)
    elsewhere = tmp_path / "elsewhere.md"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    facts.note("Nowak", "b", ON)
    assert path.is_symlink()
    assert "b" in elsewhere.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", ".", "a/b", "a\\b", "nul\0", "   ", "🌿", "x" * 500]
)
def test_no_name_leads_out_of_the_folder(facts: Facts, tmp_path: Path, name: str) -> None:
    path = facts.note(name, "a", ON)
    assert path.parent == tmp_path / "facts"
    assert path.resolve().parent == (tmp_path / "facts").resolve()
    assert path.name not in {".md", "..md"}


def test_names_that_differ_have_files_that_differ() -> None:
    names = ["Nowak", "nowak", "Nowak!", "Nówak", "Nowak i Syn", "Nowak-i-Syn", "Новак", "🌿", "🌱"]
    files = [slug(name) for name in names]
    assert slug("Studio Nowak") == "studio-nowak"
    assert len({*files}) >= len(names) - 2  # case and dashes alone make no other client


@pytest.mark.parametrize("bad", [b"\xff\xfe", b"# x\n\xc5"])
def test_a_file_that_is_no_text_is_said_and_left_alone(facts: Facts, bad: bytes) -> None:
    path = facts.note("Nowak", "a", ON)
    path.write_bytes(bad)
    with pytest.raises(UsageError, match="UTF-8"):
        facts.read("Nowak")
    with pytest.raises(UsageError, match="UTF-8"):
        facts.note("Nowak", "b", ON)
    assert path.read_bytes() == bad


def test_a_folder_in_the_place_of_the_file_is_said(facts: Facts) -> None:
    facts.path("Nowak").mkdir(parents=True)
    with pytest.raises(UsageError, match="cannot be read"):
        facts.read("Nowak")
