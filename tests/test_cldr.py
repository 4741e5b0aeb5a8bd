"""The words of the calendar, as Babel has them for the languages as they are written in a country."""

import babel
import pytest

from triage_bot.cldr import cldr
from triage_bot.reading.model import Locale

COUNTRIES = {Locale.PL: "pl_PL", Locale.SR: "sr_Latn_RS", Locale.SR_CYRL: "sr_Cyrl_RS", Locale.EN: "en_GB"}


@pytest.mark.parametrize("locale", list(Locale))
def test_words_and_plurals_are_those_of_the_country(locale: Locale) -> None:
    ours = cldr(locale)
    theirs = babel.Locale.parse(COUNTRIES[locale])
    assert list(ours.days) == [theirs.days["format"]["wide"][index] for index in range(7)]
    assert list(ours.months) == [theirs.months["format"]["wide"][index] for index in range(1, 13)]
    numbers = range(200)
    assert [ours.plural(number) for number in numbers] == [theirs.plural_form(number) for number in numbers]
