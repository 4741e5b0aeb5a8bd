"""Mails to deliver."""


def plain(text: str, subject: str = "Pytanie", number: int = 1) -> bytes:
    head = (
        f"From: Anna Nowak <anna@client.example>\nTo: maja@example.com\nSubject: {subject}\n"
        f"Message-ID: <{number}@client.example>\nDate: Fri, 20 Nov 2026 12:30:00 +0100\n"
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    )
    return (head + text + "\n").replace("\n", "\r\n").encode()


def with_parts(kind: str, *parts: tuple[str, str]) -> bytes:
    """`parts` are headers and body of each."""
    head = (
        "From: anna@client.example\nTo: maja@example.com\nSubject: Parts\nMessage-ID: <parts@client.example>\n"
        f'MIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary="=-edge"\n\n'
    )
    return (head + _joined(parts, "=-edge")).replace("\n", "\r\n").encode()


def nested(kind: str, *parts: tuple[str, str]) -> tuple[str, str]:
    """A multipart to stand in another."""
    return f'Content-Type: multipart/{kind}; boundary="=-inner"', _joined(parts, "=-inner")


def text(body: str) -> tuple[str, str]:
    return "Content-Type: text/plain; charset=utf-8", body


def html(body: str) -> tuple[str, str]:
    return "Content-Type: text/html; charset=utf-8", body


def attachment(name: str, size: int) -> tuple[str, str]:
    lines = "\n".join(["A" * 76] * (size // 77))
    return (
        f'Content-Type: application/pdf; name="{name}"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="{name}"',
        lines,
    )


def _joined(parts: tuple[tuple[str, str], ...], boundary: str) -> str:
    pieces = "".join(f"--{boundary}\n{headers}\n\n{body}\n" for headers, body in parts)
    return f"{pieces}--{boundary}--\n"
