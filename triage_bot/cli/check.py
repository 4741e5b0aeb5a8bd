"""`triage-bot check`: what is wrong with the configuration, then whether everything that it names can be reached."""

import argparse
import sys
from pathlib import Path


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "check",
        help="say what is wrong with the configuration and try every connection",
        description="Says everything that is wrong with the configuration, each with file:line:column. If nothing is, "
        "connects to every mailbox, SMTP server and Telegram. Sends nothing. Exit code 1 if anything fails.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.add_argument("--offline", action="store_true", help="look at the configuration only")
    parser.add_argument(
        "--example", action="store_true", help="print a configuration to start from, and do nothing else"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.example:
        from triage_bot.resources import example_config

        sys.stdout.write(example_config().read_text(encoding="utf-8"))
        return 0

    from triage_bot.config import load_config
    from triage_bot.template_strays import strays
    from triage_bot.templates import template_problems

    config = load_config(arguments.config, secrets=True, template_problems=template_problems, template_warnings=strays)
    for warning in config.warnings:
        print(f"warning: {warning}")
    print(f"{arguments.config}: ok")
    if arguments.offline:
        return 0

    from triage_bot.cli.check_connections import connections, try_and_tell

    return 0 if try_and_tell(connections(config)) else 1
