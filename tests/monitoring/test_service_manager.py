"""What systemd hears of the service."""

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE
from triage_bot.service_manager import ServiceManager


@pytest.fixture(params=["a path", "an abstract address"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    abstract = request.param == "an abstract address"
    address = f"@triage-bot-{os.getpid()}-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + address[1:] if abstract else address)
        listening.settimeout(PATIENCE)
        yield listening, address


def test_it_hears_that_the_service_runs_reloads_and_stops(manager: tuple[socket.socket, str]) -> None:
    listening, address = manager
    service = ServiceManager({"NOTIFY_SOCKET": address})
    service.running("2 clients")
    assert listening.recv(500).decode().split("\n") == ["READY=1", "STATUS=2 clients"]
    service.reloading()
    ready, moment = listening.recv(500).decode().split("\n")
    assert ready == "RELOADING=1"
    assert int(moment.removeprefix("MONOTONIC_USEC=")) > 0
    service.stopping()
    assert listening.recv(500) == b"STOPPING=1"


async def test_it_hears_that_the_loop_is_alive_twice_in_the_span_it_asked_for(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address)
        listening.setblocking(False)
        alive = asyncio.create_task(ServiceManager({"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "100000"}).stay_alive())
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with asyncio.timeout(PATIENCE):
            for _ in range(3):
                assert await loop.sock_recv(listening, 100) == b"WATCHDOG=1"
        assert loop.time() - began >= 0.09
        alive.cancel()


@pytest.mark.parametrize(
    ("environment", "watched"),
    [
        ({}, False),
        ({"WATCHDOG_USEC": "30000000"}, True),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, True),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, False),
        ({"WATCHDOG_USEC": "0"}, False),
        ({"WATCHDOG_USEC": "soon"}, False),
    ],
    ids=["not asked", "asked", "asked by name", "another process", "a span of nothing", "no span"],
)
def test_it_is_watched_only_if_it_is_asked(environment: dict[str, str], watched: bool) -> None:
    assert (ServiceManager(environment).watchdog is not None) is watched


def test_without_systemd_and_with_one_that_is_gone_nothing_happens(tmp_path: Path) -> None:
    ServiceManager({}).running("")
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).running("")
