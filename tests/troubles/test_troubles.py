"""Trouble with what was to go to clients: all of it is told, and never in a flood."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.store.builders import acknowledged, cursor, mail
from tests.troubles.her import MOST_AN_HOUR, NOW, Her
from triage_bot.clock import HandClock
from triage_bot.core.history import History
from triage_bot.core.messages import IncomingMessage, Medium, OutgoingMessage
from triage_bot.outbox import Trouble, TroubleKind
from triage_bot.store.alerts import HOUR, Alert
from triage_bot.store.drafts import Entry, EntryKind, EntryState, Plan
from triage_bot.templates import VALUE_LIMIT
from triage_bot.troubles import TOGETHER_EVERY, together

KILLED = "the program was killed"
LONGEST = 4096  # characters that Telegram takes


def trouble(number: int, kind: TroubleKind = TroubleKind.FAILED, what: str = "550 no such user") -> Trouble:
    message = OutgoingMessage(Medium.EMAIL, f"client{number}@firma.example", "Thank you.")
    entry = Entry(number, EntryKind.ACK, "m01", message, EntryState.HANDING_OVER, NOW, None, None, 0, NOW)
    return Trouble(entry, kind, what)


def of_client(her: Her, number: int, client: str) -> Trouble:
    """Trouble with the acknowledgement of an item of that client."""

    def plan(message: IncomingMessage, history: History) -> Plan:
        made = acknowledged(message, history)
        assert made.item is not None
        return replace(made, item=replace(made.item, client=client), entries=())

    [recorded] = her.store.record([mail(number, f"{number}@firma.example")], cursor(number), plan)
    found = trouble(number, TroubleKind.IN_DOUBT, KILLED)
    return replace(found, entry=replace(found.entry, item_id=recorded.item_id))


async def test_what_one_kill_put_in_doubt_is_one_message_to_each_assistant(her: Her) -> None:
    nowak, also_nowak, lis = (of_client(her, n, client) for n, client in enumerate(["Nowak", "Nowak", "Lis"], 1))
    await her.troubles().undelivered(nowak, lis, also_nowak)
    kate, ewa = her.hears()
    assert "Unclear whether the acknowledgement arrived</b>: Nowak (#1), Nowak (#2)." in kate
    assert "Unclear whether the acknowledgement arrived</b>: Lis (#3)." in ewa
    assert kate.endswith(f"Technical details: “{KILLED}”")


async def test_trouble_of_an_assistant_without_a_chat_is_told_to_the_first_one(her: Her) -> None:
    lis = of_client(her, 1, "Wolna")
    await her.troubles().undelivered(lis)
    [kate] = her.hears()
    assert "Wolna (#1)" in kate
    assert her.writes_to == {"1000"}


async def test_the_first_of_an_hour_come_one_by_one_the_rest_together_and_none_is_forgotten(her: Her) -> None:
    troubles = her.troubles()
    for number in range(MOST_AN_HOUR + 60):
        await troubles.undelivered(trouble(number))
    alone = her.hears()
    assert len(alone) == MOST_AN_HOUR
    await troubles.tell_the_rest()
    rest = her.hears()
    assert len(rest) <= 2
    assert all(len(text) <= LONGEST for text in rest)
    said = "".join((*alone, *rest))
    assert all(said.count(f"client{number}@") == 1 for number in range(MOST_AN_HOUR + 60))
    await troubles.tell_the_rest()
    assert her.hears() == []


async def test_what_comes_together_comes_every_ten_minutes_at_most(her: Her) -> None:
    troubles = her.troubles()
    for number in range(MOST_AN_HOUR + 1):
        await troubles.undelivered(trouble(number))
    await troubles.tell_the_rest()
    her.hears()
    await troubles.undelivered(trouble(90))
    her.clock.move(TOGETHER_EVERY - timedelta(seconds=1))
    await troubles.tell_the_rest()
    assert her.hears() == []
    await troubles.undelivered(trouble(91, TroubleKind.IN_DOUBT))
    her.clock.move(timedelta(seconds=1))
    await troubles.tell_the_rest()
    [rest] = her.hears()
    failed, in_doubt = rest.split("\n\n")
    assert "client90@firma.example" in failed
    assert "client91@firma.example" in in_doubt


async def test_an_hour_later_they_come_one_by_one_again(her: Her) -> None:
    troubles = her.troubles()
    for number in range(MOST_AN_HOUR):
        await troubles.undelivered(trouble(number))
    her.hears()
    her.clock.move(HOUR)
    await troubles.undelivered(trouble(90))
    assert len(her.hears()) == 1


async def test_all_workers_together_and_all_starts_tell_so_many_within_an_hour(her: Her) -> None:
    for number in range(MOST_AN_HOUR + 2):
        await her.troubles().undelivered(trouble(number))
    assert len(her.hears()) == MOST_AN_HOUR
    for troubles in (her.troubles(), her.troubles()):
        await troubles.tell_the_rest()
    [rest] = her.hears()
    assert f"client{MOST_AN_HOUR}@firma.example, client{MOST_AN_HOUR + 1}@firma.example" in rest


async def test_how_many_come_one_by_one_can_be_said(her: Her) -> None:
    troubles = her.troubles(most_an_hour=2)
    for number in range(3):
        await troubles.undelivered(trouble(number))
    assert len(her.hears()) == 2


async def test_a_configuration_that_was_refused_again_and_again_is_told_once_among_the_rest(her: Her) -> None:
    troubles = her.troubles(most_an_hour=1)
    for _ in range(4):
        await troubles.config_refused("config.yaml:3:1: hours: what is that?")
    assert len(her.hears()) == 1
    await troubles.tell_the_rest()
    [rest] = her.hears()
    assert rest.count("config.yaml:3:1") == 1


async def test_a_clock_that_was_ahead_by_a_year_holds_nothing_back(her: Her) -> None:
    right, her.clock = her.clock, HandClock(NOW + timedelta(days=365))
    for number in range(MOST_AN_HOUR + 1):
        await her.troubles().undelivered(trouble(number))
    await her.troubles().tell_the_rest()
    her.hears()
    her.clock = right
    for number in range(50, 50 + MOST_AN_HOUR + 1):
        await her.troubles().undelivered(trouble(number))
    assert len(her.hears()) == MOST_AN_HOUR
    await her.troubles().tell_the_rest()
    assert len(her.hears()) == 1


async def test_what_waits_when_nobody_has_a_chat_any_more_waits_on(her: Her) -> None:
    for number in range(2):
        await her.troubles(most_an_hour=1).undelivered(trouble(number))
    her.hears()
    await her.without_chats().tell_the_rest()
    await her.troubles().tell_the_rest()
    [rest] = her.hears()
    assert "client1@firma.example" in rest


async def test_hundreds_that_servers_refused_in_so_many_words_are_a_few_messages(her: Her) -> None:
    troubles = her.troubles(most_an_hour=1)
    for number in range(301):
        await troubles.undelivered(trouble(number, what=f"550 5.1.1 no such user, see {number * 7919}"))
    her.hears()
    await troubles.tell_the_rest()
    rest = her.hears()
    assert len(rest) <= 10
    said = "".join(rest)
    assert all(f"client{number}@" in said for number in range(1, 301))
    assert "see 7919; 550 5.1.1 no such user, see 15838; " in said


ALERTS = st.lists(
    st.builds(
        lambda number, code, error: Alert(
            "Kate", code, {"contact": f"c{number}", "item": str(number), "error": error}, item_id=number
        ),
        st.integers(1, 200),
        st.sampled_from(["ack_failed", "ack_in_doubt"]),
        st.sampled_from(["no answer", "no such user"]),
    ),
    max_size=120,
    unique_by=lambda alert: alert.item_id,
)


@given(ALERTS)
def test_told_together_or_not_each_is_named_once_beside_those_of_the_same_kind(alerts: list[Alert]) -> None:
    told = {}
    for one in together(alerts):
        names = one.details["contact"].split(", ")
        assert len(one.details["contact"]) <= VALUE_LIMIT
        if len(names) == 1:
            assert one in alerts
            names = [f"{one.details['contact']} (#{one.details['item']})"]
        for name in names:
            assert name not in told
            told[name] = one.code, one.details["error"]
    assert told == {f"c{a.item_id} (#{a.item_id})": (a.code, a.details["error"]) for a in alerts}
