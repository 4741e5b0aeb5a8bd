"""What clients and the assistant read: every text of every language, and templates of the user's that misbehave.

The golden files hold every text as it leaves the program. They are reviewed by reading; after a wanted change
`GOLDEN=write pytest tests/test_templates.py` writes them anew.
"""

import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from triage_bot import resources
from triage_bot.core.agreement import Agreement, Assistant, Client, Emergencies
from triage_bot.core.business_calendar import BusinessCalendar, Interval
from triage_bot.core.directory import Directory
from triage_bot.core.items import Item, ItemState
from triage_bot.core.messages import Medium
from triage_bot.core.promise import promise
from triage_bot.core.reasons import Reason
from triage_bot.core.suppression import Suppression
from triage_bot.core.telegram_text import length
from triage_bot.core.triage import Decision
from triage_bot.core.urgency import Urgency
from triage_bot.correcting import Outcome
from triage_bot.errors import FailureKind, Problem
from triage_bot.reading.model import Deadline, Kind, Language, Locale, Missing, Reading, Script
from triage_bot.template_contexts import (
    TroubleContext,
    acknowledgement_context,
    item_context,
    shorten,
)
from triage_bot.template_digest import Listing, digest_context
from triage_bot.template_samples import at_risk, corrections, named_acknowledgements, named_digests, named_items, values
from triage_bot.templates import DESK, LINES, REASON, SUPPRESSION, TROUBLE, Templates, template_problems

GOLDEN = Path(__file__).parent / "golden"
WARSAW = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 11, 20, 12, 30, tzinfo=WARSAW)  # a Friday
OURS = Templates()

# The codes that the program itself gives.
URGENCY_CODES = {
    *("deadline_before_check", "deadline_after_check", "deadline_far", "harm", "immediate", "can_wait"),
    *("nothing_to_do", "machine", "task_dropped", "regular", "rule", "tagged", "suggested"),
}
PROMISE_CODES = {
    *("counted_from_now", "window_today", "after_last_window", "weekend", "no_check_day", "skipped_holiday"),
    *("skipped_day_off", "skipped_vacation", "window_later_day", "answer_after_check", "working_span"),
    *("rounded_up", "end_of_same_day", "end_of_next_day", "special_day", "skipped_special_day", "worked_day"),
    *("plain_span", "rounded_down"),
}
DESK_CODES = {
    *("correct_one", "correct_all", "button_unknown", "digest_more"),
    *("paired", "pairing_wrong", "pairing_configured", "pairing_taken", "pairing_moved"),
    *Outcome,
}
TROUBLE_CODES = {
    "ack_failed",
    "ack_in_doubt",
    "ack_stale",
    "breaker_open",
    "mailbox_unreachable",
    "mailbox_back",
    *(f"why_{kind}" for kind in FailureKind),
    "config_refused",
    *("correction_failed", "correction_in_doubt", "correction_stale"),
}


@pytest.fixture
def failures() -> list[Problem]:
    return []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pl").mkdir()
    return tmp_path


def codes(locale: Locale, file: str) -> list[str]:
    lines = (resources.templates_folder() / locale / file).read_text(encoding="utf-8").splitlines()
    return [line.partition(":")[0] for line in lines if line and not line.startswith("#")]


def compare(name: str, text: str) -> None:
    file = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


# --- ours ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("locale", Locale)
def test_acknowledgements_read_as_reviewed(locale: Locale) -> None:
    sections = []
    for name, context in named_acknowledgements(locale).items():
        rendered = OURS.acknowledgement(context, Medium.EMAIL)
        sections.append(f"=== {name}\n--- promise: {rendered.promise}\n{rendered.text}")
    for name in ("in_hours", "urgent_after_hours"):
        rendered = OURS.acknowledgement(named_acknowledgements(locale)[name], Medium.CHAT)
        sections.append(f"=== {name}, chat\n{rendered.text}\n")
    for name in ("in_hours", "vacation", "no_promise"):
        rendered = OURS.acknowledgement(named_acknowledgements(locale)[name], Medium.EMAIL, "prospect")
        sections.append(f"=== {name}, to a stranger\n{rendered.text}\n")
    compare(f"{locale}/acknowledgements.txt", "\n".join(sections))


@pytest.mark.parametrize("locale", Locale)
def test_the_html_acknowledgement_is_as_reviewed(locale: Locale) -> None:
    rendered = OURS.acknowledgement(named_acknowledgements(locale)["greeted_and_signed"], Medium.EMAIL)
    compare(f"{locale}/acknowledgement.html", rendered.html)


@pytest.mark.parametrize("locale", Locale)
def test_what_the_assistant_reads_is_as_reviewed(locale: Locale) -> None:
    sections = []
    for name, context in named_digests(locale).items():
        blocks = OURS.digest(context)[: 1 if name.startswith("late") else None]
        sections.append("\n\n".join([f"=== {name}\n{blocks[0].text}", *(block.text for block in blocks[1:])]) + "\n")
    sections += [f"=== alert, {name}\n{OURS.alert(item)}\n" for name, item in named_items(locale).items()]
    compare(f"{locale}/digests.txt", "\n".join(sections))


@pytest.mark.parametrize("locale", Locale)
def test_reasons_and_troubles_read_as_reviewed(locale: Locale) -> None:
    said: dict[str, str] = {key: str(value) for key, value in values(locale).items()}
    for key in list(said):
        if key.endswith("_at"):
            said[key] = "2026-11-23T08:00:00+01:00"
        elif key.endswith("_on"):
            said[key] = "2026-11-29" if key == "last_on" else "2026-11-27"
    said |= {"until": "2026-11-27"}
    said |= {"words": "do piątku", "name": "Нова година", "english": "New Year", "channel": "praca", "item": "12"}
    said |= {"contact": "jan@novak.example", "error": "550 <no such user>", "place": "pl/promise.txt:3"}
    reasons = [f"{code}: {OURS.reason(locale, Reason(code, said))}" for code in codes(locale, REASON)]
    silences = [f"{member.name}: {OURS.suppression(locale, member.name)}" for member in Suppression]
    troubles = [
        f"{code}: {OURS.trouble(TroubleContext(locale, WARSAW, NOW, code, said))}" for code in codes(locale, TROUBLE)
    ]
    compare(f"{locale}/lines.txt", "\n".join([*reasons, "", *silences, "", *troubles, ""]))


@pytest.mark.parametrize("locale", Locale)
def test_corrected_promises_read_as_reviewed(locale: Locale) -> None:
    sections = []
    for name, context in corrections(locale).items():
        rendered = OURS.correction(context, Medium.EMAIL)
        sections.append(f"=== {name}\n--- promise: {rendered.promise}\n{rendered.text}")
        assert ('class="promise"' in rendered.html) == bool(context.answer)
    sections.append(f"=== chat\n{OURS.correction(corrections(locale)['vacation'], Medium.CHAT).text}\n")
    sections.append(f"=== to the assistant\n{OURS.at_risk(at_risk(locale))}\n")
    said = {"item": "12", "contact": "Novak", "count": "3", "name": "Katarzyna"}
    sections.append("\n".join(f"{code}: {OURS.desk(locale, code, said)}" for code in codes(locale, DESK)))
    compare(f"{locale}/corrections.txt", "\n".join(sections) + "\n")


def test_every_template_renders() -> None:
    assert OURS.problems() == []


@pytest.mark.parametrize("locale", Locale)
def test_every_code_has_words(locale: Locale) -> None:
    """Every suppression, reason and trouble, in every language; the four languages know the same codes."""
    assert {member.name for member in Suppression} <= set(codes(locale, SUPPRESSION))
    assert set(codes(locale, REASON)) >= URGENCY_CODES | PROMISE_CODES
    assert set(codes(locale, TROUBLE)) >= TROUBLE_CODES
    assert set(codes(locale, DESK)) >= DESK_CODES
    for file in LINES:
        assert codes(locale, file) == codes(Locale.EN, file)


def test_languages_have_the_same_files() -> None:
    folder = resources.templates_folder()
    files = {locale: {file.name for file in (folder / locale).iterdir()} for locale in Locale}
    assert all(names == files[Locale.EN] for names in files.values())


def test_cyrillic_texts_hold_no_latin_words() -> None:
    latin = re.compile("[A-Za-zčćžšđ]{2,}")
    for name, context in named_acknowledgements(Locale.SR_CYRL).items():
        neutral = replace(context, assistant="Ана", signature="", stand_in="", emergency_contact="")
        assert latin.findall(OURS.acknowledgement(neutral, Medium.CHAT).text) == [], name
    for name, correction in corrections(Locale.SR_CYRL).items():
        plain = replace(correction, assistant="Ана", signature="", stand_in="", emergency_contact="")
        assert latin.findall(OURS.correction(plain, Medium.CHAT).text) == [], name


@pytest.mark.parametrize("locale", Locale)
def test_every_acknowledgement_says_that_it_is_automatic_and_who_sent_it(locale: Locale) -> None:
    automatic = {
        Locale.PL: "automatyczne",
        Locale.SR: "automatska",
        Locale.SR_CYRL: "аутоматска",
        Locale.EN: "automatic",
    }[locale]
    for context in named_acknowledgements(locale).values():
        for medium in Medium:
            text = OURS.acknowledgement(context, medium).text
            assert automatic in text
            assert "Anna Kowalska" in text
            assert context.answer in text


class _Structure(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name in {"src", "href", "background"}]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("locale", Locale)
def test_the_html_says_what_the_text_says_and_loads_nothing(locale: Locale) -> None:
    for context in named_acknowledgements(locale).values():
        rendered = OURS.acknowledgement(context, Medium.EMAIL)
        page = _Structure()
        page.feed(rendered.html)
        assert page.open == []
        assert page.links == []
        body = page.text.partition("}\n}")[2]
        assert body.split() == rendered.text.split()
        assert ('class="promise"' in rendered.html) == bool(context.answer)


def test_text_of_clients_is_escaped_for_telegram_and_html() -> None:
    item = replace(named_items(Locale.PL)["urgent"], subject="<b>&", excerpt="</i><a href=x>", contact="<x>")
    block = OURS.alert(item)
    assert "<b>&lt;b&gt;&amp;</b>" in block
    assert "<a" not in block
    signed = replace(named_acknowledgements(Locale.PL)["in_hours"], signature="<script>&")
    assert "&lt;script&gt;&amp;" in OURS.acknowledgement(signed, Medium.EMAIL).html


# --- from core objects --------------------------------------------------------------------------------------------

HOURS = ((Interval(8 * 60, 17 * 60),),) * 5 + ((), ())
CALENDAR = BusinessCalendar(zone=WARSAW, hours=HOURS, windows=((8 * 60, 12 * 60, 16 * 60),) * 5 + ((), ()))
ASSISTANT = Assistant("Anna Kowalska", Locale.PL, WARSAW)
DIRECTORY = Directory(ASSISTANT, Agreement(CALENDAR), ())
CLIENT = Client("Novak", Agreement(CALENDAR), Locale.EN, ZoneInfo("America/New_York"), greeting="Jan")


def decided(
    deadline: date | datetime | None = None, urgency: Urgency = Urgency.NORMAL, alert: bool = False
) -> Decision:
    return Decision(
        client="Novak",
        known_contact=True,
        reading=Reading(
            language=Language.EN,
            script=Script.LATIN,
            new_text="",
            kind=Kind.TASK,
            deadline=Deadline(deadline, "words") if deadline else None,
            missing=(Missing.SCOPE,),
        ),
        urgency=urgency,
        inside_hours=True,
        promise=promise(CALENDAR, CLIENT.agreement.response, NOW, NOW),
        suppression=None,
        alert_at=NOW if alert else None,
        locale=CLIENT.locale,
    )


def test_a_client_abroad_reads_her_own_time() -> None:
    text = OURS.acknowledgement(acknowledgement_context(decided(), CLIENT, ASSISTANT, NOW), Medium.EMAIL).text
    assert text.startswith("Hello Jan,\n")
    assert "I will read your message and reply after 10 am today (4 pm my time)." in text


@pytest.mark.parametrize(
    ("deadline", "words", "missed"),
    [
        pytest.param(None, "", False, id="none"),
        pytest.param(date(2026, 11, 20), "today", False, id="the day of the answer is not before it"),
        pytest.param(date(2026, 11, 27), "Friday 27 November", False, id="a later day"),
        pytest.param(
            NOW.replace(hour=15, minute=0), "9 am today", True, id="an hour before the answer, on the client's clock"
        ),
        pytest.param(NOW.replace(hour=16, minute=0), "10 am today", True, id="an answer after that hour is too late"),
        pytest.param(NOW.replace(hour=18, minute=0), "12 noon today", False, id="an hour after it"),
    ],
)
def test_a_deadline_is_repeated_and_compared_with_the_promise(
    deadline: date | datetime | None, words: str, missed: bool
) -> None:
    context = acknowledgement_context(decided(deadline), CLIENT, ASSISTANT, NOW)
    assert context.deadline == words
    assert context.deadline_missed is missed


def test_what_is_missing_is_asked_only_where_that_is_agreed() -> None:
    silent = replace(CLIENT, agreement=Agreement(CALENDAR, ask_for_missing=False))
    assert acknowledgement_context(decided(), silent, ASSISTANT, NOW).missing == ()
    assert acknowledgement_context(decided(), CLIENT, ASSISTANT, NOW).missing == ("scope",)


def test_the_emergency_contact_of_the_agreement_is_named() -> None:
    agreement = Agreement(CALENDAR, emergencies=Emergencies(contact="+48 600 100 200"))
    client = replace(CLIENT, agreement=agreement)
    context = acknowledgement_context(decided(urgency=Urgency.URGENT, alert=True), client, ASSISTANT, NOW)
    assert "+48 600 100 200" in OURS.acknowledgement(context, Medium.CHAT).text


def item(**changes: object) -> Item:
    plain = Item(
        id=3,
        thread_id=1,
        client="Novak",
        channel="work",
        medium=Medium.EMAIL,
        contact="jan@novak.example",
        contact_name="Jan",
        subject="Umowa",
        excerpt="…",
        state=ItemState.OPEN,
        urgency=Urgency.NORMAL,
        kind="task",
        opened_at=datetime(2026, 11, 20, 8, tzinfo=UTC),
        last_message_at=datetime(2026, 11, 20, 9, 30, tzinfo=UTC),
        messages=1,
        check_at=datetime(2026, 11, 20, 11, tzinfo=UTC),
        promise_at=datetime(2026, 11, 20, 11, tzinfo=UTC),
        promise_sentence="Przeczytam wiadomość i odpowiem dziś po 12:00",
        deadline="2026-11-27",
        because=(),
        silence="",
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_an_item_is_told_with_its_promise_age_and_deadline() -> None:
    told = item_context(item(), ASSISTANT, NOW, DIRECTORY)
    assert (told.promised, told.age, told.deadline) == ("dziś po 12:00", "2 godz. temu", "piątek 27 listopada")
    assert (told.overdue, told.overdue_by) == (False, "")


@pytest.mark.parametrize(
    ("check", "now", "promised", "late_by"),
    [
        pytest.param(8, NOW, "dziś do 12:00", "30 min", id="by a moment: since then"),
        pytest.param(12, NOW.replace(hour=17), "dziś po 12:00", "30 min", id="after a check: since the day's end"),
    ],
)
def test_an_item_is_overdue_since_its_answer_was_due(check: int, now: datetime, promised: str, late_by: str) -> None:
    told = item_context(item(check_at=NOW.replace(hour=check, minute=0)), ASSISTANT, now, DIRECTORY)
    assert (told.promised, told.overdue, told.overdue_by) == (promised, True, late_by)


def test_nothing_is_called_promised_that_the_client_was_not_told() -> None:
    assert item_context(item(promise_sentence=""), ASSISTANT, NOW, DIRECTORY).promised == ""


def test_a_digest_counts_and_keeps_the_order_it_is_given() -> None:
    check_at, window_at = NOW.replace(hour=8, minute=0), NOW.replace(minute=0)
    items = [item(id=2, urgency=Urgency.URGENT, check_at=check_at), item(id=1, check_at=check_at)]
    told = digest_context(Listing(items, items), ASSISTANT, window_at, NOW, DIRECTORY, late=True)
    listed = [one.id for section in told.sections for one in section.items]
    assert (listed, told.count, told.urgent, told.overdue) == ([2, 1], 2, 1, 2)
    blocks = OURS.digest(told)
    assert [block.item_id for block in blocks] == [0, 2, 1]
    assert "miał przyjść o 12:00" in blocks[0].text


def test_what_needs_nothing_is_told_in_one_block() -> None:
    items = [item(id=1), *(item(id=number, urgency=Urgency.NONE) for number in range(2, 40))]
    told = digest_context(Listing(items, items), ASSISTANT, NOW.replace(minute=0), NOW, DIRECTORY, late=False)
    assert (told.count, len(told.rest), told.rest_more) == (1, 15, 23)
    blocks = OURS.digest(told)
    assert len(blocks) == 3
    assert "i jeszcze 23" in blocks[-1].text


def test_a_block_fits_a_telegram_message_however_long_its_texts() -> None:
    long = "Bardzo długi tekst, " * 2000
    reasons = tuple(Reason("harm", {"words": long}) for _ in range(3))
    huge = item(client=long, subject=long, excerpt=long, contact_name=long, because=reasons, urgency=Urgency.URGENT)
    assert length(OURS.alert(item_context(huge, ASSISTANT, NOW, DIRECTORY))) < 4096


def test_shortening_cuts_at_a_word_and_drops_what_steers_the_display() -> None:
    assert shorten("ala ma\r\n\tkota", 40) == "ala ma kota"
    assert shorten("jeden dwa trzy cztery", 16) == "jeden dwa trzy…"
    assert shorten("a\u202eb\u0000c\ud800d", 40) == "a b c d"
    assert len(shorten("x" * 500, 100)) == 100


# --- reasons ------------------------------------------------------------------------------------------------------


def test_a_reason_tells_moments_in_the_language_and_names_today_if_it_knows_it() -> None:
    told = Reason("window_today", {"check_at": "2026-11-20T16:00:00+01:00"})
    assert OURS.reason(Locale.EN, told) == "the next check is on the same day (Friday 20 November, 4 pm)"
    assert OURS.reason(Locale.EN, told, now=NOW) == "the next check is on the same day (4 pm today)"
    assert OURS.reason(Locale.PL, told, zone=ZoneInfo("America/New_York"), now=NOW).endswith("(dziś, godz. 10:00)")


def test_a_holiday_is_named_so_that_the_reader_can_make_it_out() -> None:
    told = Reason(
        "skipped_holiday", {"first_on": "2026-01-07", "last_on": "2026-01-07", "name": "Божић", "english": "Christmas"}
    )
    assert OURS.reason(Locale.EN, told) == "a public holiday: Christmas (Wednesday 7 January)"
    assert OURS.reason(Locale.SR, told) == "praznik: Božić (sreda, 7. januar)"
    assert "Божић" in OURS.reason(Locale.SR_CYRL, told)


def test_an_unknown_code_is_said_in_its_own_words() -> None:
    assert OURS.reason(Locale.PL, Reason("moon_is_full", {"phase": "0.99"})) == "moon is full (phase 0.99)"
    assert OURS.suppression(Locale.SR, "SOME_THING") == "some thing"
    trouble = TroubleContext(Locale.EN, WARSAW, NOW, "odd_case", {"why": "<x>"})
    assert OURS.trouble(trouble) == "odd case (why &lt;x&gt;)"


def test_a_reason_without_its_values_is_no_error() -> None:
    assert OURS.reason(Locale.PL, Reason("harm")) == "harm"


# --- templates of the user's --------------------------------------------------------------------------------------


def test_a_file_of_the_users_replaces_ours_and_only_that(folder: Path) -> None:
    (folder / "pl" / "promise.txt").write_text("odpiszę {{ answer }}", encoding="utf-8")
    rendered = Templates(folder).acknowledgement(named_acknowledgements(Locale.PL)["in_hours"], Medium.EMAIL)
    assert rendered.promise == "Odpiszę dziś po 16:00"
    assert "Odpiszę dziś po 16:00." in rendered.text
    assert "Odpiszę dziś po 16:00." in rendered.html


def test_a_named_acknowledgement_is_taken_where_there_is_one(folder: Path, failures: list[Problem]) -> None:
    (folder / "pl" / "outage.txt").write_text("Wiem o awarii. {{ promise | sentence }}.", encoding="utf-8")
    (folder / "pl" / "outage.chat.txt").write_text("Wiem! {{ promise | sentence }}.", encoding="utf-8")
    templates = Templates(folder, failures.append)
    plain = named_acknowledgements(Locale.PL)["in_hours"]
    mail = templates.acknowledgement(plain, Medium.EMAIL, "outage")
    assert mail.text.startswith("Wiem o awarii. ")
    assert "Wiem o awarii. " in mail.html
    assert mail.promise[1:] in mail.text
    assert templates.acknowledgement(plain, Medium.CHAT, "outage").text.startswith("Wiem! ")
    english = named_acknowledgements(Locale.EN)["in_hours"]
    for other in (
        templates.acknowledgement(english, Medium.EMAIL, "outage"),
        OURS.acknowledgement(english, Medium.EMAIL, "x"),
    ):
        assert other == OURS.acknowledgement(english, Medium.EMAIL)
    assert failures == []


@pytest.mark.parametrize(
    ("text", "promised"),
    [
        pytest.param("{{ promise | sentence }}.", True, id="the whole sentence"),
        pytest.param("Odpisuję {{ answer }}.", True, id="the moment in words of her own"),
        pytest.param("Wiem o awarii.", False, id="nothing of it"),
    ],
)
def test_what_a_template_does_not_say_was_not_promised(folder: Path, text: str, promised: bool) -> None:
    for file in ("outage.txt", "outage.chat.txt"):
        (folder / "pl" / file).write_text(text, encoding="utf-8")
    for medium in Medium:
        rendered = Templates(folder).acknowledgement(named_acknowledgements(Locale.PL)["in_hours"], medium, "outage")
        assert bool(rendered.promise) is promised


def test_a_named_acknowledgement_that_fails_is_replaced_and_told(folder: Path, failures: list[Problem]) -> None:
    (folder / "pl" / "outage.txt").write_text("{{ nonsense }}", encoding="utf-8")
    plain = named_acknowledgements(Locale.PL)["in_hours"]
    rendered = Templates(folder, failures.append).acknowledgement(plain, Medium.EMAIL, "outage")
    assert rendered == OURS.acknowledgement(plain, Medium.EMAIL)
    assert [Path(failure.file).name for failure in failures] == ["outage.txt"]
    assert [Path(each.file).name for each in template_problems(folder, ["outage"])] == ["outage.txt"]
    assert template_problems(folder, ["../x", ""]) == []


def test_a_line_of_the_users_replaces_ours_and_only_that(folder: Path) -> None:
    (folder / "pl" / "reason.txt").write_text("regular: ot, zwykła sprawa\n", encoding="utf-8")
    templates = Templates(folder)
    assert templates.problems() == []
    assert templates.reason(Locale.PL, Reason("regular")) == "ot, zwykła sprawa"
    assert templates.reason(Locale.PL, Reason("harm", {"words": "x"})) == OURS.reason(
        Locale.PL, Reason("harm", {"words": "x"})
    )


def doubling(statement: str) -> str:
    return "{% set a = 'aaaaaaaaaa' %}" + statement * 60 + "{{ a | length }}"


BOMBS = [
    pytest.param("{{ 'a' * 10**9 }}", "* is for numbers", id="a long text"),
    pytest.param("{{ 9 ** 9 ** 9 }}", "too large", id="a large number"),
    pytest.param("{{ '%1000000000d' % 1 }}", "% is for numbers", id="a wide format"),
    pytest.param("{{ '{:1000000000}'.format(1) }}", "unsafe", id="a wider format"),
    pytest.param("{{ 'a'.ljust(10**9) }}", "unsafe", id="padding"),
    pytest.param("{{ 'a' | center(10**9) }}", "No filter named 'center'", id="centring"),
    pytest.param("{% for i in range(10**9) %}a{% endfor %}", "at most 1000", id="a long loop"),
    pytest.param(
        "{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}", "more than", id="loops in loops"
    ),
    pytest.param("{% for i in range(999) %}" + "a" * 999 + "{% endfor %}", "more than", id="a long output"),
    pytest.param(doubling("{% set a = a ~ a %}"), "more than", id="doubling by ~"),
    pytest.param(doubling("{% set a = a + a %}"), "without bound", id="doubling by +"),
    pytest.param(doubling("{% set a %}{{ a }}{{ a }}{% endset %}"), "more than", id="doubling by capture"),
    pytest.param(doubling("{% set a = [a, a] %}"), "plain values only", id="lists in lists"),
    pytest.param("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "without end", id="a macro in itself"),
    pytest.param("{% include 'promise.txt' %}", "without end", id="a file in itself"),
    pytest.param("{% set n = namespace(a=1) %}", "'namespace' is undefined", id="a namespace"),
    pytest.param("{{ ''.__class__.__mro__ }}", "unsafe", id="the way to the interpreter"),
    pytest.param("{% include '/etc/passwd' %}", "no template", id="a file elsewhere"),
    pytest.param("{% include '../../etc/passwd' %}", "no template", id="a file above"),
    pytest.param("{{ answer | safe }}", "No filter named 'safe'", id="switching off the escaping"),
    pytest.param("{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}", "too deeply", id="depth"),
    pytest.param("{{ nobody }}", "'nobody' is undefined", id="an unknown variable"),
    pytest.param("{% if %}", "Expected an expression", id="a slip"),
]


@pytest.mark.parametrize(("source", "what"), BOMBS)
def test_a_template_that_cannot_be_used_is_replaced_at_run_time_and_reported(
    folder: Path, failures: list[Problem], source: str, what: str
) -> None:
    file = folder / "pl" / "promise.txt"
    file.write_text(f"{{# mine #}}\n{source}", encoding="utf-8")
    templates = Templates(folder, failures.append)
    context = named_acknowledgements(Locale.PL)["in_hours"]
    assert templates.acknowledgement(context, Medium.EMAIL) == OURS.acknowledgement(context, Medium.EMAIL)
    [failure] = failures
    assert what in failure.what
    assert failure.file == str(file)
    if "deeply" not in what:
        assert failure.line == 2


def test_check_names_every_template_that_cannot_be_used(folder: Path) -> None:
    """All at once, each at its place, whichever sample brings it to light."""
    (folder / "pl" / "promise.txt").write_text("{{ 'a' * 10**9 }}", encoding="utf-8")
    (folder / "pl" / "alert.telegram.html").write_text("\n{{ nobody }}", encoding="utf-8")
    (folder / "pl" / "digest_item.telegram.html").write_text("{% if silence %}{{ oops }}{% endif %}", encoding="utf-8")
    (folder / "pl" / "trouble.html").write_text("# mine\nack_failed: {{ oops }}\n", encoding="utf-8")
    found = {(Path(problem.file).name, problem.line, problem.what) for problem in Templates(folder).problems()}
    assert found == {
        ("promise.txt", 1, "* is for numbers"),
        ("alert.telegram.html", 2, "'nobody' is undefined"),
        ("digest_item.telegram.html", 1, "'oops' is undefined"),
        ("trouble.html", 2, "'oops' is undefined; this line is told: contact, error, item"),
    }


def test_a_broken_line_is_named_by_its_number(folder: Path) -> None:
    file = folder / "pl" / "trouble.html"
    file.write_text("# mine\nack_stale: fine\nwhy_other: {{ oops }}\n", encoding="utf-8")
    [problem] = Templates(folder).problems()
    assert str(problem) == f"{file}:3:1: why_other: 'oops' is undefined"


def test_a_line_of_troubles_may_name_only_what_it_is_told(folder: Path) -> None:
    """Also where another line is told of it: one of an older version, say."""
    file = folder / "pl" / "trouble.html"
    file.write_text("ack_stale: {{ error }}\nmailbox_unreachable: {{ channel }}\n", encoding="utf-8")
    [problem] = Templates(folder).problems()
    what = "mailbox_unreachable: 'channel' is undefined; this line is told: address, error, since_at, why"
    assert str(problem) == f"{file}:2:1: {what}"


def test_a_line_that_is_none_is_named(folder: Path) -> None:
    file = folder / "pl" / "reason.txt"
    file.write_text("regular: fine\nno colon here\n", encoding="utf-8")
    problem = next(iter(Templates(folder).problems()))
    assert (problem.file, problem.line) == (str(file), 2)
    assert "code: text" in problem.what


@pytest.mark.parametrize(
    ("content", "what"),
    [
        pytest.param(b"  \n ", "renders to nothing", id="empty"),
        pytest.param(b"za\xbf\xf3\xb3\xe6", "cannot be read", id="not UTF-8"),
        pytest.param(b"a" * 70_000, "longer than", id="a huge file"),
        pytest.param(b"a" * 30_000, "renders to more than", id="a huge text"),
    ],
)
def test_a_file_that_no_client_should_get_is_replaced(
    folder: Path, failures: list[Problem], content: bytes, what: str
) -> None:
    (folder / "pl" / "acknowledgement.txt").write_bytes(content)
    context = named_acknowledgements(Locale.PL)["in_hours"]
    rendered = Templates(folder, failures.append).acknowledgement(context, Medium.EMAIL)
    assert rendered == OURS.acknowledgement(context, Medium.EMAIL)
    assert what in failures[0].what


def test_a_link_out_of_the_folder_leads_nowhere(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    (folder / "pl" / "promise.txt").symlink_to(secret)
    context = named_acknowledgements(Locale.PL)["in_hours"]
    assert "secret" not in Templates(folder).acknowledgement(context, Medium.CHAT).text


def test_a_folder_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    templates = Templates(tmp_path / "nowhere")
    context = named_acknowledgements(Locale.EN)["in_hours"]
    assert templates.acknowledgement(context, Medium.CHAT) == OURS.acknowledgement(context, Medium.CHAT)
