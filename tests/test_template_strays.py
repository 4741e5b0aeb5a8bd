"""What lies among the user's templates and is never read is named."""

from pathlib import Path

import pytest

from triage_bot.template_strays import strays
from triage_bot.templates import Templates, template_problems


def write(folder: Path, *names: str, text: str = "x") -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def said(folder: Path, *names: str) -> list[str]:
    return [f"{Path(each.file).relative_to(folder)} {each.what}" for each in strays(folder, names)]


@pytest.mark.parametrize(
    ("name", "line"),
    [
        pytest.param(
            "pl/acknowledgment.txt",
            "pl/acknowledgment.txt is never read - did you mean `pl/acknowledgement.txt`?",
            id="a misspelt file",
        ),
        pytest.param("PL/alert.telegram.html", "PL is never read - did you mean `pl/`?", id="a folder in capitals"),
        pytest.param(
            "sr_cyrl/alert.telegram.html", "sr_cyrl is never read - did you mean `sr-Cyrl/`?", id="another dash"
        ),
        pytest.param("pl/notes.md", "pl/notes.md is never read", id="what is like nothing"),
        pytest.param("pl/old/alert.telegram.html", "pl/old is never read", id="a folder too deep"),
        pytest.param(
            "acknowledgement.txt",
            "acknowledgement.txt is never read - did you mean `en/acknowledgement.txt`?",
            id="a file beside the languages",
        ),
    ],
)
def test_what_is_never_read_is_named(tmp_path: Path, name: str, line: str) -> None:
    write(tmp_path, name)
    assert said(tmp_path) == [line]


def test_what_is_read_is_not_named(tmp_path: Path) -> None:
    write(tmp_path, "pl/acknowledgement.txt", "pl/correction.html", "pl/prospect.chat.txt", "shared/mail.html")
    write(tmp_path, "en/reason.txt", "en/outage.chat.txt", ".git/config", "pl/.notes.txt.swp")
    assert said(tmp_path, "outage") == []
    assert said(tmp_path) == ["en/outage.chat.txt is never read"]


def test_what_a_template_includes_is_read(tmp_path: Path) -> None:
    write(tmp_path, "pl/promise.txt", text='{% include "parts/first.txt" %}')
    write(tmp_path, "parts/first.txt", text='{% include "second.txt" %}')
    write(tmp_path, "parts/second.txt", "parts/third.txt")
    assert said(tmp_path) == ["parts/third.txt is never read"]


def test_a_line_that_is_never_read_is_named(tmp_path: Path) -> None:
    write(tmp_path, "pl/trouble.html", text="# mine\nmailbox_bakc: x\nmailbox_back: x\nmoon: x\n")
    write(tmp_path, "pl/desk_words.txt", text="button_open: x\ncorrect_one: of desk.txt, where it is looked for too\n")
    write(tmp_path, "en/reason.txt", text="without a colon")
    found = [(Path(each.file).name, each.line, each.path, each.what) for each in strays(tmp_path)]
    assert found == [
        ("trouble.html", 2, "mailbox_bakc", "is never read - did you mean `mailbox_back`?"),
        ("trouble.html", 4, "moon", "is never read"),
    ]


def test_a_link_that_leads_nowhere_good_is_named_and_ours_is_taken(tmp_path: Path) -> None:
    (tmp_path / "t" / "pl").mkdir(parents=True)
    (tmp_path / "t" / "pl" / "acknowledgement.txt").symlink_to("acknowledgement.txt")
    (tmp_path / "t" / "en").symlink_to(tmp_path)
    what = "is never read: the link leads out of this folder, or in a circle"
    assert said(tmp_path / "t") == [f"en {what}", f"pl/acknowledgement.txt {what}"]
    assert template_problems(tmp_path / "t") == []


def test_a_folder_that_is_a_circle_of_links_is_as_none(tmp_path: Path) -> None:
    (tmp_path / "t").symlink_to("t")
    assert Templates(tmp_path / "t").problems() == []
    assert strays(tmp_path / "t") == []
