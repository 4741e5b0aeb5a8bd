"""`triage-bot calendar`: the coming days, how a promise comes about, and what looks like a mistake."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from triage_bot.cli.configured import yours_or_example


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "calendar",
        help="your hours, checks and days off, and how a promise comes about",
        description="Shows the business calendar of an agreement, explains promises, and finds mistakes in calendars.",
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="the coming days: hours, checks, days off and why")
    show.add_argument("--weeks", type=int, default=2, help="how many, from this Monday on (default: 2)")
    show.add_argument("--from", dest="first_on", metavar="DATE", help="begin with the week of this date")
    show.set_defaults(action=_show)
    why = actions.add_parser("why", help="how the promise for a message at a moment comes about, step by step")
    moment = why.add_mutually_exclusive_group(required=True)
    moment.add_argument(
        "moment", nargs="?", metavar="MOMENT", help="2026-11-20T12:30, in your zone unless it has an offset"
    )
    moment.add_argument("--at", metavar="MOMENT", help="the same")
    why.set_defaults(action=_why)
    check = actions.add_parser("check", help="what looks like a mistake in any calendar of the configuration")
    check.set_defaults(action=_check)
    for command in (show, why, check):
        command.add_argument("--client", metavar="NAME", help="by the agreement with this client")
        command.add_argument(
            "--config", type=Path, help="default: config.yaml if it is there, else the example's agreement"
        )
        command.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, now: datetime | None = None) -> int:
    arguments.config = yours_or_example(arguments.config)
    code: int = arguments.action(arguments, now or datetime.now(UTC))
    return code


def _show(arguments: argparse.Namespace, now: datetime) -> int:
    from datetime import date

    from triage_bot.cli.calendar_views import Chosen, days, table
    from triage_bot.errors import UsageError

    if not 1 <= arguments.weeks <= 520:
        raise UsageError(f"--weeks {arguments.weeks}: from 1 to 520 weeks can be shown")
    chosen = Chosen.of(arguments.config, arguments.client, now)
    first_on = now.astimezone(chosen.calendar.zone).date()
    if arguments.first_on:
        try:
            first_on = date.fromisoformat(arguments.first_on)
        except ValueError:
            raise UsageError(f"{arguments.first_on!r} is not a date: write 2026-11-20") from None
    shown = days(chosen.calendar, first_on, arguments.weeks)
    if arguments.json:
        for day in shown:
            print(day.as_json())
    else:
        print(f"{chosen.title}, times of {chosen.calendar.zone.key}\n")
        print(table(shown, now.astimezone(chosen.calendar.zone).date()))
    return 0


def _why(arguments: argparse.Namespace, now: datetime) -> int:
    from triage_bot.cli.promise_account import Promiser
    from triage_bot.config import load_config

    promiser = Promiser.from_config(load_config(arguments.config, today=now.date()), arguments.client)
    account = promiser.account(arguments.at or arguments.moment)
    print(account.as_json() if arguments.json else account.as_steps(promiser.in_her_words(account)))
    return 0


def _check(arguments: argparse.Namespace, now: datetime) -> int:
    import json

    from triage_bot.cli.calendar_views import checked

    found = checked(arguments.config, arguments.client, now)
    for title, warning in found:
        print(json.dumps({"agreement": title, "warning": warning}) if arguments.json else f"{title}: {warning}")
    if not found and not arguments.json:
        print("Nothing looks wrong.")
    return 0
