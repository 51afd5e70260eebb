"""`wheelhouse rebuild`."""

import click

from server.commands.work import run
from server.reaching import Reached
from server.rebuilding import rebuild_boards
from server.settings import Settings


@click.command()
@click.pass_obj
def rebuild(settings: Settings) -> None:
    """Build the live leaderboards in Redis again from Postgres."""

    async def make(reached: Reached) -> str:
        assert reached.settings.redis_url is not None
        async with reached.office() as office:
            return str(await rebuild_boards(office.database, reached.settings.redis_url))

    click.echo(f"{run(settings, make)} leaderboards have been built from Postgres.")
