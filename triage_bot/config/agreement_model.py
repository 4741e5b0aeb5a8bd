"""What can be agreed with a client: the keys under `agreement`."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, PlainValidator, model_validator

from triage_bot.config.values import (
    Date,
    DayHours,
    DayWindows,
    FilePath,
    Flag,
    Line,
    Text,
    WeekHours,
    WeekWindows,
    Wrong,
    Zone,
    hours_of,
    interval_of,
    name_of,
    shown,
    span_of,
    windows_of,
    word_of,
)
from triage_bot.core import rules
from triage_bot.core.agreement import Grace, ResponseKind, ResponseTime


class Section(BaseModel):
    """A mapping of the configuration: nothing unknown in it, nothing changed after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)


class HolidaySettings(Section):
    country: Line = ""
    """ISO 3166 code of the country whose public holidays are days off (`PL`, `RS`). Empty: none are."""
    subdivision: Line = ""
    """Code of the part of the country with holidays of its own (`BY` in Germany). Empty: the whole country's."""


class DayOffSettings(Section):
    on: Date
    """The date."""
    name: Line = ""
    """Why, as clients may be told."""


class SpecialDaySettings(Section):
    on: Date
    """The date."""
    hours: DayHours | None = None
    """Working hours of that date. Left out: as on any such weekday."""
    windows: DayWindows | None = None
    """Check windows of that date. Left out: as on any such weekday."""
    name: Line = ""
    """What day it is ("Christmas Eve of the office")."""


LONGEST_VACATION = timedelta(days=2 * 366)


class VacationSettings(Section):
    first_on: Date
    """The first day of absence."""
    last_on: Date
    """The last day of absence."""
    text: Text = ""
    """What clients are told of it. Empty: the usual words."""
    stand_in: Line = ""
    """Whom clients may ask meanwhile ("Ana Jović, ana@example.com"). Empty: nobody."""

    @model_validator(mode="after")
    def _in_order(self) -> "VacationSettings":
        if self.last_on < self.first_on:
            raise Wrong((("last_on",), f"the vacation ends on {self.last_on}, before it starts on {self.first_on}"))
        if self.last_on - self.first_on > LONGEST_VACATION:
            what = f"the vacation lasts from {self.first_on} to {self.last_on}: two years are the most"
            raise Wrong((("last_on",), what))
        return self


def _words_of(raw: object) -> object:
    return [raw] if isinstance(raw, str) else raw


def _phrase_of(raw: object) -> str:
    text = name_of(raw)
    try:
        rules.words([text])
    except ValueError as error:
        raise Wrong.here(f"{shown(raw)} {error}") from None
    return text


class DaysOffFileSettings(Section):
    path: FilePath
    """An .ics file, or a folder of them; a relative one lies beside this file. Read again when it changes."""
    only: Annotated[tuple[Annotated[str, PlainValidator(_phrase_of)], ...], BeforeValidator(_words_of)] = ()
    """Count only events with one of these words in title or category, each by its beginning. Empty: all."""


_WORKING = re.compile(r"([0-9]{1,4}) working (hour|minute)s?\Z")


def _working_span_of(raw: object) -> timedelta:
    text = word_of(raw, "a span such as `4 working hours`")
    if not (match := _WORKING.match(text)) or int(match[1]) == 0:
        hint = ": write `4 working hours`, for a plain span would run on at night and on days off"
        raise Wrong.here(f"{shown(raw)} is not a span of working time{hint}")
    return timedelta(minutes=int(match[1]) * (60 if match[2] == "hour" else 1))


def _response_of(raw: object) -> ResponseTime:
    if isinstance(raw, dict) and set(raw) == {"within"}:
        try:
            return ResponseTime(ResponseKind.WITHIN, _working_span_of(raw["within"]))
        except Wrong as error:
            raise Wrong(*((("within", *steps), what) for steps, what in error.parts)) from None
    if raw in ("after_window", "same_day_or_next"):
        return ResponseTime(ResponseKind(raw))
    if isinstance(raw, str) and raw[:1].isdigit():
        # Whether a day off could break it is for `calendar_checks` to say: the calendar is not known here.
        return ResponseTime(ResponseKind.SPAN, span_of(raw))
    wanted = "`after_window`, `same_day_or_next` or `{within: 4 working hours}`"
    raise Wrong.here(f"{shown(raw)} is not a response time: write {wanted}")


def _alert_of(raw: object) -> tuple[int, int] | None:
    """Minutes of the day outside working hours at which an alert may come; None: never, equal: at any hour."""
    text = word_of(raw, "`in_hours`, `always` or hours such as `07:00-22:00`")
    if text == "in_hours":
        return None
    if text == "always":
        return (0, 1440)
    try:
        return interval_of(text)
    except Wrong:
        raise Wrong.here(f"{shown(raw)} is none of `in_hours`, `always` or hours such as `07:00-22:00`") from None


DEFAULT_GRACE = Grace(mail=timedelta(seconds=60), chat=timedelta(seconds=90))
LONGEST_GRACE = timedelta(minutes=30)


def _grace_span_of(raw: object) -> timedelta:
    span = timedelta(0) if raw == "0s" else span_of(raw)
    if span > LONGEST_GRACE:
        raise Wrong.here(f"{shown(raw)} is too long: clients wait for it, so write `30m` at most")
    return span


def _grace_of(raw: object) -> Grace:
    if isinstance(raw, Grace):
        return raw
    if not isinstance(raw, dict):
        span = _grace_span_of(raw)
        return Grace(span, span)
    if unknown := [key for key in raw if key not in ("mail", "chat")]:
        raise Wrong(*(((str(key),), "unknown key (known: mail, chat)") for key in unknown))
    found: dict[str, timedelta] = {}
    for key, value in raw.items():
        try:
            found[key] = _grace_span_of(value)
        except Wrong as error:
            raise Wrong(*(((key, *steps), what) for steps, what in error.parts)) from None
    # One of the two alone leaves the other as it is by default.
    return replace(DEFAULT_GRACE, **found)


class EmergencySettings(Section):
    alert: Annotated[tuple[int, int] | None, PlainValidator(_alert_of)] = None
    """When she is told of an urgent message at once: `in_hours` (default), `always`, or also from "07:00-22:00"."""
    contact: Line = ""
    """The agreed way in an emergency, as clients are told it ("+48 600 100 200"). Empty: there is none."""


LONGEST_WARNING = timedelta(days=5)


def _warning_of(raw: object) -> timedelta:
    span = timedelta(0) if raw == "0s" else span_of(raw)
    if span > LONGEST_WARNING:
        raise Wrong.here(f"{shown(raw)} is too long: it is working time, so write `5d` at most")
    return span


def _holidays_of(raw: object) -> object:
    return {"country": ""} if raw == "none" else raw


def _file_of(raw: object) -> object:
    return {"path": raw} if isinstance(raw, str) else raw


def _day_off_of(raw: object) -> object:
    return {"on": raw} if isinstance(raw, str) else raw


class AgreementSettings(Section):
    """The default agreement, and what a client's own `agreement` may say otherwise. A key given there replaces the
    default's whole value."""

    zone: Zone | None = None
    """Time zone of the hours and windows. Default: the assistant's."""
    hours: WeekHours = hours_of({"mon-fri": "08:00-16:00"})
    """Working hours by weekday. A list for several spans a day; an end before the start lies on the next day."""
    check_windows: WeekWindows = windows_of({"mon-fri": ["08:00", "12:00", "16:00"]})
    """When she looks at what came, by weekday."""
    holidays: Annotated[HolidaySettings, BeforeValidator(_holidays_of)] = HolidaySettings.model_construct(country="PL")
    """Public holidays that are days off, or `none`."""
    days_off: tuple[Annotated[DayOffSettings, BeforeValidator(_day_off_of)], ...] = ()
    """Further days off: dates, or `{on: DATE, name: TEXT}`."""
    days_off_from: tuple[Annotated[DaysOffFileSettings, BeforeValidator(_file_of)], ...] = ()
    """Calendar files whose busy whole-day events are days off too, those of several days vacations: `.ics` files or
    folders of them, or `{path: FILE, only: [WORD]}`."""
    worked_days: tuple[Date, ...] = ()
    """Holidays and dates of a vacation on which she works all the same."""
    special_days: tuple[SpecialDaySettings, ...] = ()
    """Dates with other hours or windows (half days). They are worked even on a holiday."""
    vacations: tuple[VacationSettings, ...] = ()
    """Absences of several days."""
    response: Annotated[ResponseTime, PlainValidator(_response_of)] = ResponseTime()
    """When the answer comes: `after_window` (after the next check), `{within: 4 working hours}` (after the check),
    `same_day_or_next` (by the end of the working day of the check, else of the next one), or a plain span such as
    `24h` after the message, which is refused where a day off could break it."""
    emergencies: EmergencySettings = EmergencySettings.model_construct()
    """What happens with urgent messages outside working hours."""
    acknowledge: Flag = True
    """Whether clients get automatic acknowledgements at all."""
    acknowledge_after: Annotated[Grace, PlainValidator(_grace_of)] = DEFAULT_GRACE
    """How long an acknowledgement waits, so that several messages in a row get one: a span for both, or
    `{mail: 60s, chat: 90s}`; `0s` waits for nothing. Urgent messages are acknowledged at once."""
    ask_for_missing: Flag = True
    """Whether the acknowledgement of a task asks for what it does not say: what it is for, by when, how much."""
    warn_before: Annotated[timedelta, PlainValidator(_warning_of)] = timedelta(minutes=30)
    """How much working time before a promise breaks she is told of it, never outside the hours; `0s`: never."""

    def overridden_by(self, other: "AgreementSettings") -> "AgreementSettings":
        """This agreement with every key that stands in `other` taken from there."""
        return self.model_copy(update={key: getattr(other, key) for key in other.model_fields_set})
