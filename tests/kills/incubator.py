"""Starts the program often and quickly: imported once, forked for every run. `programs.Incubator` talks to it.

A request is a line of JSON on standard input, its answer a line on standard output:

    {"run": [arguments], "log": FILE, "twist": NAME}    the pid of a new process that runs the program
    {"reap": PID}                                       its return code, STILL_RUNNING before its end

`twist` names one of `twists.TWISTS`, which the process suffers; "" for none.
"""

import json
import os
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import httpcore  # noqa: F401  imported for the children

import triage_bot.channels.telegram_courier
import triage_bot.channels.telegram_inbox
import triage_bot.desk.desk
import triage_bot.worker  # noqa: F401  imported for the children
from tests import frugal
from tests.kills.twists import TWISTS
from triage_bot.cli import main
from triage_bot.config import build, load_config
from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.core.triage import judge
from triage_bot.reading.model import Locale
from triage_bot.templates import Templates

EXAMPLE = Path(__file__).parents[2] / "config.example.yaml"
STILL_RUNNING = 1000


def prepare() -> None:
    """What every child would load and compile, and each would do it anew. Nothing that runs on: a child has no threads
    of its parent."""
    frugal.compile_templates_once()
    Templates().desk(Locale.PL, "menu_queue")
    terms, now = build.terms(load_config(EXAMPLE)), datetime.now(UTC)
    text = "Proszę o ofertę dla hotelu Pod Różą."
    judge(
        IncomingMessage("mail", Medium.EMAIL, "1", now, text, header_from=Address("anna@nowak.example")), terms, now=now
    )


def serve() -> int:
    """Answer requests until there are no more. Returns in every child too, there with the program's exit code."""
    for line in sys.stdin:
        request = json.loads(line)
        if "reap" in request:
            ended, status = os.waitpid(request["reap"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else STILL_RUNNING
        elif (answer := os.fork()) == 0:
            return become(request["run"], request["log"], request["twist"])
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()
    return 0


def become(arguments: list[str], log: str, twist: str) -> int:
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), 2)
    random.seed()
    if twist:
        TWISTS[twist]()
    return main(arguments)


if __name__ == "__main__":
    prepare()
    sys.exit(serve())
