"""`wheelhouse serve`."""

import click
import msgspec

from server import serving
from server.commands.work import refusing
from server.settings import Settings


@click.command()
@click.option("--host", help="Address to listen on (WHEELHOUSE_HOST, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (WHEELHOUSE_PORT, 8000).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that serve.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, workers: int) -> None:
    """Serve: start what is embedded, migrate, and listen until told to stop."""
    changed = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    with refusing():
        serving.serve(msgspec.structs.replace(settings, **changed), workers)
