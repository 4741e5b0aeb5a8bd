"""`triage-bot away`: she says when she is away, as she does on Telegram."""

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_bot.errors import UsageError

if TYPE_CHECKING:
    from triage_bot.config.model import AssistantSettings, Config
    from triage_bot.core.calendar_days import Vacation
    from triage_bot.store.store import Store

FORMS = '2026-12-01..2026-12-05, 1.12-5.12, "24 Dec - 2 Jan", Fri-Mon or 24.12'


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "away",
        help="say when you are away",
        description="Days on which you are away: nothing is promised for them, and clients who write are told. A "
        "service that is running goes by it within seconds.",
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="DAYS [TEXT]",
        help=f"the days, first to last, as in {FORMS}, and what clients are told; `show` for what is said already "
        "(also without any), `back` to end the absence that runs, or take back the next one",
    )
    parser.add_argument("--assistant", metavar="NAME", help="who is away (default: the first one)")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, now: datetime | None = None) -> int:
    from triage_bot.cli.names import assistant_named
    from triage_bot.config import build, load_config
    from triage_bot.store.store import Store

    now = now or datetime.now(UTC)
    config = load_config(arguments.config, today=now.date())
    hers = assistant_named((config.assistant, *config.assistants), arguments.assistant)
    words = " ".join(arguments.words).strip()
    store = Store.open(build.database_url(config), exclusive=False)
    try:
        if words in ("", "show"):
            print(_shown(hers, store, now))
        elif words == "back":
            print(_back(hers, store, now))
        else:
            print(_away(config, hers, words, store, now))
        return 0
    finally:
        store.close()


def _away(config: "Config", hers: "AssistantSettings", words: str, store: "Store", now: datetime) -> str:
    from triage_bot.config import build
    from triage_bot.core.absence_dates import absence_dates
    from triage_bot.core.ledger import broken

    today = _today(hers, now)
    try:
        first_on, last_on, text = absence_dates(words, hers.language, today)
    except ValueError:
        raise UsageError(f"{words!r} does not begin with days: write {FORMS}") from None
    if last_on < today:
        raise UsageError(f"{last_on} is over: only days to come can be told to clients")
    store.announce_away(hers.name, first_on, last_on, text, now)
    lines = [f"{hers.name} is away {_days(first_on, last_on)}{f': {text}' if text else ''}"]
    if found := broken(store.given_promises(), build.terms(config, store.standing()).directory, now):
        lines.append(f"{len(found)} promises cannot be kept: `triage-bot promises broken` lists them")
    return "\n".join(lines)


def _back(hers: "AssistantSettings", store: "Store", now: datetime) -> str:
    today = _today(hers, now)
    ended = store.come_back(hers.name, today, now)
    if ended is None:
        raise UsageError(f"{hers.name} has said of no absence that runs or lies ahead")
    if ended.first_on > today:
        return f"Taken back: {_days(ended.first_on, ended.last_on)}"
    return f"{hers.name} is back"


def _shown(hers: "AssistantSettings", store: "Store", now: datetime) -> str:
    found: list[Vacation] = store.absences(hers.name, _today(hers, now))
    lines = [_days(each.first_on, each.last_on) + (f"  {each.text}" if each.text else "") for each in found]
    paused_at = store.standing().paused.get(hers.name)
    if paused_at is not None:
        said = paused_at.astimezone(hers.zone).strftime("%a %Y-%m-%d %H:%M")
        lines.append(f"acknowledgements are paused since {said}: `triage-bot resume` starts them again")
    return "\n".join(lines) if lines else f"{hers.name} has said of no absence beside the configuration's."


def _days(first_on: date, last_on: date) -> str:
    first, last = (on.strftime("%a %Y-%m-%d") for on in (first_on, last_on))
    return first if first_on == last_on else f"{first} to {last}"


def _today(hers: "AssistantSettings", now: datetime) -> date:
    return now.astimezone(hers.zone).date()
