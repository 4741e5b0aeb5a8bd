"""The shapes in which days and hours are written, per language: words of time from the lexicon, digits from here."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import cache, partial

from triage_bot.reading.beginnings import Beginnings
from triage_bot.reading.fold import fold
from triage_bot.reading.lexicons import lexicon
from triage_bot.reading.model import Language
from triage_bot.reading.moment import Marker, Moment
from triage_bot.reading.openings import openings

_MARKERS = (Marker.BY, Marker.SINCE, Marker.FOR, Marker.AT)
_BEFORE = frozenset({"by", "since", "for", "at", "within"})
# Lists of words that a moment never begins with. Whatever other list the shape is made of may stand first.
_INSIDE = frozenset(
    {"counted", "hour_mark", "minutes", "hours", "half_hour", "quarter", "days", "weeks", "months_unit"}
    | {"working_days", "of_the_month", "after_bare_for", "of_next_week", "a_week_on"}
    | {"after_bare_minutes", "left"}
)
# Lists of words of which one, or a digit, stands in every moment.
_HINTS: tuple[str, ...] = (
    "yesterday",
    "today",
    "tonight",
    "tomorrow",
    "day_after",
    "weekdays",
    "noon",
    "midnight",
    "afternoon",
)
_HINTS += ("half_hour", "quarter", "minutes", "hours", "days", "weeks", "months", "months_unit", "hour_word")
_HINTS += ("end_of_day", "end_of_week", "end_of_next_week", "end_of_month", "end_of_quarter", "end_of_year")


def _alternatives(words: Iterable[str]) -> str:
    return "|".join(sorted(words, key=len, reverse=True))


class Grammar:
    """The shapes of one language."""

    def __init__(self, language: Language) -> None:
        words = lexicon(language).time
        self.words = words
        self.weekdays = [re.compile(word) for word in words["weekdays"]]
        self.months = [re.compile(rf"(?:{word})\b") for word in words["months"]]
        self.numbers = {fold(word): number for word, number in words["numbers"].items()}
        self.hour_names = {fold(word): hour for word, hour in words["hour_names"].items()}
        self.name_end = words["hour_name_end"].replace(" ", r"\s")
        self.zones = [(re.compile(rf"(?:{name})\b"), zone) for name, zone in words["zones"].items()]
        self.numeric = language is not Language.EN
        self._used: set[str] = set()  # the lists of the lexicon that the shape is made of
        self.shape = re.compile(self._shape(), re.VERBOSE)
        self.hint = re.compile(rf"\d|\b(?:{self._hint()})")
        self.beginnings = Beginnings(self._hint(), self._first_words())
        self.forenoon = re.compile("|".join(words["forenoon"]) or "(?!)")
        self.habits = re.compile("|".join(words["habits"]) or "(?!)")
        self.afternoon = re.compile("|".join(words["afternoon"]) or "(?!)")

    def _hint(self) -> str:
        words = self.words
        return _alternatives([word for name in _HINTS for word in words[name]] + list(self.hour_names))

    def _first_words(self) -> str:
        """What a moment can begin with, digits apart: see `_shape`. What must be followed by a space says so."""
        return "|".join(
            [*(f"(?:{word}) " for name in sorted(_BEFORE) for word in self.words[name]), *self._main_words()]
        )

    def _main_words(self) -> list[str]:
        """The words of all lists that the shape can begin with, those before a moment apart."""
        return [word for name in sorted(self._used - _BEFORE - _INSIDE) for word in self.words[name]]

    def _any(self, name: str) -> str:
        """One of the words of a list of the lexicon, as a part of a verbose pattern."""
        self._used.add(name)
        return rf"(?:{_alternatives(self.words[name])})".replace(" ", r"\s")

    def _name(self) -> str:
        return rf"(?:{_alternatives(self.hour_names)})"

    def _zone(self, group: str) -> str:
        names = _alternatives(self.words["zones"]).replace(" ", r"\s")
        whose = r"(?:\s(?:their|local|ich|tamtejszego|njihov\w*|tamosnj\w*)(?:\s(?:time|czasu|vremen\w+))?)?"
        return rf"(?:{whose}(?P<{group}>\s*\(?(?:{names})\b(?:\stime)?))?"

    def _shape(self) -> str:
        marker = rf"""
            (?:(?P<by>{self._any("by")})|(?P<since>{self._any("since")})
              |(?P<for>{self._any("for")})|(?P<at>{self._any("at")}))
            (?:\s+|(?<=@))(?:(?:the|of|dnia|dana|dan)\s+)?
        """
        part_of_day = rf"""
            (?P<morning>{self._any("morning")})\b | (?P<evening>{self._any("evening")})\b
        """
        # A bare number is an hour only after "by" or "at", and hardly ever after "for".
        bare_for = rf"""
            (?P<h5c>[01]?\d|2[0-4])(?![\d/%-]|[:.,]\d)(?!\s*(?:{self._any("counted")})|\.?\s*(?:{self._any("months")}\b|(?!(?:{self._any("tomorrow")}|{self._any("today")}|{self._any("after_bare_for")})\b)\w))
        """
        half = rf"""
            {self._any("half_to")}\s+(?P<half2>\d{{1,2}}\b(?![:/%]|[.,]\d|\s(?:{self._any("counted")}))
              |{self._name()}{self.name_end})
        """
        end, clock, day, bare = self._end_shape(), self._clock_shape(), self._day_shape(), self._bare_hour_shape()
        # Looked at first, because most words after "at" or "for" are none of time.
        follows = openings("|".join([*self._main_words(), *self.hour_names]), 6)
        begins = "|".join(re.escape(text).replace(r"\ ", r"\s") for text in sorted(follows))
        # "Na jutro na 14": after a day the hour is sure, whatever follows.
        hour_of_day = rf"""
            (?:\s{self._any("for")}\s
               (?: (?P<h6>[01]?\d|2[0-3])(?![\d/%-]|[:.,]\d)
                   (?!\s*(?:{self._any("counted")})|\.?\s*(?:{self._any("months")}\b|{self._any("hour_mark")}))
                 | (?P<hn6>{self._name()}){self.name_end}))?
        """
        return rf"""
            (?<![\w.:/@-])
            (?: {self._span_shape()}
              | (?:{marker})? (?=\d|{begins})
                (?: {end} | {clock} | (?:{day}){hour_of_day} | {part_of_day}
                  | (?(by)|(?(at)|(?!))) (?:{bare}){self._zone("zone1")}
                  | {half} | (?(for)|(?!)) (?:{bare_for})
                )
            )
        """

    def _clock_shape(self) -> str:
        ampm, money = r"(?:[ap]\.?m\b\.?)", "zl|pln|eur|euro|evra|din|rsd|usd|gbp|pounds?|euros?|dollars?"
        mark = self._any("hour_mark")
        part = ("" if self.numeric else r"in\sthe\s") + rf"(?:{self._any('morning')}|{self._any('evening')})"
        word = self._any("hour_word") if self.words["hour_word"] else "(?!)"
        named = rf"""
            {word}\s*
            (?: (?P<h4>[01]?\d|2[0-4])(?!\d)(?:[:.](?P<m4>[0-5]\d))? | (?P<hn2>{self._name()}){self.name_end} )
        """
        # "15.30" is an hour and "3.11" a day, unless the word for hour stands before it.
        return rf"""
            (?: (?P<h>[01]?\d|2[0-4])(?::|\.(?=00|1[3-9]|[2-5]\d))(?P<m>[0-5]\d)(?!\d|\.\d|\s?(?:{money})\b)
                  \s*(?P<ap>{ampm})?(?:\s*{mark})?
              | (?P<h2>[01]?\d|2[0-4])\s*(?P<ap2>{ampm})
              | (?P<h3>[01]?\d|2[0-3])\s*(?:{mark})
              | (?P<h7>1?\d)(?=\s(?:{part})\b)
              | {named}
            ){self._zone("zone")}
          | (?P<noon>{self._any("noon")}){self._zone("zone2")} | (?P<midnight>{self._any("midnight")})\b
        """

    def _bare_hour_shape(self) -> str:
        end = self.name_end
        return rf"""
              {self._any("half_to")}\s+(?P<half>\d{{1,2}}\b|{self._name()}{end})
            | (?P<h5>[01]?\d|2[0-4])(?![\d/%-]|[:.,]\d)
                (?!\s*(?:{self._any("counted")})|\.?\s*(?:{self._any("months")}\b))
            | (?P<hn>{self._name()}){end}
        """

    def _day_shape(self) -> str:
        month = self._any("months")
        of_year = r"(?:\.?\s(?:r\b\.?|rok\w?|god(?:ine)?\b\.?)|\.(?=\s(?:u|do)\s))?"
        return rf"""
              (?P<iso>\d{{4}}-\d{{2}}-\d{{2}})
            | (?P<nd>[0-3]?\d)(?:\.\s?|/|-(?=\d{{1,2}}-\d))(?P<nm>[01]?\d)(?!\d|:\d)
                (?:(?:\.\s?|/|-)(?P<ny>20\d\d|\d\d)(?![\d:.]\d|\d|:){of_year})?\.?
            | (?P<md>[0-3]?\d)(?:\.|st|nd|rd|th|-go|-tego)?\s*(?:of\s)?(?P<mon>{month})\b\.?
                (?:,?\s*(?P<my>20\d\d){of_year})?
            | (?P<mon2>{month})\b\.?\s+(?:the\s)?(?P<md2>[0-3]?\d)(?:st|nd|rd|th)?(?![\d:])(?:,?\s+(?P<my2>20\d\d))?
            | (?P<ord>[0-3]?\d)(?:st|nd|rd|th|-?go|-?ego|-?tego|-?og|-?eg)\b
            | (?(by) (?P<ord2>[0-3]?\d)\.?\s(?:{self._any("of_the_month")}) | (?!))
            | (?(by) (?P<ord3>2[5-9]|3[01])\.(?=\s+[a-z]) | (?!))
            | (?P<day_after>{self._any("day_after")})\b | (?P<today>{self._any("today")})\b
            | (?P<yesterday>{self._any("yesterday")})\b
            | (?P<tonight>{self._any("tonight")})\b | (?P<tomorrow>{self._any("tomorrow")})\b
            | (?P<next>{self._any("next")}\s+)?(?P<weekday>{self._any("weekdays")})
                (?:\s(?:(?P<next_week>{self._any("of_next_week")})|(?P<week_on>{self._any("a_week_on")}))\b)?
        """

    def _span_shape(self) -> str:
        number = rf"(?:{_alternatives(map(re.escape, self.numbers))})".replace(r"\ ", r"\s")
        return rf"""
            (?P<within>{self._any("within")})\s+(?:okolo\s|oko\s|ok\.?\s|about\s|jakies\s|najblizsz\w+\s|max\.?\s)?
            (?: (?P<half_hour>{self._any("half_hour")}) | (?P<quarter>{self._any("quarter")})
              | (?:(?P<count>\d{{1,3}}|{number})(?:-\d{{1,3}})?\s*)?
                (?:(?P<minutes>{self._any("minutes")})|(?P<hours>{self._any("hours")})
                  |(?P<working>{self._any("working_days")})|(?P<days>{self._any("days")})
                  |(?P<weeks>{self._any("weeks")})|(?P<munit>{self._any("months_unit")}))
              | (?P<bare>5|[1-5][05])(?=\s*(?:[,!?;\n]|\.?\s*$|(?:{self._any("after_bare_minutes")})\b))(?![.,]\d)
            )\b
          | (?P<left>\d{{1,3}})\s*(?:(?P<left_minutes>{self._any("minutes")})|{self._any("hours")})\s+
            (?:{self._any("left")})\b
        """

    def _end_shape(self) -> str:
        return rf"""
              (?P<eod>{self._any("end_of_day")}) | (?P<eonw>{self._any("end_of_next_week")})
            | (?P<eow>{self._any("end_of_week")}) | (?P<eom>{self._any("end_of_month")})
            | (?P<eoq>{self._any("end_of_quarter")}) | (?P<eoy>{self._any("end_of_year")})
            | {self._any("end_of_named_month")}\s+(?P<eonm>{self._any("months")})\b
            | {self._any("mid_of_named_month")}[\s-]*(?P<midm>{self._any("months")})\b
        """

    def moment(self, match: "re.Match[str]", sent_at: datetime) -> Moment | None:
        start, end = match.span()
        marker = next((marker for marker in _MARKERS if match[marker.value]), Marker.NONE)
        bare = partial(Moment, start, end, marker=marker)
        if match["within"]:
            return self._span(match, bare, sent_at)
        if match["left"]:  # "20 minutes to go"
            unit = "minutes" if match["left_minutes"] else "hours"
            return bare(marker=Marker.BY, exact=sent_at + timedelta(**{unit: int(match["left"])}))
        today = sent_at.date()
        if match["eod"]:
            return bare(marker=Marker.BY, end_of_day=True)
        period = self._period(match, today)
        if period is not None:
            return bare(day=period, period=True)
        if match["noon"] and self.forenoon.match(match[0]):
            return bare(marker=Marker.NONE, morning=True)
        hour = self._hour(match)
        if hour is not None:
            clock, sure = hour
            zone = next((match[name] for name in ("zone", "zone1", "zone2") if match[name]), "")
            return bare(hour=clock, sure=sure, zone=self._zone_of(zone))
        if match["morning"]:
            return bare(morning=True)
        if match["evening"]:
            return bare(evening=True, this_afternoon=self.afternoon.fullmatch(match["evening"]) is not None)
        day = self._day(match, bare, today)
        if day is not None and match["hn6"]:
            clock, sure = self._named(match["hn6"])
            return replace(day, hour=clock, sure=sure)
        if day is None or not match["h6"]:
            return day
        return replace(day, hour=time(int(match["h6"])), sure=int(match["h6"]) > 12)

    def _span(self, match: "re.Match[str]", bare: partial[Moment], sent_at: datetime) -> Moment | None:
        bare = partial(bare, marker=Marker.BY)
        if match["half_hour"]:
            return bare(exact=sent_at + timedelta(minutes=30))
        if match["quarter"]:
            return bare(exact=sent_at + timedelta(minutes=15))
        if match["bare"]:  # "going live in 20"
            return bare(exact=sent_at + timedelta(minutes=int(match["bare"])))
        count = match["count"]
        number = 1 if not count else int(count) if count.isdigit() else self.numbers.get(" ".join(count.split()), 1)
        if match["minutes"]:
            return bare(exact=sent_at + timedelta(minutes=number)) if count else None
        if match["hours"]:
            return bare(exact=sent_at + timedelta(hours=number))
        if match["working"]:
            return bare(day=_working_days_on(sent_at.date(), number), period=True) if count else None
        if match["days"]:
            return bare(day=sent_at.date() + timedelta(days=number), period=True) if count else None
        if match["weeks"]:
            number *= 2 if "fortnight" in match["weeks"] else 1
            return bare(day=sent_at.date() + timedelta(weeks=number), period=True)
        return bare(day=sent_at.date() + timedelta(days=30 * number), period=True)

    def _period(self, match: "re.Match[str]", today: date) -> date | None:
        if match["eow"] or match["eonw"]:
            friday = today + timedelta(days=(4 - today.weekday()) % 7)
            return friday + timedelta(days=7) if match["eonw"] else friday
        if match["eom"]:
            return today.replace(day=calendar.monthrange(today.year, today.month)[1])
        if match["eoq"]:
            month = (today.month + 2) // 3 * 3
            return date(today.year, month, calendar.monthrange(today.year, month)[1])
        if match["eoy"]:
            return date(today.year, 12, 31)
        if match["midm"]:
            month = self._month(match["midm"])
            return date(today.year + (month < today.month), month, 15)
        if match["eonm"]:
            month = self._month(match["eonm"])
            year = today.year + (month < today.month)
            return date(year, month, calendar.monthrange(year, month)[1])
        return None

    def _hour(self, match: "re.Match[str]") -> tuple[time, bool] | None:
        """The hour, and whether it is sure that morning or afternoon is meant as it stands."""
        if match["noon"]:
            return time(12), True
        if match["midnight"]:
            return time(23, 59), True
        named = match["hn"] or match["hn2"]
        if named:
            return self._named(named)
        half = match["half"] or match["half2"]
        if half:
            bare = re.match(r"\d+|\w+", half)
            assert bare
            hour = (
                int(bare[0])
                if bare[0].isdigit()
                else self.hour_names[max(filter(bare[0].startswith, self.hour_names), key=len)]
            )
            if hour > 12:
                hour -= 12
            if self.numeric:  # "wpół do trzeciej" is half past two
                hour = hour - 1 or 12
            return (time(hour, 30), False) if 0 <= hour < 24 else None
        digits = next((match[name] for name in ("h", "h2", "h3", "h4", "h5", "h5c", "h7") if match[name]), None)
        if digits is None:
            return None
        minute = int(match["m"] or match["m4"] or 0)
        hour, ap = int(digits), (match["ap"] or match["ap2"] or "")[:1]
        if ap and hour <= 12:
            hour = hour % 12 + (12 if ap == "p" else 0)
        if hour == 24:
            return time(23, 59), True
        if digits.startswith("0") or ap:
            return time(hour, minute), True
        return time(hour, minute), hour > 12 or (bool(match["m"] or match["m4"]) and self.numeric)

    def _named(self, name: str) -> tuple[time, bool]:
        hour, either = self.hour_names[name], self._twelve(name)
        return time(hour - 12 if hour > 12 and either else hour), not either

    def _twelve(self, named: str) -> bool:
        """Hour names up to twelve may mean either half of the day."""
        return self.hour_names[named] <= 12 or (
            13 <= self.hour_names[named] <= 18 and not named.endswith("nast") and "naest" not in named
        )

    def _zone_of(self, words: str) -> str:
        words = words.strip(" (")
        return next((zone for pattern, zone in self.zones if pattern.match(words)), "") if words else ""

    def _month(self, word: str) -> int:
        return next(number for number, pattern in enumerate(self.months, 1) if pattern.match(word))

    def _day(self, match: "re.Match[str]", bare: partial[Moment], today: date) -> Moment | None:
        if match["today"] or match["tonight"]:
            return bare(day=today, relative=True, evening=bool(match["tonight"]))
        if match["tomorrow"]:
            return bare(day=today + timedelta(days=1), relative=True)
        if match["yesterday"]:
            return bare(day=today - timedelta(days=1), gone=True)
        if match["day_after"]:
            return bare(day=today + timedelta(days=2), relative=True)
        if match["weekday"]:
            weekday = next((n for n, word in enumerate(self.weekdays) if word.match(match["weekday"])), None)
            if weekday is None or (match["weekday"].endswith("days") and not (match["by"] or match["for"])):
                return None  # "on Tuesdays" is no day, "for Tuesdays meeting" is
            if bare.keywords["marker"] in (Marker.AT, Marker.NONE) and self.habits.fullmatch(match["weekday"]):
                return None  # "on Saturdays"
            if match["next_week"]:
                return bare(day=today + timedelta(days=7 - today.weekday() + weekday))
            ahead = (weekday - today.weekday()) % 7
            if match["week_on"]:
                return bare(day=today + timedelta(days=(ahead or 7) + 7))
            if not ahead and bare.keywords["marker"] is Marker.NONE:
                return None  # "Saturday, I know", written on one
            if match["next"] and today.weekday() < weekday:
                ahead += 7
            return bare(day=today + timedelta(days=ahead or 7))
        try:
            day = self._date(match, today)
        except ValueError:
            return None
        return bare(day=day) if day is not None else None

    def _date(self, match: "re.Match[str]", today: date) -> date | None:
        if match["iso"]:
            return date.fromisoformat(match["iso"])
        if number := int(match["ord"] or match["ord2"] or match["ord3"] or 0):
            month = today if number >= today.day else today.replace(day=28) + timedelta(days=7)
            return month.replace(day=number)
        if match["nd"]:
            number, month_number, year = int(match["nd"]), int(match["nm"]), match["ny"]
        elif match["mon"]:
            number, month_number, year = int(match["md"]), self._month(match["mon"]), match["my"]
        elif match["mon2"]:
            number, month_number, year = int(match["md2"]), self._month(match["mon2"]), match["my2"]
        else:
            return None
        if year:
            return date(int(year) if len(year) == 4 else 2000 + int(year), month_number, number)
        this = date(today.year, month_number, number)
        # "3 January" written in December is ahead; a date a few weeks back is a slip to be asked about.
        return date(today.year + 1, month_number, number) if (today - this).days > 180 else this


def _working_days_on(day: date, number: int) -> date:
    weeks, days = divmod(number, 5)
    day = min(day, day - timedelta(days=day.weekday() - 4)) + timedelta(weeks=weeks)
    return day + timedelta(days=days if day.weekday() + days <= 4 else days + 2)


@cache
def grammar(language: Language) -> Grammar:
    return Grammar(language)
