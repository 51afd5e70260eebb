"""What is wrong with a machine or its settings, and the mend."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import httpx
import redis

from channels.addresses import directory_of
from channels.link import LinkLost, RedisRefused
from persistence import migrate
from persistence.database import AWAY, PLATFORM_ROLE, SERVER_ROLE
from persistence.embedded import checks
from persistence.embedded.checks import Finding
from server.settings import Settings

#: The oldest servers that have what is used: `uuidv7()` in Postgres, functions of scripts in Redis.
LEAST_POSTGRES = 18
LEAST_REDIS = 7
_REFUSALS: tuple[type[Exception], ...] = (*AWAY, asyncpg.PostgresError)


def examine(settings: Settings) -> list[Finding]:
    """Look at everything that serving needs; changes nothing."""
    found = [_python(), _port(settings)]
    if settings.embedded:
        found += checks.findings(settings.data)
    else:
        found += [*_postgres(settings), *_redis(settings)]
    return found


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding(sys.version_info >= (3, 11), f"Python {version}", "Wheelhouse needs Python 3.11 or newer.")


def _port(settings: Settings) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if _wheelhouse_at(settings):
                return Finding(True, f"Wheelhouse serves at {settings.host}:{settings.port}")
            mend = "Another program listens there. Stop it, or set WHEELHOUSE_PORT."
            return Finding(False, f"{settings.host}:{settings.port} cannot be listened on: {error.strerror}", mend)
    return Finding(True, f"{settings.host}:{settings.port} is free to listen on")


def _wheelhouse_at(settings: Settings) -> bool:
    """Whether who listens there is a Wheelhouse: it tells of itself as ours does."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    try:
        said = httpx.get(f"http://{host}:{settings.port}/api/v1/site", timeout=3, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(said, dict) and {"version", "demo"} <= said.keys()


def _postgres(settings: Settings) -> Iterator[Finding]:
    try:
        version, missing = asyncio.run(_ask_postgres(settings.database_url or ""))
    except _REFUSALS as error:
        yield Finding(False, f"Postgres does not answer: {error}", "Check DATABASE_URL and that the server runs.")
        return
    newer = f"Use PostgreSQL {LEAST_POSTGRES} or newer."
    yield Finding(version >= LEAST_POSTGRES, f"PostgreSQL {version}", newer)
    mend = "Run `wheelhouse migrate` with a login that may make roles, then GRANT the login of DATABASE_URL both roles."
    yield Finding(not missing, f"roles missing: {', '.join(missing)}" if missing else "its login has both roles", mend)
    at = migrate.current(settings.database_migration_url or settings.database_url or "")
    yield Finding(
        at == migrate.heads()[0], f"schema at {at or 'nothing'}", "Run `wheelhouse migrate`; `serve` does it too."
    )


async def _ask_postgres(url: str) -> tuple[int, list[str]]:
    connection = await asyncpg.connect(url, timeout=5)
    try:
        version = connection.get_server_version().major
        missing = [
            role
            for role in (SERVER_ROLE, PLATFORM_ROLE)
            if not await connection.fetchval(
                "SELECT coalesce((SELECT pg_has_role(current_user, oid, 'SET') FROM pg_roles"
                " WHERE rolname = $1), false)",
                role,
            )
        ]
        return version, missing
    finally:
        await connection.close()


def _redis(settings: Settings) -> Iterator[Finding]:
    try:
        masters = asyncio.run(directory_of(settings.redis_url or "").masters(5))
    except (LinkLost, RedisRefused, TimeoutError, ValueError) as error:
        yield Finding(False, f"Redis does not answer: {error}", "Check REDIS_URL and that the server runs.")
        return
    for master in masters:
        yield from _redis_server(master.url)


def _redis_server(url: str) -> Iterator[Finding]:
    try:
        with redis.Redis.from_url(url, socket_timeout=5) as client:
            facts = client.info("server")
    except (redis.RedisError, OSError, ValueError) as error:
        yield Finding(False, f"Redis does not answer: {error}", "Check REDIS_URL and that the server runs.")
        return
    version = str(facts.get("valkey_version") or facts["redis_version"])
    yield Finding(
        int(version.split(".", maxsplit=1)[0]) >= LEAST_REDIS,
        f"Redis or Valkey {version} at {_place(url)}",
        "Use Redis 7 or Valkey 8, or newer.",
    )


def _place(url: str) -> str:
    """Where a server is, without the login that its URL may hold."""
    parts = urlsplit(url)
    return parts.path if parts.hostname is None else f"{parts.hostname}:{parts.port or 6379}"
