"""What the desk shows in every language, as it was reviewed by reading.

`GOLDEN=write pytest tests/desk/test_texts.py` writes the files anew after a wanted change.
"""

import os
import re
from pathlib import Path

import pytest

from triage_bot import resources
from triage_bot.core.items import ItemState
from triage_bot.core.messages import Medium
from triage_bot.core.standing import Deed
from triage_bot.core.telegram_text import length
from triage_bot.desk.cards import EVENTS
from triage_bot.desk.parsing import MENU
from triage_bot.desk.said_by import CODES
from triage_bot.reading.model import Locale
from triage_bot.template_desk_samples import desk_values, named_pages
from triage_bot.templates import DESK_WORDS, Templates
from triage_bot.wording import in_script

GOLDEN = Path(__file__).parent.parent / "golden"
OURS = Templates()


def codes(locale: Locale) -> list[str]:
    text = (resources.templates_folder() / locale / DESK_WORDS).read_text(encoding="utf-8")
    return [line.partition(":")[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("locale", Locale)
def test_the_desk_reads_as_reviewed(locale: Locale) -> None:
    said = {name: str(value) for name, value in desk_values(locale).items()}
    sections = [f"=== {name}\n{OURS.page(page)}\n" for name, page in named_pages(locale).items()]
    for medium in Medium:
        offered = {"assistant": "Anna", "greeting": "Jan", "check": "16:00", "missing": ("goal", "scope")}
        sections += [
            f"=== {name}, {medium.value}\n{OURS.to_client(locale, name, medium, offered)}\n"
            for name in ("exemption", "details")
        ]
    sections.append("\n".join(f"{code}: {OURS.desk(locale, code, said)}" for code in codes(locale)))
    file, text = GOLDEN / locale / "desk.txt", "\n".join(sections) + "\n"
    if os.environ.get("GOLDEN") == "write":
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("locale", Locale)
def test_everything_that_is_said_has_words(locale: Locale) -> None:
    """Every event, state, command and button of the code, and no line that nobody says."""
    folder = Path(resources.__file__).parent
    sources = [*(folder / "desk").glob("*.py"), folder / "replying.py", folder / "answering.py"]
    code = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"[\"']([a-z][a-z_]{2,40})[\"']", code))
    wanted = {f"event_{kind}" for kind in EVENTS} | {f"state_{state.name.lower()}" for state in ItemState}
    wanted |= {f"{kind}_{name}" for kind in ("menu", "usage") for name in MENU}
    wanted |= set(CODES.values()) | {f"undone_{deed.value}" for deed in Deed if deed is not Deed.SEEN}
    known = set(codes(locale))
    assert wanted <= known
    unsaid = {word for word in known - wanted - named if not word.startswith(("button_", "snooze_"))}
    assert unsaid == {"rated_urgent_before", "rated_calm_before"}


@pytest.mark.parametrize("locale", Locale)
def test_the_menu_fits_into_telegrams_limits(locale: Locale) -> None:
    for name in MENU:
        assert re.fullmatch(r"[a-z]{1,32}", name)
        assert 3 <= length(OURS.desk(locale, f"menu_{name}")) <= 60


def test_cyrillic_is_the_latin_text_in_other_letters() -> None:
    for name, page in named_pages(Locale.SR).items():
        cyrillic = OURS.page(named_pages(Locale.SR_CYRL)[name])
        latin = in_script(OURS.page(page), Locale.SR)
        if name.startswith(("preview", "help", "found", "nothing")):
            assert in_script(cyrillic, Locale.SR) == latin
