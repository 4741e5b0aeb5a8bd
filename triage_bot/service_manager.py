"""What systemd is told of the service: that it runs, that it is reloading or stopping, and that it is alive.

The protocol of sd_notify(3): lines of text to a datagram socket that the environment names. Without it nothing is done.
"""

import asyncio
import contextlib
import os
import socket
import time
from collections.abc import Callable, Mapping
from datetime import timedelta


class ServiceManager:
    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog = _watchdog(environment)

    def running(self, status: str) -> None:
        self._say("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        # Type=notify-reload wants to know when, by the clock that no one sets.
        self._say("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    async def stay_alive(self) -> None:
        """Say so twice in each span of the watchdog, until cancelled: a loop that hangs says nothing any more."""
        if self.watchdog is None:
            return
        while True:
            self._say("WATCHDOG=1")
            await asyncio.sleep(self.watchdog.total_seconds() / 2)

    def _say(self, *lines: str) -> None:
        if not self._address:
            return
        # "@" stands for the zero byte of an abstract address.
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as to:
            to.sendto("\n".join(lines).encode(), address)


def _watchdog(environment: Mapping[str, str], pid: Callable[[], int] = os.getpid) -> timedelta | None:
    """WATCHDOG_USEC counts for the process that WATCHDOG_PID names, for any if none is named."""
    if environment.get("WATCHDOG_PID", str(pid())) != str(pid()):
        return None
    span = environment.get("WATCHDOG_USEC", "")
    return timedelta(microseconds=int(span)) if span.isdecimal() and int(span) > 0 else None
