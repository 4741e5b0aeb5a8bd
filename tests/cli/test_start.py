"""What `triage-bot run` is when it has started: light, and whole."""

import json
import subprocess
import sys
from pathlib import Path

CONFIG = """\
assistant: {name: Katarzyna Zaradna, language: pl, zone: Europe/Warsaw}
database: sqlite:///triage_bot.db
channels:
  mail:
    - name: kontakt
      address: kontakt@biuro.example
      imap: {host: 127.0.0.1, port: 9, security: none, user: kontakt, password_file: secret}
      smtp: {host: 127.0.0.1, port: 9, security: none}
"""
LOOKS_WHEN_RUNNING = """
import asyncio, gc, json, logging, os, signal, sys
from triage_bot.cli import main

class Looks(logging.Handler):
    def emit(self, record):
        if record.getMessage().startswith("running: "):
            asyncio.get_running_loop().call_soon(look)

def look():
    print(json.dumps({"collects": gc.isenabled(), "frozen": gc.get_freeze_count(), "modules": list(sys.modules)}))
    os.kill(os.getpid(), signal.SIGTERM)

logging.getLogger("triage_bot").addHandler(Looks())
sys.exit(main(["run", "--config", sys.argv[1]]))
"""
ONLY_WHERE_USED = {"alembic", "telegram", "httpx", "psycopg", "prometheus_client", "icalendar", "triage_bot.desk.desk"}


def test_a_first_start_loads_only_what_its_configuration_asks_for_and_garbage_is_collected_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "secret").touch(mode=0o600)
    (tmp_path / "secret").write_text("topaz")
    (tmp_path / "config.yaml").write_text(CONFIG)
    command = [sys.executable, "-c", LOOKS_WHEN_RUNNING, str(tmp_path / "config.yaml")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["collects"]
    assert found["frozen"] > 0
    assert ONLY_WHERE_USED.isdisjoint(found["modules"])
