"""The TLS contexts of the process.

One that trusts the root certificates holds its own copy of them, about 0.9 MB, and takes 20 ms to make: so there is
one for all servers, and only where one is reached by TLS.
"""

import ssl
from functools import cache


def client_context(*, used: bool) -> ssl.SSLContext:
    """For the connections to a server; if it is not to be used, one that trusts nobody."""
    return _of_roots() if used else _of_nobody()


@cache
def has_roots() -> bool:
    """Whether this machine has root certificates. Those of a folder are read only when a server shows its own."""
    return ssl.get_default_verify_paths().capath is not None or bool(_of_roots().get_ca_certs())


@cache
def _of_roots() -> ssl.SSLContext:
    return ssl.create_default_context()


@cache
def _of_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
