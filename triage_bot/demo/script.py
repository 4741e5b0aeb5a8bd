"""The two days that the demo plays: who writes what, and what must come of it.

Friday 12 February 2027 and the Monday after it, which is a public holiday in Serbia and a working day in Poland.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")

CLIENTS = """\
clients:
  - name: Kancelaria Nowak
    language: pl
    contacts: [{domain: nowak.example}]
  - name: Hotel Pod Lipą
    language: pl
    contacts: [{telegram: 501}]
    agreement:
      emergencies: {alert: "07:00-22:00", contact: "tel. +48 600 000 000"}
  - name: Pekara Mila
    language: sr
    contacts: [{telegram: "@mila_pekara"}, {email: mila@pekara.example}]
    agreement: {zone: Europe/Belgrade, holidays: {country: RS}}
  - name: Петровић д.о.о.
    language: sr-Cyrl
    contacts: [{email: petar@petrovic.example}]
    agreement: {zone: Europe/Belgrade, holidays: {country: RS}}
  - name: Baker & Sons
    greeting: Ann
    language: en
    zone: America/New_York
    contacts: [{email: ann@baker.example}]
"""


@dataclass(frozen=True, slots=True)
class Scene:
    """A moment of the play. Without a sender only the clock moves, and the assistant may look at her phone."""

    at: datetime
    title: str
    sender: str = ""  # an address, or "@name" or a number on Telegram
    name: str = ""
    subject: str = ""
    text: str = ""
    gloss: str = ""  # the text in English, for whoever reads neither Polish nor Serbian
    headers: Mapping[str, str] = field(default_factory=dict)
    urgency: str = ""  # what must be decided
    silence: str = ""  # the name of the suppression, "" if the client must be acknowledged
    alerted: bool = False  # the assistant must be told at once
    closes: bool = False  # she works through her queue and closes every item


def _friday(hour: int, minute: int) -> datetime:
    return datetime(2027, 2, 12, hour, minute, tzinfo=WARSAW)


def _monday(hour: int, minute: int) -> datetime:
    return datetime(2027, 2, 15, hour, minute, tzinfo=WARSAW)


START = _friday(12, 25)

SCENES = (
    Scene(
        _friday(12, 30),
        "an ordinary task between two checks",
        "anna@nowak.example",
        "Anna Nowak",
        "Umowa najmu",
        "Dzień dobry,\n\nproszę przygotować projekt umowy najmu dla lokalu przy Długiej 5. Wzór leży na dysku,\n"
        "dane najemcy są w załączniku.\n\nAnna Nowak",
        gloss="Please draft the lease for 5 Długa Street. The template is on the drive, the tenant's data attached.",
        urgency="normal",
    ),
    Scene(
        _friday(12, 40),
        "a client in New York: the moment is said on her clock",
        "ann@baker.example",
        "Ann Baker",
        "Supplier list",
        "Hi Katarzyna,\n\ncould you put the supplier list in alphabetical order? Tuesday is fine.\n\nAnn",
        urgency="normal",
    ),
    Scene(
        _friday(13, 5),
        "an emergency: nothing in it says “urgent”, the harm does",
        "501",
        "Marek Lis",
        text="goście stoją w recepcji, a system rezerwacji nie przyjmuje żadnych płatności kartą",
        gloss="guests are standing at the desk and the booking system takes no card payments",
        urgency="urgent",
        alerted=True,
    ),
    Scene(
        _friday(13, 20),
        "“nic pilnego” is not urgent, although the word stands in it",
        "biuro@nowak.example",
        "Biuro Nowak",
        "Segregatory",
        "Nic pilnego: przy okazji proszę zamówić dziesięć segregatorów.",
        gloss="Nothing urgent: when you get to it, please order ten binders.",
        urgency="low",
    ),
    Scene(
        _friday(13, 40),
        "a deadline before the next check, without an urgent word",
        "petar@petrovic.example",
        "Петар Петровић",
        "Понуда за сајам",
        "Поштована, понуду за сајам морамо да пошаљемо организатору до 15 часова.\n"
        "Молим Вас да је преведете на енглески, налази се у прилогу.\n\nПетар",
        gloss="We must send the offer for the fair to the organiser by 3 pm. Please translate it into English.",
        urgency="urgent",
        alerted=True,
    ),
    Scene(
        _friday(14, 0),
        "a question on Telegram, in Serbian without diacritics",
        "@mila_pekara",
        "Mila",
        text="zdravo, da li mozes u sredu da zakazes termin kod knjigovodje? nije hitno",
        gloss="hello, can you make an appointment with the accountant on Wednesday? not urgent",
        urgency="low",
    ),
    Scene(
        _friday(14, 10),
        "an out-of-office reply: queued, never answered",
        "jan@nowak.example",
        "Jan Nowak",
        "Automatyczna odpowiedź: Zestawienie",
        "Jestem na urlopie do 22 lutego. W pilnych sprawach proszę o kontakt z biurem.",
        headers={"Auto-Submitted": "auto-replied"},
        gloss="I am on leave until 22 February. In urgent matters please contact the office.",
        urgency="none",
        silence="AUTO_REPLIED",
    ),
    Scene(
        _friday(14, 15),
        "a newsletter that shouts: nobody answers it",
        "oferty@nowak.example",
        "Nowak Szkolenia",
        "PILNE! Ostatnie miejsca",
        "Tylko dziś rabat 50%! Zapisz się natychmiast.\n\nWypisz się z newslettera: https://nowak.example/wypisz",
        headers={"List-Unsubscribe": "<https://nowak.example/wypisz>"},
        gloss="URGENT! Last places. Only today 50 % off! Sign up immediately. Unsubscribe: ...",
        urgency="none",
        silence="NEWSLETTER",
    ),
    Scene(
        _friday(14, 30),
        "a thank-you needs no answer",
        "ann@baker.example",
        "Ann Baker",
        "Re: Flights",
        "Perfect, thank you so much!",
        urgency="none",
        silence="NEEDS_NO_ANSWER",
    ),
    Scene(_friday(16, 0), "the check window: the digest, and she works through it", closes=True),
    Scene(
        _friday(17, 20),
        "Friday evening: the promise names Monday",
        "anna@nowak.example",
        "Anna Nowak",
        "Faktury za styczeń",
        "Dzień dobry, proszę zebrać faktury kosztowe za styczeń i wysłać je do księgowej do końca lutego.",
        gloss="Please collect the cost invoices of January and send them to the accountant by the end of February.",
        urgency="low",
    ),
    Scene(
        _friday(21, 15),
        "an emergency at an hour that was agreed for emergencies",
        "501",
        "Marek Lis",
        text="pilne! strona hotelu nie działa, od godziny nikt nie może zarezerwować pokoju",
        gloss="urgent! the hotel's site is down, for an hour nobody has been able to book a room",
        urgency="urgent",
        alerted=True,
    ),
    Scene(_monday(8, 0), "the first check of the week", closes=True),
    Scene(
        _monday(9, 10),
        "a public holiday in Serbia: the promise skips it and names it",
        "mila@pekara.example",
        "Mila Ilić",
        "Nova etiketa",
        "Dobro jutro, molim te napravi novu etiketu za hleb sa semenkama. Tekst i mere su u prilogu.",
        gloss="Good morning, please make a new label for the seeded bread. Text and measures are attached.",
        urgency="normal",
    ),
    Scene(
        _monday(9, 30),
        "and so it does in the other script",
        "petar@petrovic.example",
        "Петар Петровић",
        "Списак учесника",
        "Добар дан, када ћете моћи да средите списак учесника семинара?",
        gloss="Hello, when will you be able to put the list of the seminar's participants in order?",
        urgency="normal",
    ),
    Scene(
        _monday(9, 45),
        "somebody nobody knows: queued, not answered",
        "ktos@nieznany.example",
        "Ktoś Nieznany",
        "Współpraca",
        "Dzień dobry, szukam wirtualnej asystentki. Czy ma Pani wolne godziny?",
        gloss="Hello, I am looking for a virtual assistant. Do you have free hours?",
        urgency="normal",
        silence="UNKNOWN_SENDER",
    ),
    Scene(_monday(12, 0), "the check window: the digest"),
)
