"""She says when she is away, and when she wants nobody to be acknowledged."""

from datetime import date

from triage_bot.core.absence_dates import absence_dates
from triage_bot.core.telegram_text import escape
from triage_bot.desk.visit import Answer, Visit
from triage_bot.wording import Preposition, day

TEXT_LIMIT = 500


def away(visit: Visit, rest: str) -> Answer:
    today = _today(visit)
    if not rest:
        return _planned(visit, today)
    try:
        first_on, last_on, text = absence_dates(rest, visit.locale, today)
    except ValueError:
        return visit.say("away_usage")
    if last_on < today:
        return visit.say("away_past", last=_day(visit, last_on, Preposition.NONE))
    said = " ".join(text.split())[:TEXT_LIMIT]
    planned = visit.store.absences(visit.assistant.name, today)
    if not any((each.first_on, each.last_on, each.text) == (first_on, last_on, said) for each in planned):
        visit.store.announce_away(visit.assistant.name, first_on, last_on, said, visit.now, visit.once)
    answer = visit.say(
        "away_noted",
        first=_day(visit, first_on, Preposition.NONE),
        last=_day(visit, last_on, Preposition.NONE),
        text=said,
        one="yes" if first_on == last_on else "",
    )
    return Answer(answer.blocks, renew=True)


def back(visit: Visit, rest: str) -> Answer:
    ended = visit.store.come_back(visit.assistant.name, _today(visit), visit.now, visit.once)
    if ended is None:
        return visit.say("back_nothing")
    code = "back_noted" if ended.first_on <= _today(visit) else "back_cancelled"
    said = visit.say(
        code,
        first=_day(visit, ended.first_on, Preposition.NONE),
        last=_day(visit, ended.last_on, Preposition.NONE),
    )
    return Answer(said.blocks, renew=True)


def pause(visit: Visit, rest: str) -> Answer:
    changed = visit.store.pause(visit.assistant.name, visit.now, visit.once)
    return Answer(visit.say("paused" if changed else "paused_before").blocks, renew=changed)


def resume(visit: Visit, rest: str) -> Answer:
    changed = visit.store.resume(visit.assistant.name, visit.now, visit.once)
    return Answer(visit.say("resumed" if changed else "resumed_before").blocks, renew=changed)


def _planned(visit: Visit, today: date) -> Answer:
    planned = visit.store.absences(visit.assistant.name, today)
    lines = [
        visit.words(
            "away_line",
            first=_day(visit, each.first_on, Preposition.NONE),
            last=_day(visit, each.last_on, Preposition.NONE),
            text=each.text,
            one="yes" if each.first_on == each.last_on else "",
        )
        for each in planned[:10]
    ]
    usage = visit.say("away_usage")
    if not lines:
        return usage
    return Answer((escape("\n".join(lines)), *usage.blocks))


def _today(visit: Visit) -> date:
    return visit.now.astimezone(visit.assistant.zone).date()


def _day(visit: Visit, on: date, preposition: Preposition) -> str:
    return day(on, today=_today(visit), locale=visit.locale, preposition=preposition)
