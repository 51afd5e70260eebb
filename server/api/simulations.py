"""REST: what a wheel would cost, before it opens."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, Response, post
from litestar.params import HeaderParameter
from litestar.response import Stream

from games.errors import NotFound, WheelhouseError
from games.ids import parse_uuid
from server.api.access import tenant_of
from server.api.problems import problem_of
from server.auth.tokens import Caller
from server.play.simulation import Simulation, Simulations, SimulationTerms

LINES = "application/x-ndjson"


class SimulationController(Controller):
    """/api/v1/wheels/{id}/simulate."""

    path = "/api/v1/wheels/{wheel_id:str}/simulate"
    tags = ["wheels"]

    @post(
        "/",
        status_code=200,
        summary="What so many spins would cost",
        description=f'With `Accept: {LINES}` the answer is lines: `{{"progress": 0.25}}` … and last '
        '`{"result": …}` or `{"error": …}`.',
    )
    async def simulate(
        self,
        caller: Caller,
        simulations: Simulations,
        wheel_id: str,
        data: SimulationTerms | None = None,
        accept: Annotated[str, HeaderParameter(name="accept")] = "",
    ) -> Response[Simulation] | Stream:
        tenant_id = tenant_of(caller, "operator", "auditor")
        wheel = parse_uuid(wheel_id, NotFound("There is no such wheel."))
        terms = data or SimulationTerms()
        if LINES in accept:
            return Stream(_lines(simulations, tenant_id, wheel, terms), media_type=LINES)
        return Response(await simulations.simulate(tenant_id, wheel, terms))


async def _lines(
    simulations: Simulations, tenant_id: UUID, wheel_id: UUID, terms: SimulationTerms
) -> AsyncIterator[bytes]:
    """The share done as it rises by hundredths, and the result."""
    loop = asyncio.get_running_loop()
    shares: asyncio.Queue[int | None] = asyncio.Queue()
    told = 0

    def progress(share: float) -> None:
        nonlocal told
        if (hundredth := int(share * 100)) > told:
            told = hundredth
            loop.call_soon_threadsafe(shares.put_nowait, hundredth)

    work = asyncio.create_task(simulations.simulate(tenant_id, wheel_id, terms, progress), name="simulation")
    work.add_done_callback(lambda _: shares.put_nowait(None))
    while (hundredth := await shares.get()) is not None:
        yield b'{"progress":%.2f}\n' % (hundredth / 100)
    try:
        yield msgspec.json.encode({"result": await work}) + b"\n"
    except WheelhouseError as error:
        yield msgspec.json.encode({"error": problem_of(error)}) + b"\n"
