"""What somebody who runs the service can see of it: `/metrics` for Prometheus and `/healthz` for whoever restarts it.

Both are read on threads of their own and ask the event loop, which asks the store: an answer proves that both still
work. Off by default, and on loopback only, unless the configuration says otherwise.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from triage_bot.clock import Clock
from triage_bot.health import Source
from triage_bot.store.state import State
from triage_bot.store.store import Store
from triage_bot.store.writer import Writer
from triage_bot.tally import Tally

log = logging.getLogger(__name__)

ANSWER_SECONDS = 5.0
"""How long the loop and the store may take before the service counts as hanging."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """From when on the service is not healthy."""

    silent_after: timedelta  # since a mailbox could be looked at
    late_after: timedelta  # since an entry was to leave


@dataclass(frozen=True, slots=True)
class View:
    """What is known at one moment."""

    now: datetime
    state: State
    sources: Mapping[str, Source]

    def troubles(self, bounds: Bounds) -> Iterator[str]:
        """Why the service is not healthy, a sentence each; nothing if it is."""
        for name, source in sorted(self.sources.items()):
            silent = self.now - source.checked_at
            if silent > bounds.silent_after:
                why = f": {source.why}" if source.why else ""
                yield f"{name} was last checked {silent.total_seconds():.0f} s ago{why}"
        if self.state.oldest_due_at is not None and self.now - self.state.oldest_due_at > bounds.late_after:
            late = self.now - self.state.oldest_due_at
            yield f"the outbox holds an entry that was to leave {late.total_seconds():.0f} s ago"


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
        self.tally = tally

    def look(self) -> View:
        """Raises TimeoutError if nobody answers in time, and StoreError."""
        future = asyncio.run_coroutine_threadsafe(self._look(), self._loop)
        try:
            return future.result(ANSWER_SECONDS)
        finally:
            future.cancel()

    async def _look(self) -> View:
        now = self._clock.now()
        state = await self._writer.look(self._store.state, now)
        return View(now, state, dict(self._sources()))


class _Families(Collector):
    """The figures of Prometheus. Every label comes from the configuration or from a fixed set of names: no address,
    no text."""

    def __init__(self, monitor: Monitor) -> None:
        self._monitor = monitor

    def collect(self) -> Iterable[Metric]:
        try:
            view = self._monitor.look()
        except Exception as error:  # a scrape says that it could not look; it is no place to fail
            log.warning("/metrics cannot look at the service: %s", type(error).__name__)
            yield GaugeMetricFamily("triage_bot_up", "Whether the service answers.", value=0)
            return
        yield GaugeMetricFamily("triage_bot_up", "Whether the service answers.", value=1)
        yield from _of_sources(view)
        yield from _of_state(view)
        yield from _of_tally(self._monitor.tally)


def _of_sources(view: View) -> Iterator[Metric]:
    checked = GaugeMetricFamily(
        "triage_bot_source_checked_timestamp_seconds", "When a mailbox or Telegram was last read.", labels=["source"]
    )
    failing = GaugeMetricFamily("triage_bot_source_failing", "Whether its last check failed.", labels=["source"])
    for name, source in sorted(view.sources.items()):
        checked.add_metric([name], source.checked_at.timestamp())
        failing.add_metric([name], bool(source.why))
    yield checked
    yield failing


def _of_state(view: View) -> Iterator[Metric]:
    state = view.state
    late = (view.now - state.oldest_due_at).total_seconds() if state.oldest_due_at else 0.0
    yield _gauge("triage_bot_items", "Items of the queue.", "state", state.items)
    yield GaugeMetricFamily("triage_bot_items_urgent", "Urgent ones of those that wait.", value=state.urgent)
    yield _gauge("triage_bot_promises", "Promises of the ledger.", "state", state.promises)
    yield _gauge("triage_bot_outbox_waiting", "Entries that have not left.", "kind", state.waiting)
    yield _gauge("triage_bot_outbox_troubled", "Entries given up or in doubt.", "state", state.troubled)
    yield GaugeMetricFamily("triage_bot_outbox_late_seconds", "How late the longest overdue entry is.", value=late)


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


class _QuietHandler(WSGIRequestHandler):
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
        self._server = make_server(host, port, self._answer, server_class=_Server, handler_class=_QuietHandler)
        self.address = f"{host}:{self._server.server_port}"
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
