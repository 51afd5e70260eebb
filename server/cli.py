"""The command line: `wheelhouse --help` tells what there is."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import msgspec

from games.errors import BadRequest, WheelhouseError
from games.fairness import verdict
from persistence import migrate as migrations
from persistence.embedded.errors import EmbeddedError
from persistence.vault import SecretKeysError
from server import demo, doctor, serving, simulating
from server.auth import tokens
from server.play.simulation import SimulationTerms
from server.reaching import Reached, reach
from server.rebuilding import rebuild_boards
from server.refusals import explained
from server.settings import Settings, SettingsError, load
from server.setup import NewTenant, add_api_key, add_tenant, has_platform_key
from server.verifying import VERDICTS, verify_file
from server.version import VERSION


class Refusal(click.ClickException):
    """Something that the user can mend; its message says how."""


def _run(settings: Settings, work: Callable[[Reached], Awaitable[str]]) -> str:
    """Run a command's work against the services, whatever has to be started for it."""

    async def run(reached: Reached) -> str:
        return await work(reached)

    with _refusing(), reach(settings) as reached:
        return asyncio.run(run(reached))


@contextmanager
def _refusing() -> Iterator[None]:
    """Say in a sentence what the user can mend; only a fault of ours ends in a stack."""
    try:
        yield
    except BadRequest as error:
        raise Refusal("\n".join([str(error), *(f"  {one.path}: {one.message}" for one in error.faults)])) from error
    except (EmbeddedError, WheelhouseError, SecretKeysError, serving.CannotServeError) as error:
        raise Refusal(str(error)) from error
    except Exception as error:
        told = explained(error)
        if told is None:
            raise
        raise Refusal(told) from error


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="wheelhouse")
@click.pass_context
def main(context: click.Context) -> None:
    """The real-time game server of betting platforms.

    Settings come from the environment: DATABASE_URL and REDIS_URL for services of your own (with neither, embedded ones
    are started in $WHEELHOUSE_DATA), and WHEELHOUSE_<NAME> for the rest. `wheelhouse doctor` says what is wrong.
    """
    try:
        context.obj = load()
    except SettingsError as error:
        raise Refusal(str(error)) from error


@main.command()
@click.option("--host", help="Address to listen on (WHEELHOUSE_HOST, 127.0.0.1).")
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on (WHEELHOUSE_PORT, 8000).")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that serve.")
@click.pass_obj
def serve(settings: Settings, host: str | None, port: int | None, workers: int) -> None:
    """Serve: start what is embedded, migrate, and listen until told to stop."""
    changed = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    with _refusing():
        serving.serve(msgspec.structs.replace(settings, **changed), workers)


@main.command()
@click.argument("direction", type=click.Choice(["up", "down", "status"]), default="up")
@click.option("--to", "revision", help="The revision to stop at; the newest (up) or none at all (down).")
@click.option("--yes", is_flag=True, help="Do not ask before tables are dropped.")
@click.pass_obj
def migrate(settings: Settings, direction: str, revision: str | None, yes: bool) -> None:
    """Bring the database's schema up to date, or down again."""
    with _refusing(), reach(settings) as reached:
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


@main.command()
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

    click.echo(_run(settings, make))


@main.command("demo")
@click.pass_obj
def demo_command(settings: Settings) -> None:
    """Make what the demo tenants lack, and print a platform key."""

    async def make(reached: Reached) -> str:
        async with reached.office() as office:
            await demo.seed(office.database, office.vault)
            return await add_api_key(office.database, None, "platform", "wheelhouse demo")

    key = _run(settings, make)
    click.echo(f"The tenants {' and '.join(demo.DEMO_TENANTS)} are there. A platform key, shown this once:\n{key}")


@main.command()
@click.pass_obj
def rebuild(settings: Settings) -> None:
    """Build the live leaderboards in Redis again from Postgres."""

    async def make(reached: Reached) -> str:
        assert reached.settings.redis_url is not None
        async with reached.office() as office:
            return str(await rebuild_boards(office.database, reached.settings.redis_url))

    click.echo(f"{_run(settings, make)} leaderboards have been built from Postgres.")


@main.group()
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

    click.echo(_run(settings, make))


@main.command()
@click.argument("proof", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(proof: Path) -> None:
    """Check a proof file of a spin or a draw, offline, and tell every step."""
    try:
        steps = verify_file(proof.read_bytes())
    except WheelhouseError as error:
        raise Refusal(str(error)) from error
    for step in steps:
        mark = {True: "ok  ", False: "FAIL", None: "wait"}[step.ok]
        click.echo(f"{mark}  {step.name}: {step.text}")
    click.echo(VERDICTS[verdict(steps)])
    sys.exit(0 if verdict(steps) else 1)


@main.command()
@click.option("--tenant", required=True, help="The tenant's code, for example demo.")
@click.option("--wheel", required=True, help="The wheel's slug, for example lucky.")
@click.option("--spins", type=click.IntRange(1, 10_000_000), default=10_000, show_default=True)
@click.option("--players", type=click.IntRange(1), help="Who make the spins between them; a tenth of the spins.")
@click.option("--spins-per-day", type=click.IntRange(1), help="For stock that is counted by the day; a thirtieth.")
@click.option("--price", help="What a chance costs the player, where spin_config does not say.")
@click.option("--cost", "costs", multiple=True, metavar="SLUG=AMOUNT", help="What a reward costs; may be repeated.")
@click.option("--seed", type=click.IntRange(0), help="The same seed gives the same answer.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as REST gives it.")
@click.pass_obj
def simulate(settings: Settings, /, tenant: str, wheel: str, as_json: bool, **terms: Any) -> None:
    """Tell what so many spins of a wheel would cost, before it opens."""
    terms["costs"] = dict(_cost(text) for text in terms["costs"])
    asked = msgspec.convert({key: value for key, value in terms.items() if value is not None}, SimulationTerms)

    async def work(reached: Reached) -> str:
        async with reached.office() as office:
            with click.progressbar(length=100, label="simulating", file=sys.stderr, width=30) as bar:
                found = await simulating.simulate(
                    office, tenant, wheel, asked, lambda share: bar.update(round(share * 100) - bar.pos)
                )
                bar.update(100 - bar.pos)
        return msgspec.json.encode(found).decode() if as_json else simulating.text_of(found)

    click.echo(_run(settings, work))


def _cost(text: str) -> tuple[str, str]:
    slug, equals, cost = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not SLUG=AMOUNT, for example gold=12.50.", param_hint="--cost")
    return slug, cost


@main.command("doctor")
@click.pass_obj
def doctor_command(settings: Settings) -> None:
    """Say what is wrong with this machine or its settings, and the mend."""
    findings = doctor.examine(settings)
    for finding in findings:
        click.echo(
            f"{'ok  ' if finding.ok else 'FAIL'}  {finding.what}"
            + (f"\n      {finding.mend}" if not finding.ok else "")
        )
    sys.exit(0 if all(finding.ok for finding in findings) else 1)
