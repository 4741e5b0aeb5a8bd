"""Words of the client that look like a quote, a signature or a footer, and are none."""

import pytest

from triage_bot.reading.new_text import split


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Na to szef napisał:\nproszę poczekać do piątku.\nCo robimy?", id="somebody wrote"),
        pytest.param("W dniu 3.11.2026 klient napisał:\nproszę o zwrot.\nCo mam zrobić?", id="he wrote on a day"),
        pytest.param(
            "Witam,\nw dniu 3.11.2026 o 15:00 klient napisał:\nproszę o zwrot.\nProszę odpisać.", id="at an hour too"
        ),
        pytest.param("Dnia 3 marca 2027 Kasia napisała:\nproszę o rabat.\nProszę odpisać.", id="she wrote, by name"),
        pytest.param(
            "On the other hand, it works.\nOn Monday at 10:00 we meet:\n- plan", id="lines that begin with On"
        ),
        pytest.param("Bilety:\nOd: Warszawa\nDo: Kraków\nData: 5.11.2026, 8:00\nKlasa: 2", id="a journey, Polish"),
        pytest.param("Prevoz:\nOd: Beograd\nDo: Novi Sad\nDatum: 5.11.2026. u 8:00", id="a journey, Serbian"),
        pytest.param("Temat: faktura\nProszę wysłać dziś.", id="a subject of her own"),
        pytest.param("Do: pani Ani\nProszę przekazać jej, że spotkanie jest o 15.", id="an addressee of her own"),
        pytest.param("From Monday: new hours.\nTo be sent to: all clients.", id="English words with colons"),
        pytest.param("Przelew:\nJan Kowalski\n12 1020 1026 0000 1234 5678 9012", id="a number of an account"),
        pytest.param(
            "Faktura na:\nFirma ABC sp. z o.o.\nul. Długa 5, 00-001 Warszawa\nNIP 525-000-00-00", id="data of a firm"
        ),
        pytest.param("Wizytówka dla:\nAnna Nowak\nKierownik\ntel. 600 100 200", id="data of a person"),
        pytest.param("Zmieniamy termin.\nJan Nowak\n13.05.2027\n10.00-11.00", id="a name with a day"),
        pytest.param(
            "Dear Team,\n\nHello\n\nWhich of the two plans shall we\ntake?\n\n+00 000 000 000", id="a greeting"
        ),
        pytest.param("Zadania\n-------\nFaktura\nUmowa", id="a heading"),
        pytest.param("Trzy sprawy.\n\n---\n1. Faktura do 15:00\n---\n2. Umowa z Kowalskim", id="lines between tasks"),
        pytest.param(
            "Pierwsza sprawa: faktura.\n--\nDruga sprawa: czy umowa jest już podpisana?\nProszę sprawdzić to dziś.",
            id="the mark of a signature between tasks",
        ),
        pytest.param("-- pierwszy punkt\n-- drugi punkt\n\nTyle.", id="points with dashes"),
        pytest.param("This email is to confirm that I need the report by Friday.", id="this email, first"),
        pytest.param("Hi,\nThis message is for Anna: please call the bank.\nBook the room.", id="this message"),
        pytest.param("Dzień dobry,\nTa wiadomość od banku mnie martwi.\nProszę zadzwonić.", id="this message, Polish"),
        pytest.param("Zdravo,\nOva poruka je stigla juče.\nOdgovorite danas.", id="this message, Serbian"),
        pytest.param("Hi,\nIf you have received this offer before, tell me.\nI need it by noon.", id="if you received"),
        pytest.param("Hi,\nThe information in this table is wrong.\nCorrect it by 3pm.", id="the information in this"),
        pytest.param("Witam,\nUwaga: dziś zamykamy o 14.\nProszę o zmianę godzin.", id="attention"),
        pytest.param("Witam,\nOchrona środowiska: proszę o ofertę.", id="a subject that footers have"),
        pytest.param("Witam,\nZgodnie z art. 5 umowy proszę o rozliczenie.\nTermin: 13.05.", id="a law"),
        pytest.param("Hej,\nWysłano z magazynu wczoraj, paczka dotrze jutro.", id="sent, Polish"),
        pytest.param(
            "Hej,\nWysłane z telefonu klienta zdjęcia proszę wrzucić na stronę.", id="sent from his telephone"
        ),
        pytest.param("Hi,\nSent from the warehouse yesterday, should arrive tomorrow.", id="sent, English"),
        pytest.param("Zdravo,\nPoslato juče kurirom, proverite molim vas.", id="sent, Serbian"),
        pytest.param("Get Outlook for iOS working on my phone, please. It crashes.", id="an app that crashes"),
        pytest.param("Best to do it today.\nCall me, please.", id="best"),
        pytest.param(
            "Dziękuję\n\nA czy faktura dla Nowaka już poszła?\nPotrzebna do 15.", id="a question below thanks"
        ),
        pytest.param("Ceny:\n| produkt | cena |\n| mleko | 5 zł |\nProszę wprowadzić.", id="a table"),
        pytest.param(">>> PROMOCJA <<<\nProszę wstawić taki baner.", id="a banner with arrows"),
        pytest.param("Pozdrawiam\nHanna", id="a closing with a name"),
        pytest.param("Proszę oddzwonić.\nHanna\nPILNE!!!", id="a shout below a name"),
        pytest.param("Kontakt do hydraulika\nJan Kos\n600 100 200", id="a contact that ends a sentence"),
        pytest.param("Nowy adres:\n\nLis Studio\nul. Krótka 3\ntel. 600 700 800", id="an address"),
        pytest.param("Mail:\nDo: j@kos.example\nDW: o@kos.example\nTemat: Oferta\n\nDo jutra.", id="a mail to write"),
        pytest.param("Poprawki:\n- Administratorem danych jest Lis\n- Klauzula RODO", id="points on a disclaimer"),
        pytest.param("Witam,\nKlauzula RODO jest stara, proszę poprawić do piątku.", id="a task on a disclaimer"),
        pytest.param("Hi,\nText for the footer:\nThis message is confidential.\nUse it.", id="a disclaimer to use"),
    ],
)
def test_it_stays(body: str) -> None:
    assert split(body).new == body


def test_no_word_is_lost_where_a_program_put_its_line_behind_hers() -> None:
    body = "Tak, do piątku. W dniu 9.03.2027 o 08:55, Kasia pisze:\n> Kiedy?"
    assert split(body).new == body.split("\n")[0]
