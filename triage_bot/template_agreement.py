"""What was agreed with a client, in two lines: when she works and looks, how soon she answers."""

from dataclasses import dataclass
from datetime import timedelta

from triage_bot.core.agreement import Agreement, ResponseKind
from triage_bot.core.business_calendar import BusinessCalendar
from triage_bot.reading.model import Locale
from triage_bot.wording import span, weekdays


@dataclass(frozen=True, slots=True)
class Timetable:
    """Of an ordinary week. "" where there is nothing."""

    hours: str  # "poniedziałek–piątek 8:00–16:00"
    windows: str  # "8:00, 12:00, 16:00"; with the weekdays where they differ


def timetable(calendar: BusinessCalendar, locale: Locale) -> Timetable:
    hours = [", ".join(f"{clock(each.start)}–{clock(each.end)}" for each in sorted(day)) for day in calendar.hours]
    windows = [", ".join(clock(window) for window in sorted(day)) for day in calendar.windows]
    return Timetable(
        _by_weekdays(hours, locale), _by_weekdays(windows, locale, bare=len(set(filter(None, windows))) == 1)
    )


def clock(minute: int) -> str:
    return f"{minute // 60 % 24}:{minute % 60:02}"


@dataclass(frozen=True, slots=True)
class Response:
    """How soon she answers; `kind` is that of the agreement, `within` the span of it in words, as after "within"."""

    kind: str
    within: str = ""


def response(agreement: Agreement, locale: Locale) -> Response:
    agreed = agreement.response
    has_span = agreed.kind in (ResponseKind.WITHIN, ResponseKind.SPAN) and agreed.within > timedelta(0)
    return Response(agreed.kind.value, span(agreed.within, locale, genitive=True) if has_span else "")


def _by_weekdays(days: list[str], locale: Locale, *, bare: bool = False) -> str:
    """Runs of weekdays with the same words; `bare` says the words alone, once."""
    if bare:
        return next(filter(None, days), "")
    found: list[str] = []
    first = 0
    for number in range(1, 8):
        if number < 7 and days[number] == days[first]:
            continue
        if days[first]:
            found.append(f"{weekdays(first, number - 1, locale)} {days[first]}")
        first = number
    return "; ".join(found)
