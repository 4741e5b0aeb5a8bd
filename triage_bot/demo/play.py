"""Plays the script on a stage and compares what came of it with what must."""

import time
from pathlib import Path

from triage_bot.core.items import Item, ItemState
from triage_bot.demo.script import CLIENTS, SCENES, START, Scene
from triage_bot.demo.stage import ASSISTANT_CHAT, Stage
from triage_bot.demo.teller import Teller
from triage_bot.store.drafts import StoredMessage
from triage_bot.store.store import Store

CHATS = {"501": 501, "@mila_pekara": 777}


class Play:
    def __init__(self, stage: Stage, teller: Teller) -> None:
        self._stage = stage
        self._teller = teller
        self._wrong: list[str] = []
        self._seen: set[tuple[str, str]] = set()
        self._mails = 0
        self._phone = 0

    async def scene(self, scene: Scene) -> None:
        stage, teller = self._stage, self._teller
        await stage.move_to(scene.at)
        teller.scene(scene)
        chat = CHATS.get(scene.sender)
        answers_before = len(stage.telegram.sent(chat)) if chat else 0
        if chat:
            username = scene.sender[1:] if scene.sender.startswith("@") else ""
            stage.telegram.client_writes(chat, scene.text, name=scene.name, username=username)
        elif scene.sender:
            await stage.mail(scene.sender, scene.subject, scene.text, name=scene.name, headers=scene.headers)
        await stage.quiet()
        if scene.sender:
            item, message = stage.ask(self._newest)
            teller.decision(item, message)
            self._compare(scene, message)
        mails = stage.smtp.received[self._mails :]
        self._mails += len(mails)
        for mail in mails:
            teller.acknowledgement_by_mail(mail)
        answers = stage.telegram.sent(chat)[answers_before:] if chat else ()
        for answer in answers:
            teller.acknowledgement_in_chat(scene.name, answer)
        told = stage.telegram.sent(ASSISTANT_CHAT)[self._phone :]
        self._phone += len(told)
        teller.phone(told)
        self._count(scene, acknowledged=len(mails) + len(answers), told=len(told))
        if scene.closes:
            teller.say(f"   Katarzyna answers, and closes {', '.join(stage.ask(self._close_all))}")

    def _newest(self, store: Store) -> tuple[Item, StoredMessage]:
        """The message that was not there before, and its item."""
        for item in store.items(frozenset(ItemState)):
            for message in store.messages_of(item.id):
                if (message.channel, message.key) not in self._seen:
                    self._seen.add((message.channel, message.key))
                    return item, message
        raise LookupError("the message was recorded, but no item holds it")

    def _close_all(self, store: Store) -> list[str]:
        now = self._stage.clock.now()
        return [
            f"#{store.transition(item.id, ItemState.DONE, now, by='queue done').id}" for item in store.waiting_items()
        ]

    def _compare(self, scene: Scene, message: StoredMessage) -> None:
        for what, right in (("urgency", scene.urgency), ("suppression", scene.silence)):
            got = message.decision[what] or ""
            if got != right:
                self._wrong.append(f"{scene.at:%a %H:%M} {scene.title}: {what} should be {right!r}, is {got!r}")

    def _count(self, scene: Scene, *, acknowledged: int, told: int) -> None:
        wanted = int(bool(scene.sender) and not scene.silence)
        if acknowledged != wanted:
            self._wrong.append(f"{scene.at:%a %H:%M} {scene.title}: {acknowledged} acknowledgements, not {wanted}")
        if (told > 0) != (scene.alerted or not scene.sender):
            self._wrong.append(f"{scene.at:%a %H:%M} {scene.title}: the assistant was told {told} times")

    def outcome(self, seconds: float) -> int:
        """The last words, and the exit code."""
        say = self._teller.say
        written = [scene for scene in SCENES if scene.sender]
        silent = sum(bool(scene.silence) for scene in written)
        say()
        say(
            f"{len(written)} messages, {len(written) - silent} acknowledged once, {silent} deliberately not, "
            f"{len(self._seen)} recorded with an item, in {seconds:.1f} s over real sockets."
        )
        for line in self._wrong:
            say(f"NOT AS IT SHOULD BE: {line}")
        return 1 if self._wrong else 0


async def play(folder: Path, teller: Teller) -> int:
    """Play both days; 0 if everything came as it must."""
    began = time.monotonic()
    teller.opening()
    async with Stage(folder, START, CLIENTS) as stage:
        performance = Play(stage, teller)
        for scene in SCENES:
            await performance.scene(scene)
        return performance.outcome(time.monotonic() - began)
