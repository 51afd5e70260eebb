"""A command that cannot do its work says so in a sentence that tells what to do, and ends with 1."""

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner

from persistence import migrate
from persistence.embedded.services import EmbeddedServices, ServiceUrls
from server.cli import main
from tests.processes import ServerProcess
from tests.rules.test_raffle import proof_of

COMMANDS = {
    "migrate": ["migrate"],
    "token": ["token", "--tenant", "demo", "--role", "player", "--user", "player-1"],
    "tenant add": ["tenant", "add", "acme"],
    "platform revoke-key": ["platform", "revoke-key", "01a20a00-0000-7000-8000-000000000000"],
    "serve": ["serve", "--port", "0"],
}


def run(words: list[str], **environment: str) -> tuple[int, str, str]:
    """A command's exit code and what it says, in this process: a new one takes seconds to import everything."""
    unset = {key: None for key in os.environ if key.startswith(("WHEELHOUSE_", "DATABASE_", "REDIS_"))}
    done = CliRunner().invoke(main, words, env={**unset, **environment})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def refusal(words: list[str], **environment: str) -> str:
    """The one sentence, and what it tells to do, that a command says as it ends with 1."""
    code, out, told = run(words, **environment)
    assert (code, out) == (1, ""), told
    assert "Traceback" not in told
    lines = [line for line in told.splitlines() if not line.startswith("Starting ")]
    assert len(lines) == 1, told
    return lines[0]


def as_login(url: str, name: str, password: str = "") -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{name}:{password}@{host}" if password else f"{name}@{host}").geturl()


def execute(url: str, *statements: str) -> None:
    async def send() -> None:
        connection = await asyncpg.connect(url)
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(send())


@pytest.fixture(scope="module")
def urls(make_database: Callable[..., Any]) -> Any:
    return make_database()


@pytest.fixture(scope="module")
def ungranted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServiceUrls]:
    """A cluster in which the server's login has been granted nothing; its database `bare` was never migrated."""
    with EmbeddedServices(tmp_path_factory.mktemp("ungranted") / "data") as services:
        found = services.start()
        assert found.migration_url is not None
        migrate.upgrade(found.migration_url)
        execute(found.migration_url, "REVOKE wheelhouse_server, wheelhouse_platform FROM wheelhouse")
        execute(found.migration_url, "CREATE DATABASE bare")
        yield found


@pytest.fixture
def environment(urls: Any, tmp_path: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": urls.database_url,
        "DATABASE_MIGRATION_URL": urls.migration_url,
        "REDIS_URL": urls.redis_url,
        "WHEELHOUSE_DATA": str(tmp_path),
    }


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_login_that_postgres_refuses(words: list[str], environment: dict[str, str], urls: Any) -> None:
    nobody = as_login(urls.database_url, "nobody_here", "s3cret-word")
    told = refusal(words, **{**environment, "DATABASE_URL": nobody, "DATABASE_MIGRATION_URL": nobody})
    assert "Check name and password in DATABASE_URL" in told
    assert "s3cret-word" not in told


@pytest.mark.parametrize("words", [COMMANDS["token"], COMMANDS["tenant add"], COMMANDS["serve"]], ids=str)
def test_a_login_without_the_grant(words: list[str], environment: dict[str, str], ungranted: ServiceUrls) -> None:
    urls = {"DATABASE_URL": str(ungranted.database_url), "DATABASE_MIGRATION_URL": str(ungranted.migration_url)}
    told = refusal(words, **{**environment, **urls})
    assert "GRANT wheelhouse_server, wheelhouse_platform TO" in told


def test_a_migration_by_a_login_with_too_few_rights(environment: dict[str, str], ungranted: ServiceUrls) -> None:
    bare = urlsplit(str(ungranted.database_url))._replace(path="/bare").geturl()
    told = refusal(["migrate"], **{**environment, "DATABASE_URL": bare, "DATABASE_MIGRATION_URL": bare})
    assert "superuser's login in DATABASE_MIGRATION_URL" in told


@pytest.mark.parametrize("words", [COMMANDS["token"], COMMANDS["tenant add"]], ids=str)
def test_a_database_that_was_never_migrated(
    words: list[str], environment: dict[str, str], make_database: Callable[..., Any]
) -> None:
    told = refusal(words, **{**environment, "DATABASE_URL": make_database(migrated=False).database_url})
    assert "Run `wheelhouse migrate`" in told


@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_postgres_that_is_not_there(words: list[str], environment: dict[str, str]) -> None:
    away = "postgresql://wheelhouse@127.0.0.1:9/wheelhouse"
    told = refusal(words, **{**environment, "DATABASE_URL": away, "DATABASE_MIGRATION_URL": away})
    assert "Check DATABASE_URL" in told


def test_a_platform_key_that_there_is_not(environment: dict[str, str]) -> None:
    assert "`wheelhouse platform keys` lists those" in refusal(COMMANDS["platform revoke-key"], **environment)


@pytest.mark.parametrize("keys", ["not hex", "abcd", "ab" * 32 + ",cd"])
@pytest.mark.parametrize("words", [COMMANDS["token"], COMMANDS["tenant add"], COMMANDS["serve"]], ids=str)
def test_keys_that_are_none(words: list[str], environment: dict[str, str], keys: str) -> None:
    told = refusal(words, **{**environment, "WHEELHOUSE_SECRET_KEYS": keys, "WHEELHOUSE_DEMO": "true"})
    assert told.startswith("Error: WHEELHOUSE_SECRET_KEYS: key ")
    assert "openssl rand -hex 32" in told
    assert keys not in told


def test_a_key_file_that_was_damaged(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_text("gone\n")
    assert "secret.key: key 1 is not 32 bytes" in refusal(COMMANDS["tenant add"], **environment)


def test_doctor_finds_its_own_server_and_nobody_else_fit_to_listen_there(tmp_path: Path) -> None:
    with ServerProcess(tmp_path / "data") as running:
        port = running.url.rpartition(":")[2]
        _, found, _ = run(["doctor"], WHEELHOUSE_DATA=str(tmp_path / "data"), WHEELHOUSE_PORT=port)
        assert f"ok    Wheelhouse serves at 127.0.0.1:{port}" in found


def test_verify_checks_draws(tmp_path: Path) -> None:
    proof = tmp_path / "proof.json"
    proof.write_bytes(msgspec.json.encode(proof_of("R1")))
    code, steps, _ = run(["verify", str(proof)])
    assert code == 0
    assert "The proof holds." in steps
    proof.write_bytes(msgspec.json.encode(proof_of("R1", winners=["0001", "0002"])))
    code, steps, _ = run(["verify", str(proof)])
    assert code == 1
    assert "FAIL  winners" in steps
