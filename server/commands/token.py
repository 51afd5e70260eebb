"""`wheelhouse token`."""

import click

from server.auth import tokens
from server.commands.work import Refusal, run
from server.reaching import Reached
from server.settings import Settings


@click.command()
@click.option("--tenant", required=True, help="The tenant's code, for example demo.")
@click.option("--role", type=click.Choice(["player", "operator", "auditor", "service"]), required=True)
@click.option("--user", required=True, help="The user_id that the token names, for example player-1.")
@click.option("--name", help="A display name.")
@click.option("--seconds", type=click.IntRange(1), help="How long the token is good for (WHEELHOUSE_TOKEN_S).")
@click.pass_obj
def token(settings: Settings, tenant: str, role: str, user: str, name: str | None, seconds: int | None) -> None:
    """Print a token for tries and scripts, and nothing else."""

    async def make(reached: Reached) -> str:
        async with reached.office() as office:
            found = await office.tenants.by_code(tenant)
            if found is None:
                raise Refusal(f"There is no tenant {tenant}. `wheelhouse tenant add {tenant}` makes one.")
            key = next((key for key in found.keys if key.algorithm == "HS256"), None)
            if key is None:
                raise Refusal(f"The tenant {tenant} signs its own tokens; this server holds only its public keys.")
            return tokens.sign(
                key,
                tenant_code=tenant,
                user_id=user,
                role=role,
                issued_at=office.database.now(),
                life_s=seconds or settings.token_s,
                name=name,
            )

    click.echo(run(settings, make))
