"""What clients write: made up for the benchmarks, no two alike, every one a task or a question that wants an answer."""

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Speech:
    """One language's stock of sentences; `{n}` is a number that makes each message one of a kind."""

    names: tuple[str, ...]
    greetings: tuple[str, ...]
    subjects: tuple[str, ...]
    tasks: tuple[str, ...]
    background: tuple[str, ...]
    endings: tuple[str, ...]


POLISH = Speech(
    names=("Anna Nowak", "Paweł Żółkiewski", "Małgorzata Wiśniewska", "Jan Kowalski", "Łucja Gąsior"),
    greetings=("Dzień dobry,", "Dzień dobry Pani Katarzyno,", "Cześć Kasiu,", "Witam,"),
    subjects=(
        "Umowa z dostawcą nr {n}",
        "Oferta {n}: prośba",
        "Faktura {n}/2026",
        "Spotkanie w sprawie zamówienia {n}",
    ),
    tasks=(
        "Proszę o przygotowanie zestawienia kosztów do zamówienia {n} i wysłanie go do księgowości do piątku.",
        "Czy mogłaby Pani sprawdzić, czy faktura numer {n} została już opłacona przez klienta?",
        "Potrzebuję nowego terminu spotkania z firmą numer {n}, najlepiej w przyszłym tygodniu rano.",
        "Proszę poprawić ofertę {n} według uwag z załącznika i odesłać mi ją do akceptacji.",
    ),
    background=(
        "Klient wrócił do nas z kilkoma pytaniami i chciałby mieć wszystko w jednym dokumencie, żeby pokazać go "
        "swojemu zarządowi.",
        "W poprzednim miesiącu robiliśmy to inaczej, ale tamten układ tabeli okazał się mało czytelny dla osób, które "
        "nie znają projektu.",
        "Rozmawiałem z panią z biura i mówiła, że część danych jest już w arkuszu, który Pani prowadzi.",
        "Logo i kolory zostają bez zmian, zmienia się tylko adres siedziby oraz numer konta na ostatniej stronie.",
    ),
    endings=("Z góry dziękuję i pozdrawiam", "Pozdrawiam serdecznie", "Z poważaniem"),
)
SERBIAN = Speech(
    names=("Ana Jović", "Đorđe Petrović", "Milica Živković", "Nikola Šćepanović"),
    greetings=("Poštovana,", "Dobar dan,", "Zdravo Katarina,"),
    subjects=("Ponuda broj {n}", "Narudžbina {n}", "Pitanje o fakturi {n}"),
    tasks=(
        "Molim vas da pripremite pregled troškova za narudžbinu {n} i pošaljete ga knjigovodstvu do petka.",
        "Da li možete da proverite da li je faktura broj {n} već plaćena?",
        "Potreban mi je novi termin sastanka sa dobavljačem broj {n}, najbolje sledeće nedelje pre podne.",
    ),
    background=(
        "Kupac nam se javio sa nekoliko pitanja i želeo bi da sve dobije u jednom dokumentu, da ga pokaže upravi.",
        "Prošlog meseca smo to radili drugačije, ali je tabela bila nepregledna za ljude koji ne poznaju projekat.",
        "Deo podataka se već nalazi u tabeli koju vodite, ostalo ću poslati čim ga dobijem od kolega iz magacina.",
    ),
    endings=("Hvala unapred i srdačan pozdrav", "Lep pozdrav", "S poštovanjem"),
)
CYRILLIC = Speech(
    names=("Јелена Марковић", "Душан Илић", "Љиљана Џунић"),
    greetings=("Поштована,", "Добар дан,"),
    subjects=("Понуда број {n}", "Питање о рачуну {n}"),
    tasks=(
        "Молим вас да припремите преглед трошкова за наруџбину {n} и пошаљете га књиговодству до петка.",
        "Да ли можете да проверите да ли је рачун број {n} већ плаћен?",
    ),
    background=(
        "Купац нам се јавио са неколико питања и желео би да све добије у једном документу, да га покаже управи.",
        "Прошлог месеца смо то радили другачије, али је табела била непрегледна за људе који не познају пројекат.",
    ),
    endings=("Хвала унапред и срдачан поздрав", "С поштовањем"),
)
ENGLISH = Speech(
    names=("Grace Lee", "Tom O'Brien", "Priya Raman", "Hannah Fischer"),
    greetings=("Hi Kate,", "Hello,", "Good morning Katarzyna,"),
    subjects=("Contract {n}", "Invoice {n}: a question", "Meeting about order {n}", "Newsletter draft {n}"),
    tasks=(
        "Could you put together the list of costs for order {n} and send it to accounting by Friday?",
        "Please check whether invoice {n} has been paid, and let me know what is still open.",
        "I need a new date for the meeting with supplier {n}, next week in the morning if at all possible.",
        "Please update the proposal {n} with the comments in the shared folder and send it back for my approval.",
    ),
    background=(
        "The customer came back with a few questions and would like to have everything in one document, so that she "
        "can show it to her board.",
        "Last month we did it differently, but that table was hard to follow for people who do not know the project.",
        "Part of the data is in the sheet that you keep; I will send the rest as soon as I get it from the warehouse.",
        "The logo and the colours stay as they are, only the address and the account number on the last page change.",
    ),
    endings=("Thanks in advance and best regards", "Kind regards", "Best"),
)
SPEECHES = (POLISH, SERBIAN, POLISH, ENGLISH, POLISH, CYRILLIC, SERBIAN, ENGLISH)


def speech(number: int) -> Speech:
    return SPEECHES[number % len(SPEECHES)]


def mail_text(number: int) -> tuple[str, str, str]:
    """Name of the writer, subject and 0.5 to 1 kB of text of the mail with this number."""
    said, chance = speech(number), Random(number)
    name = chance.choice(said.names)
    signature = f"-- \n{name}\ntel. +48 600 {number % 1000:03} 200\nwww.client.example"
    paragraphs = [
        chance.choice(said.greetings),
        chance.choice(said.tasks).format(n=number),
        " ".join(chance.sample(said.background, 2)),
        f"{chance.choice(said.endings)}\n{name}\n\n{signature}",
    ]
    return name, chance.choice(said.subjects).format(n=number), "\n\n".join(paragraphs)


def chat_text(number: int) -> str:
    """A chat message, short as such are."""
    said, chance = speech(number), Random(number)
    return f"{chance.choice(said.greetings)} {chance.choice(said.tasks).format(n=number)}"
