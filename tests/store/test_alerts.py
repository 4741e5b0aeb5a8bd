"""What waits to be told, on every database."""

from datetime import timedelta

from tests.store.builders import FRIDAY, HOUR, MINUTE, entry
from triage_bot.store.alerts import Alert
from triage_bot.store.drafts import EntryKind
from triage_bot.store.store import Store

ALERT = Alert("Kate", "ack_failed", {"contact": "Nowak", "error": "550"}, (entry("1000", kind=EntryKind.ALERT),))
UNTELLABLE = Alert("Kate", "ack_failed", {"contact": "Lis", "error": "550"})


def told(store: Store) -> int:
    """How many entries tell of something that was not told before."""
    return len(store.claim(["mail"], FRIDAY + 9 * HOUR, 99, MINUTE, "w"))


def test_so_many_are_told_and_the_rest_waits(store: Store) -> None:
    assert [store.tell(ALERT, FRIDAY, most=2) for _ in range(4)] == [True, True, False, False]
    assert [alert.details for alert in store.waiting_alerts().values()] == [ALERT.details] * 2
    assert store.tell(ALERT, FRIDAY + HOUR, most=1)


def test_what_nothing_can_tell_waits_and_is_no_part_of_the_hour(store: Store) -> None:
    assert not store.tell(UNTELLABLE, FRIDAY, most=1)
    assert store.tell(ALERT, FRIDAY, most=1)
    assert [alert.details["contact"] for alert in store.waiting_alerts().values()] == ["Lis"]


def test_what_waits_is_told_together_once_in_a_span(store: Store) -> None:
    for _ in range(2):
        store.tell(UNTELLABLE, FRIDAY, most=1)
    first, second = store.waiting_alerts()
    assert store.tell_together([first], ALERT.entries, HOUR, FRIDAY)
    assert not store.tell_together([second], ALERT.entries, HOUR, FRIDAY + HOUR - MINUTE)
    assert list(store.waiting_alerts()) == [second]
    assert store.tell_together([second], ALERT.entries, HOUR, FRIDAY + HOUR)
    assert store.waiting_alerts() == {}


def test_what_is_told_seldom_is_told_once_in_a_span_and_again_after_a_clock_that_was_wrong(store: Store) -> None:
    def tells(at: timedelta) -> bool:
        return store.tell_seldom(ALERT, HOUR, FRIDAY + at, most=99)

    moments = [0 * HOUR, MINUTE, HOUR - MINUTE, HOUR, -2 * HOUR]
    assert [tells(moment) for moment in moments] == [True, False, False, True, True]


def test_an_outage_is_told_once_and_forgotten_with_its_channel(store: Store) -> None:
    for source in ("kontakt/INBOX", "smtp:kontakt", "alt/INBOX"):
        store.note_outage(source, FRIDAY)
    assert store.tell_outages(["kontakt/INBOX", "smtp:kontakt"], ALERT, FRIDAY, most=9)
    assert not store.tell_outages(["kontakt/INBOX", "smtp:kontakt"], ALERT, FRIDAY, most=9)
    store.keep_outages({"kontakt"})
    assert set(store.outages()) == {"kontakt/INBOX", "smtp:kontakt"}
    assert store.end_outages(["kontakt/INBOX"], ALERT, FRIDAY, most=9)
    assert not store.end_outages(["kontakt/INBOX"], ALERT, FRIDAY, most=9)
    assert told(store) == 2
