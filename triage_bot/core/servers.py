"""Where the outside world is and how to get in: what the channels need to connect, and nothing else."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class MailServer:
    """An IMAP or SMTP server. `security` is "tls" (from the first byte), "starttls" or "none" (loopback only);
    an empty `user` means that nobody logs in."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    timeout: float = 30.0  # seconds for one step of the conversation


@dataclass(frozen=True, slots=True)
class TelegramServer:
    token: str = field(repr=False)
    api_url: str = "https://api.telegram.org"
