"""Chats written as mails: with a greeting, a closing and a name, which say nothing of what is the matter.

Without them the short mails among the examples would be too few, and a greeting would be taken for small talk.
"""

_SUBJECTS = {
    "pl": ("", "", "Strona", "Sprawa", "Pytanie", "Krótko", "Proszę przeczytać", "Witam"),
    "sr": ("", "", "Sajt", "Jedna stvar", "Pitanje", "Kratko", "Dobar dan", "Poruka"),
    "en": ("", "", "Website", "One thing", "Question", "Quick note", "Hello", "Message"),
}
_GREETINGS = {
    "pl": (
        "Dzień dobry,",
        "Witam,",
        "Cześć,",
        "Pani Kasiu,",
        "Szanowna Pani,",
        "Hej Kasiu,",
        "Dzień dobry Pani Kasiu,",
    ),
    "sr": ("Zdravo,", "Dobar dan,", "Poštovana,", "Ćao Jelena,", "Draga Jelena,", "Pozdrav,", "Poštovana Jelena,"),
    "en": ("Hi,", "Hello,", "Dear Kate,", "Hi Kate,", "Good morning,", "Hey,", "Dear Ms Novak,"),
}
_CLOSINGS = {
    "pl": (
        *("Pozdrawiam\nMarek Nowak", "Pozdrawiam,\nAnia", "Z poważaniem\nJan Kowalski", "Dziękuję i pozdrawiam\nEwa"),
        *("Pzdr\nTomek", "Miłego dnia\nOla", "Z góry dziękuję\nPaweł", "Pozdrawiam serdecznie\nMagda", "Ola"),
    ),
    "sr": (
        *("Pozdrav\nMarko", "Srdačan pozdrav,\nAna Petrović", "Hvala\nIvan", "Lep pozdrav\nMilica", "Pozz\nNemanja"),
        *("S poštovanjem\nPetar Jović", "Unapred hvala\nJovana", "Veliki pozdrav,\nDejan", "Ivana"),
    ),
    "en": (
        *("Best,\nTom", "Kind regards,\nSarah Miller", "Thanks,\nJo", "Many thanks\nPeter", "Cheers\nMike", "Anna"),
        *("Best wishes,\nHelen", "Regards\nDavid Brown", "Have a nice day\nLucy"),
    ),
}


def framed(text: str, language: str, number: int) -> tuple[str, str]:
    """Subject and body of the mail. Which frame it gets depends on `number`, that of the example."""
    subjects, greetings, closings = _SUBJECTS[language], _GREETINGS[language], _CLOSINGS[language]
    subject = subjects[number // 2 % len(subjects)]
    greeting, closing = greetings[number // 3 % len(greetings)], closings[number // 5 % len(closings)]
    return subject, f"{greeting}\n\n{text[:1].upper()}{text[1:]}\n\n{closing}"
