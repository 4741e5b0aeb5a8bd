"""What a client's text says. `read` is the door of this room."""

from triage_bot.reading.read import read

__all__ = ["read"]
