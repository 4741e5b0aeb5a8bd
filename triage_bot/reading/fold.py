"""One spelling for every way a word is typed: case, diacritics and Serbian Cyrillic are folded away.

`fold("Нађи")`, `fold("Nađi")` and `fold("nadji")` are equal, and so are "Żółw" and "zolw". `đ` becomes `dj` because
that is how it is typed without diacritics; `č` and `ć` become `c`, `š` `s`, `ž` `z`, `dž` `dz`. Typographic quotes,
dashes and spaces become their ASCII fellows, marks that nobody sees are dropped.
"""

import codecs
import re
import unicodedata
from collections.abc import Sequence

_CYRILLIC = {
    **dict(zip("абвгдезијклмнопрстуфхц", "abvgdezijklmnoprstufhc", strict=True)),
    "ђ": "dj",
    "ж": "z",
    "љ": "lj",
    "њ": "nj",
    "ћ": "c",
    "ч": "c",
    "џ": "dz",
    "ш": "s",
    # Not Serbian, but typed on Russian and Macedonian keyboards.
    "й": "j",
    "ы": "i",
    "э": "e",
    "ю": "ju",
    "я": "ja",
    "щ": "sc",
    "ё": "jo",
    "ь": "",
    "ъ": "",
    "ѓ": "dj",
    "ѕ": "dz",
    "ќ": "c",
    "і": "i",
    "ї": "ji",
    "є": "je",
    "ґ": "g",
}
_LATIN = {"ł": "l", "đ": "dj", "ð": "d", "ø": "o", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i", "ĳ": "ij"}
_MARKS = {
    **dict.fromkeys("‘’‚‛´ʼ′", "'"),
    **dict.fromkeys("“”„‟«»″", '"'),
    **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\ufe0f", ""),
    "…": "...",
}


def _table() -> dict[str, str]:
    table = _CYRILLIC | _LATIN | _MARKS
    for code in (*range(0xC0, 0x250), *range(0x1E00, 0x1F00), 0x450, 0x45D):
        char = chr(code).lower()
        bare = "".join(c for c in unicodedata.normalize("NFD", char) if not unicodedata.combining(c))
        if len(char) == 1 and bare != char:
            table.setdefault(char, "".join(table.get(c, c) for c in bare))
    table |= dict.fromkeys(map(chr, range(0x300, 0x370)), "")  # combining marks
    return table


_TABLE = _table()
_TRANSLATION = str.maketrans(_TABLE)
# Characters that do not fold to exactly one.
_UNEVEN = re.compile(
    "["
    + "".join(
        re.escape(char)
        for char in {form for key in _TABLE for form in (key, key.upper()) if len(form) == 1} | {"\u0130", "\u1e9e"}
        if len("".join(_TABLE.get(low, low) for low in char.lower())) != 1
    )
    + "]"
)
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_CYRILLIC_LETTER = re.compile(r"[\u0400-\u04ff]")


def fold(text: str) -> str:
    """The text in lower-case ASCII, as far as its letters have such a form. Any other character stays as it is."""
    if text.isascii():
        return text.lower()
    try:
        return _COMMON.fold(text)
    except UnicodeEncodeError:  # an emoji, a language far away
        return _folded_slowly(text)


def _folded_slowly(text: str) -> str:
    lower = text.lower()
    if _CYRILLIC_LETTER.search(lower):
        return lower.translate(_TRANSLATION)
    # A Latin text holds few letters beyond ASCII: replacing those alone takes a third of the time of translate().
    return _FOREIGN.sub(lambda found: _TABLE.get(found[0], found[0]), lower)


class _CodePage:
    """The characters that clients write every day as a code page of one byte each: folding is then a look into a table
    of 256 bytes, ten times as fast as one into a dictionary of characters."""

    def __init__(self, characters: str) -> None:
        page = "".join([*map(chr, range(128)), *sorted(set(characters))])
        folds = [_folded_slowly(char) for char in page]
        self._page = page.ljust(256, "\ufffe")  # which stands for no character
        self._encoding = codecs.charmap_build(self._page)
        # What is longer than one character is written with the byte of one that folds to it, until the end.
        byte = {folded: page.find(folded) if len(folded) == 1 else code for code, folded in enumerate(folds)}
        self._table = bytes(byte[folded] for folded in folds).ljust(256)
        self._dropped = bytes(code for code, folded in enumerate(folds) if not folded)
        self._longer = tuple((bytes([byte[text]]), text.encode()) for text in sorted(set(folds)) if len(text) > 1)

    def fold(self, text: str) -> str:
        """Raises UnicodeEncodeError if the text holds another character."""
        folded = codecs.charmap_encode(text, "strict", self._encoding)[0].translate(self._table, self._dropped)
        if not folded.isascii():
            for mark, spelt in self._longer:
                folded = folded.replace(mark, spelt)
            if not folded.isascii():
                return codecs.charmap_decode(folded, "strict", self._page)[0]
        return folded.decode("ascii")


_EVERYDAY = (
    "ąćęłńóśźżčđšž\u0111абвгдђежзијклљмнњопрстћуфхцчџш"  # lower case; the capitals are added below
    "äöüéá"
)
_SIGNS = "ß‘’‚“”„«»′–—−‑…\u00a0\u202f\u200b\ufeff\u00ad€§°•·²"
_COMMON = _CodePage(_EVERYDAY + _EVERYDAY.upper() + _SIGNS)


def origins(text: str) -> Sequence[int]:
    """For every character of `fold(text)` the index of the character of `text` that it came from, and one past the
    end."""
    if _UNEVEN.search(text) is None:
        return range(len(text) + 1)
    places: list[int] = []
    done = 0
    for found in _UNEVEN.finditer(text):
        index = found.start()
        places.extend(range(done, index))
        places.extend([index] * len(fold(found[0])))
        done = index + 1
    places.extend(range(done, len(text) + 1))
    return places
