"""Delivery status notifications as mail servers write them, and as nobody should."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_bot.channels.mail_mime import Part
from triage_bot.channels.mail_report import delivery_report

RETURNED = Part("text/rfc822-headers", "", "", b"Message-ID: <1@x.example>\r\nTo: anna@nowak.example\r\n")


def status(text: str, encoding: str = "") -> Part:
    return Part("message/delivery-status", "", encoding, text.encode())


def about(*fields: str) -> str:
    return "Reporting-MTA: dns; mx.example\n\n" + "\n".join(fields) + "\n"


@pytest.mark.parametrize(
    ("text", "permanent", "code", "recipient"),
    [
        pytest.param(
            about("Final-Recipient: rfc822; Anna@Nowak.example", "Action: failed", "Status: 5.1.1"),
            True, "5.1.1", "anna@nowak.example", id="no such user",
        ),
        pytest.param(
            about("Final-Recipient: rfc822; anna@nowak.example", "Action: failed", "Status: 4.2.2 (mailbox full)"),
            False, "4.2.2", "anna@nowak.example", id="a full mailbox",
        ),
        pytest.param(
            about(
                "Original-Recipient: rfc822;anna@nowak.example",
                "Final-Recipient: rfc822;a1@inner.example", "Action: Failed", "Status: 5.0.0",
            ),
            True, "5.0.0", "anna@nowak.example", id="the address that was written to, not the one behind it",
        ),
        pytest.param(
            about("Action: failed", "Diagnostic-Code: smtp; 452 4.2.2 full"),
            False, "4.2.2", "", id="the status only in the diagnostic",
        ),
        pytest.param(about("Action: failed"), True, "", "", id="no status at all counts as permanent"),
        pytest.param(
            about("Final-Recipient: rfc822; b@x.example", "Action: delivered", "Status: 2.0.0", "")
            + "\nFinal-Recipient: rfc822; anna@nowak.example\nAction: failed\nStatus: 5.1.1\n",
            True, "5.1.1", "anna@nowak.example", id="of several the one that failed",
        ),
    ],
)  # fmt: skip
def test_a_status_is_read(text: str, permanent: bool, code: str, recipient: str) -> None:
    report = delivery_report([status(text), RETURNED])
    assert report is not None
    assert (report.message_id, report.permanent, report.status) == ("1@x.example", permanent, code)
    assert report.recipient == recipient


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([RETURNED], id="nothing says what happened"),
        pytest.param([status(about("Action: failed", "Status: 5.1.1"))], id="nothing says to what"),
        pytest.param([status(about("Action: delayed", "Status: 4.4.1")), RETURNED], id="it is still tried"),
        pytest.param([status(about("Action: relayed", "Status: 2.0.0")), RETURNED], id="it has arrived"),
        pytest.param([], id="nothing at all"),
    ],
)
def test_what_is_no_failure_of_a_known_mail_is_none(parts: list[Part]) -> None:
    assert delivery_report(parts) is None


@given(
    st.lists(
        st.builds(
            Part,
            st.sampled_from(["message/delivery-status", "message/rfc822"]),
            st.text(max_size=9),
            st.sampled_from(["", "base64", "quoted-printable", "?"]),
            st.binary(max_size=400),
        ),
        max_size=4,
    )
)
def test_nothing_makes_it_raise(parts: list[Part]) -> None:
    delivery_report(parts)
