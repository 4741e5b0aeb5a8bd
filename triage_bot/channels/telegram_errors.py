"""What may go wrong with Telegram, translated once, and the token kept out of every text.

the library raises                    we raise
BadRequest, Forbidden                 PermanentFailure: this message to this chat will never do
InvalidToken                          PermanentFailure: BotFather has another token
RetryAfter                            TemporaryFailure with the span that Telegram asks for
Conflict                              AnotherPoller, a TemporaryFailure
no connection, HTTP 5xx               TemporaryFailure: certainly not taken
the answer never came                 InDoubt
"""

import logging
import re
import warnings
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.warnings import PTBDeprecationWarning

from triage_bot.channels.unreachable import in_plain_words
from triage_bot.errors import ChannelFailure, FailureKind, InDoubt, PermanentFailure, TemporaryFailure

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{20,}")
LONGEST = 300  # characters of a foreign text in an error of ours
# The request was not even begun: no connection, none free, or no usable address.
_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


class ServerError(NetworkError):
    """The server, or one in front of it, answered with an HTTP error that is no word of the Bot API."""

    __slots__ = ("may_be_done",)

    def __init__(self, message: str, *, may_be_done: bool) -> None:
        super().__init__(message)
        self.may_be_done = may_be_done


class AnotherPoller(TemporaryFailure):
    """Somebody else takes this bot's messages."""


def quiet_loggers() -> None:
    """httpx and httpcore log every URL, the library its own, and the token stands in all of them; below WARNING the
    library also logs whole messages."""
    for name in ("httpx", "httpcore", "telegram"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Raised by the library itself each time it builds a RetryAfter.
    warnings.filterwarnings("ignore", category=PTBDeprecationWarning)


def redact(text: str, token: str = "") -> str:
    """The text without `token` and without anything that looks like one."""
    if token:
        text = text.replace(token, "<token>")
    return _TOKEN.sub("<token>", text)


def cannot_parse(error: TelegramError) -> bool:
    """Whether Telegram refused the message for its tags, so that the same words without them will do."""
    return isinstance(error, BadRequest) and "can't parse entities" in error.message.lower()


def is_unchanged(error: TelegramError) -> bool:
    """Whether a message says already what it was to say."""
    return isinstance(error, BadRequest) and "message is not modified" in error.message.lower()


def translate(error: TelegramError, token: str = "") -> ChannelFailure:
    """Our name for a failure of the library. Raise it `from None`: the original may hold the URL with the token."""
    what = redact(error.message, token)[:LONGEST]
    match error:
        case RetryAfter():
            span = span_of(error)
            return TemporaryFailure(f"Telegram asks to wait {span.total_seconds():.0f} s", span)
        case InvalidToken():
            return PermanentFailure(
                f"Telegram rejects the bot's token ({what}): take the right one from @BotFather",
                kind=FailureKind.LOGIN_REFUSED,
            )
        case BadRequest():  # a NetworkError by inheritance, so before it
            return PermanentFailure(_refused(what))
        case Forbidden():
            return PermanentFailure(_forbidden(what))
        case ChatMigrated():
            return PermanentFailure(f"this chat has become another one: {error.new_chat_id}")
        case Conflict():
            return AnotherPoller(_conflict(what))
        case NetworkError():
            return _network(error, what)
        case _:
            return InDoubt(f"Telegram's answer cannot be understood: {what}")


def span_of(error: RetryAfter) -> timedelta:
    # An int until the library's next major version, a timedelta then.
    after = error.retry_after
    return after if isinstance(after, timedelta) else timedelta(seconds=after)


# By what stands in Telegram's words, lower case; the first that is found.
_REFUSALS = (
    ("chat not found", "Telegram does not know this chat: the person has to open the bot and press Start"),
    (
        "business_peer_invalid",
        "the bot may not write in her name here: more than 24 hours have passed since the last message of this chat, "
        "or it is not among the chats that she lets the bot see",
    ),
    ("business connection not found", "the bot is no longer connected to this account (Telegram Business, Chatbots)"),
    ("business_connection", "the bot is no longer connected to this account (Telegram Business, Chatbots)"),
    ("message is too long", "the text is too long for Telegram: message is too long"),
)
_FORBIDDEN = (
    ("blocked", "this person has blocked the bot, and only she can end that"),
    ("deactivated", "the account of this person is gone"),
    ("kicked", "the bot was removed from this group"),
    ("not a member", "the bot was removed from this group"),
    ("access_forbidden", "the bot has no right to do that in her account"),
    ("rights", "the bot has no right to write in this chat"),
)


def _refused(what: str) -> str:
    known = next((words for mark, words in _REFUSALS if mark in what.lower()), "")
    return known or f"Telegram refuses the message: {what}"


def _forbidden(what: str) -> str:
    known = next((words for mark, words in _FORBIDDEN if mark in what.lower()), "")
    return f"{known or 'the person has to open the bot and press Start'} (Telegram: {what})"


def _conflict(what: str) -> str:
    if "webhook" in what.lower():
        return "a webhook takes this bot's messages: remove it (deleteWebhook)"
    return "another program polls this bot: stop it"


def _network(error: NetworkError, what: str) -> ChannelFailure:
    cause = error.__cause__
    if isinstance(error, ServerError):
        return InDoubt(what) if error.may_be_done else TemporaryFailure(what)
    if isinstance(cause, _NEVER_SENT):
        words = in_plain_words(cause) or what
        return TemporaryFailure(f"Telegram cannot be reached: {words}", kind=FailureKind.UNREACHABLE)
    if cause is not None:
        return InDoubt(f"the connection to Telegram was lost before its answer: {what}", kind=FailureKind.NO_ANSWER)
    # A proper Bot API answer with a status that means no more than "no".
    return TemporaryFailure(f"Telegram answers: {what}")
