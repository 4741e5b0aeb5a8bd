"""What the history says of acknowledgements before, counted for the limits."""

import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.builders import FRIDAY, HOUR, Seen, acknowledged, chat, cursor, mail, of_firma, silent
from triage_bot.core.history import History
from triage_bot.core.messages import IncomingMessage
from triage_bot.store.drafts import Plan
from triage_bot.store.store import Store


def test_earlier_messages_of_the_batch_count(store: Store) -> None:
    plan = Seen()
    store.record([mail(1), mail(2), mail(3, "anna@firma.pl"), mail(4, "x@else.example")], cursor(), plan)
    assert [h.contact_last_hour for h in plan.histories] == [0, 1, 0, 0]
    assert [h.domain_last_hour for h in plan.histories] == [0, 1, 2, 0]
    assert [h.all_last_hour for h in plan.histories] == [0, 1, 2, 3]


def test_what_was_not_acknowledged_does_not_count(store: Store) -> None:
    store.record([mail(1)], cursor(), silent)
    plan = Seen()
    store.record([mail(2)], cursor(), plan)
    assert plan.histories[0] == History()


def test_an_acknowledgement_counts_whether_or_not_it_left(store: Store) -> None:
    store.record([mail(1)], cursor(), acknowledged)
    [entry] = store.claim(["mail"], FRIDAY, 1, HOUR, "w")
    store.give_up(entry.id, FRIDAY, "550")
    plan = Seen()
    store.record([mail(2)], cursor(), plan)
    assert plan.histories[0].contact_last_hour == 1


def test_a_sender_that_could_not_be_read_has_no_history(store: Store) -> None:
    plan = Seen()
    store.record([mail(1, ""), mail(2, "")], cursor(), plan)
    assert (plan.histories[1].contact_last_day, plan.histories[1].domain_last_hour) == (0, 0)


def test_a_chat_counts_by_its_id_and_has_no_domain(store: Store) -> None:
    plan = Seen()
    store.record([chat(1), chat(2)], cursor(), plan)
    assert (plan.histories[1].contact_last_day, plan.histories[1].domain_last_hour) == (1, 0)


def test_the_same_text_is_remembered_for_its_sender(store: Store) -> None:
    earlier = FRIDAY - HOUR
    store.record([mail(1, text="Gdzie raport?", received_at=earlier)], cursor(), acknowledged)
    plan = Seen()
    batch = [mail(2, text=" Gdzie raport?\n"), mail(3, "anna@firma.pl", text="Gdzie raport?"), mail(4, text="")]
    store.record(batch, cursor(), plan)
    assert [h.same_text_at for h in plan.histories] == [earlier, None, None]


@pytest.mark.parametrize(("ago", "within", "known"), [(3, 3, True), (3, 1, False), (40, 40, True), (-1, 1, True)])
def test_the_same_text_is_remembered_as_long_as_it_counts(store: Store, ago: int, within: int, known: bool) -> None:
    """In days; the clock of a server may be ahead."""
    earlier = FRIDAY - ago * timedelta(days=1)
    store.record([mail(1, text="Gdzie raport?", received_at=earlier)], cursor(), acknowledged, at=FRIDAY)
    plan, span = Seen(), timedelta(days=within)
    store.record([mail(2, text="Gdzie raport?")], cursor(), plan, at=FRIDAY, same_text_within=span)
    assert plan.histories[0].same_text_at == (earlier if known else None)


@dataclass(frozen=True)
class Arrival:
    sender: str
    at: datetime
    answered: bool


ARRIVALS = st.lists(
    st.builds(
        Arrival,
        sender=st.sampled_from(["a@x.example", "b@x.example", "c@y.example"]),
        at=st.integers(0, 30 * 12).map(lambda steps: FRIDAY + steps * timedelta(minutes=5)),
        answered=st.booleans(),
    ),
    max_size=25,
).map(lambda arrivals: sorted(arrivals, key=lambda each: each.at))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(arrivals=ARRIVALS, size=st.integers(1, 6))
def test_the_counts_are_those_of_a_plain_list_however_messages_are_batched(arrivals: list[Arrival], size: int) -> None:
    """A batch is recorded at one moment: that of its last message."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(f"sqlite:///{Path(folder)}/a.db", exclusive=False)
        try:
            answered: list[Arrival] = []
            for start in range(0, len(arrivals), size):
                group = arrivals[start : start + size]
                at = group[-1].at
                kinds = {f"INBOX/1/{start + i}": each.answered for i, each in enumerate(group)}

                def plan(message: IncomingMessage, history: History, kinds: dict[str, bool] = kinds) -> Plan:
                    return (acknowledged if kinds[message.key] else silent)(message, history)

                seen = Seen(plan)
                store.record([mail(start + i, each.sender) for i, each in enumerate(group)], cursor(1, at), seen)
                for each, history in zip(group, seen.histories, strict=True):
                    assert_counts(history, answered, each.sender, at)
                    if each.answered:
                        answered.append(Arrival(each.sender, at, True))
        finally:
            store.close()


def assert_counts(history: History, answered: list[Arrival], sender: str, at: datetime) -> None:
    hour = [each for each in answered if each.at > at - HOUR]
    domain = sender.partition("@")[2]
    assert history.contact_last_hour == sum(each.sender == sender for each in hour)
    assert history.contact_last_day == sum(e.sender == sender for e in answered if e.at > at - 24 * HOUR)
    assert history.domain_last_hour == sum(each.sender.endswith(f"@{domain}") for each in hour)
    assert history.all_last_hour == len(hour)


def test_the_thread_remembers_its_newest_acknowledgement(store: Store) -> None:
    plan = Seen()
    store.record([mail(1)], cursor(), plan, client_of=of_firma)
    later = FRIDAY + HOUR
    reply = mail(2, refs=("1@firma.pl",))
    store.record([reply], cursor(2, later), plan, client_of=of_firma)
    store.record([mail(3, refs=("2@firma.pl",))], cursor(3, later + HOUR), plan, client_of=of_firma)
    assert [h.thread_acknowledged_at for h in plan.histories] == [None, FRIDAY, later]
