"""`wheelhouse tenant`."""

import click

from server.commands.work import run
from server.reaching import Reached
from server.settings import Settings
from server.setup import NewTenant, add_api_key, add_tenant, has_platform_key


@click.group()
def tenant() -> None:
    """Tenants of the platform."""


@tenant.command("add")
@click.argument("code")
@click.option("--name", help="What people call it; the code when left out.")
@click.option("--currency", default="EUR", show_default=True)
@click.option("--country", default="MT", show_default=True)
@click.option("--language", default="en", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True)
@click.pass_obj
def tenant_add(
    settings: Settings, code: str, name: str | None, currency: str, country: str, language: str, time_zone: str
) -> None:
    """Make a tenant, and print a service key for its back end."""

    async def make(reached: Reached) -> str:
        async with reached.office() as office:
            new = NewTenant(code, name or code, country, currency, language, time_zone)
            tenant_id = await add_tenant(office.database, office.vault, new)
            lines = [f"The tenant {code} is there. A service key for its back end, shown this once:"]
            lines.append(await add_api_key(office.database, tenant_id, "service", "first key"))
            if not await has_platform_key(office.database):
                lines.append("And the platform's first key, by which tenants and keys are managed over REST:")
                lines.append(await add_api_key(office.database, None, "platform", "first key"))
            return "\n".join(lines)

    click.echo(run(settings, make))
