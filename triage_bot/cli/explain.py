"""`triage-bot explain`: what the bot would decide about messages, sending nothing."""

import argparse
import sys
from pathlib import Path

from triage_bot.errors import UsageError

DESCRIPTION = """\
Says what the bot would decide about each message and why. Nothing is sent or recorded.

PATH is an .eml file, a folder of them, or a .jsonl file with one object a line:
  id, channel (email or chat), sent_at, subject, body, and if you like from, headers, client"""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "explain",
        help="what the bot would decide about messages, sending nothing",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, metavar="PATH", help="an .eml file, a folder of them, or a .jsonl file"
    )
    parser.add_argument("--config", type=Path, help="judge by this configuration (default: the example's agreement)")
    parser.add_argument(
        "--at", metavar="MOMENT", help="as if every message were received at this moment: 2026-11-20T12:30"
    )
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--client", metavar="NAME", help="take every sender for this client")
    who.add_argument("--assume-contact", action="store_true", help="take every unknown sender for a client's contact")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from triage_bot.channels.mail_parse import Sizes
    from triage_bot.cli.explain_cases import cases
    from triage_bot.cli.explanation import Explainer
    from triage_bot.cli.moments import parse_moment
    from triage_bot.config import load_config

    config = load_config(arguments.config)
    explainer = Explainer.from_config(config, client=arguments.client, assume_contact=arguments.assume_contact)
    sizes = Sizes(config.sizes.max_header_bytes, config.sizes.max_text_bytes, config.sizes.max_text_bytes)
    at = parse_moment(arguments.at, explainer.zone) if arguments.at else None
    code = 0
    for path in arguments.paths:
        try:
            for case in cases(path, explainer.zone, at, sizes):
                explanation = explainer.explain(case)
                sys.stdout.write((explanation.as_json() if arguments.json else explanation.as_text()) + "\n")
                if case.message.unreadable and case.label[0] == "id":
                    code = 1
        except UsageError as error:
            # The others are explained all the same.
            sys.stdout.flush()
            print(error, file=sys.stderr)
            code = 1
    for name in explainer.unknown_clients:
        print(f"no client is called {name!r} in the configuration: judged by the default agreement", file=sys.stderr)
    return code
