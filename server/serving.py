"""Serving: the supervisor brings up what is embedded, migrates, and runs the workers that listen."""

import asyncio
import socket
from functools import partial

import click
import msgspec
import uvicorn
from uvicorn.supervisors import Multiprocess

from channels.addresses import directory_of
from persistence import migrate, partitions
from persistence.database import Database
from persistence.embedded.services import EmbeddedServices
from persistence.vault import vault_from
from server import demo
from server.app import create_app
from server.errors import CannotServeError
from server.live.handover import HandoverProtocol
from server.live.streaming import StreamingProtocol
from server.logs import configure_logs
from server.settings import Settings, export


def serve(settings: Settings, workers: int) -> None:
    """Serve until told to stop; embedded services end with this process, however it ends."""
    configure_logs(settings.log_level)
    try:
        directory_of(settings.redis_url or "")
    except ValueError as error:
        raise CannotServeError(f"REDIS_URL: {error}") from error
    with _listen(settings) as listening:
        if not settings.embedded:
            _run(settings, settings.database_migration_url or settings.database_url or "", listening, workers)
            return
        click.echo("Starting the embedded Postgres and Valkey …", err=True)
        with EmbeddedServices(settings.data) as services:
            urls = services.start()
            found = msgspec.structs.replace(
                settings, database_url=urls.database_url, redis_url=urls.redis_url, demo=settings.demo_mode
            )
            _run(found, urls.migration_url or "", listening, workers)


def _listen(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise CannotServeError(
            f"Cannot listen on {settings.host}:{settings.port}: {error.strerror}."
            " Stop what listens there, or set WHEELHOUSE_PORT."
        ) from error
    listening.set_inheritable(True)
    return listening


def _run(settings: Settings, migration_url: str, listening: socket.socket, workers: int) -> None:
    migrate.upgrade(migration_url)
    asyncio.run(_prepare(settings))
    host, port = listening.getsockname()[:2]
    click.echo(f"Wheelhouse is at http://{host}:{port}", err=True)
    if workers == 1:
        uvicorn.Server(_config(settings, create_app(settings))).run(sockets=[listening])
        return
    export(settings)
    config = _config(settings, "server.app:app_from_environment", workers=workers)
    Multiprocess(config, sockets=[listening]).run()


def _config(settings: Settings, app: object, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        factory=isinstance(app, str),
        workers=workers,
        loop="uvloop",
        http=partial(  # type: ignore[arg-type]
            StreamingProtocol, request_timeout_s=settings.request_timeout_s, head_bytes=settings.head_bytes
        ),
        ws=HandoverProtocol,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        ws_max_size=settings.frame_bytes,
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
        server_header=False,
        # REST calls under way when the node has been left have this long to end.
        timeout_graceful_shutdown=int(settings.drain_s) + 5,
        lifespan="on",
    )


async def _prepare(settings: Settings) -> None:
    """What must be there before anybody is served: partitions of the months to come, and the demo's tenants."""
    assert settings.database_url is not None
    database = Database(settings.database_url, pool_size=2)
    await database.start()
    try:
        async with database.platform() as connection:
            await partitions.ensure(connection)
        if settings.demo_mode:
            await demo.seed(database, vault_from(settings.secret_keys, settings.data))
    finally:
        await database.close()
