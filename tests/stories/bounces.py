"""Mail that came back, as a mail server writes it."""

from triage_bot.demo.stage import MAILBOX

ANNA = "anna@nowak.example"

STATUS = """\
Reporting-MTA: dns; mx.nowak.example
Arrival-Date: Fri, 20 Nov 2026 09:00:00 +0100

Final-Recipient: rfc822; {to}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {code} {status} {words}
"""


def bounce(returned: bytes, *, action: str = "failed", status: str = "5.1.1", whole: bool = False) -> bytes:
    """As a mail server writes it, with the header or the whole of what came back."""
    words = "<anna> no such user" if status[0] == "5" else "mailbox is full"
    told = STATUS.format(to=ANNA, action=action, status=status, code=f"{status[0]}50", words=words)
    header = returned.partition(b"\r\n\r\n")[0] + b"\r\n"
    parts = [
        b"Content-Type: text/plain\r\n\r\nI'm sorry to have to inform you that your message could not be delivered.",
        b"Content-Type: message/delivery-status\r\n\r\n" + told.replace("\n", "\r\n").encode(),
        b"Content-Type: message/rfc822\r\n\r\n" + returned
        if whole
        else b"Content-Type: text/rfc822-headers\r\n\r\n" + header,
    ]
    head = (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@mx.nowak.example>\r\n"
        f"To: {MAILBOX}\r\nSubject: Undelivered Mail Returned to Sender\r\nMessage-ID: <b{status}@mx.nowak.example>\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    return head.encode() + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"
