"""Public holidays are those of the library, although only what is asked for is loaded of it."""

import json
import pickle
import subprocess
import sys
from datetime import date, timedelta

import pytest

from triage_bot.core.public_holidays import lookup

YEARS = (2025, 2026, 2027)
COUNTRIES = [
    ("PL", ""),
    ("RS", ""),
    ("DE", ""),
    ("DE", "BY"),
    ("GB", "SCT"),
    ("US", "CA"),
    ("ES", "CT"),
    ("IL", ""),
    ("CN", ""),
    ("UM", ""),  # made of another country's
]

LIBRARY = """
import json, sys
import holidays
found = {}
for country, subdivision in json.loads(sys.argv[1]):
    language = holidays.country_holidays(country).default_language
    days = holidays.country_holidays(
        country, subdiv=subdivision or None, years=json.loads(sys.argv[2]), language=language, expand=False
    )
    found[f"{country} {subdivision}"] = {on.isoformat(): name for on, name in sorted(days.items())}
print(json.dumps(found))
"""

OURS = """
import sys
from datetime import date
from triage_bot.core.public_holidays import lookup
assert lookup("PL")(date(2026, 11, 11))
print(*(name for name in sys.modules if name.startswith("holidays.countries.")))
"""

ANOTHER_PROCESS = """
import pickle, sys
from datetime import date
holidays = pickle.loads(bytes.fromhex(sys.argv[1]))
print(holidays(date(2026, 11, 11)), "holidays" in sys.modules, holidays(date(2031, 11, 11)), sep=", ")
"""


def run(code: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def library() -> dict[str, dict[str, str]]:
    """What the library says where nobody meddles with it."""
    found: dict[str, dict[str, str]] = json.loads(run(LIBRARY, json.dumps(COUNTRIES), json.dumps(YEARS)))
    return found


@pytest.mark.parametrize(("country", "subdivision"), COUNTRIES)
def test_the_dates_and_names_are_the_librarys(
    library: dict[str, dict[str, str]], country: str, subdivision: str
) -> None:
    holidays = lookup(country, subdivision)
    expected = library[f"{country} {subdivision}"]
    assert len(expected) > 10
    first, days = date(YEARS[0], 1, 1), (date(YEARS[-1], 12, 31) - date(YEARS[0], 1, 1)).days + 1
    dates = [first + timedelta(days=number) for number in range(days)]
    assert {on.isoformat(): name for on in dates if (name := holidays(on))} == {
        on: name for on, name in expected.items() if int(on[:4]) in YEARS
    }


def test_no_other_country_is_loaded() -> None:
    assert run(OURS).split() == ["holidays.countries.poland"]


def test_another_process_needs_no_library_for_a_year_that_was_looked_up() -> None:
    holidays = lookup("PL")
    name = holidays(date(2026, 11, 11))
    assert run(ANOTHER_PROCESS, pickle.dumps(holidays).hex()).strip() == f"{name}, False, {name}"
