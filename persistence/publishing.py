"""Publishing a wheel: its rewards become a version that never changes, and that every play names."""

from decimal import Decimal
from uuid import UUID

import msgspec
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from games.fairness import ConfigLine, config_digest, config_text, terms_digest
from games.rewards import config_amount, parse_detail
from games.wheel.angles import segments
from games.wheel.config import WheelConfig
from games.wheel.ranges import RewardRange, plain
from games.wheel.rules import OfferedReward, check_opening
from games.wheel.terms import RewardTerms, Terms
from persistence.tables.wheels import WheelGame, WheelReward, WheelVersion


async def publish_wheel(session: AsyncSession, wheel: WheelGame, engine_type: str, engine_version: str) -> WheelVersion:
    """Make the next version of a wheel out of its rewards and let the wheel stand at it.

    Raises `BadRequest` naming every fault of the ranges.
    """
    rewards = list(
        await session.scalars(
            select(WheelReward)
            .where(
                WheelReward.tenant_id == wheel.tenant_id, WheelReward.wheel_game_id == wheel.id, WheelReward.is_active
            )
            .order_by(WheelReward.range_start)
        )
    )
    size = msgspec.convert(wheel.wheel_config, WheelConfig).size
    terms = _terms(wheel, rewards, size, engine_type, engine_version)
    plain_terms = msgspec.json.decode(msgspec.json.encode(terms))
    text = config_text(
        size,
        [
            ConfigLine(
                reward.range_start,
                reward.range_end,
                reward.reward_slug,
                reward.reward_type,
                config_amount(reward.reward_type, reward.reward_detail),
            )
            for reward in rewards
        ],
    )
    number = await session.scalar(
        select(func.coalesce(func.max(WheelVersion.version_number), 0) + 1).where(
            WheelVersion.tenant_id == wheel.tenant_id, WheelVersion.wheel_game_id == wheel.id
        )
    )
    version = WheelVersion(
        tenant_id=wheel.tenant_id,
        wheel_game_id=wheel.id,
        version_number=number or 1,
        size=size,
        config_text=text,
        config_digest=config_digest(text),
        terms_digest=terms_digest(plain_terms),
        terms=plain_terms,
    )
    session.add(version)
    await session.flush()
    wheel.current_version_id = version.id
    await session.flush()
    return version


def _terms(wheel: WheelGame, rewards: list[WheelReward], size: int, engine_type: str, engine_version: str) -> Terms:
    check_opening(
        [
            OfferedReward(
                RewardRange(r.reward_slug, r.range_start, r.range_end, Decimal(r.probability)),
                parse_detail(r.reward_type, r.reward_detail, f"$.rewards[{at}].reward_detail"),
            )
            for at, r in enumerate(rewards)
        ],
        size,
    )
    drawn = segments([reward.range_end - reward.range_start + 1 for reward in rewards])
    return Terms(
        engine_type=engine_type,
        engine_version=engine_version,
        size=size,
        wheel_config=msgspec.Raw(msgspec.json.encode(wheel.wheel_config)),
        spin_config=msgspec.Raw(msgspec.json.encode(wheel.spin_config)),
        rewards=[
            RewardTerms(
                id=UUID(str(reward.id)),
                slug=reward.reward_slug,
                label=reward.reward_label,
                type=reward.reward_type,
                color=reward.reward_color,
                description=reward.reward_description,
                detail=msgspec.Raw(msgspec.json.encode(reward.reward_detail)),
                range_start=reward.range_start,
                range_end=reward.range_end,
                probability=plain(Decimal(reward.probability)),
                start_deg=segment.start_deg,
                sweep_deg=segment.sweep_deg,
            )
            for reward, segment in zip(rewards, drawn, strict=True)
        ],
    )
