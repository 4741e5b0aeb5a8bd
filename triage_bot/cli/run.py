"""`triage-bot run`: the background service."""

import argparse
from pathlib import Path


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "run",
        help="read, acknowledge, queue and digest until stopped",
        description="The background service. SIGTERM or Ctrl-C stops it, SIGHUP makes it read its configuration again.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.add_argument("--verbose", action="store_true", help="say more in the log")
    parser.add_argument("--json-log", action="store_true", help="write the log as one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    import signal

    from triage_bot import garbage

    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until the worker listens: the configuration is still to be read
    garbage.pause()  # until the worker runs

    import asyncio
    import logging

    from triage_bot.errors import TriageBotError
    from triage_bot.logs import set_up_logging
    from triage_bot.worker import Worker

    garbage.hide()
    set_up_logging(verbose=arguments.verbose, as_json=arguments.json_log)
    worker = Worker(arguments.config)
    try:
        asyncio.run(worker.run(handle_signals=True))
    except TriageBotError as error:
        if not arguments.json_log:
            raise
        logging.getLogger(__name__).critical("cannot run: %s", error)
        return 1
    return 0
