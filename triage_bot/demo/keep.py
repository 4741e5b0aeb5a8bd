"""What `make demo KEEP=1` leaves behind: the servers and the bot in real time, for a mail program of one's own."""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from triage_bot.clock import SystemClock
from triage_bot.demo.script import CLIENTS
from triage_bot.demo.stage import ASSISTANT_CHAT, MAILBOX, PASSWORD, Stage
from triage_bot.demo.teller import Teller

CLIENT = "anna@nowak.example"
GLANCE = 0.2  # seconds between two looks at her phone


async def keep(folder: Path, teller: Teller) -> None:
    """Run until cancelled. Mail that is sent to the SMTP server lands in the mailbox of its addressee."""
    async with Stage(folder, datetime.now(UTC), CLIENTS, users=(CLIENT,), clock=SystemClock()) as stage:
        _how_to_connect(stage, teller)
        async with asyncio.TaskGroup() as group:
            group.create_task(_carry_mail(stage, teller))
            group.create_task(_show_phone(stage, teller))


def _how_to_connect(stage: Stage, teller: Teller) -> None:
    say = teller.say
    say()
    say("━━ The servers are up and the bot runs in real time; Ctrl-C ends it.")
    say("   Connect a mail program as a client (connection security: none, normal password):")
    say(f"     address   {CLIENT}")
    say(f"     IMAP      127.0.0.1, port {stage.imap.port}, user {CLIENT}, password {PASSWORD}")
    say(f"     SMTP      127.0.0.1, port {stage.smtp.port}, no authentication")
    say(f"   and write to {MAILBOX}: the acknowledgement comes back into your mailbox.")
    say(f"   {MAILBOX} is the assistant's own mailbox, with the same password and servers.")
    say(f"   Her queue:  {_command()} queue --config {stage.config_path}")
    say("   Her phone is shown here: alerts in working hours, digests at 08:00, 12:00 and 16:00 in Warsaw.")
    say()


def _command() -> str:
    """`triage-bot` as it can be typed here, whether or not the environment that it is in is active."""
    beside = Path(sys.executable).with_name("triage-bot")
    if not beside.exists():
        return f"{sys.executable} -m triage_bot"
    return str(beside.relative_to(Path.cwd()) if beside.is_relative_to(Path.cwd()) else beside)


async def _carry_mail(stage: Stage, teller: Teller) -> None:
    delivered = 0
    while True:
        received = await stage.smtp.wait_for(delivered + 1)
        for mail in received[delivered:]:
            await _into_mailboxes(stage, mail.recipients, mail.data, teller)
            delivered += 1


async def _into_mailboxes(stage: Stage, recipients: tuple[str, ...], data: bytes, teller: Teller) -> None:
    now = datetime.now(UTC)
    for recipient in map(str.lower, recipients):
        if recipient in stage.users:
            await stage.imap.deliver(recipient, data, now)
            teller.say(f"{now.astimezone():%H:%M:%S} a mail for {recipient}")
        else:
            teller.say(f"{now.astimezone():%H:%M:%S} a mail for {recipient}, who has no mailbox here")


async def _show_phone(stage: Stage, teller: Teller) -> None:
    shown = 0
    while True:
        messages = stage.telegram.sent(ASSISTANT_CHAT)
        teller.phone(messages[shown:])
        shown = len(messages)
        await asyncio.sleep(GLANCE)
