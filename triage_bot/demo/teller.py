"""Tells what happens on the stage: who wrote what, what was decided and why, what the client and the assistant read."""

import email
import email.policy
import sys
from collections.abc import Sequence
from email.message import EmailMessage
from typing import TextIO

from triage_bot.core.items import Item
from triage_bot.core.reasons import Reason
from triage_bot.core.suppression import Suppression
from triage_bot.demo.bot_api import SentMessage
from triage_bot.demo.mail_servers import Received
from triage_bot.demo.script import WARSAW, Scene
from triage_bot.reading.model import Locale
from triage_bot.store.drafts import StoredMessage
from triage_bot.templates import Templates

BOLD, DIM, RED, GREEN, BLUE, PLAIN = "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[34m", "\033[0m"


class Teller:
    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._colours = out.isatty()
        self._templates = Templates()

    def say(self, line: str = "", colour: str = "") -> None:
        self._out.write(f"{colour}{line}{PLAIN}\n" if colour and self._colours else f"{line}\n")
        self._out.flush()

    def opening(self) -> None:
        self.say("Katarzyna is a virtual assistant in Warsaw. She works from Monday to Friday, 08:00 to 16:00, and")
        self.say("looks at what her clients wrote at 08:00, 12:00 and 16:00. These are two days of 2027 with her bot.")
        self.say("Every message goes through IMAP, SMTP or the Bot API, to and from servers that were started here.")

    def scene(self, scene: Scene) -> None:
        local = scene.at.astimezone(WARSAW)
        self.say()
        self.say(f"━━ {local:%A %d %B, %H:%M} ━━ {scene.title}", BOLD)
        if scene.sender:
            way = "by e-mail" if "@" in scene.sender[1:] else "on Telegram"
            self.say(f"   {scene.name} writes {way}:")
            self._quote(([f"Subject: {scene.subject}", ""] if scene.subject else []) + scene.text.split("\n"))
            if scene.gloss:
                self.say(f"   (in English: {scene.gloss})", DIM)

    def decision(self, item: Item, message: StoredMessage) -> None:
        urgency = str(message.decision["urgency"])
        self.say(
            f"   decided: {urgency}, {message.decision['kind']}, client {item.client or '(unknown)'}, item #{item.id}",
            RED if urgency == "urgent" else BLUE,
        )
        for code, values in message.decision["because"]:
            self.say(f"     · {self._templates.reason(Locale.EN, Reason(code, values), zone=WARSAW)}", DIM)
        silence = message.decision["suppression"]
        if silence:
            self.say(f"     · no acknowledgement: {Suppression[silence].value}", DIM)

    def acknowledgement_by_mail(self, received: Received) -> None:
        mail = email.message_from_bytes(received.data, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain",))
        text = body.get_content().rstrip() if body else ""
        self.say(f"   {received.recipients[0]} reads:", GREEN)
        self._quote([f"From: {mail['From']}", f"Subject: {mail['Subject']}", "", *text.split("\n")])

    def acknowledgement_in_chat(self, name: str, sent: SentMessage) -> None:
        self.say(f"   {name} reads on Telegram:", GREEN)
        self._quote(sent.text.split("\n"))

    def phone(self, messages: Sequence[SentMessage]) -> None:
        for message in messages:
            self.say("   Katarzyna's phone:", GREEN)
            self._quote(message.text.split("\n"))

    def _quote(self, lines: Sequence[str]) -> None:
        for line in lines:
            self.say(f"   │ {line}".rstrip())
