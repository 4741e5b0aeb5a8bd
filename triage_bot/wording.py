"""Moments, days and spans in words, as a person of the language would say them.

Every function takes the moment to speak of and, where it matters, the present one; none reads a clock. The words
stand in the case that the sentence needs: "we wtorek 24 listopada po 8:00", "u sredu, 25. novembra, posle 8 časova".
Results are cached by wall time, so a thousand clients of one check window cost one phrase.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import Enum
from functools import lru_cache
from types import MappingProxyType

from triage_bot.cldr import cldr
from triage_bot.reading.model import Locale

_CYRILLIC = str.maketrans("abcčćdđefghijklmnoprsštuvzž", "абцчћдђефгхијклмнопрсштувзж")
_LATIN = {code: chr(latin) for latin, code in _CYRILLIC.items()} | {
    ord(letter): latin for letter, latin in zip("љњџ", ("lj", "nj", "dž"), strict=True)
}
_LATIN |= {ord(chr(code).upper()): latin.capitalize() for code, latin in _LATIN.items()}


class Preposition(Enum):
    """How a moment is tied into the sentence."""

    AT = "at"
    AFTER = "after"
    BY = "by"
    UNTIL = "until"  # of days: as BY, but what lasts until then, not what is done by then
    NONE = "none"  # the bare moment, in the nominative: "piątek 27 listopada, godz. 12:00"


@dataclass(frozen=True, slots=True)
class _Words:
    """The inflected words of one language, weekdays from Monday, months from January."""

    yesterday: str
    today: str
    tomorrow: str
    days_on: tuple[str, ...]  # "we wtorek", "u sredu", "on Monday"
    days_by: tuple[str, ...]  # "do wtorku", "do srede", "by Monday"
    days: tuple[str, ...]
    months_of: tuple[str, ...]  # as said after the number of the day
    months: tuple[str, ...]  # the same in the nominative, where that differs
    by_today: str
    by_tomorrow: str


def moment(
    at: datetime,
    *,
    now: datetime,
    zone: tzinfo,
    locale: Locale,
    preposition: Preposition,
    other_zone: tzinfo | None = None,
) -> str:
    """`at` on the reader's clock: "dziś po 16:00", "on Monday 23 November after 8 am".

    `zone` is the reader's. `other_zone` is the writer's: where its clock shows another time at that moment, the
    phrase adds it, "after 10 am today (4 pm my time)".
    """
    local = at.astimezone(zone)
    other = None if other_zone is None else at.astimezone(other_zone)
    if other is not None and other.utcoffset() == local.utcoffset():
        other = None
    return _moment(_wall(local), now.astimezone(zone).date(), locale, preposition, other and _wall(other))


def day(on: date, *, today: date, locale: Locale, preposition: Preposition = Preposition.AT) -> str:
    """A whole day: AT "w piątek 27 listopada", BY "do piątku 27 listopada", NONE "piątek 27 listopada"."""
    return _day(on, today, locale, preposition)


def date_words(on: date, *, today: date, locale: Locale) -> str:
    """The date without weekday or relation to today: "27 listopada", "27. novembra", "27 November"."""
    return _date(on, today, locale, nominative=False)


def weekdays(first: int, last: int, locale: Locale) -> str:
    """A run of weekdays, Monday is 0: "poniedziałek–piątek", "Saturday"."""
    days = _words(locale).days
    return days[first] if first == last else f"{days[first]}–{days[last]}"


def clock_time(at: datetime, *, zone: tzinfo, locale: Locale) -> str:
    """The bare time of day: "16:00", "4 pm"."""
    wall = at.astimezone(zone)
    return _english_time(wall.time()) if locale is Locale.EN else f"{wall.hour}:{wall.minute:02}"


def span(length: timedelta, locale: Locale, *, genitive: bool = False) -> str:
    """A length in its largest unit, rounded down: "5 min", "2 godz.", "3 dana". Never less than a minute. `genitive`
    is for what follows "w ciągu" or "u roku od": "1 dnia", "21 sata"."""
    minutes = max(1, int(length.total_seconds()) // 60)
    if minutes < 60:
        return f"{minutes} {_cyrillic_if(locale, 'min')}"
    hours, days = (_HOURS_OF, _DAYS_OF) if genitive else (_HOURS, _DAYS)
    if minutes < 24 * 60:
        return _counted(minutes // 60, locale, hours[locale])
    return _counted(minutes // (24 * 60), locale, days[locale])


def ago(at: datetime, *, now: datetime, locale: Locale) -> str:
    """How long past `at` is: "2 godz. temu", "pre 3 dana", "5 min ago"."""
    length = now - at
    if length < timedelta(minutes=1):
        return _JUST_NOW[locale]
    return _AGO[locale].format(span(length, locale, genitive=locale.language == "sr"))


def since(at: datetime, *, now: datetime, locale: Locale) -> str:
    """For how long something has gone on since `at`: "od 3 dni", "već 2 sata", "for 5 min"."""
    return _SINCE[locale].format(span(now - at, locale, genitive=locale is Locale.PL))


def plural(count: int, locale: Locale, *forms: str) -> str:
    """The form that goes with `count`: one, few, many in Polish and Serbian; one, other in English."""
    return forms[min(_plural_index(count, locale), len(forms) - 1)]


def in_script(text: str, locale: Locale) -> str:
    """Serbian Cyrillic in Latin letters, for readers of anything but Cyrillic; other texts as they are."""
    return text if locale is Locale.SR_CYRL else text.translate(_LATIN)


# --- days and times -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=4096)
@lru_cache(maxsize=1024)  # in a backlog many are told the same
def _moment(at: datetime, today: date, locale: Locale, preposition: Preposition, other: datetime | None) -> str:
    if preposition is Preposition.BY and at.time() == time(0):
        # "by Tuesday 0:00" is misread by a day; nobody misreads Monday's midnight.
        phrase = _join(at.date() - timedelta(days=1), today, locale, _BY_MIDNIGHT[locale], preposition)
    else:
        phrase = _join(at.date(), today, locale, _time(at.time(), locale, preposition), preposition)
    return phrase if other is None else f"{phrase} ({_elsewhere(other, at, locale)})"


def _join(on: date, today: date, locale: Locale, at_time: str, preposition: Preposition) -> str:
    is_near = abs((on - today).days) <= 1
    if locale is Locale.EN and is_near:
        return f"{at_time} {_day(on, today, locale, Preposition.AT)}"
    nominative = preposition is Preposition.NONE
    # In Serbian the date stands between commas, whatever the case: "u sredu, 25. novembra, posle 8 časova".
    has_comma = not is_near if locale.language == "sr" else nominative
    separator = ", " if has_comma else " "
    return f"{_day(on, today, locale, preposition if nominative else Preposition.AT)}{separator}{at_time}"


@lru_cache(maxsize=1024)
def _day(on: date, today: date, locale: Locale, preposition: Preposition) -> str:
    words = _words(locale)
    if preposition is Preposition.UNTIL:
        until = _day(on, today, locale, Preposition.BY)
        return "until " + until.removeprefix("by ") if locale is Locale.EN else until
    by = preposition is Preposition.BY
    match (on - today).days:
        case 0:
            return words.by_today if by else words.today
        case 1:
            return words.by_tomorrow if by else words.tomorrow
        case -1 if not by:
            return words.yesterday
    nominative = preposition is Preposition.NONE
    names = words.days if nominative else words.days_by if by else words.days_on
    comma = "," if locale.language == "sr" else ""
    # The dot of a Serbian year goes where another mark follows: a comma, a bracket or the end of the sentence.
    return f"{names[on.weekday()]}{comma} {_date(on, today, locale, nominative=nominative).rstrip('.')}"


def _date(on: date, today: date, locale: Locale, *, nominative: bool) -> str:
    words = _words(locale)
    month = (words.months if nominative else words.months_of)[on.month - 1]
    dot = "." if locale.language == "sr" else ""
    year = "" if on.year == today.year else f" {on.year}{dot}"
    return f"{on.day}{dot} {month}{year}"


def _time(at: time, locale: Locale, preposition: Preposition) -> str:
    return _TIMES[locale](at, preposition)


def _polish_time(at: time, preposition: Preposition) -> str:
    words = {Preposition.AT: "o", Preposition.AFTER: "po", Preposition.NONE: "godz."}
    word = words.get(preposition, "do")
    return f"{word} {at.hour}:{at.minute:02}"


def _serbian_time(at: time, preposition: Preposition) -> str:
    word = {Preposition.AT: "u", Preposition.AFTER: "posle", Preposition.NONE: "u"}.get(preposition, "do")
    if at.minute:
        return f"{word} {at.hour}:{at.minute:02}"
    return f"{word} {at.hour} {_serbian_hours(at.hour, genitive=word != 'u')}"


def _serbian_hours(hour: int, *, genitive: bool) -> str:
    """ "u 21 čas" but "posle 21 časa"; two to four are the same in every case."""
    if hour % 10 == 1 and hour != 11:
        return "časa" if genitive else "čas"
    return "časa" if hour % 10 in (2, 3, 4) and not 11 < hour < 15 else "časova"


def _english_time(at: time) -> str:
    if at == time(12):
        return "12 noon"  # "12 pm" is midnight to some readers
    if at == time(0):
        return "00:00"
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{(at.hour - 1) % 12 + 1}{minutes} {'pm' if at.hour >= 12 else 'am'}"


def _english_phrase(at: time, preposition: Preposition) -> str:
    word = "" if preposition is Preposition.NONE else f"{preposition.value} "
    return f"{word}{_english_time(at)}"


def _elsewhere(other: datetime, at: datetime, locale: Locale) -> str:
    """The writer's clock at the same moment, with the weekday if it is another one there."""
    on_other_day = other.date() != at.date()
    weekday = _words(locale).days[other.weekday()]
    if locale is Locale.EN:
        return f"{_english_time(other.time())}{f' on {weekday}' if on_other_day else ''} my time"
    clock = f"{other.hour}:{other.minute:02}"
    if locale is Locale.PL:
        return f"u mnie {weekday}, {clock}" if on_other_day else f"u mnie {clock}"
    if not other.minute:
        clock = f"{other.hour} {_cyrillic_if(locale, _serbian_hours(other.hour, genitive=False))}"
    here = _cyrillic_if(locale, "kod mene je tada")
    return f"{here} {weekday}, {clock}" if on_other_day else f"{here} {clock}"


def _wall(at: datetime) -> datetime:
    return at.replace(tzinfo=None, second=0, microsecond=0, fold=0)


# --- the words ------------------------------------------------------------------------------------------------------


def _cyrillic_if(locale: Locale, words: str) -> str:
    """The closed set of words above, none of which holds lj, nj or dž."""
    return words.translate(_CYRILLIC) if locale is Locale.SR_CYRL else words


def _cyrillic_time(at: time, preposition: Preposition) -> str:
    return _serbian_time(at, preposition).translate(_CYRILLIC)


_TIMES: Mapping[Locale, Callable[[time, Preposition], str]] = MappingProxyType(
    {
        Locale.PL: _polish_time,
        Locale.SR: _serbian_time,
        Locale.SR_CYRL: _cyrillic_time,
        Locale.EN: _english_phrase,
    }
)
_BY_MIDNIGHT = {
    Locale.PL: "do północy",
    Locale.SR: "do ponoći",
    Locale.SR_CYRL: "до поноћи",
    Locale.EN: "by midnight",
}
_JUST_NOW = {Locale.PL: "przed chwilą", Locale.SR: "malopre", Locale.SR_CYRL: "малопре", Locale.EN: "just now"}
_AGO = {Locale.PL: "{} temu", Locale.SR: "pre {}", Locale.SR_CYRL: "пре {}", Locale.EN: "{} ago"}
_SINCE = {Locale.PL: "od {}", Locale.SR: "već {}", Locale.SR_CYRL: "већ {}", Locale.EN: "for {}"}
_HOURS = {
    Locale.PL: ("godz.",),
    Locale.SR: ("sat", "sata", "sati"),
    Locale.SR_CYRL: ("сат", "сата", "сати"),
    Locale.EN: ("hour", "hours"),
}
_DAYS = {
    Locale.PL: ("dzień", "dni"),
    Locale.SR: ("dan", "dana"),
    Locale.SR_CYRL: ("дан", "дана"),
    Locale.EN: ("day", "days"),
}
# The same in the genitive, where it differs: in the singular.
_HOURS_OF = {
    **_HOURS,
    Locale.SR: ("sata", "sata", "sati"),
    Locale.SR_CYRL: ("сата", "сата", "сати"),
}
_DAYS_OF = {
    **_DAYS,
    Locale.PL: ("dnia", "dni"),
    Locale.SR: ("dana",),
    Locale.SR_CYRL: ("дана",),
}


@lru_cache(maxsize=2048)
def _counted(count: int, locale: Locale, forms: tuple[str, ...]) -> str:
    return f"{count} {plural(count, locale, *forms)}"


@lru_cache(maxsize=2048)
def _plural_index(count: int, locale: Locale) -> int:
    category = cldr(locale).plural(count)
    if category == "one":
        return 0
    return 1 if category == "few" or locale is Locale.EN else 2


@lru_cache(maxsize=8)
def _words(locale: Locale) -> _Words:
    days, months = cldr(locale).days, cldr(locale).months
    match locale:
        case Locale.PL:
            return _polish(days, months)
        case Locale.EN:
            return _Words(
                yesterday="yesterday",
                today="today",
                tomorrow="tomorrow",
                days_on=tuple(f"on {name}" for name in days),
                days_by=tuple(f"by {name}" for name in days),
                days=days,
                months_of=months,
                months=months,
                by_today="by the end of today",
                by_tomorrow="by tomorrow",
            )
    return _serbian(locale, days, months)


def _polish(days: tuple[str, ...], months: tuple[str, ...]) -> _Words:
    accusative = [name[:-1] + "ę" if name.endswith("a") else name for name in days]
    genitive = ("poniedziałku", "wtorku", "środy", "czwartku", "piątku", "soboty", "niedzieli")
    return _Words(
        yesterday="wczoraj",
        today="dziś",
        tomorrow="jutro",
        days_on=tuple(f"{'we' if name == 'wtorek' else 'w'} {name}" for name in accusative),
        days_by=tuple(f"do {name}" for name in genitive),
        days=days,
        months_of=months,  # CLDR's "format" names are genitives: "listopada"
        months=months,
        by_today="do końca dnia",
        by_tomorrow="do jutra",
    )


def _serbian(locale: Locale, days: tuple[str, ...], months: tuple[str, ...]) -> _Words:
    """CLDR knows nominatives only; both scripts follow the same three rules of declension."""

    def word(latin: str) -> str:
        return _cyrillic_if(locale, latin)

    a, u, e, ak, ka, ar, ra = map(word, ("a", "u", "e", "ak", "ka", "ar", "ra"))
    genitive = (name[:-2] + ka if name.endswith(ak) else name[:-1] + e for name in days)
    return _Words(
        yesterday=word("juče"),
        today=word("danas"),
        tomorrow=word("sutra"),
        days_on=tuple(f"{word('u')} {name[:-1] + u if name.endswith(a) else name}" for name in days),
        days_by=tuple(f"{word('do')} {name}" for name in genitive),
        days=days,
        # The a of "septembar" to "decembar" flees, that of "januar" and "februar" stays.
        months_of=tuple(
            name[:-2] + ra if number >= 9 and name.endswith(ar) else name + a
            for number, name in enumerate(months, start=1)
        ),
        months=months,
        by_today=word("do kraja dana"),
        by_tomorrow=word("do sutra"),
    )
