"""Promises a second, with public holidays loaded: python benchmarks/promises.py [--json]

Every kind of response, for messages whose next check is an hour away and for ones of the last working evening before
a vacation of three weeks. The calendars are warm: laying out 64 days costs once what the last line says.
"""

import argparse
import json
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from triage_bot.core import public_holidays
from triage_bot.core.agreement import ResponseKind, ResponseTime
from triage_bot.core.business_calendar import BusinessCalendar, Interval, Vacation
from triage_bot.core.promise import promise

WARSAW = ZoneInfo("Europe/Warsaw")
COUNT = 20_000
CALENDAR = BusinessCalendar(
    WARSAW,
    hours=((Interval(480, 720), Interval(780, 960)),) * 5 + ((), ()),
    windows=((480, 720, 960),) * 5 + ((), ()),
    holidays=public_holidays.lookup("PL"),
    vacations=(Vacation(date(2026, 12, 5), date(2026, 12, 27)),),
)
RESPONSES = {
    "after_window": ResponseTime(),
    "within 4 h": ResponseTime(ResponseKind.WITHIN, timedelta(hours=4)),
    "same_day_or_next": ResponseTime(ResponseKind.SAME_OR_NEXT_DAY),
}
STARTS = {
    "an hour away": datetime(2026, 11, 18, 10, 30, tzinfo=WARSAW),
    "three weeks away": datetime(2026, 12, 4, 17, tzinfo=WARSAW),
}


def rate(response: ResponseTime, start: datetime) -> float:
    """The best of five rounds: the machine may have other work."""
    moments = [start + timedelta(seconds=second % 3600) for second in range(COUNT)]
    rounds = []
    for _ in range(5):
        began = perf_counter()
        for moment in moments:
            promise(CALENDAR, response, moment, moment)
        rounds.append(perf_counter() - began)
    return COUNT / min(rounds)


def first_promise_ms() -> float:
    """A calendar's first promise, its days not laid out yet."""
    began = perf_counter()
    promise(replace(CALENDAR), ResponseTime(), STARTS["an hour away"], STARTS["an hour away"])
    return (perf_counter() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="the figures alone, as JSON")
    arguments = parser.parse_args()
    first_promise_ms()  # imports `holidays`
    figures = {
        response: {start: round(rate(RESPONSES[response], STARTS[start])) for start in STARTS} for response in RESPONSES
    }
    cold = round(first_promise_ms(), 2)
    if not arguments.json:
        print(f"{'promises a second':20}" + "".join(f"{start:>20}" for start in STARTS))
        for response, rates in figures.items():
            print(f"{response:20}" + "".join(f"{rate:>20,}" for rate in rates.values()))
        print(f"\nthe first promise of a calendar: {cold} ms\n")
    print(json.dumps({"promises_a_second": figures, "first_promise_ms": cold}))


if __name__ == "__main__":
    main()
