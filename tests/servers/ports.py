"""Ports for servers that cannot be asked to choose one themselves.

Such a port is nobody's until its server has started, and while that is started again. So it is none of those that the
kernel gives to whoever asks for any, and processes that run tests beside this one begin elsewhere.
"""

import itertools
import os
import socket

FIRST = 10_000
COUNT = 22_000
"""All below those that Linux gives out (net.ipv4.ip_local_port_range)."""
APART = 97
"""More than one process takes, from one that is started soon after another."""

_steps = itertools.count(os.getpid() * APART)


def free_port() -> int:
    for step in itertools.islice(_steps, COUNT):
        port = FIRST + step % COUNT
        with socket.socket() as probe:
            # As servers do: a connection that has ended does not keep the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise OSError("no port is free")
