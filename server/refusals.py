"""What a command says of services that refuse or are away: one sentence that tells what to do, never a stack."""

from collections.abc import Iterator

import asyncpg
import redis
from sqlalchemy.exc import DBAPIError

from channels.link import LinkLost
from channels.servers import BrokerUnavailable
from persistence.database import PLATFORM_ROLE, SERVER_ROLE

_GRANT = (
    f"GRANT {SERVER_ROLE}, {PLATFORM_ROLE} TO that login WITH INHERIT FALSE, SET TRUE (docs/running.md, On services of"
    " yours)"
)

#: What is said of each error of Postgres, the most particular first; `{said}` is Postgres' own line.
_POSTGRES: tuple[tuple[type[Exception], str], ...] = (
    (
        asyncpg.InvalidAuthorizationSpecificationError,
        "Postgres refuses the login: {said}. Check name and password in DATABASE_URL (and DATABASE_MIGRATION_URL).",
    ),
    (
        asyncpg.InvalidCatalogNameError,
        "Postgres has no such database: {said}. Make it with CREATE DATABASE, or mend the end of DATABASE_URL.",
    ),
    (
        asyncpg.UndefinedTableError,
        "The database is not migrated ({said}). Run `wheelhouse migrate` first.",
    ),
    (
        asyncpg.TooManyConnectionsError,
        "Postgres has no connection left: {said}. Raise its max_connections, or lower WHEELHOUSE_DATABASE_CONNECTIONS.",
    ),
)


def explained(error: BaseException) -> str | None:
    """What to do about an error of Postgres or Redis; None for one that is not theirs, and so a fault of ours."""
    for one in _causes(error):
        if isinstance(one, asyncpg.PostgresError | asyncpg.InterfaceError | asyncpg.InternalClientError):
            return _postgres(one)
        if isinstance(one, redis.RedisError | LinkLost | BrokerUnavailable):
            return f"Redis does not answer: {_line(one)}. Check REDIS_URL, and that the server runs."
    if isinstance(error, OSError | TimeoutError):
        said = _line(error) or "no answer in time"
        return f"A service cannot be reached: {said}. Check DATABASE_URL and REDIS_URL, and that both servers run."
    return None


def _postgres(error: Exception) -> str:
    said = _line(error)
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        if "set role" in said:
            return f"The login of DATABASE_URL may not work as the server: {said}. Let a superuser {_GRANT}."
        return (
            f"The login has too few rights: {said}. The first migration needs a superuser's login in"
            " DATABASE_MIGRATION_URL, later ones the owner's; see docs/running.md."
        )
    if isinstance(error, asyncpg.InvalidParameterValueError) and "role" in said:
        return f"The database is not migrated: {said}. Run `wheelhouse migrate`, then {_GRANT}."
    for kind, text in _POSTGRES:
        if isinstance(error, kind):
            return text.format(said=said)
    return f"Postgres does not do it: {said}. `wheelhouse doctor` says what is wrong with the settings."


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it came from."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.orig if isinstance(seen, DBAPIError) and seen.orig is not seen else seen.__cause__


def _line(error: BaseException) -> str:
    """The first line of what an error says, without the stop at its end."""
    return str(error).strip().partition("\n")[0].rstrip(".")
