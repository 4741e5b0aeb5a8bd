"""How a reply is tied to what it answers: its subject, its Message-ID, its place in the thread."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from triage_bot.core.messages import IncomingMessage

# Reply marks of mail programs in the languages that clients write in, with a count as in "Re[2]:". Forward marks stay:
# they say something about the mail.
_REPLY_MARKS = re.compile(
    r"\s*(?:(?:re|odp|odg|одг|aw|antw|sv|vs|rif|r)(?:\[\d{1,3}\]|\^\d{1,3})?\s?[:：]\s*)+", re.IGNORECASE
)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

_CONTROLS_BUT_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")

MESSAGE_ID_LABEL = "triage-bot"
MOST_REFERENCES = 20


def reply_subject(subject: str) -> str:
    """ "Re: " before the subject, in place of whatever reply marks pile up there ("Odp: RE: AW[2]: ...")."""
    bare = _CONTROLS.sub(" ", subject).strip()
    if marks := _REPLY_MARKS.match(bare):
        bare = bare[marks.end() :]
    return f"Re: {bare}".rstrip()


def message_id_domain(address: str) -> str:
    """The right side of the Message-IDs of what the bot writes from `address`. It is nobody else's, so that a mail
    with it is known as ours wherever it turns up."""
    return f"{MESSAGE_ID_LABEL}.{address.rpartition('@')[2] or 'localhost'}"


def acknowledgement_id(message: IncomingMessage, from_addr: str) -> str:
    """The Message-ID of the acknowledgement of `message`: made from it, so the same however often it is decided."""
    return f"ack.{message.fingerprint}@{message_id_domain(from_addr)}"


def correction_id(promise_id: int, acknowledged_by: str) -> str:
    """The Message-ID of the mail that corrects a promise given in the mail `acknowledged_by`."""
    local, _, domain = acknowledged_by.rpartition("@")
    return f"correction{promise_id}.{local}@{domain}"


def reply_id(item_id: int, made_at: datetime, text: str, from_addr: str) -> str:
    """The Message-ID of an answer that the assistant gave through the bot."""
    parts = f"{item_id}\0{made_at.isoformat()}\0{text}".encode("utf-8", "surrogatepass")
    made_of = hashlib.blake2b(parts, digest_size=12).hexdigest()
    return f"reply.{item_id}.{made_of}@{message_id_domain(from_addr)}"


def quoted(text: str) -> str:
    """ "> " before every line (RFC 3676 section 4.5: deeper quotes get no blank)."""
    lines = _CONTROLS_BUT_LINES.sub(" ", text).strip("\n").split("\n")
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in lines)


def references(message: IncomingMessage) -> tuple[str, ...]:
    """The References of a reply (RFC 5322 section 3.6.4): those of the message and its own id. Of a very long thread
    the first and the newest are kept."""
    return reference_chain(message.refs, message.message_id)


def reference_chain(refs: Sequence[str], message_id: str) -> tuple[str, ...]:
    chain = (*refs, *((message_id,) if message_id else ()))
    chain = tuple(dict.fromkeys(chain))
    return chain if len(chain) <= MOST_REFERENCES else (chain[0], *chain[-MOST_REFERENCES + 1 :])
