"""The command line: one module a command, each imported whole but light, doing its heavy imports when it runs."""

import argparse
import errno
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from triage_bot import __version__
from triage_bot.cli import (
    away,
    backtest,
    calendar,
    check,
    contacts,
    db,
    evaluate,
    explain,
    pair,
    pause,
    promise,
    promises,
    queue,
    run,
    templates,
)
from triage_bot.errors import TriageBotError

UNWRITABLE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
DESCRIPTION = """\
Reads the mail and Telegram messages of a virtual assistant's clients, acknowledges them at once with the honest time
of an answer, queues them for her next check window, and hands her a digest on Telegram."""

EPILOG = (
    "`triage-bot COMMAND --help` says more of each. `triage-bot check --example` prints a configuration to start from."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 something is wrong, 2 the command line is."""
    parser = argparse.ArgumentParser(prog="triage-bot", description=DESCRIPTION, epilog=EPILOG)
    parser.add_argument("--version", action="version", version=f"triage-bot {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    daily = (run, check, queue, promises, pair, away, pause, contacts)
    for command in (*daily, explain, evaluate, backtest, promise, calendar, templates, db):
        command.add_to(commands)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Clients write in two scripts; a terminal that knows only one of them gets a question mark, not a traceback.
        sys.stdout.reconfigure(errors="replace")
    arguments = parser.parse_args(argv)
    if sys.stdout is None:  # closed by whoever started us; the bot itself works without
        if arguments.run is not run.run:
            print("the output cannot be written: it is closed", file=sys.stderr)
            return 1
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except TriageBotError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        _drop_output()  # the reader (`head`, a pager) has had enough
        return 1
    except OSError as error:
        _drop_output()
        place = error.filename or ("the output cannot be written" if error.errno in UNWRITABLE else "")
        print(": ".join(str(part) for part in (place, error.strerror or error) if part), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return code


def _drop_output() -> None:
    """Python's own flush at exit must not complain about what could not be written."""
    with suppress(OSError, ValueError):  # no file, but something that stands for one
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
