"""`triage-bot promises`: what clients wait on, what became of every promise, and correcting what breaks."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from triage_bot.correcting import Corrections


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "promises",
        help="what clients were promised, and correcting what your calendar breaks",
        description="Lists the promises that clients wait on. Works while the service is running.",
    )
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    actions = parser.add_subparsers(metavar="ACTION")
    for name, action, text in (
        ("broken", _broken, "those that the calendar of the configuration no longer lets you keep"),
        ("correct", _correct, "send clients an apology and the new time, once for each broken promise"),
    ):
        command = actions.add_parser(name, help=text, description=text)
        # Given again so that they may stand behind the action too.
        command.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="default: config.yaml")
        if action is _correct:
            chosen = command.add_mutually_exclusive_group(required=True)
            chosen.add_argument("id", type=int, nargs="*", default=[], metavar="ID", help="of an item of the queue")
            chosen.add_argument("--all", action="store_true", help="every promise that is broken")
        else:
            command.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one object a line")
        command.set_defaults(action=action)
    ledger = actions.add_parser(
        "list",
        help="every promise and what became of it, with the kept share of each client",
        description="Every promise: for when, kept or broken, by what, and how long the client waited.",
    )
    ledger.add_argument("--config", type=Path, default=argparse.SUPPRESS, help="default: config.yaml")
    ledger.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="one object a line")
    ledger.add_argument("--client", metavar="NAME", help="of one client only")
    ledger.add_argument("--since", metavar="DATE", help="made on that day or later")
    ledger.set_defaults(action=_ledger)
    parser.set_defaults(run=run, action=_list)


def run(arguments: argparse.Namespace, now: datetime | None = None) -> int:
    from triage_bot.acknowledging import Correspondence
    from triage_bot.config import build, load_config
    from triage_bot.correcting import Corrections
    from triage_bot.store.store import Store
    from triage_bot.templates import Templates

    now = now or datetime.now(UTC)
    config = load_config(arguments.config, today=now.date())
    store = Store.open(build.database_url(config), exclusive=False, create=False)
    try:
        terms = build.terms(config, store.standing())
        correspondence = Correspondence(terms.directory, terms.limits, Templates(build.templates_folder(config)), {})
        code: int = arguments.action(arguments, Corrections(store, correspondence), now)
        return code
    finally:
        store.close()


def _list(arguments: argparse.Namespace, corrections: "Corrections", now: datetime) -> int:
    from triage_bot.cli.promises_views import Row, shown

    risky = {each.old.id: each for each in corrections.broken(now)}
    given = sorted(corrections.store.given_promises(), key=lambda each: each.promise_at)
    rows = [Row(each, now, risky.get(each.id)) for each in given]
    print(shown(rows, corrections.correspondence.directory.assistant.zone, as_json=arguments.json, none="open"))
    return 0


def _broken(arguments: argparse.Namespace, corrections: "Corrections", now: datetime) -> int:
    from triage_bot.cli.promises_views import Row, shown

    rows = [Row(each.old, now, each) for each in corrections.broken(now)]
    print(shown(rows, corrections.correspondence.directory.assistant.zone, as_json=arguments.json, none="broken"))
    return 0


def _ledger(arguments: argparse.Namespace, corrections: "Corrections", now: datetime) -> int:
    from triage_bot.cli.moments import DAY_OR_MOMENT, parse_day, parse_moment
    from triage_bot.cli.names import client_named
    from triage_bot.cli.promises_ledger import as_json, table

    directory = corrections.correspondence.directory
    zone = directory.assistant.zone
    since = None
    if text := arguments.since:
        since = parse_day(text, zone) or parse_moment(text, zone, DAY_OR_MOMENT)
    lines = corrections.store.ledger(arguments.client, since)
    if not lines and arguments.client is not None:
        client_named(directory.clients.values(), arguments.client)  # one of whom nothing is known is a typing error
    shown = as_json if arguments.json else table
    print(shown(lines, directory, now))
    return 0


def _correct(arguments: argparse.Namespace, corrections: "Corrections", now: datetime) -> int:
    from triage_bot.correcting import Outcome

    found = corrections.broken(now)
    wanted = [each.old for each in found if arguments.all or each.old.item_id in arguments.id]
    outcomes = corrections.correct([each.id for each in wanted], now, by="promises correct")
    for old in wanted:
        said = "the correction is on its way" if outcomes[old.id] is Outcome.CORRECTED else _WHY_NOT[outcomes[old.id]]
        print(f"#{old.item_id} {old.client or old.contact}: {said}")
    missing = [number for number in arguments.id if number not in {old.item_id for old in wanted}]
    for number in missing:
        print(f"#{number}: nothing to correct, see `triage-bot promises broken`")
    if arguments.all and not wanted:
        print("There is nothing to correct.")
    done = all(outcome is not Outcome.NOT_CORRECTABLE for outcome in outcomes.values())
    return 0 if done and not missing else 1


_WHY_NOT = {
    "corrected_before": "was corrected already",
    "kept_after_all": "nothing to correct any more",
    "not_correctable": "the message that made the promise is gone: write yourself",
}
