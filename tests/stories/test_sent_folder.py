"""What lies in her Sent folder, and what it tells after an answer was lost."""

from datetime import timedelta

from tests.stories.conftest import OpenStage
from tests.stories.reading import at, mails, phone, read_mail
from triage_bot.demo.mail_servers import ImapServer
from triage_bot.demo.stage import MAILBOX, Stage, compose_mail

OLDER = compose_mail(MAILBOX, "Dawniej", "Coś, co sama wysłała.", at(19, 9), to="anna@nowak.example")


def server(stage: Stage) -> ImapServer:
    assert isinstance(stage.imap, ImapServer)
    return stage.imap


async def test_a_copy_of_the_acknowledgement_lies_in_sent(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9))
    await server(stage).deliver(MAILBOX, OLDER, at(19, 9), folder="Sent")
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.stop()  # what is still to be laid down is laid down then
    _, copy = [read_mail(raw) for raw in await server(stage).contents(MAILBOX, "Sent")]
    assert copy["Message-ID"] == mails(stage)[0]["Message-ID"]
    assert copy["X-Triage-Bot"] == "1"
    assert copy["Auto-Submitted"] == "auto-replied"


async def test_a_lost_answer_is_no_doubt_where_the_copy_lies_in_sent(on_stage: OpenStage) -> None:
    """As with a provider that saves what it sends by itself."""
    stage = await on_stage(at(20, 9))
    stage.smtp.lose_before_answer = True

    async def provider_saves() -> None:
        await server(stage).deliver(MAILBOX, stage.smtp.received[0].data, at(20, 9), folder="Sent")

    stage.smtp.on_taken = provider_saves
    await stage.mail("anna@nowak.example", "Oferta", "Proszę o ofertę.")
    await stage.quiet()
    await stage.until(lambda store: [e.kind for e in store.history(1)].count("acknowledged") == 1)
    assert stage.ask(lambda store: store.doubtful_entries()) == []
    stage.smtp.lose_before_answer = False
    await stage.move(timedelta(hours=1))
    assert len(mails(stage)) == 1
    assert phone(stage) == []
