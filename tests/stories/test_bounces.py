"""An acknowledgement that comes back: nothing more goes there, and she knows."""

from email.message import EmailMessage
from typing import Any

import pytest

from tests.stories.bounces import ANNA, bounce
from tests.stories.conftest import OpenStage
from tests.stories.reading import at, mails, phone
from triage_bot.cli import main
from triage_bot.demo.stage import Stage

TASK = "Proszę przygotować ofertę."


async def acknowledged(stage: Stage) -> bytes:
    await stage.mail(ANNA, "Oferta", TASK)
    await stage.quiet()
    return stage.smtp.received[-1].data


@pytest.mark.parametrize("whole", [False, True], ids=["with its header", "with the whole mail"])
async def test_nothing_more_goes_to_an_address_from_which_an_acknowledgement_came_back(
    on_any_imap: OpenStage, whole: bool
) -> None:
    stage = await on_any_imap(at(20, 9))
    await stage.mail("", "", "", raw=bounce(await acknowledged(stage), whole=whole))
    await stage.quiet()
    (lost,) = stage.ask(lambda store: store.undeliverable())
    assert (lost.address, lost.permanent, lost.status) == (ANNA, True, "5.1.1")
    (told,) = phone(stage)
    assert ANNA in told
    assert "no such user" in told
    await stage.mail(ANNA, "Nowa sprawa", f"{TASK} To nowa sprawa.")
    await stage.mail("biuro@nowak.example", "Inna osoba", f"{TASK} Dziękuję.")
    await stage.quiet()
    assert [mail["To"] for mail in mails(stage)] == [ANNA, "biuro@nowak.example"]
    silences = {item.subject: item.silence for item in stage.ask(lambda store: store.waiting_items())}
    assert silences["Nowa sprawa"] == "UNDELIVERABLE"
    assert silences["Undelivered Mail Returned to Sender"] == "BOUNCE"


async def test_mail_goes_there_again_once_she_has_cleared_it(on_stage: OpenStage, capsys: Any) -> None:
    stage = await on_stage(at(20, 9))
    await stage.mail("", "", "", raw=bounce(await acknowledged(stage), status="4.2.2"))
    await stage.quiet()
    config = ["--config", str(stage.config_path)]
    assert main(["contacts", "list", *config]) == 0
    assert f"{ANNA}  since Fri 20 Nov 09:00, may pass: 4.2.2 450 4.2.2 mailbox is full" in capsys.readouterr().out
    assert main(["queue", *config]) == 0
    assert ANNA in capsys.readouterr().out.splitlines()[-1]
    assert main(["contacts", "clear", ANNA.upper(), *config]) == 0
    assert main(["contacts", "clear", ANNA, *config]) == 1
    assert "nothing came back" in capsys.readouterr().err
    await stage.mail(ANNA, "Nowa sprawa", f"{TASK} To nowa sprawa.")
    await stage.quiet()
    assert len(mails(stage)) == 2


async def test_a_delay_is_no_failure(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await stage.mail("", "", "", raw=bounce(await acknowledged(stage), action="delayed", status="4.4.1"))
    await stage.quiet()
    assert stage.ask(lambda store: store.undeliverable()) == []


async def test_a_bounce_of_what_we_never_sent_is_believed_by_nobody(on_stage: OpenStage) -> None:
    """Else anybody could silence the bot towards a client."""
    stage = await on_stage(at(20, 9))
    forged = EmailMessage()
    forged["To"], forged["Message-ID"] = ANNA, "<ack.0123456789abcdef0123456789abcdef@triage-bot.zaradna.example>"
    await stage.mail("", "", "", raw=bounce(forged.as_bytes().replace(b"\n", b"\r\n")))
    await stage.quiet()
    assert stage.ask(lambda store: store.undeliverable()) == []
    await acknowledged(stage)
    assert len(mails(stage)) == 1
