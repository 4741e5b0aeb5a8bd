"""Addresses, domains and hosts as a configuration writes them."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import PlainValidator

from triage_bot.config.values import Wrong, line_of, shown, whole_of

_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\]{1,253}\Z")
_DOMAIN = re.compile(r"(?!-)[\w-]{1,63}(?:\.[\w-]{1,63})+\Z")
_TELEGRAM_NAME = re.compile(r"[a-z][a-z0-9_]{3,31}\Z")
_HOST = re.compile(r"[\w.-]{1,253}\Z")

MOST_CHAT_ID = 2**52  # Bot API: at most 52 significant bits

# Whoever has a mailbox there would count as one client.
# fmt: off
PUBLIC_DOMAINS = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com",
    "icloud.com", "me.com", "proton.me", "protonmail.com", "gmx.com", "gmx.de", "gmx.net", "mail.com",
    "aol.com", "wp.pl", "o2.pl", "onet.pl", "op.pl", "interia.pl", "interia.eu", "poczta.onet.pl",
    "gazeta.pl", "tlen.pl", "vp.pl", "poczta.fm", "yandex.com", "mail.ru", "eunet.rs", "sbb.rs", "mts.rs",
})
# fmt: on


def address_of(raw: object) -> str:
    text = line_of(raw).lower()
    domain = text.rpartition("@")[2]
    if not _ADDRESS.match(text) or not (_DOMAIN.match(domain) or domain == "localhost"):
        raise Wrong.here(f"{shown(raw)} is not an e-mail address")
    return text


def domain_of(raw: object) -> str:
    text = line_of(raw).lower()
    if "@" in text and _DOMAIN.match(bare := text.rpartition("@")[2]):
        raise Wrong.here(f"{shown(raw)} is not a domain: write `{bare}`")
    if not _DOMAIN.match(text):
        raise Wrong.here(f"{shown(raw)} is not a domain such as `company.example`")
    return text


def telegram_of(raw: object) -> int | str:
    """A chat id, or a @name without its @ in lower case."""
    text = str(raw) if isinstance(raw, int) else line_of(raw)
    if text.startswith("@"):
        name = text[1:].lower()
        if not _TELEGRAM_NAME.match(name):
            raise Wrong.here(f"{shown(raw)} is not a Telegram name: `@` and 4 to 32 letters, digits or `_`")
        return name
    if not text.lstrip("-").isdigit():
        raise Wrong.here(f'{shown(raw)} is neither a Telegram id such as `123456789` nor a name such as `"@jan_k"`')
    if text.startswith("-"):
        return whole_of(raw, -MOST_CHAT_ID, -1)  # a group
    return chat_id_of(raw)


def chat_id_of(raw: object) -> int:
    if isinstance(raw, str) and not raw.strip().lstrip("+-").isdigit():
        raise Wrong.here(f"{shown(raw)} is not the id of a Telegram chat, a number such as `123456789`")
    return whole_of(raw, 1, MOST_CHAT_ID)


def sender_of(raw: object) -> str:
    """What a rule may say of a contact: an address, `@` and a domain or a Telegram name, or a Telegram id."""
    text = line_of(raw).lower()
    if text.startswith("@"):
        if not _DOMAIN.match(text[1:]) and not _TELEGRAM_NAME.match(text[1:]):
            raise Wrong.here(f"{shown(raw)} is neither `@` and a domain nor a Telegram name")
        return text
    return str(chat_id_of(text)) if text.isdigit() else address_of(raw)


def host_of(raw: object) -> str:
    text = line_of(raw)
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        pass
    if not _HOST.match(text):
        raise Wrong.here(f"{shown(raw)} is not the name of a host: write it without a scheme, port or path")
    return text.lower()


def url_of(raw: object) -> str:
    """The address of an HTTP server, without a slash at its end."""
    text = line_of(raw).rstrip("/")
    try:
        parts = urlsplit(text)
        right = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        right = False
    if not right or "@" in text or "?" in text or "#" in text or " " in text:
        raise Wrong.here(f"{shown(raw)} is not the address of a server such as `https://api.telegram.org`")
    return text


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")  # RFC 6761 section 6.3


EmailAddress = Annotated[str, PlainValidator(address_of)]
Domain = Annotated[str, PlainValidator(domain_of)]
TelegramContact = Annotated[int | str, PlainValidator(telegram_of)]
ChatId = Annotated[int, PlainValidator(chat_id_of)]
Sender = Annotated[str, PlainValidator(sender_of)]
Host = Annotated[str, PlainValidator(host_of)]
