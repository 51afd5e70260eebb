"""`wheelhouse import`."""

from pathlib import Path

import click

from games.errors import NotFound
from server.commands.work import refusing, run
from server.importing import fixture, mapping
from server.importing.bringing import Brought, bring
from server.importing.reading import read
from server.reaching import Reached
from server.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group("import")
def import_() -> None:
    """Bring what another system holds."""


@import_.command("django-fixture")
@click.argument("dump", type=_FILE)
@click.option("--mapping", "mapping_file", required=True, type=_FILE, help="What your models are here, as TOML.")
@click.option("--tenant", required=True, help="The tenant's code, for example demo.")
@click.option("--dry-run", is_flag=True, help="List what would be brought, and write nothing.")
@click.pass_obj
def django_fixture(settings: Settings, dump: Path, mapping_file: Path, tenant: str, *, dry_run: bool) -> None:
    """Bring wheels, rewards and chances of a `manage.py dumpdata` file: all or nothing, and nothing twice."""
    with refusing():
        reading = read(fixture.load(dump), mapping.load(mapping_file))

    async def work(reached: Reached) -> str:
        async with reached.office() as office:
            found = await office.tenants.by_code(tenant)
            if found is None:
                raise NotFound(f"There is no tenant {tenant}. `wheelhouse tenant add {tenant}` makes one.")
            return _told(await bring(office.database, found.id, reading, dry_run=dry_run), dry_run=dry_run)

    click.echo(run(settings, work))


def _told(brought: Brought, *, dry_run: bool) -> str:
    total = (
        f"{'Would bring' if dry_run else 'Brought'} {brought.wheels} wheels with {brought.rewards} rewards, and"
        f" {brought.grants} grants with {brought.chances} chances; left {brought.left}."
    )
    return "\n".join([*brought.lines, total] if dry_run else [total])
