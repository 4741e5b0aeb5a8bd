"""The names of days and months, and which plural a number takes: from Unicode's CLDR. Babel's one home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

import babel
from babel import localedata
from babel.dates import get_day_names, get_month_names

from triage_bot.reading.model import Locale

_NAMES: Mapping[Locale, str] = MappingProxyType(
    {Locale.PL: "pl", Locale.SR: "sr_Latn", Locale.SR_CYRL: "sr_Cyrl", Locale.EN: "en_GB"}
)


@dataclass(frozen=True, slots=True)
class Cldr:
    """What Babel knows of a language and we need; weekdays from Monday, months from January."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    plural: Callable[[int], str]


def learn_all() -> None:
    """Ask about every language now. Babel needs 4 MB for that, which are free again for all that a program loads later;
    asked when the first mail is answered, they would stay beside it."""
    for locale in _NAMES:
        cldr(locale)


_asking = Lock()
"""What one thread is still reading, another must not empty."""


@lru_cache(maxsize=8)
def cldr(locale: Locale) -> Cldr:
    with _asking:
        known = babel.Locale.parse(_NAMES[locale])
        days, months = (get("wide", "format", known) for get in (get_day_names, get_month_names))
        try:
            return Cldr(tuple(days[index] for index in range(7)), tuple(months.values()), known.plural_form)
        finally:
            # Babel keeps all it has of a language, a megabyte and more, and two of all of them together, for the twenty
            # words that we asked for. It loads them again when it needs them. What it keeps points at itself: emptied,
            # it is gone at once, and its place is free for the next language.
            cache = getattr(localedata, "_cache", {})  # not promised to us
            for kept in cache.values():
                kept.clear()
            cache.clear()
            babel.core._global_data = None
