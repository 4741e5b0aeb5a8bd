"""`triage-bot pair`: a code that makes a Telegram chat an assistant's desk."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from triage_bot.errors import ChannelFailure, UsageError

if TYPE_CHECKING:
    from triage_bot.config.model import AssistantSettings, Config
    from triage_bot.store.store import Store

LONGEST_LOOK = 10.0
"""Seconds that Telegram is given to say what the bot is called."""


def add_to(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "pair",
        help="make a Telegram chat your desk, by a code",
        description="Prints a code that works once, within 15 minutes. The chat from which it is sent to the bot "
        "while the service runs gets the alerts and digests from then on, and commands.",
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="of the assistant (default: the first one)")
    parser.add_argument("--list", action="store_true", help="who has which chat")
    parser.add_argument("--forget", metavar="NAME", help="take the desk away from the chat that she paired")
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), help="default: config.yaml")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace, now: datetime | None = None) -> int:
    from triage_bot.config import build, load_config
    from triage_bot.store.store import Store

    now = now or datetime.now(UTC)
    config = load_config(arguments.config, today=now.date())
    store = Store.open(build.database_url(config), exclusive=False)
    try:
        if arguments.list:
            print(_listed(config, store))
        elif arguments.forget is not None:
            print(_forgotten(_named(config, arguments.forget), store))
        else:
            print(_offer(config, _named(config, arguments.name), store, now))
        return 0
    finally:
        store.close()


def _named(config: "Config", name: str | None) -> "AssistantSettings":
    from triage_bot.cli.names import assistant_named

    return assistant_named((config.assistant, *config.assistants), name)


def _offer(config: "Config", hers: "AssistantSettings", store: "Store", now: datetime) -> str:
    from triage_bot.pairing import new_code

    if config.channels.telegram is None:
        raise UsageError("the configuration has no `channels.telegram`: there is no bot to which a code could be sent")
    if hers.telegram is not None:
        raise UsageError(
            f"the chat of {hers.name} stands in the configuration (`telegram: {hers.telegram}`), which wins: take it "
            "out, reload, then pair"
        )
    bot = _bot_name(config)
    code = new_code(store, hers.name, now)
    lines = [
        f"The code for {hers.name}: {code}",
        f"Send it to {bot or 'your bot'} on Telegram within 15 minutes, from the chat that is to be the desk.",
    ]
    if bot:
        lines.append(f"This link does the same: https://t.me/{bot.removeprefix('@')}?start={code}")
    return "\n".join([*lines, "It works once, while `triage-bot run` is running."])


def _bot_name(config: "Config") -> str:
    """ "@zaradna_bot"; "" where it cannot be asked now."""
    import asyncio

    from triage_bot.channels.telegram_client import probe_telegram
    from triage_bot.config import build

    async def ask() -> str:
        async with asyncio.timeout(LONGEST_LOOK):
            return await probe_telegram(build.telegram_server(config))

    try:
        said = asyncio.run(ask())
    except (ChannelFailure, UsageError, TimeoutError):
        return ""
    return said.rpartition(" ")[2] if "@" in said else ""


def _listed(config: "Config", store: "Store") -> str:
    desks = store.standing().desks
    lines = []
    for each in (config.assistant, *config.assistants):
        desk = desks.get(each.name)
        if each.telegram is not None:
            lines.append(f"{each.name}  chat {each.telegram}, in the configuration")
        elif desk is not None:
            paired = desk.paired_at.astimezone(each.zone).strftime("%a %Y-%m-%d %H:%M")
            lines.append(f"{each.name}  chat {desk.chat_id}, paired {paired}")
        else:
            lines.append(f"{each.name}  no chat: `triage-bot pair` prints a code")
    return "\n".join(lines)


def _forgotten(hers: "AssistantSettings", store: "Store") -> str:
    if hers.telegram is not None and hers.name not in store.standing().desks:
        raise UsageError(f"the chat of {hers.name} stands in the configuration: take it out there")
    if store.forget_desk(hers.name):
        return f"{hers.name} has no paired chat any more."
    return f"{hers.name} has paired no chat; codes printed for her before are no longer good."
