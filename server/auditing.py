"""For auditors: every outcome derived anew from the rows, and a period's plays as a file that is checked offline."""

from collections.abc import AsyncIterator, Sequence
from typing import BinaryIO
from uuid import UUID

import msgspec

from games import fairness as rules
from games.errors import Internal, NotFound
from persistence import plays as plays_of
from persistence import spin_search, wheels
from persistence.plays import Play
from persistence.spin_search import Wanted
from server.moments import wire_time
from server.play import views
from server.play.versions import Version, Versions
from server.reaching import Office

#: Plays read at a time.
_PAGE = 500


class Difference(msgspec.Struct, frozen=True):
    """A play whose rows do not say what its seeds and version give."""

    session_id: UUID
    what: str


class Rederived(msgspec.Struct, frozen=True):
    """How many plays were derived anew, and those that differ."""

    plays: int
    differences: list[Difference]


async def rederive(office: Office, tenant_code: str, wheel_slug: str | None) -> Rederived:
    """Derive every outcome of a tenant, or of one of its wheels, anew from seeds and versions, revealed or not.

    Raises `NotFound` for a tenant or wheel that there is not.
    """
    tenant_id = await _tenant(office, tenant_code)
    wheel_id = None if wheel_slug is None else await _wheel(office, tenant_id, wheel_slug)
    counted, differences = 0, list[Difference]()
    versions = Versions()
    async for plays in _pages(office, tenant_id, Wanted(wheel_id=wheel_id), versions):
        counted += len(plays)
        for play in plays:
            found = _faults(office, tenant_id, play, versions[play.version_id])
            differences += [Difference(play.session_id, what) for what in found]
    return Rederived(counted, differences)


async def export(office: Office, tenant_code: str, wanted: Wanted, out: BinaryIO) -> int:
    """Write the proof of every play that has stopped, a line each, newest first; answers how many.

    A seed that is not revealed stays secret: its plays have a proof with the commitment alone.
    """
    tenant_id = await _tenant(office, tenant_code)
    versions, written = Versions(), 0
    async for plays in _pages(office, tenant_id, wanted, versions):
        for play in plays:
            if play.completed_at is None:
                continue
            seed = _seed(office, tenant_id, play) if play.epoch_status == "revealed" else None
            line = msgspec.json.decode(views.proof(versions[play.version_id], play, seed))
            line |= {
                "user_id": play.user_id,
                "started_at": wire_time(play.started_at),
                "spin_status": play.spin_status,
                "win_status": play.win_status,
            }
            out.write(msgspec.json.encode(line) + b"\n")
            written += 1
    return written


async def _pages(office: Office, tenant_id: UUID, wanted: Wanted, versions: Versions) -> AsyncIterator[Sequence[Play]]:
    last: UUID | None = None
    while True:
        async with office.database.tenant(tenant_id) as connection:
            offset = office.database.clock_offset
            ids = await spin_search.find(connection, tenant_id, wanted, after=last, limit=_PAGE, clock_offset=offset)
            found = await plays_of.read(connection, tenant_id, ids)
            await versions.load(connection, tenant_id, {play.version_id for play in found})
        if not ids:
            return
        yield found
        last = ids[-1]


def _seed(office: Office, tenant_id: UUID, play: Play) -> str:
    return office.vault.open(tenant_id, play.server_seed_encrypted).decode("ascii")


def _faults(office: Office, tenant_id: UUID, play: Play, version: Version) -> list[str]:
    faults = []
    if rules.config_digest(version.config_text) != version.config_digest:
        faults.append("the odds of its version are not those of the published digest")
    try:
        seed = _seed(office, tenant_id, play)
    except Internal as error:
        return [*faults, f"its server seed cannot be read: {error.message}"]
    if rules.server_seed_hash(seed) != play.server_seed_hash:
        faults.append("its server seed is not the one that was committed to")
    position = rules.draw_position(seed, play.client_seed, play.nonce, version.terms.size)
    if position != play.position:
        faults.append(f"its seeds give the position {position}, its row says {play.position}")
    drawn = version.reward_at(position)
    if drawn.id != play.range_reward_id:
        said = version.rewards.get(play.range_reward_id)
        faults.append(f"the position {position} is {drawn.slug}'s, its row says {said.slug if said else 'another'}")
    payable = {one.reward_id: one.win_status for one in version.payables[drawn.id]}
    if play.reward_id not in payable:
        faults.append(f"what was paid is neither {drawn.slug} nor one of its fallbacks")
    elif payable[play.reward_id] != play.win_status:
        faults.append(f"what was paid is a {payable[play.reward_id]}, its row says {play.win_status}")
    return faults


async def _tenant(office: Office, code: str) -> UUID:
    found = await office.tenants.by_code(code)
    if found is None:
        raise NotFound(f"There is no tenant {code}. `wheelhouse tenant add {code}` makes one.")
    return found.id


async def _wheel(office: Office, tenant_id: UUID, slug: str) -> UUID:
    async with office.database.tenant(tenant_id) as connection:
        found = await wheels.page(connection, tenant_id, slug=slug, statuses=None, after=None, limit=1)
    if not found:
        raise NotFound(f"The tenant has no wheel {slug}.")
    return found[0].id
