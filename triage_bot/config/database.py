"""The `database:` line: a file of SQLite or a database of a PostgreSQL server."""

from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

from pydantic import ValidationInfo

from triage_bot.config.values import Wrong, path_in, shown, word_of

POSTGRESQL = "postgresql"
OPTIONS = ("host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "passfile", "service", "target_session_attrs")
"""Of those that libpq knows: how the server is found and trusted."""
_SQLITE = "write `sqlite:///triage_bot.db`"
_POSTGRESQL = "write `postgresql://user@host/name`"


def database_of(raw: object, info: ValidationInfo) -> str:
    return address_of(raw, (info.context or {}).get("folder", Path.cwd()))


def address_of(raw: object, folder: Path) -> str:
    """A relative file lies in `folder`."""
    text = word_of(raw, "an address such as `sqlite:///triage_bot.db`")
    scheme, separator, rest = text.partition("://")
    if not separator:
        raise Wrong.here(f"{shown(raw)} is not the address of a database: write `sqlite:///{text}`")
    if scheme in (POSTGRESQL, "postgres"):
        return _postgresql_of(f"{POSTGRESQL}://{rest}")
    if scheme != "sqlite":
        raise Wrong.here(f"`{scheme}` databases are not supported: {_SQLITE} or `postgresql://user@host/name`")
    if not rest.startswith("/") or not rest[1:] or rest[1:].startswith(":memory:") or "?" in rest:
        raise Wrong.here(f"{shown(raw)} names no file: {_SQLITE}")
    return f"sqlite:///{path_in(folder, rest[1:])}"


def _postgresql_of(text: str) -> str:
    """What is wrong with it is said without the text itself: it may hold a password."""
    try:
        parts = urlsplit(text)
        name, right = parts.path.removeprefix("/"), parts.port != 0
        options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise Wrong.here(f"this is not the address of a PostgreSQL database: {_POSTGRESQL}") from None
    if parts.password is not None or "password" in dict(options):
        raise Wrong.here(
            "a password does not stand in this line: take it out, and name an environment variable in "
            "`database_password_env` or a file in `database_password_file`"
        )
    if not right or parts.fragment or " " in text:
        raise Wrong.here(f"this is not the address of a PostgreSQL database: {_POSTGRESQL}")
    if not name or "/" in name:
        raise Wrong.here(f"the address names no database: {_POSTGRESQL}")
    for option, _ in options:
        if option not in OPTIONS:
            known = ", ".join(f"`{each}`" for each in OPTIONS)
            raise Wrong.here(f"`{option}` cannot be set here; what can: {known}")
    return text


def with_password(url: str, password: str) -> str:
    """The address with the password in it, for the driver. It is shown to nobody."""
    if not password or not url.startswith(POSTGRESQL):
        return url
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}" if at else parts.netloc))
