"""`triage-bot backtest`: what the bot would have done with the mail of the past. Sends and records nothing."""

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from triage_bot.errors import UsageError

if TYPE_CHECKING:
    from triage_bot.channels.mail_parse import Sizes
    from triage_bot.cli.past_mail import PastMail, Span
    from triage_bot.config import Config

DESCRIPTION = """\
Goes through past mail, oldest first, and says what the bot would have done: acknowledgements, alerts, promises, by
client and week, and why somebody was not answered. Threads, limits and copies count as they would have. Sends nothing,
records nothing, and marks nothing as read.

SOURCE is the name of a mailbox of the configuration (read over IMAP), an mbox file, a Maildir, or a folder of .eml
files. Mails that you sent yourself, if they are there too, close what they answer."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "backtest",
        help="what the bot would have done with past mail, sending nothing",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", metavar="SOURCE", help="a mailbox, an mbox file, a Maildir or a folder of .eml files")
    parser.add_argument("--since", metavar="DATE", help="from this day or moment on: 2026-10-01, 2026-10-01T08:00")
    parser.add_argument("--until", metavar="DATE", help="up to the end of this day, or to this moment")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.add_argument(
        "--against", type=Path, metavar="OTHER.yaml", help="show what this configuration does otherwise"
    )
    parser.add_argument("--json", action="store_true", help="the report as one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from triage_bot.channels.mail_parse import Sizes
    from triage_bot.cli.backtest_report import as_json, as_text
    from triage_bot.cli.backtest_run import backtest
    from triage_bot.config import build, load_config

    config = load_config(arguments.config)
    configs = [config, *([load_config(arguments.against)] if arguments.against else [])]
    span = _span(arguments, build.default_agreement(config).calendar.zone)
    sizes = Sizes(config.sizes.max_header_bytes, config.sizes.max_text_bytes, config.sizes.max_text_bytes)
    past = _open(arguments.source, config, span, sizes)
    paths = [path for path in (arguments.config, arguments.against) if path]
    result = backtest(past, configs, [str(path) for path in paths])
    print((as_json if arguments.json else as_text)(result, arguments.source))
    return 0


def _open(source: str, config: "Config", span: "Span", sizes: "Sizes") -> "PastMail":
    from triage_bot.cli.past_mail import ImapPast, open_files
    from triage_bot.config import build

    accounts = {account.name: account for account in config.channels.mail}
    if account := accounts.get(source):
        return ImapPast(account.name, build.imap_server(account), account.imap.folder, span, sizes)
    if not Path(source).exists():
        known = ", ".join(accounts) or "none"
        raise UsageError(f"{source}: no such file or folder, and no mailbox of the configuration ({known})")
    return open_files(Path(source), span, sizes)


def _span(arguments: argparse.Namespace, zone: ZoneInfo) -> "Span":
    from triage_bot.cli.past_mail import Span

    since = _moment(arguments.since, zone, days=0) if arguments.since else None
    until = _moment(arguments.until, zone, days=1) if arguments.until else None
    if since and until and since >= until:
        raise UsageError("--until comes before --since")
    return Span(since, until)


def _moment(text: str, zone: ZoneInfo, days: int) -> datetime:
    """A day is meant from its beginning (`days` 0) or to its end (1)."""
    from datetime import date, time, timedelta

    from triage_bot.cli.moments import parse_moment

    try:
        on = date.fromisoformat(text.strip())
        return datetime.combine(on + timedelta(days=days), time(0), zone)
    except (ValueError, OverflowError):
        return parse_moment(text, zone)
