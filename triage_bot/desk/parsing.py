"""What she typed: a command with what follows it, in her language or in English."""

import re
from dataclasses import dataclass

from triage_bot.reading.fold import fold

_COMMAND = re.compile(r"/(?P<name>[^\s@/]{1,32})(?:@\w{1,40})?(?:\s+(?P<rest>.*))?", re.DOTALL)

MENU = (
    *("queue", "next", "today", "week", "client", "note", "search"),
    *("away", "back", "pause", "resume", "why", "undo", "help"),
)
"""In the order in which Telegram shows them."""

# Folded, as they are looked up: "/jutro" and "/JUTRO", "/ćao" and "/cao" are one.
_ALIASES = {
    "queue": ("kolejka", "red", "lista", "inbox", "q"),
    "next": ("nastepna", "nastepne", "nastepny", "dalej", "sledece", "sledeca", "sledeci", "n"),
    "today": ("dzis", "dzisiaj", "danas"),
    "week": ("tydzien", "nedelja", "sedmica"),
    "client": ("klient", "klientka", "klijent", "klijentkinja", "c", "k"),
    "note": ("notatka", "notuj", "fakt", "beleska", "zabelezi"),
    "search": ("szukaj", "znajdz", "trazi", "nadji", "find"),
    "away": ("urlop", "niema", "nieobecnosc", "odsutna", "odsustvo", "odmor"),
    "back": ("jestem", "wrocilam", "powrot", "nazad", "vratilasamse", "povratak"),
    "pause": ("pauza", "przerwa"),
    "resume": ("wznow", "nastavi"),
    "why": ("dlaczego", "czemu", "zasto"),
    "undo": ("cofnij", "vrati", "ponisti"),
    "help": ("pomoc", "start", "h"),
}
_NAMES = {alias: name for name, aliases in _ALIASES.items() for alias in (name, *aliases)}


@dataclass(frozen=True, slots=True)
class Command:
    """`name` is one of MENU, "" for one that nobody knows."""

    name: str
    rest: str = ""


def command_of(text: str) -> Command | None:
    """None for what is no command."""
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    return Command(_NAMES.get(fold(found["name"]), ""), (found["rest"] or "").strip())


def number_of(text: str) -> int | None:
    """ "12", "#12", "# 12" or "nr 12"."""
    found = re.fullmatch(r"(?:#|nr\.?|br\.?|no\.?)?\s*(\d{1,15})", text.strip(), re.ASCII | re.IGNORECASE)
    return int(found[1]) if found else None
