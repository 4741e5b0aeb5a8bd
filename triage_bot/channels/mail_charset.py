"""Bytes to text: transfer encodings and charsets as they are declared, and as they then really are. Never raises."""

import binascii
import codecs
import re
from functools import lru_cache

# A declared charset that no mail program writes but that Python knows: escapes that yield lone surrogates, and
# punycode, whose decoder is quadratic.
_REFUSED = frozenset({"idna", "mbcs", "oem", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"})

# Names that mail programs write and Python does not know.
_ALIASES = {
    "x-unknown": "",
    "unknown-8bit": "",
    "iso-8859-8-i": "iso-8859-8",
    "x-mac-ce": "mac_latin2",
    "x-mac-roman": "mac_roman",
    "x-gbk": "gbk",
    "x-sjis": "shift_jis",
    "ks_c_5601-1987": "cp949",
    "cp-1250": "cp1250",
    "win-1250": "cp1250",
}


@lru_cache(maxsize=256)
def _codec(declared: str) -> str:
    """Python's name of a declared charset, "" if it is unknown, refused or says nothing about eight-bit text."""
    name = declared.strip().strip("\"'").strip().lower()
    name = _ALIASES.get(name, name)
    try:
        info = codecs.lookup(name)
        b"a".decode(name)  # codecs that turn bytes into bytes raise LookupError only here
    except (LookupError, ValueError, TypeError):
        return ""
    return "" if info.name.replace("_", "-") in _REFUSED or info.name == "ascii" else info.name


def decode_bytes(raw: bytes, declared: str = "") -> str:
    """Text in the declared charset, or else in the first of the usual ones that fits: UTF-8, then the charset of
    Central European programs that declare none. latin-1 fits everything."""
    for charset in (_codec(declared[:40]), "utf-8", "cp1250"):
        if charset:
            try:
                return raw.decode(charset)
            except ValueError:
                continue
    return raw.decode("latin-1")


def decode_declared(raw: bytes, declared: str) -> str:
    """As `decode_bytes`, but a text with a few broken places keeps its charset.

    One damaged character in a Japanese or Cyrillic text, or a text cut inside one, must not turn all of it into
    Central European letters.
    """
    charset = _codec(declared[:40]) or "utf-8"
    try:
        return raw.decode(charset)
    except ValueError:
        text = raw.decode(charset, "replace")
    return text if text.count("\ufffd") * 20 <= len(text) and not text.isascii() else decode_bytes(raw, declared)


_QP = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n)")
_USUAL_QP = re.compile(rb"[^=]*+(?:=(?:[0-9A-Fa-f]{2}|\r?\n)[^=]*+)*+")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")


def from_quoted_printable(data: bytes) -> bytes:
    if b"=" not in data:
        return data
    if _USUAL_QP.fullmatch(data):
        return binascii.a2b_qp(data)  # elsewhere it reads other things
    return _QP.sub(lambda found: binascii.unhexlify(found[1]) if found[1] else b"", data)


def from_base64(data: bytes) -> bytes:
    """What can be had from base64 that is cut, padded wrongly or mixed with other characters."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = _NOT_BASE64.sub(b"", data)
        usable = len(clean) - (len(clean) % 4 == 1)
        return binascii.a2b_base64(clean[:usable] + b"=" * (-usable % 4))


def decode_transfer(body: bytes, encoding: str) -> bytes:
    """By Content-Transfer-Encoding; one that is unknown is taken as none."""
    match encoding.strip().lower():
        case "quoted-printable":
            return from_quoted_printable(body)
        case "base64":
            return from_base64(body)
        case _:
            return body
