"""Which folder of a mailbox holds sent mail."""

from imapclient import IMAPClient
from imapclient.imapclient import SENT

from triage_bot.errors import NothingThere

_NAMES = ("Wysłane", "Elementy wysłane", "Poslato", "Poslate", "Послато", "Gesendet")
"""What programs in the languages of our users call it on servers that do not mark it (RFC 6154)."""


class NoSentFolder(NothingThere):
    """There is none, or none that can be known."""


def find_sent(client: IMAPClient, configured: str = "") -> str:
    """Its name: as `configured`, else as the server marks it, else by what such folders are called; "" if there is
    none. `client` is logged in."""
    if configured:
        return configured
    found = client.find_special_folder(SENT)
    if found:
        return str(found)
    known = {name for _, _, name in client.list_folders()}
    return next((name for name in _NAMES if name in known), "")
