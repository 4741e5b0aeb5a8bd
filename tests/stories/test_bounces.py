"""An acknowledgement that comes back: nothing more goes there, and she knows."""

from email.message import EmailMessage
from typing import Any

import pytest

from tests.stories.conftest import OpenStage
from tests.stories.reading import at, mails, phone
from triage_bot.cli import main
from triage_bot.demo.stage import MAILBOX, Stage

TASK = "Proszę przygotować ofertę."
ANNA = "anna@nowak.example"

STATUS = """\
Reporting-MTA: dns; mx.nowak.example
Arrival-Date: Fri, 20 Nov 2026 09:00:00 +0100

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {code} {status} {words}
"""


def bounce(returned: bytes, *, action: str = "failed", status: str = "5.1.1", whole: bool = False) -> bytes:
    """As a mail server writes it, with the header or the whole of what came back."""
    words = "<anna> no such user" if status[0] == "5" else "mailbox is full"
    told = STATUS.format(to=ANNA, action=action, status=status, code=f"{status[0]}50", words=words)
    header = returned.partition(b"\r\n\r\n")[0] + b"\r\n"
    parts = [
        b"Content-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not be delivered.",
        b"Content-Type: message/delivery-status\r\n\r\n" + told.replace("\n", "\r\n").encode(),
        b"Content-Type: message/rfc822\r\n\r\n" + returned
        if whole
        else b"Content-Type: text/rfc822-headers\r\n\r\n" + header,
    ]
    head = (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.nowak.example>\r\n"
        f"To: {MAILBOX}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b{status}@mx.nowak.example>\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    return head.encode() + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


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
