"""`wheelhouse audit`."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from persistence.spin_search import Wanted
from server import auditing
from server.commands.work import run
from server.reaching import Reached
from server.settings import Settings

_MOMENTS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]


@click.group()
def audit() -> None:
    """What an auditor asks for."""


@audit.command("rederive")
@click.option("--tenant", required=True, help="The tenant's code, for example demo.")
@click.option("--wheel", help="The wheel's slug, for example lucky; every wheel when left out.")
@click.pass_obj
def rederive(settings: Settings, tenant: str, wheel: str | None) -> None:
    """Derive every outcome anew from its seeds and version; exit with 1 when a row says another."""
    same = True

    async def work(reached: Reached) -> str:
        nonlocal same
        async with reached.office() as office:
            found = await auditing.rederive(office, tenant, wheel)
        same = not found.differences
        told = [f"FAIL  {one.session_id}: {one.what}" for one in found.differences]
        spins = len({one.session_id for one in found.differences})
        return "\n".join([*told, f"{found.plays} spins derived anew, {spins} of them differ."])

    click.echo(run(settings, work))
    sys.exit(0 if same else 1)


@audit.command("export")
@click.option("--tenant", required=True, help="The tenant's code, for example demo.")
@click.option("--from", "begun_from", type=click.DateTime(_MOMENTS), help="Spins begun from this moment on, UTC.")
@click.option("--to", "begun_before", type=click.DateTime(_MOMENTS), help="Spins begun before this moment, UTC.")
@click.argument("out", type=click.Path(dir_okay=False, writable=True, path_type=Path))
@click.pass_obj
def export(
    settings: Settings, tenant: str, begun_from: datetime | None, begun_before: datetime | None, out: Path
) -> None:
    """Write the proofs of a period's spins into OUT, a line each, for `wheelhouse verify`."""
    wanted = Wanted(begun_from=_utc(begun_from), begun_before=_utc(begun_before))

    async def work(reached: Reached) -> str:
        async with reached.office() as office:
            with out.open("wb") as file:
                written = await auditing.export(office, tenant, wanted, file)
        return f"{written} spins are in {out}. `wheelhouse verify {out}` checks them, offline."

    click.echo(run(settings, work))


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=UTC)
