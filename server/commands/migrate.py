"""`wheelhouse migrate`."""

import sys

import click

from persistence import migrate as migrations
from server.commands.work import refusing
from server.reaching import reach
from server.settings import Settings


@click.command()
@click.argument("direction", type=click.Choice(["up", "down", "status"]), default="up")
@click.option("--to", "revision", help="The revision to stop at; the newest (up) or none at all (down).")
@click.option("--yes", is_flag=True, help="Do not ask before tables are dropped.")
@click.pass_obj
def migrate(settings: Settings, direction: str, revision: str | None, yes: bool) -> None:
    """Bring the database's schema up to date, or down again."""
    with refusing(), reach(settings) as reached:
        if direction == "status":
            at, newest = migrations.current(reached.migration_url), migrations.heads()[0]
            click.echo(f"The database is at {at or 'nothing'}; the newest is {newest}.")
            sys.exit(0 if at == newest else 1)
        if direction == "down":
            if not yes:
                click.confirm("This drops tables with all their rows. Go on?", abort=True)
            migrations.downgrade(reached.migration_url, revision or "base")
        else:
            migrations.upgrade(reached.migration_url, revision or "head")
        click.echo(f"The database is at {migrations.current(reached.migration_url) or 'nothing'}.")
