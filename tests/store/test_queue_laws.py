"""The laws of the queue, whatever happens in whatever order: messages, acts, their taking back, snoozes, time, kills.

1. Every message lies with an item, and every item is in one of its states: nothing is lost.
2. No reply is handed over twice.
3. The history is complete: each change of state has its line, which names the state before it.
4. Every promise is open, kept, broken, corrected or withdrawn; what is closed says when and by what.
5. An item shows the earliest of its promises that are open, and none if there is none.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.core.test_ledger import WEEK
from tests.store.builders import FRIDAY, HOUR, MINUTE, PROMISE, cursor, draft, entry, mail
from triage_bot.core.history import History
from triage_bot.core.items import ItemState, Step
from triage_bot.core.joining import TABLE, Said, found
from triage_bot.core.ledger import PromiseState
from triage_bot.core.messages import IncomingMessage
from triage_bot.core.urgency import Urgency
from triage_bot.store.drafts import Act, Correction, EntryKind, EntryState, Outcome, Plan
from triage_bot.store.store import Store

CLIENTS = 3
DELAY = timedelta(seconds=20)
KATARZYNA, MARTA = "Katarzyna", "Marta"
SAID = [each for each in Said if each is not Said.MACHINE]


class Killed(Exception):
    """The program ends in the middle of a transaction."""


class QueueLaws(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.folder = TemporaryDirectory()
        self.url = f"sqlite:///{Path(self.folder.name) / 'triage.db'}"
        self.store = self._open()
        self.now = FRIDAY
        self.number = 0
        self.recorded: list[str] = []
        self.corrections = 0  # edits of what an item says already
        self.handed_over: list[int] = []

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def _open(self) -> Store:
        store = Store.open(self.url, exclusive=True)
        store.use_calendars(lambda client: WEEK)
        return store

    # What happens

    @rule(client=st.integers(1, CLIENTS), what=st.sampled_from(SAID), promised=st.booleans(), killed=st.booleans())
    def message_comes(self, client: int, what: Said, promised: bool, killed: bool) -> None:
        self.number += 1
        promised &= what not in (Said.QUIET, Said.ALONE)  # they are never acknowledged
        message = mail(
            self.number,
            f"c{client}@firma.pl",
            refs=(f"first-{client}@firma.pl",),
            message_id=f"first-{client}@firma.pl",
            received_at=self.now,
            sent_at=self.now,
        )

        def plan(message: IncomingMessage, history: History) -> Plan:
            way = TABLE[what][found(history.active_item, history.closed_item, self.now)]
            made = replace(PROMISE, received_at=self.now, check_at=self.now + HOUR, promise_at=self.now + 3 * HOUR)
            sentence = "Do 16:00." if promised else ""
            item = draft(message, promise_at=made.promise_at if promised else None, promise_sentence=sentence)
            ack = entry(message.header_from.addr, self.now + MINUTE)
            return Plan(
                decision={},
                item=item,
                way=way,
                said=what,
                entries=(ack,) if promised else (),
                promise=replace(made, answered_by=client == 1) if promised else None,
            )

        def client_of(message: IncomingMessage) -> str:
            return message.header_from.addr

        def dies(message: IncomingMessage, history: History) -> Plan:
            plan(message, history)
            raise Killed

        if killed:
            try:
                self.store.record([message], cursor(self.number, self.now), dies, client_of=client_of)
            except Killed:
                self.restart()
        # It is fetched again, and perhaps twice.
        opened = False
        for _ in range(1 + killed):
            (row,) = self.store.record([message], cursor(self.number, self.now), plan, client_of=client_of, at=self.now)
            opened |= row.opened
        self.recorded.append(message.key)
        self.corrections += what is Said.EDIT and not opened

    @rule(item=st.integers(1, 8), step=st.sampled_from(Step), sends=st.booleans(), hours=st.integers(1, 60))
    def she_acts(self, item: int, step: Step, sends: bool, hours: int) -> None:
        replies = (entry(f"c{item}@firma.pl", self.now + DELAY, EntryKind.REPLY),) if sends else ()
        made = replace(PROMISE, received_at=self.now, check_at=self.now, promise_at=self.now + hours * HOUR)
        correction = Correction(0, entry(kind=EntryKind.CORRECTION, due_at=self.now), made, "Jutro.", "UTC", "pl")
        act = Act(
            step,
            item,
            "a test",
            until=self.now + hours * HOUR if step is Step.SNOOZE else None,
            urgency=Urgency.URGENT if step is Step.RATE else None,
            entries=replies if step in (Step.ANSWER, Step.ASK) else (),
            correction=correction if step is Step.LATE else None,
        )
        self.number += 1
        who = KATARZYNA if hours % 2 else MARTA
        done = self.store.act(act, who, self.now, once=str(self.number))
        if done.outcome is Outcome.DONE:
            assert self.store.act(act, who, self.now, once=str(self.number)).outcome is Outcome.AGAIN

    @rule(who=st.sampled_from([KATARZYNA, MARTA]))
    def she_takes_it_back(self, who: str) -> None:
        self.store.undo(who, self.now)

    @rule(minutes=st.sampled_from([0, 1, 7, 45, 300, 2000, 20000]))
    def time_passes(self, minutes: int) -> None:
        self.now += minutes * MINUTE + timedelta(seconds=1)

    @rule()
    def it_wakes(self) -> None:
        waiting = self.store.waiting_items(self.now)
        assert all(item.state is ItemState.OPEN for item in waiting)
        asleep = self.store.items({ItemState.SNOOZED})
        assert all(item.snoozed_until is not None and item.snoozed_until > self.now for item in asleep)

    @rule(ends=st.sampled_from(["sent", "given up", "retried", "killed", "in doubt"]))
    def entry_leaves(self, ends: str) -> None:
        for each in self.store.claim(["mail"], self.now, 1, MINUTE, "w"):
            self.store.advance([], [(each.id, self.now)])
            if each.kind is EntryKind.REPLY:
                self.handed_over.append(each.id)
            match ends:
                case "sent":
                    self.store.advance([(each.id, self.now, "250")], [])
                case "given up":
                    self.store.give_up(each.id, self.now, "550")
                case "in doubt":
                    self.store.in_doubt(each.id, self.now, "cut")
                case "retried":
                    # The server refused it: it was not handed over after all.
                    self.store.retry(each.id, self.now + MINUTE, "451", at=self.now)
                    if each.kind is EntryKind.REPLY:
                        self.handed_over.remove(each.id)
                case _:
                    self.restart()

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self._open()
        self.store.recover(self.now)

    # The laws

    @invariant()
    def nothing_is_lost(self) -> None:
        if not hasattr(self, "store"):
            return
        items = self.store.items(frozenset(ItemState))
        kept = [message.key for item in items for message in self.store.messages_of(item.id)]
        assert sorted(kept) == sorted(self.recorded)
        assert sum(item.messages for item in items) + self.corrections == len(self.recorded)

    @invariant()
    def no_reply_goes_twice(self) -> None:
        if hasattr(self, "store"):
            assert len(self.handed_over) == len(set(self.handed_over))

    @invariant()
    def the_history_is_complete(self) -> None:
        if not hasattr(self, "store"):
            return
        names = {state.name.lower(): state for state in ItemState}
        for item in self.store.items(frozenset(ItemState)):
            state = ItemState.OPEN
            for event in self.store.history(item.id):
                if event.kind in names and "from" in event.values:
                    assert event.values["from"] == state.value, f"item {item.id}: {event}"
                    state = names[event.kind]
            assert state is item.state

    @invariant()
    def every_promise_stands_somewhere(self) -> None:
        if not hasattr(self, "store"):
            return
        for item in self.store.items(frozenset(ItemState)):
            lines = self.store.promises_of(item.id)
            still = [line for line in lines if line.promise.state is PromiseState.OPEN]
            assert all((line.closed_at is None) == (line in still) for line in lines)
            assert all(bool(line.kept_by) == (line not in still) for line in lines)
            assert item.promise_at == min((line.promise.promise_at for line in still), default=None)
            if item.state in (ItemState.DONE, ItemState.DISMISSED):
                assert still == [], f"item {item.id} is {item.state} and its client was promised an answer"
            if item.state is ItemState.ANSWERED and still:
                entries = [each for each in self.store.entries_of(item.id) if each.kind is EntryKind.REPLY]
                unfinished = (EntryState.WAITING, EntryState.HANDING_OVER, EntryState.IN_DOUBT, EntryState.FAILED)
                assert any(each.state in unfinished for each in entries)


TestQueueLaws = QueueLaws.TestCase
TestQueueLaws.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
