"""What is installed is whole: the wheel carries every file that the program reads, and works from any folder."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CHECKOUT_ONLY = ("tests/", "benchmarks/", ".ci/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    with zipfile.ZipFile(wheel) as archive:
        return frozenset(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's files and nothing of the checkout, as `pip install` leaves it."""
    folder = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def run(installed: Path, cwd: Path, arguments: Sequence[str], code: int = 0) -> str:
    """What a command of the installed program says; its folder is read-only in spirit: nothing is written beside it."""
    environment = os.environ | {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    ran = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
    assert ran.returncode == code, ran.stderr
    return ran.stdout + ran.stderr


def in_checkout(folder: str, pattern: str) -> set[str]:
    return {
        str(file.relative_to(ROOT))
        for file in (ROOT / folder).rglob(pattern)
        if file.is_file() and "__pycache__" not in file.parts
    }


def test_every_file_of_the_package_is_in_the_wheel(names: frozenset[str]) -> None:
    missing = in_checkout("triage_bot", "*") - names
    assert not missing
    assert {"triage_bot/py.typed", "triage_bot/reading/lexicon/pl.toml"} <= names
    assert any(name.startswith("triage_bot/store/migrations/versions/v0001") for name in names)


def test_every_template_and_the_example_are_in_the_wheel(names: frozenset[str]) -> None:
    assert {f"triage_bot/data/{file}" for file in in_checkout("templates", "*")} <= names
    assert "triage_bot/data/config.example.yaml" in names


def test_the_licence_is_in_the_wheel(names: frozenset[str]) -> None:
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_nothing_else_is_in_the_wheel(names: frozenset[str]) -> None:
    assert not [name for name in names if not name.startswith(("triage_bot/", "triage_bot-"))]
    assert not [name for name in names if name.startswith(CHECKOUT_ONLY) or name.endswith((".pyc", ".db"))]


def test_the_installed_program_is_the_one_that_runs(installed: Path, tmp_path: Path) -> None:
    script = "import triage_bot; from triage_bot.resources import *; print(triage_bot.__file__, templates_folder())"
    for path in run(installed, tmp_path, ["-c", script]).split():
        assert Path(path).is_relative_to(installed)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(["--help"], "usage: triage-bot", id="help"),
        pytest.param(["--version"], "triage-bot 0.", id="version"),
        pytest.param(["explain", "--assume-contact", "mail.eml"], "answer     acknowledged", id="explain"),
        pytest.param(["promise", "--at", "2026-11-20T17:00"], "Mon 2026-11-23 08:00 CET", id="promise"),
        pytest.param(["check", "--config", "good.yaml", "--offline"], "good.yaml: ok", id="check"),
        pytest.param(["check", "--example"], "\nagreement:\n", id="the example"),
    ],
)
def test_a_command_works_from_any_folder(installed: Path, tmp_path: Path, arguments: list[str], said: str) -> None:
    mail = "From: a@b.example\nSubject: Umowa\nDate: Fri, 20 Nov 2026 17:20:00 +0100\n\nProsze o umowe.\n"
    (tmp_path / "mail.eml").write_text(mail)
    (tmp_path / "password").touch(mode=0o600)
    (tmp_path / "password").write_text("x")
    server = "{host: localhost, user: k, password_file: password}"
    (tmp_path / "good.yaml").write_text(
        "assistant: {name: K}\n"
        f"channels: {{mail: [{{name: k, address: k@k.example, imap: {server}, smtp: {server}}}]}}\n"
    )
    assert said in run(installed, tmp_path, ["-m", "triage_bot", *arguments])


def test_the_installed_program_makes_its_database(installed: Path, tmp_path: Path) -> None:
    script = (
        "from triage_bot.store.store import Store\n"
        f"Store.open('sqlite:///{tmp_path}/bot.db', exclusive=True).close()\n"
        f"print(Store.open('sqlite:///{tmp_path}/bot.db', exclusive=False).waiting_items())"
    )
    assert run(installed, tmp_path, ["-c", script]) == "[]\n"


def test_without_its_servers_the_demo_says_what_to_install(installed: Path, tmp_path: Path) -> None:
    # As if the extra were not there: None in sys.modules makes an import fail.
    script = (
        "import sys, runpy; sys.modules['aiosmtpd'] = None; sys.argv = ['demo']\n"
        "runpy.run_module('triage_bot.demo', run_name='__main__')"
    )
    said = run(installed, tmp_path, ["-c", script], code=1)
    assert "pip install 'triage-bot[demo]'" in said
    assert "Traceback" not in said
