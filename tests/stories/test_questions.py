"""A question that comes again and again: her usual answer is suggested to her, or told at once where she wants it."""

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of

QUESTIONS = """\
questions:
  - {name: NIP, words: [numer nip, dane do faktury], answer: "PL 123-456-78-90 <stopka>", clients: [Nowak]}
"""


async def test_her_usual_answer_is_suggested_in_the_digest(on_stage: OpenStage) -> None:
    stage = await on_stage(at(20, 9), CLIENTS + QUESTIONS)
    await stage.mail("anna@nowak.example", "Faktura", "Jakie są Pani dane do faktury?")
    await stage.mail("recepcja@hotel.example", "Faktura", "Jakie są Państwa dane do faktury?")
    await stage.quiet()
    assert all("123-456" not in text_of(mail) for mail in mails(stage))
    await stage.move_to(at(20, 12))
    (digest,) = phone(stage)
    assert digest.count("PL 123-456-78-90 <stopka>") == 1
    assert "NIP" in digest


async def test_an_answer_that_may_be_told_goes_out_with_the_acknowledgement_and_she_knows(on_stage: OpenStage) -> None:
    told = QUESTIONS.replace("clients: [Nowak]", "send: acknowledgement")
    stage = await on_stage(at(20, 9), CLIENTS + told)
    await stage.mail("anna@nowak.example", "Faktura", "Jakie są Pani dane do faktury?")
    await stage.quiet()
    (mail,) = mails(stage)
    assert "odpowiada na pytanie: PL 123-456-78-90 <stopka>" in text_of(mail)
    await stage.move_to(at(20, 12))
    (digest,) = phone(stage)
    assert "wysłana razem z potwierdzeniem" in digest


async def test_where_no_acknowledgement_goes_out_the_answer_is_a_suggestion(on_stage: OpenStage) -> None:
    told = QUESTIONS.replace("clients: [Nowak]", "send: acknowledgement")
    stage = await on_stage(at(20, 9), CLIENTS + told)
    await stage.mail("ktos@obcy.example", "Faktura", "Jakie są Państwa dane do faktury?")
    await stage.quiet()
    assert mails(stage) == []
    await stage.move_to(at(20, 12))
    (digest,) = phone(stage)
    assert "Proponowana odpowiedź (NIP)" in digest
    assert "wysłana razem" not in digest
