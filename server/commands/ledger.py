"""`wheelhouse ledger`."""

import sys

import click

from persistence import tenants
from server.commands.work import Refusal, run
from server.reaching import Office, Reached
from server.rewards.books import Books
from server.settings import Settings

_PAGE = 200


@click.group()
def ledger() -> None:
    """The ledger of players' money."""


@ledger.command("check")
@click.option("--tenant", "code", help="The tenant's code, for example demo; every tenant when left out.")
@click.pass_obj
def ledger_check(settings: Settings, code: str | None) -> None:
    """Say whether every account and every transaction balances; exit with 1 when one does not."""
    whole = True

    async def check(reached: Reached) -> str:
        nonlocal whole
        told = []
        async with reached.office() as office:
            books = Books(office.database)
            for tenant in await _tenants(office, code):
                lines, faults = await books.trial_balance(tenant.id)
                whole = whole and not faults
                accounts = sum(line.accounts for line in lines)
                verdict = f"FAIL  {tenant.tenant_code}" if faults else f"ok    {tenant.tenant_code}"
                told += [f"{verdict}: {accounts} accounts", *(f"      {fault}" for fault in faults)]
        return "\n".join(told)

    click.echo(run(settings, check))
    sys.exit(0 if whole else 1)


async def _tenants(office: Office, code: str | None) -> list[tenants.TenantRow]:
    async with office.database.platform() as connection:
        if code is not None:
            found = await tenants.by_code(connection, code)
            if found is None:
                raise Refusal(f"There is no tenant {code}. `wheelhouse tenant add {code}` makes one.")
            return [found]
        every: list[tenants.TenantRow] = []
        while page := await tenants.page(connection, code=None, after=every[-1].id if every else None, limit=_PAGE):
            every += page
        return every
