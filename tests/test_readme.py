"""The README tells the truth: its examples run, its configuration is one, its map is whole, its links lead on."""

import re
import shlex
from pathlib import Path

import pytest

from triage_bot.cli import main
from triage_bot.config import load_config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def examples() -> list[tuple[str, str]]:
    """Every command of the console blocks, with what the README shows below it."""
    found = []
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, shown = part.partition("\n")
            found.append((command, shown.rstrip("\n")))
    return found


def test_the_first_sentence_says_what_it_is_and_for_whom() -> None:
    title, _, rest = README.partition("\n\n")
    assert title == "# triage_bot"
    assert rest.startswith("triage_bot is a background service for virtual assistants")
    commands = [line.split("#")[0].strip() for line in rest.split("\n\n")[1].splitlines()]
    assert commands == ["make demo", "make test"]


def test_the_examples_say_what_the_program_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = 0
    for command, shown in examples():
        words = shlex.split(command)
        if words[0] == "cat":
            Path(words[1]).write_text(shown + "\n", encoding="utf-8")
        else:
            assert words[0] == "triage-bot"
            assert main(words[1:]) == 0
            assert capsys.readouterr().out.rstrip("\n") == shown
            ran += 1
    assert ran >= 2


def test_the_configuration_shown_is_one(tmp_path: Path) -> None:
    (shown,) = blocks("yaml")
    file = tmp_path / "config.yaml"
    file.write_text(shown, encoding="utf-8")
    for secret in ("mail_password", "telegram_token"):
        (tmp_path / secret).touch(mode=0o600)
        (tmp_path / secret).write_text("x")
    config = load_config(file, secrets=True)
    assert not config.warnings
    assert len(config.clients) == 2


def test_every_module_at_the_top_has_its_line_in_the_map() -> None:
    _, _, table = README.partition("<!-- the map:")
    table, _, _ = table.partition("\n\n")
    named = set(re.findall(r"`([\w./*]+)`", "\n".join(line.split("|")[1] for line in table.splitlines()[1:])))
    package = ROOT / "triage_bot"
    there = {f"{path.name}/" if path.is_dir() else path.name for path in package.iterdir() if path.name[0] != "_"}
    there = {name for name in there if name.endswith((".py", "/")) and not name.startswith("template_")}
    there.add("__main__.py")
    assert named - {"triage_bot/"} == there


def test_every_command_is_described() -> None:
    _, _, commands = README.partition("## The commands")
    for module in (ROOT / "triage_bot" / "cli").glob("*.py"):
        if "add_parser(" in module.read_text(encoding="utf-8"):
            assert f"**`{module.stem}" in commands


def test_links_lead_to_files() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^    )make ([a-z]+)", README, re.MULTILINE)) <= targets
