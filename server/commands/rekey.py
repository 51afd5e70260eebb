"""`wheelhouse rekey`."""

import click

from persistence import tenants
from persistence.resealing import reseal
from server.commands.work import run
from server.reaching import Reached
from server.settings import Settings

_PAGE = 200


@click.command()
@click.pass_obj
def rekey(settings: Settings) -> None:
    """Put all secrets under the first of the keys, so that the others can be taken away."""

    async def work(reached: Reached) -> str:
        done, last = 0, None
        async with reached.office() as office:
            while True:
                async with office.database.platform() as connection:
                    page = await tenants.page(connection, code=None, after=last, limit=_PAGE)
                if not page:
                    break
                for tenant in page:
                    done += await reseal(office.database, office.vault, tenant.id)
                last = page[-1].id
        if done:
            return f"{done} secrets were under another key and are under the first one now. Run this again."
        return "Every secret is under the first key. The others can be taken away."

    click.echo(run(settings, work))
