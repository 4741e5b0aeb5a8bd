"""In which language somebody is greeted of whom only Telegram's language_code is known."""

import pytest

from triage_bot.greeting import locale_of
from triage_bot.reading.model import Locale


@pytest.mark.parametrize(
    ("code", "locale"),
    [
        pytest.param("pl", Locale.PL, id="Polish"),
        pytest.param("pl-PL", Locale.PL, id="Polish with its country"),
        pytest.param("sr", Locale.SR, id="Serbian"),
        pytest.param("sr-Cyrl", Locale.SR_CYRL, id="Serbian in Cyrillic"),
        pytest.param("hr", Locale.SR, id="Croatian"),
        pytest.param("de", Locale.EN, id="a language that we do not write"),
        pytest.param("", Locale.PL, id="none told: the assistant's"),
    ],
)
def test_a_language_code_names_the_language_that_is_understood(code: str, locale: Locale) -> None:
    assert locale_of(code, Locale.PL) is locale
