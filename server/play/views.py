"""What is kept, as the wire shows it."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from hashlib import blake2b
from itertools import count
from uuid import UUID

import msgspec
import structlog

from games import fairness as rules
from games.display import shown_name
from games.errors import Conflict, Forbidden, WheelhouseError
from games.lifecycles import ClaimStatus, RewardStatus
from games.messages.events import Announcement, ChanceChanged, ChanceItem, RewardChanged, RewardShown, SpinResult
from games.messages.replies import FairnessShown
from games.messages.snapshots import DeliveryView, RewardView, WheelView
from games.rewards import SpinChanceDetail, face_value, is_delivered
from games.wheel.terms import RewardTerms
from persistence.broadcasts import Sent
from persistence.chances import ChanceRow
from persistence.fairness import EpochPair
from persistence.plays import Claimable, Dues, Play, TakenItem, WonChances
from persistence.rewards import Delivery, Owed
from persistence.wheels import WheelRow
from server.moments import wire_time, wire_time_or_none
from server.play import installed
from server.play.versions import Version, Versions

log = structlog.get_logger(__name__)


def must_not_be_blocked(player_status: str) -> None:
    """Refuse a blocked player."""
    if player_status == "blocked":
        raise Forbidden("This player may not play. Ask the operator.")


def request_id_used_elsewhere() -> WheelhouseError:
    """A request_id names one play; it cannot be another wheel's too."""
    return Conflict("This request_id was already used for a spin on another wheel. Choose a new one for each spin.")


def shown_as(version: Version, user_id: str, display_name: str | None) -> str:
    """The player as other players see them, by the wheel's display rule."""
    return shown_name(user_id, display_name, version.wheel_config.display_name_rule)


def money(amount: str) -> str:
    """A decimal string without the trailing zeros of its column, at least two decimals."""
    whole, _, decimals = amount.partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def reward_shown(version: Version, reward_id: UUID) -> RewardShown:
    """A reward as a result names it."""
    reward = version.rewards[reward_id]
    return RewardShown(reward.id, reward.slug, reward.label, reward.type, reward.detail)


def spin_result(version: Version, play: Play, proof_of: msgspec.Raw) -> SpinResult:
    """A play's outcome, as its player is told it."""
    return SpinResult(
        session_id=play.session_id,
        wheel_id=play.wheel_id,
        user=play.user_id,
        reward=reward_shown(version, play.reward_id),
        angle_deg=round(play.angle_deg, 4),
        win_status=play.win_status,
        paid_amount=money(play.paid_amount),
        claim_status=play.claim_status,
        proof=proof_of,
        reveal=_picture(version, play),
    )


def _picture(version: Version, play: Play) -> msgspec.Raw | msgspec.UnsetType:
    """What the engine's drawing shows of a play that has stopped: the same whenever it is asked for."""
    if version.engine is None:
        return msgspec.UNSET
    engine, config = version.engine
    luck = partial(_number, play.session_id, count())
    try:
        picture = engine.picture(config, version.terms.rewards, version.rewards[play.range_reward_id], luck)
        return msgspec.UNSET if picture is None else msgspec.Raw(msgspec.json.encode(picture))
    except Exception:
        log.exception("an engine has no picture", engine=engine.engine_type, version=engine.engine_version)
        return msgspec.UNSET


def _number(session_id: UUID, at: Iterator[int]) -> float:
    """The next of the numbers of [0, 1) that belong to a session."""
    drawn = blake2b(next(at).to_bytes(4), key=session_id.bytes, digest_size=7).digest()
    return (int.from_bytes(drawn) >> 3) / (1 << 53)


def proof(version: Version, play: Play, server_seed: str | None) -> msgspec.Raw:
    """The proof of a play whose wheel has stopped; `server_seed` only once it has been revealed."""
    return msgspec.Raw(
        msgspec.json.encode(
            rules.SpinProof(
                session_id=str(play.session_id),
                wheel_id=str(play.wheel_id),
                server_seed_hash=play.server_seed_hash,
                server_seed=server_seed,
                client_seed=play.client_seed,
                nonce=play.nonce,
                size=version.terms.size,
                config_digest=version.config_digest,
                config_text=version.config_text,
                position=play.position,
                reward_slug=version.rewards[play.range_reward_id].slug,
                paid_reward_slug=version.rewards[play.reward_id].slug,
            )
        )
    )


def won_chances(version: Version, play: Play) -> WonChances | None:
    """The chances that a play has won, if that is what it won."""
    detail = version.details[play.reward_id]
    if not isinstance(detail, SpinChanceDetail):
        return None
    return WonChances(play.session_id, play.user_id, detail.count, detail.expires_in_h)


def dues(versions: Versions, plays: Sequence[Play]) -> Dues:
    """What must follow when these plays are completed. What has to be claimed follows the claim."""
    won, owed, claimable, taken = list[WonChances](), list[Owed](), list[Claimable](), list[TakenItem]()
    for play in plays:
        version = versions[play.version_id]
        if version.details[play.reward_id].limited:
            taken.append(TakenItem(play.session_id, play.reward_id))
        if play.claim_status == ClaimStatus.UNCLAIMED:
            if (hours := version.details[play.reward_id].claim.expires_in_h) is not None:
                claimable.append(Claimable(play.session_id, timedelta(hours=hours)))
        elif (chances := won_chances(version, play)) is not None:
            won.append(chances)
        elif is_delivered(version.rewards[play.reward_id].type):
            owed.append(owed_reward(version, play))
    return Dues(reward_changed, won, owed, claimable, taken)


def owed_reward(version: Version, play: Play) -> Owed:
    """What a play owes its player."""
    reward = version.rewards[play.reward_id]
    amount, currency = face_value(version.details[play.reward_id])
    return Owed(play.user_id, "spin", play.session_id, reward.type, bytes(reward.detail), amount, currency)


def claim_until(version: Version, play: Play) -> datetime | None:
    """When the time to claim a play's reward is over; None for no end."""
    hours = version.details[play.reward_id].claim.expires_in_h
    return None if hours is None else play.stops_at + timedelta(hours=hours)


def reward_changed(delivery: Delivery) -> RewardChanged:
    """A reward on its way, as its player is told."""
    return RewardChanged(
        id=delivery.id,
        source=delivery.source,
        source_id=delivery.source_id,
        reward_type=delivery.reward_type,
        reward_detail=msgspec.Raw(delivery.reward_detail),
        amount=None if delivery.amount is None else money(str(delivery.amount)),
        currency=delivery.currency,
        delivery_status=delivery.delivery_status,
        confirmed_at=wire_time_or_none(delivery.confirmed_at),
        created_at=wire_time(delivery.created_at),
    )


def delivery_view(delivery: Delivery, *, whole: bool) -> DeliveryView:
    """A reward on its way, as a list shows it; `whole` with what only an operator sees."""
    return DeliveryView(
        **msgspec.structs.asdict(reward_changed(delivery)),
        user_id=delivery.user_id,
        attempts=delivery.attempts if whole else None,
        next_attempt_at=wire_time_or_none(delivery.next_attempt_at) if whole else None,
        last_error=delivery.last_error if whole else None,
        handled_by=delivery.handled_by if whole else None,
        handling_reason=delivery.handling_reason if whole else None,
    )


def fairness_shown(wheel_id: UUID, pair: EpochPair) -> FairnessShown:
    """A commitment as a player is shown it on arrival."""
    return FairnessShown(
        wheel_id=wheel_id,
        epoch_id=pair.current.id,
        server_seed_hash=pair.current.server_seed_hash,
        client_seed=pair.current.client_seed,
        nonce=pair.current.next_nonce,
        config_digest=pair.current.config_digest,
        next_server_seed_hash=pair.next.server_seed_hash,
    )


def chances_view(remaining: int, rows: Sequence[ChanceRow]) -> ChanceChanged:
    """A player's usable chances, whole."""
    items = [
        ChanceItem(row.id, row.chance_type, row.remaining_chances, wire_time_or_none(row.expires_at), row.wheels)
        for row in rows
    ]
    return ChanceChanged(remaining, items)


def wheel_view(row: WheelRow) -> WheelView:
    """A wheel as everybody may see it."""
    return WheelView(
        id=row.id,
        wheel_name=row.wheel_name,
        wheel_slug=row.wheel_slug,
        wheel_description=row.wheel_description,
        wheel_status=row.wheel_status,
        game_template_id=row.game_template_id,
        engine_type=row.engine_type,
        engine_status=row.engine_status,
        engine_config=row.engine_config,
        drawing=installed.drawing(row.engine_type, row.engine_version),
        wheel_config=row.wheel_config,
        spin_config=row.spin_config,
        spin_chance_for_page_visit=row.spin_chance_for_page_visit,
        is_active=row.is_active,
        opens_at=wire_time_or_none(row.opens_at),
        closes_at=wire_time_or_none(row.closes_at),
        row_version=row.row_version,
        version_number=row.version_number,
        config_digest=row.config_digest,
        terms_digest=row.terms_digest,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )


def reward_view(reward: RewardTerms, *, depleted: bool) -> RewardView:
    """A published reward with its odds; a depleted one pays its fallback."""
    return RewardView(
        id=reward.id,
        reward_slug=reward.slug,
        reward_label=reward.label,
        reward_type=reward.type,
        reward_color=reward.color,
        reward_description=reward.description,
        reward_detail=reward.detail,
        reward_status=RewardStatus.DEPLETED if depleted else RewardStatus.ACTIVE,
        probability=reward.probability,
        range_start=reward.range_start,
        range_end=reward.range_end,
        start_deg=reward.start_deg,
        sweep_deg=reward.sweep_deg,
    )


def announcement_view(sent: Sent) -> Announcement:
    """What was announced, as everybody sees it."""
    return Announcement(
        id=sent.id,
        channel=sent.channel,
        message=sent.message,
        data=sent.data,
        sent_at=wire_time(sent.created_at),
    )
