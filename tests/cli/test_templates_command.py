"""`triage-bot templates`: what a user learns of the texts."""

from pathlib import Path

import pytest

from triage_bot.cli import main

CONFIG = """\
assistant: {name: Katarzyna, language: pl}
templates: mine
clients:
  - {name: Nowak, language: pl, greeting: Panie Janie, contacts: [{domain: nowak.example}]}
  - {name: Baker, language: en, contacts: [{email: ann@baker.example}]}
"""


@pytest.fixture
def config(tmp_path: Path) -> list[str]:
    (tmp_path / "mine" / "en").mkdir(parents=True)
    (tmp_path / "mine" / "en" / "outage.txt").write_text("Down? {{ promise | sentence }}.\n")
    (tmp_path / "config.yaml").write_text(CONFIG)
    return ["--config", str(tmp_path / "config.yaml")]


def test_the_list_says_what_is_built_in_and_what_is_hers(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "list", *config]) == 0
    rows = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert rows["acknowledgement.txt"] == "built in"
    assert rows["outage.txt"] == "yours in en, and nowhere else"


def test_a_text_is_shown_with_its_variables(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "show", "acknowledgement", "--language", "en", *config]) == 0
    out = capsys.readouterr().out
    assert "this confirmation is automatic" in out
    assert "  stand_in" in out
    assert "  late               when the message came" in out


def test_a_preview_reads_as_the_client_would_read_it(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["templates", "preview", "acknowledgement", "--client", "Nowak", "--at", "2026-11-20T17:00", *config]) == 0
    )
    out = capsys.readouterr().out
    assert "Panie Janie" in out
    assert "w poniedziałek 23 listopada po 8:00" in out


def test_a_text_of_hers_is_previewed_too(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "preview", "outage", "--client", "Baker", "--at", "2026-11-20T12:30", *config]) == 0
    assert capsys.readouterr().out.startswith("Down? I will")


def test_a_preview_can_be_looked_at_in_a_browser(
    config: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "page.html"
    where = ["--client", "Baker", "--at", "2026-11-20T12:30", "--html", str(page)]
    assert main(["templates", "preview", "acknowledgement", *where, *config]) == 0
    assert "<html" in page.read_text()
    assert str(page) in capsys.readouterr().out


def test_a_correction_is_that_of_the_promise_made_then(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "preview", "correction", "--client", "Nowak", "--at", "2026-11-20T17:00", *config]) == 0
    out = capsys.readouterr().out
    assert "Panie Janie" in out
    assert "w poniedziałek 23 listopada po 8:00" in out
    assert "w poniedziałek 23 listopada po 12:00" in out
    assert "Katarzyna" in out


def test_the_file_of_a_text_may_be_named(config: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["templates", "preview", "outage.txt", "--client", "Baker", "--at", "2026-11-20T12:30", *config]) == 0
    assert capsys.readouterr().out.startswith("Down? I will")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("alert", "'alert' is no text for clients and has no preview; `triage-bot templates show alert` shows it"),
        ("digest_head.telegram.html", "'digest_head' is no text for clients"),
        ("reason", "'reason' is no text for clients"),
        ("body", "'body' is a part of another text: preview 'acknowledgement'"),
        ("correction_body", "preview 'correction'"),
    ],
)
def test_what_no_client_reads_has_no_preview(
    name: str, says: str, config: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["templates", "preview", name, "--client", "Nowak", "--at", "2026-11-20T17:00", *config]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert says in said.err


def test_the_configuration_of_the_folder_is_taken(
    config: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(config[1]).parent)
    assert main(["templates", "list"]) == 0
    said = capsys.readouterr()
    assert "yours in en" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["show", "nonsense"], "templates list", id="a text that does not exist"),
        pytest.param(
            ["preview", "nonsense", "--client", "Baker", "--at", "2026-11-20T12:30"], "templates list", id="the same"
        ),
        pytest.param(
            ["preview", "acknowledgement", "--client", "Backer", "--at", "2026-11-20T12:30"],
            "did you mean 'Baker'", id="a client who does not exist",
        ),
        pytest.param(
            ["preview", "acknowledgement", "--client", "Baker", "--at", "noon"], "is not a moment", id="no moment"
        ),
    ],
)  # fmt: skip
def test_mistakes_are_explained(
    arguments: list[str], says: str, config: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["templates", *arguments, *config]) == 1
    assert says in capsys.readouterr().err
