"""What the writer of a mail wrote herself, apart from what hangs on it.

A mail is a column of lines, and every line is judged by itself and by the few around it, so the time is linear in
the text. Quotes are taken out wherever they stand (above, below, between the answers); what follows a divider, a
header block or an attribution without `>` marks is the rest of an old mail; a signature, a mobile footer and a
disclaimer end the text. Whatever was forwarded is kept apart: a notice in it may hold the deadline.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from triage_bot.reading.fold import fold
from triage_bot.reading.openings import openings

_LONGEST_LINE = 400  # longer lines are prose: no divider, attribution or footer is as long

_DIVIDER = re.compile(
    r"[-_=*\s]*(?:original message|original appointment|reply message|wiadomosc oryginalna|oryginalna wiadomosc|"
    r"oryginal?na poruka|originalna poruka|izvorna poruka|prvobitna poruka|originalnachricht|"
    r"ursprungliche nachricht|oorspronkelijk bericht|message d'origine)[-_=*:\s]*$"
)
_FORWARD = re.compile(
    r"[-_=*\s]*(?:begin forwarded message|forwarded message(?: from .{0,80})?|forwarded by .{0,80}|"
    r"wiadomosc przekazana|przekazana wiadomosc|przekazywana wiadomosc|poczatek przekaz\w+ wiadomosci|"
    r"tresc przekazanej wiadomosci|prosledjena poruka|prosledena poruka|prosljedjena poruka|proslijedjena poruka|"
    r"pocetak prosledjene poruke|prosledena poruka|weitergeleitete nachricht)[-_=*:\s]*$"
)
# Without one of these words in it a text holds neither.
_DIVIDER_WORDS = ("message", "appointment", "wiadomosc", "poruk", "nachricht", "bericht", "forwarded by")
_ATTRIBUTION_START = re.compile(
    r"(?:on|w dniu|dnia|dana|am|le|u|w|o|at|pon|wt|sr|czw|pt|sob|niedz|ned|uto|cet|pet|sub|"
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4})\b"
)
_ATTRIBUTION_END = re.compile(
    r"(?:\bwrote|\bwrites|\bpisze|\bpisza|\bnapisal(?:a|\(a\)|/a|\(-a\))?|\bnapisali|"
    r"\bje (?:na)?pisa[ol]\w*(?:[/(]?-?(?:la|a)\)?)?|\bnapisa[ol](?:[/(]?-?(?:la|a)\)?)?(?: je)?|\bpise|\bschrieb|"
    r"\ba ecrit|<[^<>\s]{1,120}@[^<>\s]{1,120}>)\s*:$"
)
_DATED = re.compile(r"\d{1,2}[:.]\d{2}|\d{4}|\d{1,2}[./]\s?\d{1,2}|@")
_HEADER = re.compile(
    r"[*\s|]{0,4}(?P<name>from|od|nadawca|salje|posiljalac|prima|primalac|wyslano|sent|date|data|datum|poslato|"
    r"poslano|do|to|za|"
    r"adresat|odbiorca|dw|cc|kopia|kopija|temat|subject|tema|predmet|naslov|von|gesendet|an|betreff)\s*:\*?\s*\S?"
)
_FIRST_HEADERS = frozenset({"from", "od", "nadawca", "salje", "posiljalac", "von"})
_RULE = re.compile(r"\s*(?:_{5,}|-{10,}|={8,}|\*{8,}|\u2500{5,})\s*$")
_FOOTER_WORDS = (
    r"sent (?:from|with|via|by) (?:my |the |a )?(?:i?phone|ipad|mobile|samsung|galaxy|"
    r"android|huawei|"
    r"xiaomi|outlook|yahoo|gmail|mail|proton|blackberry|windows|nine|spark|tablet|work|telefon|t-mobile|smartphone)|"
    r"get outlook for|get bluemail for|wyslan[eoay] (?:z|za|przez|ze) |wyslalem z |poslato (?:sa|iz|preko|"
    r"s) (?:mog|moje|"
    r"svog|i?phone|ipad|mobil|android|samsung|gmail|yahoo|outlook|telefona|mail|aplikacije|huawei|xiaomi)|"
    r"poslano (?:sa|iz|s) (?:mog|moje|i?phone|mobil)|preuzmite outlook|nabavite outlook|pobierz (?:aplikacje )?outlook|"
    r"pobierz bluemail|otrzymano z |diese nachricht wurde|von meinem|virus-free|wolny od wirus|bez virusa|"
    r"this email has been checked|wiadomosc sprawdzona|przepraszam za (?:literowki|bledy), pisane|"
    r"excuse (?:the )?(?:brevity|typos)|please excuse (?:the )?(?:brevity|typos|any typos|my brevity)"
)
_FOOTER = re.compile(rf"\s*[-_(\[]{{0,3}}\s*(?:{_FOOTER_WORDS})")
_DISCLAIMER_WORDS = (
    r"this (?:e-?mail|message|communication)(?: and| is|, including| may| contains|"
    r"'s contents| transmission)|"
    r"the (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message)|confidentiality (?:notice|note)|"
    r"disclaimer|legal notice|please consider (?:the environment|your environment)|think before (?:you )?print|"
    r"(?:niniejsza|ta) wiadomosc (?:i |oraz |e-?mail|jest|zawiera|moze|elektron|wraz)|wiadomosc ta (?:jest|"
    r"zawiera|moze|i )|"
    r"tresc (?:tej|niniejszej) wiadomosci|informacj[ae] zawart\w+ w (?:tej|niniejszej)|nota prawna|"
    r"klauzula (?:poufn|informac)|"
    r"administratorem (?:pani|pana|panstwa|danych|twoich)|zanim wydrukujesz|pomysl o srodowisku|"
    r"przed wydrukowaniem|(?:prosimy o )?ochron\w+ srodowiska|"
    r"ova (?:elektronska )?(?:poruka|e-?posta)(?: i| je| moze| sadrzi|,)|ovaj (?:e-?mail|mejl|imejl) (?:i|je|moze|"
    r"sadrzi)|"
    r"sadrzaj ove (?:poruke|e)|informacije sadrzane u|izjava o (?:poverljivosti|odricanju)|"
    r"molimo (?:vas )?(?:da )?(?:razmislite|mislite|vodite racuna) o|sacuvajmo|pre stampanja|napomena o poverljivosti"
)
_DISCLAIMER = re.compile(rf"\s*[*_(\[<-]{{0,3}}\s*(?:{_DISCLAIMER_WORDS})")
_MARKS = "-_([*<"  # before a footer or a disclaimer
_HEAD = 3
_HEADS = openings(f"{_FOOTER_WORDS}|{_DISCLAIMER_WORDS}", _HEAD)
_CLOSING = re.compile(
    r"(?:z (?:wyrazami|powazaniem|pozdrowieniami|uszanowaniem)|(?:serdecznie |goraco )?pozdr\w*|serdecznosci|lacze |"
    r"(?:kind |best |warm |warmest |with kind |with best )?regards|best|cheers|sincerely|yours\b|many thanks|"
    r"thanks|thank you|"
    r"(?:srdacan |srdacno |lep |lepo |puno |veliki |s |sa )?poz\w*|srdacno|s postovanjem|sa postovanjem|postovanje|"
    r"unapred hvala|hvala|dziekuje|dzieki|z gory dziekuje)[^.?]{0,40}$"
)
_TELEPHONE = re.compile(r"\d[\d \-/().]{6,}\d")
_MAIL_DOMAIN = re.compile(r"@[a-z0-9.-]+\.[a-z]")
_CONTACT_WORD = re.compile(
    r"\b(?:www\.|nip\b|regon\b|krs\b|pib\b|m[bo]\b:|tel\b|kom\b[.:]|mob\b|fax\b|faks\b|ul\.|d\.o\.o|ltd\b|gmbh\b|inc\b)"
    r"|https?://|24/7|sp\. z o\."
)
_SIGNATURES = frozenset({"--", "__", "-- --", "—", "–"})
_NAME = re.compile(r"\s*(?:[A-ZÀ-ŽЀ-Я][\w.'’-]{0,25}[ ,]{0,2}){1,5}(?:\s*[|/,(–-].{0,60})?$")


@dataclass(frozen=True, slots=True)
class Parts:
    """`new` is empty when the writer added nothing. `forwarded` is what she passed on, without its header block."""

    new: str
    forwarded: str = ""


_Row = tuple[str, str]
"""A line, and the same folded; a line that is too long has no folded form."""


def split(body: str) -> Parts:
    text = body.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    whole = fold(text)
    rows = [
        (line, folded if len(line) <= _LONGEST_LINE else "")
        for line, folded in zip(text.split("\n"), whole.split("\n"), strict=True)
    ]
    folded = [row[1] for row in rows]
    attributions = _Attributions(folded)
    may_divide = any(word in whole for word in _DIVIDER_WORDS)
    cut, forwarded_from = _end_of_own_part(folded, attributions, may_divide=may_divide)
    own = _without_quotes(rows[:cut], attributions)
    own = _without_signature(own)
    forwarded = _passed_on(rows[forwarded_from:]) if forwarded_from is not None else ""
    return Parts("\n".join(line for line, _ in own).strip(), forwarded)


def _end_of_own_part(folded: list[str], attributions: "_Attributions", *, may_divide: bool) -> tuple[int, int | None]:
    """Where the rest of an old mail begins that bears no `>` marks, and where something forwarded begins."""
    for number, line in enumerate(folded):
        if may_divide and (_FORWARD.match(line) or _DIVIDER.match(line)):
            return number, number + 1
        if ":" in line and _begins_header_block(folded, number):
            start = number
            while start > 0 and (_RULE.match(folded[start - 1]) or not folded[start - 1].strip()):
                start -= 1
            return start, number
        length = attributions.length(number)
        if length and not _quoted_soon(folded, number + length) and any(part.strip() for part in folded[:number]):
            return number, None
    return len(folded), None


def _begins_header_block(folded: list[str], number: int) -> bool:
    first = _HEADER.match(folded[number])
    if first is None or first["name"] not in _FIRST_HEADERS:
        return False
    names = {first["name"]}
    gaps = 0
    for line in folded[number + 1 : number + 9]:
        found = _HEADER.match(line)
        if found:
            names.add(found["name"])
        else:
            gaps += 1
            if gaps > 3:
                break
    return len(names) >= 3 or (len(names) == 2 and bool(names & {"wyslano", "sent", "poslato", "poslano", "gesendet"}))


class _Attributions:
    """The lines of a mail that say who wrote what follows: "On ... wrote:"."""

    def __init__(self, folded: list[str]) -> None:
        self._folded = folded
        # It takes up to three lines and ends in a colon.
        ends = (number for number, line in enumerate(folded) if ":" in line and line.rstrip().endswith(":"))
        self._lengths = {start: -1 for end in ends for start in range(max(0, end - 2), end + 1)}

    def length(self, number: int) -> int:
        """How many lines an attribution takes that begins there, 0 if none does."""
        length = self._lengths.get(number, 0)
        if length < 0:
            length = self._lengths[number] = _attribution(self._folded, number)
        return length


def _attribution(folded: list[str], number: int) -> int:
    """How many lines an attribution ("On ... wrote:") takes that begins here, 0 if none does."""
    first = folded[number].lstrip("> \t-*")
    if not _ATTRIBUTION_START.match(first) and not _ends_attribution(first.rstrip()):
        return 0
    joined = ""
    for length, line in enumerate(folded[number : number + 3], 1):
        if not line or line.isspace():
            return 0
        joined = f"{joined} {line.lstrip('> ')}".strip()
        if len(joined) > _LONGEST_LINE:
            return 0
        if _ends_attribution(joined):
            return length if _DATED.search(joined) else 0
    return 0


def _ends_attribution(line: str) -> bool:
    return line.endswith(":") and _ATTRIBUTION_END.search(line[-200:]) is not None


def _quoted_soon(folded: list[str], number: int) -> bool:
    for line in folded[number : number + 3]:
        if line.lstrip().startswith((">", "|")):
            return True
        if line.strip():
            return False
    return False


def _without_quotes(rows: Sequence[_Row], attributions: _Attributions) -> list[_Row]:
    kept = []
    skip_to = 0
    for number, row in enumerate(rows):
        if number < skip_to:
            continue
        if row[0].lstrip().startswith((">", "|")):
            continue
        end = number + attributions.length(number)
        if number < end <= len(rows) and (
            end == len(rows) or _quoted_soon([folded for _, folded in rows[end : end + 3]], 0)
        ):
            skip_to = end
            continue
        kept.append(row)
    return kept


def _without_signature(rows: Iterable[_Row]) -> list[_Row]:
    kept: list[_Row] = []
    said = False  # a line that is not empty
    for row in rows:
        line, folded = row
        bare = line.strip()
        if said and bare in _SIGNATURES:
            break
        if folded.lstrip().lstrip(_MARKS).lstrip()[:_HEAD] in _HEADS:
            if _DISCLAIMER.match(folded):
                # A line of text can begin like a disclaimer ("This message is for..."), but none stands first.
                if said:
                    break
            elif _FOOTER.match(folded):
                continue
        said = said or bool(bare)
        kept.append(row)
    while kept and not kept[-1][0].strip():
        kept.pop()
    return _without_contact_block(kept)


def _without_contact_block(rows: list[_Row]) -> list[_Row]:
    """Drop a closing block of name, firm and telephone that no `--` announces."""
    last = len(rows)
    first = max(1, last - 9)
    last_data = next((number for number in range(last - 1, first, -1) if _is_contact_data(rows[number])), 0)
    for number in range(first, last_data):
        line, folded = rows[number]
        if len(line) > 80 or not line.strip():
            continue
        closing = _CLOSING.match(folded.strip())
        name = _NAME.match(line.strip()) and not line.rstrip().endswith((".", "?", "!"))
        if not (closing or name):
            continue
        rest = rows[number + 1 : last]
        if not any(len(other) > 120 for other, _ in rest) and not any(map(_prose, rest)):
            return rows[: number + 1] if closing else rows[:number]
    return rows


def _is_contact_data(row: _Row) -> bool:
    return _holds_contact_data(row[1]) or row[0].isupper()


def _holds_contact_data(folded: str) -> bool:
    found = _TELEPHONE.search(folded) or _CONTACT_WORD.search(folded)
    return bool(found or ("@" in folded and _MAIL_DOMAIN.search(folded)))


def _prose(row: _Row) -> bool:
    """Whether a line reads like a sentence rather than like a part of a signature."""
    line, folded = row
    return line.rstrip().endswith((".", "?", "!")) and len(line.split()) > 4 and not _holds_contact_data(folded)


def _passed_on(rows: Iterable[_Row]) -> str:
    kept = []
    in_header = True
    for line, folded in rows:
        if in_header and (not folded.strip() or _HEADER.match(folded)):
            continue
        in_header = False
        kept.append(line.lstrip("> ") if line.startswith(">") else line)
    return "\n".join(kept).strip()
