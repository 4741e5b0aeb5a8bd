"""Which addresses mail can be written to."""

import re

LONGEST = 320

_WRITABLE = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f-\x9f]+@[^\s@<>()\\,;:\"\x00-\x1f\x7f-\x9f]+")


def writable(address: str) -> str:
    """The address with its domain in ASCII, "" for what no mail can be written to.

    A quoted local part is legal and never a person's; what could break out of a header or a command is no address.
    """
    if len(address) > LONGEST or not _WRITABLE.fullmatch(address):
        return ""
    if address.isascii():
        return address
    local, _, domain = address.rpartition("@")
    try:
        address.encode()  # no lone surrogates
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        return ""
