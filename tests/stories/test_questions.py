"""A question that comes again and again: her usual answer is suggested to her, and to nobody else."""

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
