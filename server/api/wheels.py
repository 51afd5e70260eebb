"""REST: wheels as everybody sees them and operators make them, page visits, spins, and a player's fairness."""

from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from litestar import Controller, Request, Response, get, patch, post, put
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import QueryParameter

from games.errors import NotFound
from games.ids import parse_uuid
from games.messages.commands import RequestId
from games.messages.events import ChanceChanged, SpinResult
from games.messages.snapshots import RewardView, WheelView
from games.texts import matching
from server.api.access import acting_player, origin_of, tenant_of
from server.api.idempotency import idempotent
from server.api.paging import Cursor, Limit, Page, after, cut
from server.api.versions import IfMatch, row_version
from server.api.wheel_bodies import RewardsBody, StatusBody, WheelBody, WheelChange
from server.auth.tokens import Caller
from server.pace import Pace
from server.play.lobby import Lobby, ShownWheel
from server.play.seeds import Seeds, SeedsRotated, SeedsShown
from server.play.visits import Visits
from server.play.wheel import WheelPlay
from server.play.wheels import Wheels

Words = Annotated[
    str | None, QueryParameter(min_length=1, max_length=200, description="Words of the name or the slug.")
]
Sort = Annotated[Literal["oldest", "newest", "name"], QueryParameter(description="The order of the list.")]
UserId = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]


class WheelWithRewards(WheelView, frozen=True, kw_only=True):
    """A wheel with the rewards of its published version."""

    rewards: list[RewardView]


class SpinBody(msgspec.Struct, forbid_unknown_fields=True):
    """A spin by REST; a service names the player."""

    request_id: RequestId
    user_id: UserId | None = None


class SpinAnswer(msgspec.Struct, omit_defaults=True):
    """The answer of the command `spin`, and with `?wait=result` the result."""

    session_id: UUID
    request_id: str
    server_seed_hash: str
    client_seed: str
    nonce: int
    started_at: str
    duration_ms: int
    replayed: bool
    epoch_started: bool
    result: SpinResult | None = None


class PlayerBody(msgspec.Struct, forbid_unknown_fields=True):
    """Names the player that a service acts for."""

    user_id: UserId | None = None


class RotateBody(msgspec.Struct, forbid_unknown_fields=True):
    """A rotation; the client seed stays as it is when left out."""

    client_seed: Annotated[str, matching("[A-Za-z0-9_-]{1,64}")] | None = None
    user_id: UserId | None = None


class VisitAnswer(msgspec.Struct):
    """How many chances this visit gave (none after the first of the day), and what the player has now."""

    granted: int
    chances: ChanceChanged


def _wheel_id(text: str) -> UUID:
    return parse_uuid(text, NotFound("There is no such wheel."))


class WheelController(Controller):
    """/api/v1/wheels."""

    path = "/api/v1/wheels"
    tags = ["wheels"]

    @get("/", summary="Wheels of the tenant")
    async def list_wheels(
        self,
        caller: Caller,
        lobby: Lobby,
        wheel_slug: str | None = None,
        wheel_status: str | None = None,
        words: Words = None,
        sort: Sort = "oldest",
        limit: Limit = 50,
        cursor: Cursor = None,
    ) -> Page[WheelWithRewards]:
        tenant_id = tenant_of(caller)
        found = await lobby.wheels(
            tenant_id,
            slug=wheel_slug,
            status=wheel_status,
            all_statuses=caller.role != "player",
            after=after(cursor),
            limit=limit + 1,
            words=words,
            order=sort,
        )
        page, following = cut(found, limit)
        return Page(
            [_with_rewards(wheel, rewards) for wheel, rewards in ((one.view, one.rewards) for one in page)], following
        )

    @get("/{wheel_id:str}", summary="One wheel with its rewards")
    async def get_wheel(self, caller: Caller, lobby: Lobby, wheel_id: str) -> Response[WheelWithRewards]:
        wheel = await lobby.wheel(tenant_of(caller), _wheel_id(wheel_id), all_statuses=caller.role != "player")
        return _answer(wheel)

    @post("/", summary="Make a wheel")
    @idempotent
    async def make(self, caller: Caller, wheels: Wheels, data: WheelBody) -> Response[WheelWithRewards]:
        tenant_id = tenant_of(caller, "operator")
        return made_answer(await make_wheel(wheels, tenant_id, data, caller.user_id))

    @patch("/{wheel_id:str}", summary="Change a wheel")
    async def change(
        self, caller: Caller, wheels: Wheels, wheel_id: str, data: WheelChange, if_match: IfMatch = None
    ) -> Response[WheelWithRewards]:
        tenant_id = tenant_of(caller, "operator")
        version = row_version(data.row_version, if_match)
        given: dict[str, Any] = {name: getattr(data, name) for name in data.__struct_fields__ if name != "row_version"}
        values = {name: value for name, value in given.items() if value is not msgspec.UNSET}
        rewards = values.pop("rewards", None)
        changed = await wheels.change(tenant_id, _wheel_id(wheel_id), values, rewards, version, caller.user_id)
        return _answer(changed)

    @put("/{wheel_id:str}/rewards", summary="Replace a wheel's rewards, as one whole set")
    async def rewards(
        self, caller: Caller, wheels: Wheels, wheel_id: str, data: RewardsBody, if_match: IfMatch = None
    ) -> Response[WheelWithRewards]:
        tenant_id = tenant_of(caller, "operator")
        read = data.row_version is not None or if_match is not None
        version = row_version(data.row_version, if_match) if read else None
        return _answer(await wheels.change(tenant_id, _wheel_id(wheel_id), {}, data.rewards, version, caller.user_id))

    @post("/{wheel_id:str}/status", status_code=200, summary="Move a wheel on")
    @idempotent
    async def move(self, caller: Caller, wheels: Wheels, wheel_id: str, data: StatusBody) -> Response[WheelWithRewards]:
        tenant_id = tenant_of(caller, "operator")
        moved = await wheels.move(tenant_id, _wheel_id(wheel_id), data.to, caller.user_id, data.reason)
        return _answer(moved)

    @post("/{wheel_id:str}/visits", status_code=200, summary="A player visits the wheel's page")
    async def visit(self, caller: Caller, visits: Visits, wheel_id: str, data: PlayerBody | None = None) -> VisitAnswer:
        player = acting_player(caller, data.user_id if data else None)
        granted, changed = await visits.visit(player.tenant_id, player.user_id, _wheel_id(wheel_id))
        return VisitAnswer(granted, changed)

    @post(
        "/{wheel_id:str}/spins",
        summary="Spin once",
        status_code=201,
        responses={200: ResponseSpec(SpinAnswer, description="Played before", generate_examples=False)},
    )
    async def spin(
        self,
        caller: Caller,
        play: WheelPlay,
        pace: Pace,
        wheel_id: str,
        data: SpinBody,
        request: Request[Any, Any, Any],
        wait: Annotated[
            str | None, QueryParameter(pattern="^result$", description="`result`: answer when the wheel has stopped.")
        ] = None,
    ) -> Response[SpinAnswer]:
        player = acting_player(caller, data.user_id)
        await pace.spend("play", tenant_id=player.tenant_id, user_id=player.user_id)
        accepted = await play.spin(
            player.tenant_id, player.user_id, wheel_id, data.request_id, origin_of(request, caller)
        )
        result = await play.await_result(player.tenant_id, accepted.session_id) if wait else None
        answer = SpinAnswer(**msgspec.structs.asdict(accepted), result=result)
        return Response(answer, status_code=200 if accepted.replayed else 201)

    @get("/{wheel_id:str}/fairness", summary="The commitments that a player's spins are drawn from")
    async def fairness(self, caller: Caller, seeds: Seeds, wheel_id: str, user_id: str | None = None) -> SeedsShown:
        player = acting_player(caller, user_id)
        return await seeds.shown(player.tenant_id, player.user_id, _wheel_id(wheel_id))

    @post("/{wheel_id:str}/fairness/rotate", status_code=200, summary="Reveal the seed and begin the next epoch")
    @idempotent
    async def rotate(self, caller: Caller, seeds: Seeds, wheel_id: str, data: RotateBody | None = None) -> SeedsRotated:
        player = acting_player(caller, data.user_id if data else None)
        return await seeds.rotate(
            player.tenant_id, player.user_id, _wheel_id(wheel_id), data.client_seed if data else None
        )


async def make_wheel(wheels: Wheels, tenant_id: UUID, body: WheelBody, actor: str) -> ShownWheel:
    """Make a draft out of the body of a call; raises `BadRequest` with every fault, `Conflict`."""
    values = {name: getattr(body, name) for name in body.__struct_fields__ if name != "rewards"}
    return await wheels.make(tenant_id, values, body.rewards, actor)


def made_answer(made: ShownWheel) -> Response[WheelWithRewards]:
    """The answer to a call that has made a wheel."""
    return _answer(made, status_code=201)


def _answer(wheel: ShownWheel, status_code: int = 200) -> Response[WheelWithRewards]:
    return Response(
        _with_rewards(wheel.view, wheel.rewards),
        status_code=status_code,
        headers={"etag": f'"{wheel.view.row_version}"'},
    )


def _with_rewards(view: WheelView, rewards: list[RewardView]) -> WheelWithRewards:
    return WheelWithRewards(**msgspec.structs.asdict(view), rewards=rewards)
