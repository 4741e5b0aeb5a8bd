"""What people read, in the stories."""

import email
import email.policy
from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

from triage_bot.demo.stage import ASSISTANT_CHAT, Stage

WARSAW = ZoneInfo("Europe/Warsaw")


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    """A moment of November 2026 in Warsaw. The 20th is a Friday; the 11th, a Wednesday, is a public holiday."""
    return datetime(2026, 11, day, hour, minute, second, tzinfo=WARSAW)


def mails(stage: Stage) -> list[EmailMessage]:
    """The acknowledgements that the SMTP server took."""
    return [read_mail(received.data) for received in stage.smtp.received]


def read_mail(raw: bytes) -> EmailMessage:
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def phone(stage: Stage) -> list[str]:
    """What the assistant reads on Telegram."""
    return [message.text for message in stage.telegram.sent(ASSISTANT_CHAT)]
