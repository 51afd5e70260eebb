"""`wheelhouse platform`."""

from uuid import UUID

import click

from persistence import tenants
from server.commands.work import run
from server.reaching import Reached
from server.settings import Settings
from server.setup import add_api_key


@click.group()
def platform() -> None:
    """The platform's own keys, by which tenants and their keys are managed over REST."""


@platform.command("keys")
@click.pass_obj
def keys(settings: Settings) -> None:
    """List the platform's keys, without their secrets."""

    async def work(reached: Reached) -> str:
        async with reached.office() as office, office.database.platform() as connection:
            found = await tenants.platform_keys(connection)
        lines = [f"{key.id}  {key.key_prefix}…  {key.key_status:7}  {key.label}" for key in found]
        return "\n".join(lines) or "The platform has no key. `wheelhouse platform add-key LABEL` makes one."

    click.echo(run(settings, work))


@platform.command("add-key")
@click.argument("label")
@click.pass_obj
def add_key(settings: Settings, label: str) -> None:
    """Make a key, and print it on standard output and nothing else; it is shown this once."""

    async def work(reached: Reached) -> str:
        async with reached.office() as office:
            return await add_api_key(office.database, None, "platform", label[:200])

    click.echo(run(settings, work))


@platform.command("revoke-key")
@click.argument("key_id", type=click.UUID)
@click.pass_obj
def revoke_key(settings: Settings, key_id: UUID) -> None:
    """Refuse a key from now on, on every node; its id stands in `wheelhouse platform keys`."""

    async def work(reached: Reached) -> str:
        async with reached.office() as office, office.database.platform() as connection:
            if not await tenants.revoke_platform_key(connection, key_id):
                raise click.ClickException(
                    f"The platform has no key {key_id}. `wheelhouse platform keys` lists those there are."
                )
            left = await tenants.has_platform_key(connection)
        return "It is refused from now on." + ("" if left else " The platform has no other key: add one.")

    click.echo(run(settings, work))
