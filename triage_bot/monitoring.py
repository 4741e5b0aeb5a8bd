"""What somebody who runs the service can see of it: `/metrics` for Prometheus and `/healthz` for whoever restarts it.

Both are read on threads of their own and ask the event loop, which asks the store: an answer proves that both still
work. Off by default, and on loopback only, unless the configuration says otherwise.
"""

import asyncio
import json
import logging
import re
import socket
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any, TypeVar
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from triage_bot.clock import Clock
from triage_bot.errors import StoreError
from triage_bot.health import Source, known_until
from triage_bot.store.outages import Way, channel_of, way_of
from triage_bot.store.state import Ended, State
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.tally import Tally

log = logging.getLogger(__name__)
T = TypeVar("T")

ANSWER_SECONDS = 5.0
"""How long the loop and the store may take before the service counts as hanging."""
COUNT_SECONDS = 1.0
"""How long an answer waits for what is over to be counted; it is told without, else."""
QUICK_SECONDS = 0.005
WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")
"""Between the words of the name of an error."""
SELDOM = 1000
"""What is over is counted for every answer where that is quick, else after so many times as long as it took."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """From when on the service is not healthy."""

    silent_after: timedelta  # since a mailbox could be looked at
    late_after: timedelta  # since an entry was to leave


@dataclass(frozen=True, slots=True)
class View:
    """What is known at one moment."""

    now: datetime
    overdue_since: datetime | None  # when the longest overdue entry was to leave
    sources: Mapping[str, Source]

    @property
    def late(self) -> timedelta:
        """How late that entry is."""
        return timedelta(0) if self.overdue_since is None else self.now - self.overdue_since

    def troubles(self, bounds: Bounds) -> Iterator[str]:
        """Why the service is not healthy, a sentence each; nothing if it is."""
        for name, source in sorted(self.sources.items()):
            silent = known_until(name, source, self.now) - (source.checked_at or source.tried_at)
            if silent > bounds.silent_after:
                why = f": {source.why.replace('_', ' ')}" if source.why else ""
                seconds = f"{silent.total_seconds():.0f} s"
                if way_of(name) is Way.SENDING:
                    if why:
                        yield f"{channel_of(name)} cannot send, for {seconds}{why}"
                    continue
                tried = f"was last checked {seconds} ago" if source.checked_at else f"was never read, for {seconds}"
                yield f"{name} {tried}{why}"
        if self.late > bounds.late_after:
            yield f"the outbox holds an entry that was to leave {self.late.total_seconds():.0f} s ago"


@dataclass(frozen=True, slots=True)
class Figures:
    """What the database holds; what is over was counted some time ago, or not yet."""

    state: State
    ended: Ended | None
    ended_at: datetime | None
    failures: Counter[str] = field(default_factory=Counter)  # of the database, by kind


class Monitor:
    """Gathers a View. Built on the event loop, asked from other threads."""

    def __init__(
        self, store: Store, writer: Writer, clock: Clock, tally: Tally, sources: Callable[[], Mapping[str, Source]]
    ) -> None:
        self._store = store
        self._writer = writer
        self._clock = clock
        self._sources = sources
        self._loop = asyncio.get_running_loop()
        self._counting: asyncio.Task[None] | None = None
        self._count_at = 0.0
        self._ended: Ended | None = None
        self._ended_at: datetime | None = None
        self.tally = tally

    def look(self) -> View:
        """Raises TimeoutError if nobody answers in time, and StoreError."""
        return self._ask(self._look())

    def figures(self) -> Figures:
        """As `look`."""
        return self._ask(self._figures())

    async def aclose(self) -> None:
        """Returns when nothing of this is under way in the database."""
        if self._counting is not None:
            await asyncio.wait([self._counting], timeout=ANSWER_SECONDS)

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(question, self._loop)
        try:
            return future.result(ANSWER_SECONDS)
        finally:
            future.cancel()

    async def _look(self) -> View:
        now = self._clock.now()
        return View(now, await self._writer.look(self._store.overdue_since, now), dict(self._sources()))

    async def _figures(self) -> Figures:
        state = await self._writer.look(self._store.state)
        if self._counting is None and self._loop.time() >= self._count_at:
            self._counting = asyncio.create_task(self._count())
        if self._counting is not None:
            await asyncio.wait([self._counting], timeout=COUNT_SECONDS)
        return Figures(state, self._ended, self._ended_at, Counter(self._store.database.failures))

    async def _count(self) -> None:
        """What is over, also if whoever asked has gone meanwhile."""
        began, now = self._loop.time(), self._clock.now()
        try:
            self._ended = await self._writer.look(self._store.ended)
            self._ended_at = now
        except StoreError as error:
            log.warning("/metrics cannot count what is over: %s", error)
        finally:
            took = self._loop.time() - began
            self._count_at = began if took < QUICK_SECONDS else began + took * SELDOM
            self._counting = None


class _Families(Collector):
    """The figures of Prometheus. Every label comes from the configuration or from a fixed set of names: no address,
    no text."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterable[Metric]:
        try:
            view, figures = self._monitor.look(), self._monitor.figures()
        except Exception as error:  # a scrape says that it could not look; it is no place to fail
            log.warning("/metrics cannot look at the service: %s", type(error).__name__)
            yield GaugeMetricFamily("triage_bot_up", "Whether the service answers.", value=0)
            return
        yield GaugeMetricFamily("triage_bot_up", "Whether the service answers.", value=1)
        yield from _of_sources(view)
        yield from _of_figures(figures)
        late = view.late.total_seconds()
        yield GaugeMetricFamily("triage_bot_outbox_late_seconds", "How late the longest overdue entry is.", value=late)
        yield _errors(view, figures)
        yield from _of_tally(self._monitor.tally)


def _of_sources(view: View) -> Iterator[Metric]:
    checked = GaugeMetricFamily(
        "triage_bot_source_checked_timestamp_seconds", "When a mailbox or Telegram was last read.", labels=["source"]
    )
    failing = GaugeMetricFamily("triage_bot_source_failing", "Whether its last check failed.", labels=["source"])
    for name, source in sorted(view.sources.items()):
        if source.checked_at is not None:
            checked.add_metric([name], source.checked_at.timestamp())
        failing.add_metric([name], source.why is not None)
    yield checked
    yield failing


def _of_figures(figures: Figures) -> Iterator[Metric]:
    state, ended = figures.state, figures.ended
    items = {**state.items, **(ended.items if ended else {})}
    promises = {**state.promises, **(ended.promises if ended else {})}
    yield _gauge("triage_bot_items", "Items of the queue.", "state", items)
    yield GaugeMetricFamily("triage_bot_items_urgent", "Urgent ones of those that wait.", value=state.urgent)
    yield _gauge("triage_bot_promises", "Promises of the ledger.", "state", promises)
    if figures.ended_at is not None:
        yield GaugeMetricFamily(
            "triage_bot_ended_counted_timestamp_seconds",
            "When closed items and promises were counted, which is done now and then where there are many.",
            value=figures.ended_at.timestamp(),
        )
    yield _gauge("triage_bot_outbox_waiting", "Entries that have not left.", "kind", state.waiting)
    yield _gauge("triage_bot_outbox_troubled", "Entries given up or in doubt.", "state", state.troubled)


def _errors(view: View, figures: Figures) -> Metric:
    """Of what is sent, `triage_bot_entries` tells."""
    errors = CounterMetricFamily(
        "triage_bot_errors",
        "Failures since the start of reading a source, and of the database.",
        labels=["source", "kind"],
    )
    by_source = {name: source.failures for name, source in view.sources.items()} | {"database": figures.failures}
    for name, failures in sorted(by_source.items()):
        for kind, count in sorted(failures.items()):
            errors.add_metric([name, WORDS.sub("_", kind).lower()], count)
    return errors


def _of_tally(tally: Tally) -> Iterator[Metric]:
    messages = CounterMetricFamily(
        "triage_bot_messages", "Messages recorded since the start.", labels=["channel", "outcome"]
    )
    for labels, count in sorted(tally.messages.items()):
        messages.add_metric(labels, count)
    entries = CounterMetricFamily("triage_bot_entries", "Handovers since the start.", labels=["kind", "how"])
    for labels, count in sorted(tally.entries.items()):
        entries.add_metric(labels, count)
    lag = GaugeMetricFamily(
        "triage_bot_lag_seconds", "From the newest message's arrival to its record.", labels=["channel"]
    )
    for channel, span in sorted(tally.lag.items()):
        lag.add_metric([channel], span.total_seconds())
    yield from (messages, entries, lag)


def _gauge(name: str, said: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, said, labels=[label])
    for key, count in sorted(values.items()):
        family.add_metric([key], count)
    return family


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who asks and goes away, or says nothing, is no trouble of ours."""
        log.debug("monitoring: somebody who asked has gone")


class _Server6(_Server):
    address_family = socket.AF_INET6


class _QuietHandler(WSGIRequestHandler):
    timeout = 10.0  # seconds, for whoever connects and does not ask: each has a thread

    def log_message(self, format: str, *args: Any) -> None:
        """A line of log for every scrape would bury the rest."""


class MonitoringServer:
    """Serves until closed. `address` is where it listens: port 0 takes a free one."""

    def __init__(self, monitor: Monitor, bounds: Bounds, host: str, port: int) -> None:
        """Raises OSError where it cannot listen."""
        self._monitor = monitor
        self._bounds = bounds
        registry = CollectorRegistry()
        registry.register(_Families(monitor))
        self._metrics = make_wsgi_app(registry)
        kind = _Server6 if ":" in host else _Server
        self._server = make_server(host, port, self._answer, server_class=kind, handler_class=_QuietHandler)
        self.address = f"[{host}]:{self._server.server_port}" if ":" in host else f"{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="monitoring", daemon=True)
        self._thread.start()
        log.info("monitoring on http://%s/metrics and /healthz", self.address)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _answer(self, environment: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        match environment.get("PATH_INFO"):
            case "/metrics":
                return self._metrics(environment, start)  # type: ignore[no-any-return]
            case "/healthz":
                status, troubles = self._health()
                body = json.dumps({"healthy": not troubles, "troubles": troubles}, ensure_ascii=False).encode()
            case _:
                status, body = HTTPStatus.NOT_FOUND, b'{"error": "there is /metrics and /healthz"}'
        start(f"{status.value} {status.phrase}", [("Content-Type", "application/json; charset=utf-8")])
        return [body]

    def _health(self) -> tuple[HTTPStatus, list[str]]:
        try:
            troubles = list(self._monitor.look().troubles(self._bounds))
        except Exception as error:  # whatever it is, the service is not healthy
            troubles = [f"the service does not answer: {type(error).__name__}"]
        return (HTTPStatus.SERVICE_UNAVAILABLE if troubles else HTTPStatus.OK), troubles
