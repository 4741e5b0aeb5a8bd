"""Public holidays by country and subdivision: the one home of the `holidays` library.

The library is imported at the first date that is looked up. It knows some years only (`known`); in any other year it
finds no holiday at all.
"""

import ast
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec
from types import ModuleType
from typing import Any

ENGLISH = "en_US"


@dataclass(frozen=True, slots=True)
class PublicHolidays:
    """The holidays of a country, called with a date: the name in the country's own language, or None."""

    country: str  # ISO 3166-1 alpha-2, upper case
    subdivision: str = ""  # as `holidays` spells it ("BY" of Germany), "" for those of the whole country

    def __call__(self, on: date) -> str | None:
        return _names(self.country, self.subdivision, on.year, "").get(on)

    def english(self, on: date) -> str:
        """The English name of the holiday on that date, "" if there is none."""
        return _names(self.country, self.subdivision, on.year, ENGLISH).get(on, "")

    def known(self, year: int) -> bool:
        """Whether the library has the holidays of that year, so that none found means none."""
        return bool(_names(self.country, self.subdivision, year, ""))

    def __reduce__(self) -> tuple[Any, ...]:
        """With what was looked up so far: a process that judges by it need not load the library, 3 MB and 30 ms."""
        known = _known.copy()  # other threads look up meanwhile
        names = {key: names for key, names in known.items() if key[:2] == (self.country, self.subdivision)}
        return _brought, (self.country, self.subdivision, names)


def lookup(country: str, subdivision: str = "") -> PublicHolidays:
    """The holidays of a country or of one of its subdivisions. Raises ValueError that says what would be right."""
    country = country.upper()
    if country not in _countries():
        what = f"no public holidays are known for {country!r}: give the two-letter code of a country, as in PL"
        raise ValueError(what)
    if not subdivision:
        return PublicHolidays(country)
    spellings = {name.upper(): name for name in _subdivisions(country)}
    if subdivision.upper() not in spellings:
        known = ", ".join(spellings.values()) or "none"
        raise ValueError(f"{country} has no subdivision {subdivision!r} (it has: {known})")
    return PublicHolidays(country, spellings[subdivision.upper()])


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    _import_little()
    from holidays.registry import EntityLoader

    return frozenset(EntityLoader.get_country_codes(include_aliases=False))


@lru_cache(maxsize=256)
def _subdivisions(country: str) -> tuple[str, ...]:
    return tuple(_country(country).subdivisions)


_Names = Mapping[date, str]
_known: dict[tuple[str, str, int, str], _Names] = {}
_MOST_KNOWN = 1024


def _brought(country: str, subdivision: str, names: Mapping[tuple[str, str, int, str], _Names]) -> PublicHolidays:
    _known.update(names)
    return PublicHolidays(country, subdivision)


def _names(country: str, subdivision: str, year: int, language: str) -> _Names:
    """The names of one year; language "" is the country's own. Two on one day are joined with "; "."""
    key = country, subdivision, year, language
    found = _known.get(key)
    if found is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        found = _known[key] = _looked_up(*key)
    return found


def _looked_up(country: str, subdivision: str, year: int, language: str) -> _Names:
    # Without a language the names would follow LANG of this machine.
    own = _own_language(country)
    wanted = own if not language or not _speaks(country, language) else language
    found = _country(country, subdiv=subdivision or None, years=year, language=wanted, expand=False)
    return {on: name for on, name in found.items() if on.year == year}


@lru_cache(maxsize=256)
def _own_language(country: str) -> str | None:
    language: str | None = _country(country).default_language
    return language


@lru_cache(maxsize=256)
def _speaks(country: str, language: str) -> bool:
    return language in _country(country).supported_languages


def _country(country: str, **wanted: Any) -> Any:
    """What the library has of a country."""
    _import_little()
    from holidays import country_holidays

    return country_holidays(country, **wanted)


@lru_cache(maxsize=1)
def _import_little() -> None:
    """Asked for one country, the library imports the packages of all countries and of all calendars, whose `__init__`
    import each: 0.4 s and 10 MB for two hundred countries and sixteen calendars that nobody asked for. Packages in
    their place that import what is asked of them let it find the one."""
    whole = find_spec("holidays")
    for name in ("calendars", "groups", "countries", "financial"):
        spec = PathFinder.find_spec(f"holidays.{name}", whole.submodule_search_locations) if whole else None
        if spec is not None and spec.name not in sys.modules:
            sys.modules[spec.name] = _lazily(spec)


def _lazily(spec: ModuleSpec) -> ModuleType:
    """A package that imports what its `__init__` imports at once: each name when it is asked for."""

    def find(name: str) -> Any:
        source = spec.loader.get_source(spec.name) if isinstance(spec.loader, SourceFileLoader) else None
        for node in ast.parse(source or "").body:
            if isinstance(node, ast.ImportFrom) and node.module and name in {alias.name for alias in node.names}:
                return getattr(import_module(node.module), name)
        raise AttributeError(f"module {spec.name!r} has no attribute {name!r}")

    package = ModuleType(spec.name)
    package.__spec__ = spec
    package.__path__ = list(spec.submodule_search_locations or ())
    package.__dict__["__getattr__"] = find
    return package
