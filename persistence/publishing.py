"""Publishing a wheel: its rewards become a version that never changes, and that every play names."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.fairness import ConfigLine, config_digest, config_text, terms_digest
from games.rewards import config_amount, parse_detail
from games.wheel.angles import segments
from games.wheel.config import WheelConfig
from games.wheel.ranges import RewardRange, plain
from games.wheel.rules import OfferedReward, check_opening
from games.wheel.terms import RewardTerms, Terms
from persistence import wheels
from persistence.wheels import RewardRow


async def publish(connection: Connection, tenant_id: UUID, wheel_id: UUID) -> UUID:
    """Make the next version of a locked wheel out of its rewards and let the wheel stand at it; answers its id.

    A batch of spins holds the wheel while it is written, so the version takes effect between two of them. Raises
    `BadRequest` naming every fault of the rewards.
    """
    wheel = await wheels.by_id(connection, tenant_id, wheel_id)
    assert wheel is not None
    rewards = await wheels.rewards_of(connection, tenant_id, wheel_id)
    size = msgspec.json.decode(wheel.wheel_config, type=WheelConfig).size
    _check(rewards, size)
    terms = Terms(
        engine_type=wheel.engine_type,
        engine_version=wheel.engine_version,
        engine_config=wheel.engine_config,
        size=size,
        wheel_config=wheel.wheel_config,
        spin_config=wheel.spin_config,
        rewards=terms_of(rewards),
    )
    encoded = msgspec.json.encode(terms)
    text = config_text(size, [_line(reward) for reward in rewards])
    version_id: UUID = await connection.fetchval(
        "INSERT INTO wheel_versions"
        " (tenant_id, wheel_game_id, version_number, size, config_text, config_digest, terms_digest, terms)"
        " SELECT $1, $2, coalesce(max(version_number), 0) + 1, $3, $4, $5, $6, $7::jsonb"
        " FROM wheel_versions WHERE tenant_id = $1 AND wheel_game_id = $2 RETURNING id",
        tenant_id,
        wheel_id,
        size,
        text,
        config_digest(text),
        terms_digest(msgspec.json.decode(encoded)),
        encoded.decode(),
    )
    await connection.execute(
        "UPDATE wheel_games SET current_version_id = $3 WHERE tenant_id = $1 AND id = $2",
        tenant_id,
        wheel_id,
        version_id,
    )
    return version_id


def terms_of(rewards: Sequence[RewardRow]) -> list[RewardTerms]:
    """Rewards in the order of their ranges, each with the segment that it has on the page."""
    drawn = segments([reward.range_end - reward.range_start + 1 for reward in rewards])
    return [
        RewardTerms(
            id=reward.id,
            slug=reward.reward_slug,
            label=reward.reward_label,
            type=reward.reward_type,
            color=reward.reward_color,
            description=reward.reward_description,
            detail=msgspec.Raw(reward.reward_detail),
            range_start=reward.range_start,
            range_end=reward.range_end,
            probability=plain(reward.probability),
            start_deg=segment.start_deg,
            sweep_deg=segment.sweep_deg,
        )
        for reward, segment in zip(rewards, drawn, strict=True)
    ]


def _line(reward: RewardRow) -> ConfigLine:
    detail = msgspec.json.decode(reward.reward_detail)
    return ConfigLine(
        reward.range_start,
        reward.range_end,
        reward.reward_slug,
        reward.reward_type,
        config_amount(reward.reward_type, detail),
    )


def _check(rewards: Sequence[RewardRow], size: int) -> None:
    check_opening(
        [
            OfferedReward(
                RewardRange(one.reward_slug, one.range_start, one.range_end, one.probability),
                parse_detail(one.reward_type, msgspec.json.decode(one.reward_detail), f"$.rewards[{at}].reward_detail"),
            )
            for at, one in enumerate(rewards)
        ],
        size,
    )
