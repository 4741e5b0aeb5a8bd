"""The files in `deploy/`: systemd takes the unit, and the image holds what the program needs."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd")
    # It is not installed here: only its place is another one.
    text = (DEPLOY / "triage-bot.service").read_text()
    unit = tmp_path / "triage-bot.service"
    unit.write_text(text.replace("/opt/triage_bot/.venv/bin/python", "/bin/true"))
    return unit


def test_systemd_understands_every_line_of_the_unit(unit: Path) -> None:
    said = subprocess.run(["systemd-analyze", "verify", str(unit)], capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (0, "")


def test_the_unit_may_do_little(unit: Path) -> None:
    """systemd's own measure: 0 is a sealed room, 10 is root without bounds."""
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", str(unit)], capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout[-300:] + said.stderr


def test_the_image_copies_only_what_is_there_and_let_in() -> None:
    root = DEPLOY.parent
    let_in = {line[1:] for line in (root / ".dockerignore").read_text().split() if line.startswith("!")}
    copied = [
        name
        for line in (DEPLOY / "Dockerfile").read_text().splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for name in line.split()[1:-1]
    ]
    assert set(copied) == let_in
    assert all((root / name).exists() for name in copied)


def test_the_services_of_the_composition_have_no_more_rights_than_they_need() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    bot = services["triage-bot"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert set(services) == {"triage-bot", "postgres"}


def test_what_the_composition_keeps_outlives_its_containers() -> None:
    bot = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["triage-bot"]
    kept = {volume.split(":")[1] for volume in bot["volumes"] if not volume.endswith(":ro")}
    assert kept == {"/var/lib/triage_bot", "/etc/triage_bot/triage_bot.attachments"}
    assert bot["tmpfs"] == ["/tmp"]


@pytest.mark.parametrize(
    ("name", "database"),
    [
        ("triage-bot.service", "sqlite:////var/lib/triage_bot/triage_bot.db"),
        ("Dockerfile", "sqlite:////var/lib/triage_bot/triage_bot.db"),
        ("compose.yaml", "postgresql://triage_bot@postgres/triage_bot"),
    ],
)
def test_each_file_says_where_data_lies_that_it_lets_the_service_write(name: str, database: str) -> None:
    lines = (DEPLOY / name).read_text().splitlines()
    assert f"#   database: {database}" in lines
    assert "#   facts: /var/lib/triage_bot/facts" in lines
