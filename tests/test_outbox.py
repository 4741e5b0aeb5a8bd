"""The outbox at work with several lanes: who is written to when, and what is on the disk meanwhile."""

import asyncio
import contextlib
import threading
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from triage_bot import handover as notes
from triage_bot import outbox as outboxes
from triage_bot.clock import HandClock
from triage_bot.core.messages import Medium, OutgoingMessage
from triage_bot.core.quota import Quota
from triage_bot.errors import ChannelFailure, DatabaseFull, EntryTaken, FailureKind, PermanentFailure, TemporaryFailure
from triage_bot.handover import Handover
from triage_bot.outbox import BATCH, WORTH_A_LANE, Outbox, RetrySettings, Trouble
from triage_bot.standstill import LONGEST, nobody_to_tell
from triage_bot.store.drafts import Claim, Entry, EntryDraft, EntryKind, EntryState
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.trays import Bell, Tray

NOW = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
MANY = 4 * WORTH_A_LANE
LANES = 4
LEASE = timedelta(minutes=5)


class WatchedStore(Store):
    """Remembers every commit of the hot path, and how many entries could be in doubt after each."""

    commits: list[tuple[list[int], list[int]]]  # noted as sent, begun
    worst = 0
    full: int  # commits that will fail

    def advance(
        self,
        sent: Sequence[tuple[int, datetime, str]],
        handing_over: Sequence[tuple[int, datetime]],
        *,
        worker: str = "",
    ) -> None:
        if self.full:
            self.full -= 1
            raise DatabaseFull("the disk is full")
        try:
            super().advance(sent, handing_over, worker=worker)
        finally:
            self.commits.append(([entry for entry, *_ in sent], [entry for entry, _ in handing_over]))
            self.worst = max(self.worst, self.states()["handing_over"])

    def states(self) -> Counter[str]:
        with self._read() as connection:
            return Counter(connection.exec_driver_sql("SELECT state FROM outbox").scalars())

    def put(self, *recipients: str) -> list[int]:
        drafts = [
            EntryDraft(EntryKind.ACK, "mail", OutgoingMessage(Medium.EMAIL, recipient, f"{number}"), NOW)
            for number, recipient in enumerate(recipients)
        ]
        return self.enqueue(drafts)


class Scribe:
    """A courier that writes down what it is asked for, and takes a few turns of the loop for each message."""

    name = "mail"

    def __init__(self, before: Callable[[str], None] = lambda _: None) -> None:
        self.delivered: list[tuple[str, str]] = []
        self.under_way: Counter[str] = Counter()
        self.most_at_once = 0
        self._before = before

    async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
        self.under_way[message.to] += 1
        self.most_at_once = max(self.most_at_once, self.under_way.total())
        assert self.under_way[message.to] == 1, "two messages to one person at once"
        try:
            await asyncio.sleep(0.001)
            self._before(message.to)
            await before_commitment()
            await asyncio.sleep(0.001)
            self.delivered.append((message.to, message.text))
        finally:
            self.under_way[message.to] -= 1
        return "250 taken"

    async def close(self) -> None:
        assert not self.under_way.total()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[WatchedStore]:
    opened = WatchedStore.open(f"sqlite:///{tmp_path}/triage.db", exclusive=True)
    opened.commits, opened.full = [], 0
    yield opened
    opened.close()


@pytest.fixture
def writer() -> Iterator[Writer]:
    opened = Writer()
    yield opened
    opened.close()


RETRIES = RetrySettings(timedelta(seconds=30), timedelta(minutes=30), timedelta(hours=6))


async def no_trouble(trouble: Trouble) -> None:
    raise AssertionError(trouble)


@contextlib.asynccontextmanager
async def delivering(
    store: Store,
    writer: Writer,
    courier: Scribe,
    lanes: int,
    clock: HandClock | None = None,
    sending: Callable[[str, ChannelFailure | None], None] = nobody_to_tell,
    bell: Bell | None = None,
    quota: Quota | None = None,
) -> AsyncIterator[Outbox]:
    clock, bell, quotas = clock or HandClock(NOW), bell or Bell(), {"mail": quota} if quota else {}
    outbox = Outbox(store, writer, clock, bell, RETRIES, LEASE, lambda: 1.0, no_trouble, quotas=quotas, sending=sending)
    loop = asyncio.create_task(outbox.deliver(courier, lanes))
    try:
        yield outbox
    finally:
        outbox.stop()
        await loop


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.005)


def people(number: int) -> list[str]:
    return [f"client{n}@nowak.example" for n in range(number)]


async def test_many_people_are_written_to_at_once_but_no_more_than_there_are_lanes(
    store: WatchedStore, writer: Writer
) -> None:
    store.put(*people(MANY))
    courier = Scribe()
    async with delivering(store, writer, courier, LANES):
        await until(lambda: store.states()["sent"] == MANY)
    assert courier.most_at_once == LANES
    assert len(courier.delivered) == MANY


async def test_a_few_are_written_to_one_after_the_other(store: WatchedStore, writer: Writer) -> None:
    """Further connections would cost more than they save."""
    store.put(*people(WORTH_A_LANE))
    courier = Scribe()
    async with delivering(store, writer, courier, LANES):
        await until(lambda: store.states()["sent"] == WORTH_A_LANE)
    assert courier.most_at_once == 1


async def test_each_gets_her_messages_in_their_order(store: WatchedStore, writer: Writer) -> None:
    """Also over several rounds: more wait than are claimed at once."""
    recipients = people(MANY) * (2 * BATCH * LANES // MANY + 1)
    store.put(*recipients)
    courier = Scribe()
    async with delivering(store, writer, courier, LANES):
        await until(lambda: store.states()["sent"] == len(recipients))
    for person in people(MANY):
        texts = [int(text) for to, text in courier.delivered if to == person]
        assert texts == sorted(texts)
        assert len(texts) == len(recipients) // MANY


async def test_at_most_one_entry_a_lane_can_be_in_doubt_and_lanes_share_their_commits(
    store: WatchedStore, writer: Writer
) -> None:
    entries = store.put(*people(MANY))
    async with delivering(store, writer, Scribe(), LANES):
        await until(lambda: store.states()["sent"] == MANY)
    assert 1 <= store.worst <= LANES
    assert sorted(entry for _, begun in store.commits for entry in begun) == entries
    assert len(store.commits) < MANY
    noted: set[int] = set()
    for sent, begun in store.commits:
        noted.update(sent)
        assert noted.isdisjoint(begun)


async def test_what_is_withdrawn_meanwhile_is_not_sent_and_holds_up_nobody(store: WatchedStore, writer: Writer) -> None:
    first, *_, last = store.put(*people(MANY))

    def withdraw(_: str) -> None:
        for entry in (first, last):
            store.drop(entry, NOW, "answered")

    courier = Scribe(withdraw)
    async with delivering(store, writer, courier, LANES):
        await until(lambda: store.states()["sent"] == MANY - 2)
    assert store.states() == {"sent": MANY - 2, "dropped": 2}
    assert len(courier.delivered) == MANY - 2


async def test_when_the_disk_is_full_nothing_leaves_and_later_everything_does_once(
    store: WatchedStore, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "AFTER_STORE_TROUBLE", 0.01)
    store.full = 3
    store.put(*people(MANY))
    courier = Scribe()
    async with delivering(store, writer, courier, LANES):
        await until(lambda: store.states()["sent"] == MANY)
    assert sorted(to for to, _ in courier.delivered) == sorted(people(MANY))


async def test_stopped_in_the_middle_the_rest_stays_for_the_next_start(store: WatchedStore, writer: Writer) -> None:
    store.put(*people(MANY))
    courier = Scribe()
    async with delivering(store, writer, courier, LANES) as outbox:
        await until(lambda: len(courier.delivered) >= LANES)
        outbox.stop()
    states = store.states()
    assert states["handing_over"] == 0
    assert states["sent"] == len(courier.delivered) < MANY


# The notes by themselves


def claimed(store: Store, recipients: list[str]) -> list[Entry]:
    assert isinstance(store, WatchedStore)
    store.put(*recipients)
    return store.claim(["mail"], NOW, 99, LEASE, "mail")


async def test_who_begins_while_another_commits_shares_the_next_commit(store: WatchedStore, writer: Writer) -> None:
    entries = claimed(store, people(5))
    handover = Handover(store, writer, HandClock(NOW), "mail")
    first = asyncio.create_task(handover.begin(entries[0]))
    await asyncio.sleep(0)
    await asyncio.gather(first, *(handover.begin(entry) for entry in entries[1:]))
    assert sum(len(begun) for _, begun in store.commits) == 5
    assert len(store.commits) <= 2


async def test_lanes_that_are_still_sending_are_waited_for(store: WatchedStore, writer: Writer) -> None:
    entries = claimed(store, people(4))
    handover = Handover(store, writer, HandClock(NOW), "mail")
    with contextlib.ExitStack() as lanes:
        for _ in entries:
            lanes.enter_context(handover.lane())
        begins = []
        for entry in entries:
            begins.append(asyncio.create_task(handover.begin(entry)))
            await asyncio.sleep(0)
        await asyncio.gather(*begins)
    assert store.commits == [([], [entry.id for entry in entries])]


async def test_a_lane_that_does_not_come_holds_up_nobody(store: WatchedStore, writer: Writer) -> None:
    entries = claimed(store, people(2))
    handover = Handover(store, writer, HandClock(NOW), "mail")
    with handover.lane(), handover.lane():
        async with asyncio.timeout(PATIENCE):
            await handover.begin(entries[0])
    assert store.commits == [([], [entries[0].id])]


async def test_one_that_is_taken_is_refused_and_those_beside_it_begin(store: WatchedStore, writer: Writer) -> None:
    entries = claimed(store, people(3))
    store.drop(entries[1].id, NOW, "answered")
    handover = Handover(store, writer, HandClock(NOW), "mail")
    results = await asyncio.gather(*(handover.begin(entry) for entry in entries), return_exceptions=True)
    assert [type(result) for result in results] == [type(None), EntryTaken, type(None)]
    assert store.states()["handing_over"] == 2


async def test_a_note_that_could_not_be_written_goes_with_the_next(
    store: WatchedStore, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notes, "FLUSH_AFTER", 60.0)
    entries = claimed(store, people(3))
    handover = Handover(store, writer, HandClock(NOW), "mail")
    await handover.begin(entries[0])
    handover.succeeded(entries[0], "250 taken")
    store.full = 1
    with pytest.raises(DatabaseFull):
        await handover.begin(entries[1])
    await handover.begin(entries[2])
    assert store.commits[-1] == ([entries[0].id], [entries[2].id])
    await handover.close()


async def test_a_handover_that_is_cancelled_before_its_commit_leaves_no_trace(
    store: WatchedStore, writer: Writer
) -> None:
    entries = claimed(store, people(3))
    handover = Handover(store, writer, HandClock(NOW), "mail")
    hold = threading.Event()
    held = asyncio.create_task(writer.call(hold.wait))
    begins = [asyncio.create_task(handover.begin(entries[0]))]
    await asyncio.sleep(0.01)  # its commit waits for the thread, the others for their turn
    begins += [asyncio.create_task(handover.begin(entry)) for entry in entries[1:]]
    await asyncio.sleep(0)
    begins[2].cancel()
    await asyncio.wait([begins[2]])
    hold.set()
    await asyncio.gather(held, begins[0], begins[1])
    assert [begun for _, begun in store.commits] == [[entries[0].id], [entries[1].id]]


async def test_what_was_sent_is_noted_soon_also_if_nothing_follows(store: WatchedStore, writer: Writer) -> None:
    (entry,) = claimed(store, people(1))
    handover = Handover(store, writer, HandClock(NOW), "mail")
    await handover.begin(entry)
    handover.succeeded(entry, "250 taken")
    await until(lambda: store.states()["sent"] == 1)
    await handover.close()


async def test_a_courier_that_comes_back_counts_what_others_sent_by_it_meanwhile(
    store: WatchedStore, writer: Writer
) -> None:
    """The hour of its provider is everybody's."""

    def worker(name: str) -> Outbox:
        quotas = {"mail": Quota(per_hour=3)}
        clock, bell = HandClock(NOW), Bell()
        return Outbox(store, writer, clock, bell, RETRIES, LEASE, lambda: 0.5, no_trouble, quotas=quotas, worker=name)

    async def has_it(outbox: Outbox, sent: int) -> None:
        """Until so many have been sent, and then some."""
        delivering = asyncio.create_task(outbox.deliver(courier))
        await until(lambda: store.states()["sent"] >= sent)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.wait([delivering])
        delivering.cancel()
        await asyncio.wait([delivering])

    courier, first, second = Scribe(), worker("first"), worker("second")
    store.put(*people(1))
    await has_it(first, 1)
    store.put(*people(2))
    await has_it(second, 3)
    store.put(*people(3))
    await has_it(first, 3)
    assert len(courier.delivered) == 3


@pytest.mark.parametrize(
    "failure",
    [
        PermanentFailure("login was refused", kind=FailureKind.LOGIN_REFUSED),
        TemporaryFailure("cannot be reached", kind=FailureKind.UNREACHABLE),
    ],
    ids=lambda failure: failure.kind,
)
async def test_while_a_courier_cannot_work_one_entry_at_a_time_tries_and_none_is_given_up(
    store: WatchedStore, writer: Writer, failure: ChannelFailure
) -> None:
    attempts: list[str] = []
    told: list[ChannelFailure | None] = []
    works = False

    def before(recipient: str) -> None:
        attempts.append(recipient)
        if not works:
            raise failure

    store.put(*people(MANY), *people(MANY))
    clock, courier = HandClock(NOW), Scribe(before)
    async with delivering(store, writer, courier, LANES, clock, lambda _, what: told.append(what)):
        await until(lambda: 1 <= len(attempts) <= LANES and len(told) == len(attempts))
        for _ in range(2 * RETRIES.give_up_after // RETRIES.most):
            met = len(attempts)
            clock.move(RETRIES.most)
            await until(lambda met=met: len(attempts) > met)
            assert len(attempts) == met + 1
        assert store.states() == {"waiting": 2 * MANY}
        works = True
        clock.move(RETRIES.most)
        await until(lambda: store.states()["sent"] == 2 * MANY)
    for person in people(MANY):
        first, second = (int(text) for to, text in courier.delivered if to == person)
        assert first < second
    assert told[-1] is None
    assert told.count(None) == 1


async def test_the_quota_of_a_provider_holds_also_after_a_standstill(store: WatchedStore, writer: Writer) -> None:
    class Unlucky(Scribe):
        """Its server goes away in the middle."""

        async def hand_over(self, message: OutgoingMessage, before_commitment: Callable[[], Awaitable[None]]) -> str:
            await super().hand_over(message, before_commitment)
            raise TemporaryFailure("gone", kind=FailureKind.UNREACHABLE)

    store.put(*people(3))
    clock, courier, bell = HandClock(NOW), Unlucky(), Bell()
    quotas = {"mail": Quota(per_hour=2)}
    outbox = Outbox(store, writer, clock, bell, RETRIES, LEASE, lambda: 1.0, no_trouble, quotas=quotas)
    loop = asyncio.create_task(outbox.deliver(courier))
    for tried in (1, 2):
        await until(lambda tried=tried: len(courier.delivered) == tried and store.states()["waiting"] == 3)
        clock.move(timedelta(minutes=5))
    bell.ring()
    await asyncio.sleep(0.1)
    assert len(courier.delivered) == 2
    outbox.stop()
    await loop


async def test_what_is_wrong_with_one_entry_lets_the_others_go_on(store: WatchedStore, writer: Writer) -> None:
    first, *_ = people(MANY)

    def before(recipient: str) -> None:
        if recipient == first:
            raise TemporaryFailure("greylisted")

    store.put(*people(MANY))
    async with delivering(store, writer, Scribe(before), LANES):
        await until(lambda: store.states()["sent"] == MANY - 1)
    assert store.states()["waiting"] == 1


def given(store: WatchedStore, claim: Claim, *recipients: str) -> list[Entry]:
    """As `record` claims them."""
    store.put(*recipients)
    return store.claim([claim.courier], claim.now, claim.most, claim.until - claim.now, claim.worker)


async def opened(bell: Bell) -> tuple[Tray, Claim]:
    """The courier's tray once it is open, and what may be claimed for it."""
    await until(lambda: (tray := bell.trays.of("mail")) is not None and tray.claim(NOW) is not None)
    tray = bell.trays.of("mail")
    assert tray is not None
    claim = tray.claim(NOW)
    assert claim is not None
    return tray, claim


async def test_what_was_claimed_as_it_was_recorded_is_found_in_the_tray(store: WatchedStore, writer: Writer) -> None:
    bell, courier = Bell(), Scribe()
    async with delivering(store, writer, courier, LANES, bell=bell):
        tray, claim = await opened(bell)
        entries = given(store, claim, *people(MANY))
        tray.put(entries)
        await until(lambda: store.states()["sent"] == MANY)
    assert len(courier.delivered) == len(entries)
    assert bell.trays.of("mail") is None


async def test_what_lay_in_the_tray_for_longer_than_its_lease_is_tried_once(
    store: WatchedStore, writer: Writer
) -> None:
    bell, clock, attempts = Bell(), HandClock(NOW), list[str]()
    async with delivering(store, writer, Scribe(attempts.append), 1, clock, bell=bell):
        tray, claim = await opened(bell)
        entries = given(store, claim, *people(3))
        clock.move(LEASE)
        tray.put(entries)
        await until(lambda: store.states()["sent"] == 3)
    assert len(attempts) == 3


async def test_the_tray_is_closed_while_more_waits_than_fits_a_round(store: WatchedStore, writer: Writer) -> None:
    """What is recorded now must not leave before what was recorded then."""
    bell, closed = Bell(), []

    def look(_: str) -> None:
        tray = bell.trays.of("mail")
        closed.append(tray is not None and tray.claim(NOW) is None)

    store.put(*people(2 * BATCH))
    async with delivering(store, writer, Scribe(look), 1, bell=bell):
        await until(lambda: store.states()["sent"] == 2 * BATCH)
    assert all(closed[: 2 * BATCH])


async def test_the_tray_stays_closed_where_the_provider_sets_a_limit(store: WatchedStore, writer: Writer) -> None:
    bell = Bell()
    store.put(*people(2))
    async with delivering(store, writer, Scribe(), LANES, bell=bell, quota=Quota(per_hour=5)):
        await until(lambda: store.states()["sent"] == 2)
        tray = bell.trays.of("mail")
        assert tray is not None
        assert tray.claim(NOW) is None


async def test_what_is_in_the_tray_of_a_courier_that_cannot_work_waits_with_the_others(
    store: WatchedStore, writer: Writer
) -> None:
    """One entry at a time tries."""
    bell, attempts = Bell(), []

    def before(recipient: str) -> None:
        attempts.append(recipient)
        raise TemporaryFailure("cannot be reached", kind=FailureKind.UNREACHABLE)

    async with delivering(store, writer, Scribe(before), 1, bell=bell):
        tray, claim = await opened(bell)
        first, *others = given(store, claim, *people(3))
        tray.put([first])
        await until(lambda: bool(attempts) and tray.claim(NOW) is None)
        tray.put(others)
        await until(lambda: not leased(store))
    assert attempts == [first.message.to]
    assert store.states() == {"waiting": 3}


def leased(store: WatchedStore) -> list[int]:
    with store._read() as connection:
        return list(connection.exec_driver_sql("SELECT id FROM outbox WHERE leased_by <> ''").scalars())


def test_a_tray_takes_no_more_than_there_is_room_for() -> None:
    tray = Tray("mail", "w", LEASE, wake=lambda: None)
    assert tray.claim(NOW) is None
    tray.open(1)
    claim = tray.claim(NOW)
    assert claim == Claim("mail", "w", NOW, NOW + LEASE, 1)
    tray.put([ENTRY])
    assert tray.claim(NOW) is None
    assert tray.take() == [ENTRY]
    assert tray.claim(NOW) is None, "until the courier knows that nothing else waits"


ENTRY = Entry(
    id=1,
    kind=EntryKind.ACK,
    courier="mail",
    message=OutgoingMessage(Medium.EMAIL, "client@nowak.example", "1"),
    state=EntryState.WAITING,
    due_at=NOW,
    drop_at=None,
    item_id=None,
    attempts=0,
    created_at=NOW,
)


async def test_a_courier_that_refuses_an_entry_for_its_own_sake_stands_still_no_more(
    store: WatchedStore, writer: Writer
) -> None:
    told: list[ChannelFailure | None] = []
    failures: list[ChannelFailure] = [
        TemporaryFailure("greylisted"),
        TemporaryFailure("cannot be reached", kind=FailureKind.UNREACHABLE),
    ]

    def before(_: str) -> None:
        if failures:
            raise failures.pop()

    store.put(*people(2))
    clock = HandClock(NOW)
    async with delivering(store, writer, Scribe(before), 1, clock, lambda _, what: told.append(what)):
        await until(lambda: len(told) == 1)
        clock.move(LONGEST)
        await until(lambda: store.states()["sent"] == 1)
    assert [what is None for what in told] == [False, True]
