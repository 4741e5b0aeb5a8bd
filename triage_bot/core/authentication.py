"""What the assistant's own mail server found out about a sender (RFC 8601).

Anybody can write an Authentication-Results header. Only the one that names a server of ours counts, and of several the
topmost: that server removes forged ones from mail that passes it (RFC 8601 section 5), what stands below came along.
"""

import re
from collections.abc import Collection, Mapping
from enum import Enum, auto

from triage_bot.core.messages import IncomingMessage

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"\s*([a-z0-9_-]{1,40})(?:/\d+)?\s*=\s*([a-z]{1,20})\b")
_PROPERTY = re.compile(r"\b((?:header|smtp)\.[a-z]{1,20})\s*=\s*\"?([^\s;\"]{1,320})")


class Authentication(Enum):
    PASSED = auto()
    FAILED = auto()
    UNKNOWN = auto()


def authentication(message: IncomingMessage, authserv_ids: Collection[str]) -> Authentication:
    """By the topmost header of a server of ours.

    DMARC decides. Where the server did not check it, an SPF or DKIM pass for the domain of From passes; a failure
    without any pass at all fails. A pass for another domain says neither: that is how forwarded mail looks.
    """
    for value in message.headers.get("authentication-results", ()):
        text = _COMMENT.sub(" ", value[:8000].lower())
        head, _, rest = text.partition(";")
        if head.split()[:1] and head.split()[0].strip('"') in authserv_ids:
            return _judge(rest, message.header_from.domain)
    return Authentication.UNKNOWN


def _judge(results: str, domain: str) -> Authentication:
    aligned = passed = failed = False
    for clause in results.split(";")[:50]:
        result = _RESULT.match(clause)
        if result is None:
            continue
        method, verdict = result.groups()
        if method == "dmarc" and verdict in ("pass", "fail"):
            return Authentication.PASSED if verdict == "pass" else Authentication.FAILED
        if method in ("spf", "dkim"):
            passed = passed or verdict == "pass"
            aligned = aligned or (verdict == "pass" and _aligned(dict(_PROPERTY.findall(clause)), domain))
            failed = failed or verdict == "fail"
    if aligned:
        return Authentication.PASSED
    return Authentication.FAILED if failed and not passed else Authentication.UNKNOWN


def _aligned(properties: Mapping[str, str], domain: str) -> bool:
    """Whether what passed is the domain that the reader sees, or its parent or child."""
    for name in ("header.d", "header.i", "smtp.mailfrom", "smtp.from"):
        found = properties.get(name, "").rpartition("@")[2]
        if "." in found and domain and (f".{found}".endswith(f".{domain}") or domain.endswith(f".{found}")):
            return True
    return False
