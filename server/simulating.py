"""The command `simulate`: a wheel's forecast as text that an operator reads."""

from games.errors import NotFound
from persistence import wheels
from server.play.playing_over import Progress
from server.play.simulation import Simulation, Simulations, SimulationTerms
from server.reaching import Office

_BAR_WIDTH = 40


async def simulate(office: Office, tenant: str, wheel: str, terms: SimulationTerms, progress: Progress) -> Simulation:
    """The forecast of a wheel named by its tenant's code and its slug; raises `NotFound` for either."""
    found = await office.tenants.by_code(tenant)
    if found is None:
        raise NotFound(f"There is no tenant {tenant}.")
    async with office.database.tenant(found.id) as connection:
        rows = await wheels.page(connection, found.id, slug=wheel, statuses=None, after=None, limit=1)
    if not rows:
        raise NotFound(f"The tenant {tenant} has no wheel {wheel}.")
    return await Simulations(office.database).simulate(found.id, rows[0].id, terms, progress)


def text_of(found: Simulation) -> str:
    """The figures, the rewards and the picture."""
    return "\n".join([*_figures(found), "", *_rewards(found), "", *_picture(found)])


def _figures(found: Simulation) -> list[str]:
    how = "exact" if found.method == "exact" else f"from {found.runs:,} runs"
    error = "" if found.standard_error is None else f" ± {found.standard_error}"
    one = found.one_spin
    lines = [
        f"{found.spins:,} spins, {found.spins_per_day:,} a day, by {found.players:,} players",
        f"{how[0].upper()}{how[1:]}, seed {found.seed}",
        f"Cost of all        {found.mean}{error} {found.currency}",
        "Not exceeded in    " + ", ".join(f"{at}: {cost}" for at, cost in found.quantiles.items()),
        f"Cost of one spin   {one.mean} {found.currency}, standard deviation {one.standard_deviation}",
        f"Hit rate           {one.hit_rate:.4%}",
    ]
    if one.return_to_player is not None and one.volatility_index is not None:
        lines.append(f"Return to player   {one.return_to_player:.2%} of {found.price} {found.currency}")
        lines.append(f"Volatility index   {one.volatility_index:.2f}")
    return lines


def _rewards(found: Simulation) -> list[str]:
    width = max(len(one.reward_slug) for one in found.rewards)
    lines = [f"{'reward':{width}}  {'odds':>10}  {'hits':>14}  {'paid':>14}  {'cost':>16}  stock used up"]
    for one in found.rewards:
        used_up = "" if one.exhausted is None else f"{one.exhausted:.1%}"
        lines.append(
            f"{one.reward_slug:{width}}  {one.probability:>10.4%}  {one.hits:>14,.1f}  {one.paid:>14,.1f}"
            f"  {one.cost:>16}  {used_up}"
        )
    return lines


def _picture(found: Simulation) -> list[str]:
    """How likely the total is: a row of the picture for some of its bars."""
    rows = [found.bars[at : at + 3] for at in range(0, len(found.bars), 3)]
    chances = [sum(bar.probability for bar in row) for row in rows]
    widest = max(len(row[0].cost_from) for row in rows)
    return [
        f"{row[0].cost_from:>{widest}}  {'█' * round(_BAR_WIDTH * chance / max(chances))} {chance:.1%}"
        for row, chance in zip(rows, chances, strict=True)
    ]
