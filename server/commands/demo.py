"""`wheelhouse demo`."""

import click

from server import demo as demo_tenants
from server.commands.work import run
from server.reaching import Reached
from server.settings import Settings
from server.setup import add_api_key


@click.command()
@click.pass_obj
def demo(settings: Settings) -> None:
    """Make what the demo tenants lack, and print a platform key."""

    async def make(reached: Reached) -> str:
        async with reached.office() as office:
            await demo_tenants.seed(office.database, office.vault)
            return await add_api_key(office.database, None, "platform", "wheelhouse demo")

    key = run(settings, make)
    click.echo(
        f"The tenants {' and '.join(demo_tenants.DEMO_TENANTS)} are there. A platform key, shown this once:\n{key}"
    )
