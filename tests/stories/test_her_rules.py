"""What the assistant may rely on when she writes rules of her own."""

import asyncio
from pathlib import Path

import pytest

from tests.stories.conftest import CLIENTS, OpenStage
from tests.stories.reading import at, mails, phone, text_of
from triage_bot.cli import main
from triage_bot.demo.stage import Stage

RULES = """\
templates: texts
urgency_rules:
  - name: the shop
    when: {client: Nowak, text: [sklep nie działa]}
    then: {urgency: urgent, alert: false, template: outage, tag: shop}
  - name: asked three times
    when: {unanswered: 3}
    then: {urgency: urgent}
"""


async def ruled(on_stage: OpenStage, folder: Path) -> Stage:
    (folder / "texts" / "pl").mkdir(parents=True)
    (folder / "texts" / "pl" / "outage.txt").write_text("Wiem o awarii. {{ promise | sentence }}.", encoding="utf-8")
    return await on_stage(at(20, 12, 30), clients=CLIENTS + RULES)


async def test_a_rule_names_texts_and_a_tag_and_is_named_in_the_digest(
    on_stage: OpenStage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stage = await ruled(on_stage, tmp_path)
    await stage.mail("anna@nowak.example", "Pomocy", "Nasz sklep nie działał przez chwilę, proszę zajrzeć.")
    await stage.quiet()
    assert text_of(mails(stage)[0]).startswith("Wiem o awarii. ")
    assert phone(stage) == []
    await stage.move_to(at(20, 16))
    digest = "\n".join(phone(stage))
    assert "🏷 shop" in digest
    assert "reguła „the shop” z konfiguracji; w treści: „sklep nie działał”" in digest.replace("\u00a0", " ")
    assert await asyncio.to_thread(main, ["queue", "show", "1", "--config", str(stage.config_path)]) == 0
    shown = capsys.readouterr().out
    assert "  tag       shop\n" in shown
    assert "  because   the rule “the shop” of the configuration says so; in the text: “sklep nie działał”\n" in shown
    assert "  = urgent, " in shown
    assert "  = because the answer comes after that check (" in shown


async def test_the_third_message_that_waits_rings(on_stage: OpenStage, tmp_path: Path) -> None:
    stage = await ruled(on_stage, tmp_path)
    told = []
    for number in range(1, 4):
        headers = {"Message-ID": f"<{number}@nowak.example>", "References": "<1@nowak.example>"}
        await stage.mail("anna@nowak.example", "Oferta", f"Proszę o ofertę, piszę raz {number}.", headers=headers)
        await stage.quiet()
        told.append(len(phone(stage)))
    assert told == [0, 0, 1]
    assert "asked three times" in phone(stage)[0]
