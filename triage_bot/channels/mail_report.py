"""A delivery status notification read (RFC 3464): which mail came back, from whom, and for how long.

Never raises. Of several recipients the first that failed counts: what this program sends has one.
"""

import re
from collections.abc import Sequence

from triage_bot.channels.mail_charset import decode_transfer
from triage_bot.channels.mail_headers import addr_spec, message_id, multimap
from triage_bot.channels.mail_mime import Part
from triage_bot.core.messages import DeliveryReport

STATUS_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
RETURNED_TYPES = frozenset({"message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"})
REPORT_TYPES = STATUS_TYPES | RETURNED_TYPES

REPORT_BYTES = 16_384
"""Of each part: the status of one recipient, and the header of what came back."""

_BLOCKS = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_LONGEST = 200


def delivery_report(parts: Sequence[Part]) -> DeliveryReport | None:
    """None where nothing says which mail it is about, or nothing that it failed."""
    returned = status = None
    for part in parts:
        body = decode_transfer(part.body[:REPORT_BYTES], part.encoding)
        if part.media_type in STATUS_TYPES and status is None:
            status = body
        elif part.media_type in RETURNED_TYPES and returned is None:
            # Of an attached mail the header is enough.
            headers, _ = multimap(_BLOCKS.split(body.lstrip(b"\r\n"), maxsplit=1)[0], REPORT_BYTES)
            returned = message_id(headers.get("message-id", ()))
    if not returned or status is None:
        return None
    for block in _BLOCKS.split(status.strip())[:50]:
        fields, _ = multimap(block, REPORT_BYTES)
        if _first(fields, "action").lower() != "failed":
            continue
        found = _STATUS.search(_first(fields, "status")) or _STATUS.search(_first(fields, "diagnostic-code"))
        recipient = _first(fields, "original-recipient") or _first(fields, "final-recipient")
        return DeliveryReport(
            message_id=returned,
            recipient=addr_spec(recipient.partition(";")[2].strip()).lower(),
            permanent=found is None or found[1] != "4",
            status=found[0] if found else "",
            diagnostic=_first(fields, "diagnostic-code").partition(";")[2].strip()[:_LONGEST],
        )
    return None


def _first(fields: dict[str, tuple[str, ...]], name: str) -> str:
    return " ".join(fields.get(name, ("",))[0].split())
