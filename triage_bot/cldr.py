"""The names of days and months, and which plural a number takes: from Unicode's CLDR. Babel's one home."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock
from types import MappingProxyType

from babel import localedata

from triage_bot.reading.model import Locale

_FILES: Mapping[Locale, str] = MappingProxyType(
    {Locale.PL: "pl", Locale.SR: "sr_Latn", Locale.SR_CYRL: "sr", Locale.EN: "en"}
)
"""Where the words themselves stand, not inherited by a country or a script: to merge all that one inherits takes five
times as long."""


@dataclass(frozen=True, slots=True)
class Cldr:
    """What Babel knows of a language and we need; weekdays from Monday, months from January."""

    days: tuple[str, ...]
    months: tuple[str, ...]
    plural: Callable[[int], str]


def learn_all() -> None:
    """Ask about every language now. Babel needs 4 MB for that, which are free again for all that a program loads later;
    asked when the first mail is answered, they would stay beside it."""
    for locale in _FILES:
        cldr(locale)


_asking = Lock()
"""What one thread is still reading, another must not empty."""


@lru_cache(maxsize=8)
def cldr(locale: Locale) -> Cldr:
    with _asking:
        known = localedata.load(_FILES[locale], merge_inherited=False)
        days, months = (known[names]["format"]["wide"] for names in ("days", "months"))
        try:
            return Cldr(
                tuple(days[index] for index in range(7)),
                tuple(months[index] for index in range(1, 13)),
                known["plural_form"],
            )
        finally:
            # Babel keeps all it has of a language, for the twenty words that we asked for. What it keeps points at
            # itself: emptied, it is gone at once, and its place is free for the next language.
            known.clear()
            getattr(localedata, "_cache", {}).clear()  # not promised to us
