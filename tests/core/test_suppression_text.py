"""Machines without a machine's header, and the people who write like them."""

from datetime import UTC, datetime

import pytest

from triage_bot.core.messages import Address, IncomingMessage, Medium
from triage_bot.core.suppression import Ours, Suppression, machine

AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)
PERSON = "anna.nowak@klient.example"


def mail(
    subject: str, text: str, *, sender: str = PERSON, name: str = "Anna Nowak", refs: tuple[str, ...] = ()
) -> IncomingMessage:
    return IncomingMessage(
        channel="mail",
        medium=Medium.EMAIL,
        key="INBOX/1/1",
        received_at=AT,
        text=text,
        header_from=Address(sender, name),
        subject=subject,
        refs=refs,
        envelope_from=sender,
    )


LONG = " ".join(["We looked at the figures of the third quarter and at what the shop sold in October."] * 12)

PEOPLE = [
    pytest.param(
        "FYI - gone this weekend", "I won't be reading mail until Monday night. Good luck!", id="gone for a weekend"
    ),
    pytest.param(
        "Urlop",
        "Pani Marto, od poniedziałku jestem na urlopie do 27 listopada. Proszę w tym czasie pisać do Jana.\n\nAnna",
        id="a client announces her holiday",
    ),
    pytest.param(
        "Urlop: prośba o rezerwację", "Proszę zarezerwować hotel w Gdyni na 3 noce.", id="a holiday to be booked"
    ),
    pytest.param(
        "I will be out of the office next week",
        "Hi, just so that you know: I'm away from Monday to Friday. Please move my calls to the week after.",
        id="calls to be moved while she is away",
    ),
    pytest.param(
        "Autoresponder na święta",
        "Proszę ustawić autoresponder od 23 grudnia: 'Dziękuję za wiadomość, jestem na urlopie'.",
        id="an autoresponder is to be set up",
    ),
    pytest.param(
        "Automatic reply for my holiday",
        "Could you please set one up from Friday? Something short will do.",
        id="an automatic reply is the task",
    ),
    pytest.param(
        "Re: Automatyczna odpowiedź: faktura",
        "Wróciłam już, możemy rozmawiać. Czy faktura jest opłacona?",
        id="back again",
    ),
    pytest.param(
        "Spam",
        "I only get an automatic reply from their support, an automated message each time. Could you call them?",
        id="complains about somebody's automatic replies",
    ),
    pytest.param(
        "Report",
        "The sales report should be automatically generated every Monday and sent automatically to the team.",
        id="asks for an automatically generated report",
    ),
    pytest.param(
        "Raport",
        "Lista klientów ma być wygenerowana automatycznie w każdy poniedziałek. Da się to zrobić?",
        id="asks for a generated list, in Polish",
    ),
    pytest.param(
        "mailbox delivery problem",
        "Hi, when I send to jan@firma.example my mail is not delivered, it says 550 5.1.1 user unknown. Can you check?",
        id="a subject about mail delivery",
    ),
    pytest.param(
        "Fwd: Undelivered Mail Returned to Sender",
        "Co to znaczy? Proszę sprawdzić adres.\n\n---------- Forwarded message ---------\nFrom: Mail Delivery System "
        "<MAILER-DAEMON@mx.example>\nDate: Fri\nI'm sorry to have to inform you that your message could not\n"
        "be delivered to one or more recipients. 550 5.1.1 user unknown",
        id="a forwarded bounce",
    ),
    pytest.param(
        "Delivery status?",
        "The chairs were not delivered to the client yet. Order number 4711, who has the tracking number?",
        id="the delivery of a parcel",
    ),
    pytest.param("Mailbox full", "My mailbox is full again, please clean up the old newsletters.", id="a full mailbox"),
    pytest.param(
        "Newslettery",
        "Proszę wypisać mnie ze wszystkich newsletterów. Nie wiem, jak się wypisać z Allegro, ciągle coś przysyłają.",
        id="wants to leave newsletters, in Polish",
    ),
    pytest.param(
        "newsletter",
        "Please unsubscribe me from all of these newsletters, I get twenty a day.",
        id="wants to leave newsletters",
    ),
    pytest.param(
        "Newsletter na czwartek",
        "Proszę przygotować newsletter: promocja -20%, przycisk 'kliknij tutaj', w stopce 'Zobacz w przeglądarce', "
        "'Wypisz się' i link do polityki prywatności. Treść wyślę jutro.",
        id="a newsletter is to be made",
    ),
    pytest.param(
        "Bilten za petak",
        "Molim Vas pripremite bilten. U dnu neka stoji 'odjavite se' i politika privatnosti. Hvala!",
        id="a newsletter is to be made, in Serbian",
    ),
    pytest.param(
        "Newsletter for Friday",
        LONG
        + " Please write the newsletter about it with a button (click here), our privacy policy and an unsubscribe "
        "link in the footer. " + LONG,
        id="a long order for a newsletter",
    ),
    pytest.param(
        "What is this?",
        "Is this serious?\n\n> You are receiving this email because you signed up at shop.example.\n"
        "> To unsubscribe click here: https://shop.example/unsubscribe",
        id="quotes a newsletter",
    ),
    pytest.param(
        "Re: Oferta",
        "Dziękuję za wiadomość. Jestem na urlopie, wracam w piątek i wtedy podpiszę.\n\nAnna",
        id="answers from her holiday",
    ),
    pytest.param(
        "Questions",
        "Thank you for your email. We have received your invoice and will pay it on Friday.",
        id="thanks for an invoice",
    ),
    pytest.param(
        "Potwierdzenie otrzymania zaliczki", "Czy mogą Państwo potwierdzić? Kwota 1200 zł.", id="confirms a payment"
    ),
    pytest.param(
        "Please do not reply to this thread",
        "Please do not reply to this mail, call me instead: 600 100 200.",
        id="does not want an answer by mail",
    ),
    pytest.param(
        "Code", "The verification code for the bank is 123456, log in to your account now.", id="passes a code on"
    ),
    pytest.param(
        "Password reset", "I forgot it again. Could you reset your password and mine?", id="asks about a password"
    ),
    pytest.param(
        "Newsletter do sprawdzenia",
        "Dzień dobry, proszę sprawdzić ten tekst:\n\n"
        + LONG
        + "\nOtrzymujesz tę wiadomość, bo jesteś z nami.\nWypisz się",
        id="copy to be proofread",
    ),
    pytest.param(
        "Draft",
        "Could you translate this footer, please?\n\nClick here to read more.\nUnsubscribe",
        id="a footer to translate",
    ),
    pytest.param("Unsubscribe", "Unsubscribe me from all of these, please. Anna", id="an order of one line"),
    pytest.param("", "", id="an empty mail"),
    pytest.param("Spotkanie", "Czy możemy przełożyć spotkanie na czwartek 14:00?", id="a plain request"),
]


@pytest.mark.parametrize(("subject", "text"), PEOPLE)
def test_a_person_is_not_taken_for_a_machine(subject: str, text: str) -> None:
    """What people write about machines is not what machines write."""
    assert machine(mail(subject, text), Ours()) is None


MACHINES = [
    pytest.param(
        "Automatyczna odpowiedź: Faktura za październik",
        "Jestem na urlopie do 27 listopada.",
        Suppression.OUT_OF_OFFICE,
        id="Outlook, Polish",
    ),
    pytest.param(
        "Automatische Antwort: Rechnung",
        "Ich bin erst am Montag zurück.",
        Suppression.OUT_OF_OFFICE,
        id="Outlook, German",
    ),
    pytest.param("Out of Office: Re: invoice", "Back on Monday.", Suppression.OUT_OF_OFFICE, id="an answered subject"),
    pytest.param(
        "Одсутан: Re: рачун", "Враћам се у понедељак.", Suppression.OUT_OF_OFFICE, id="an answered subject, Cyrillic"
    ),
    pytest.param(
        "Re: Faktura",
        "Dziękuję za wiadomość. Przebywam na urlopie do 27 listopada. W sprawach pilnych proszę o kontakt z Janem "
        "Kowalskim. Odpowiem po powrocie.",
        Suppression.OUT_OF_OFFICE,
        id="an out-of-office text under an answered subject",
    ),
    pytest.param(
        "Re: Račun",
        "Hvala na poruci. Nalazim se na godišnjem odmoru do 27. novembra. U hitnim slučajevima pišite kolegi. "
        "Javiću vam se po povratku.",
        Suppression.OUT_OF_OFFICE,
        id="an out-of-office text in Serbian",
    ),
    pytest.param(
        "Re: Рачун",
        "Хвала на поруци. Налазим се на годишњем одмору. У хитним случајевима пишите колегиници.",
        Suppression.OUT_OF_OFFICE,
        id="an out-of-office text in Cyrillic",
    ),
    pytest.param(
        "Re: invoice",
        "Thank you for your email. I am out of the office with limited access to my mail until 27 November. For urgent "
        "matters please contact Jan.",
        Suppression.OUT_OF_OFFICE,
        id="an out-of-office text in English",
    ),
    pytest.param(
        "Your order",
        "Hello! This is an automated message, order 4711 is on its way.",
        Suppression.NOTIFICATION_TEXT,
        id="says that it is automated",
    ),
    pytest.param(
        "Zgłoszenie",
        "Ta wiadomość została wygenerowana automatycznie. Prosimy na nią nie odpowiadać.",
        Suppression.NOTIFICATION_TEXT,
        id="says that it was generated, in Polish",
    ),
    pytest.param(
        "Obaveštenje",
        "Ova poruka je automatski generisana. Molimo ne odgovarajte.",
        Suppression.NOTIFICATION_TEXT,
        id="says that it was generated, in Serbian",
    ),
    pytest.param(
        "Undelivered Mail Returned to Sender",
        "Your message could not be delivered to one or more recipients.",
        Suppression.BOUNCE_TEXT,
        id="a bounce that lost its headers",
    ),
    pytest.param(
        "Weekend deals",
        LONG + "\n\nYou are receiving this email because you signed up at shop.example. To unsubscribe, click here.",
        Suppression.NEWSLETTER_TEXT,
        id="a newsletter that says why it came",
    ),
    pytest.param(
        "Nowości w sklepie",
        LONG + "\n\nOtrzymujesz tę wiadomość, ponieważ zapisałaś się do newslettera. Kliknij tutaj, aby się wypisać.",
        Suppression.NEWSLETTER_TEXT,
        id="a newsletter in Polish",
    ),
    pytest.param(
        "Vikend akcija",
        LONG + "\n\nPrimili ste ovaj mejl jer ste naš kupac. Odjavite se ovde: https://prodavnica.example/odjava",
        Suppression.NEWSLETTER_TEXT,
        id="a newsletter in Serbian",
    ),
    pytest.param(
        "Tylko dziś", "Dostawa za 0 zł do północy!\nWypisz się", Suppression.NEWSLETTER_TEXT, id="a short offer, Polish"
    ),
    pytest.param(
        "Last chance",
        "Everything must go.\n\nUnsubscribe | Preferences",
        Suppression.NEWSLETTER_TEXT,
        id="a short offer",
    ),
    pytest.param(
        "Само данас", "Достава бесплатна.\n\nОдјавите се", Suppression.NEWSLETTER_TEXT, id="a short offer, Cyrillic"
    ),
    pytest.param(
        "Викенд акција",
        LONG + "\n\nАко више не желите да примате поруке, одјавите се.",
        Suppression.NEWSLETTER_TEXT,
        id="a newsletter in Cyrillic",
    ),
]


@pytest.mark.parametrize(("subject", "text", "expected"), MACHINES)
def test_a_machine_without_a_header_is_known_by_its_words(subject: str, text: str, expected: Suppression) -> None:
    verdict = machine(mail(subject, text), Ours())
    assert verdict is not None
    assert verdict.suppression is expected


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        pytest.param("newsletter@sklep.example", "", id="a newsletter's address"),
        pytest.param("hello@sklep.example", "Sklep Newsletter", id="a newsletter's name"),
        pytest.param("jan@notifications.bank.example", "", id="a domain for notifications"),
        pytest.param("powiadomienia@bank.example", "", id="notifications in Polish"),
    ],
)
def test_an_address_that_only_machines_have_is_enough(sender: str, name: str) -> None:
    assert machine(mail("Dzień dobry", "Mamy coś nowego.", sender=sender, name=name), Ours()) is not None


def test_an_answer_from_the_newsletter_desk_is_a_persons() -> None:
    """In a thread the address alone does not silence anybody."""
    message = mail("Re: Tekst", "Poprawiłam akapit.", sender="newsletter@klient.example", refs=("1@x.example",))
    assert machine(message, Ours()) is None


def test_telegram_knows_no_machines() -> None:
    message = IncomingMessage("telegram", Medium.CHAT, "1/1", AT, "To unsubscribe, click here", chat_id=1)
    assert machine(message, Ours()) is None
