"""`wheelhouse simulate`."""

import sys
from typing import Any

import click
import msgspec

from server import simulating
from server.commands.work import run
from server.play.simulation import SimulationTerms
from server.reaching import Reached
from server.settings import Settings


@click.command()
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

    click.echo(run(settings, work))


def _cost(text: str) -> tuple[str, str]:
    slug, equals, cost = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not SLUG=AMOUNT, for example gold=12.50.", param_hint="--cost")
    return slug, cost
