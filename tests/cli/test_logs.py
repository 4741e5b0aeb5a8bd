"""What stands in the log of `run`."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
FIRST_START = """
import sys
from pathlib import Path
from triage_bot.logs import set_up_logging
from triage_bot.store.store import Store
set_up_logging(verbose=sys.argv[2] == "verbose")
Store.open(f"sqlite:///{sys.argv[1]}/new.db", exclusive=True).close()
"""


@pytest.mark.parametrize("how", ["quiet", "verbose"])
def test_making_the_tables_is_not_told_step_by_step(how: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", FIRST_START, str(tmp_path), how],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
    )
    assert ran.returncode == 0
    assert (tmp_path / "new.db").exists()
    assert "Running upgrade" not in ran.stderr
    assert "Context impl" not in ran.stderr


def test_what_keeps_run_from_running_is_in_the_log_that_was_asked_for(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "triage_bot", "run", "--config", str(tmp_path / "config.yaml"), "--json-log"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        timeout=PATIENCE,
    )
    assert ran.returncode == 1
    (line,) = map(json.loads, ran.stderr.splitlines())
    assert line["level"] == "critical"
    assert "there is no such file" in line["message"]
