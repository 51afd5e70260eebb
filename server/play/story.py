"""The whole story of one play: chance, version, nonce, outcome, the reward's way, and what was written of it."""

from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Connection

from games.messages.events import RewardShown, VoidView
from games.messages.snapshots import DeliveryView
from persistence import chances, rewards, spin_story, voids
from persistence.plays import Play
from persistence.spin_story import Written
from server.moments import wire_time, wire_time_or_none
from server.play import views
from server.play.versions import Version
from server.play.voids import shown


class VersionShown(msgspec.Struct, frozen=True):
    """The wheel as it stood when it was played."""

    version_number: int
    config_digest: str
    terms_digest: str


class ChanceSpent(msgspec.Struct, frozen=True):
    """The grant that the chance was taken from, as it stands now."""

    id: UUID
    chance_type: str
    chance_status: str
    award_reason: str
    expires_at: str | None


class EpochDrawnFrom(msgspec.Struct, frozen=True):
    """The commitment that the outcome was drawn from. Its seed is in the proof, once it is revealed."""

    epoch_id: UUID
    epoch_status: str
    server_seed_hash: str
    client_seed: str
    nonce: int


class LogShown(msgspec.Struct, frozen=True):
    """A line of the log."""

    at: str
    level: str
    message: str
    details: str | None
    component: str


class EventShown(msgspec.Struct, frozen=True):
    """An event of the game."""

    at: str
    event_type: str
    event_data: msgspec.Raw
    ip_address: str | None
    user_agent: str | None


class AuditShown(msgspec.Struct, frozen=True):
    """A row of the audit trail."""

    sequence: int
    at: str
    user_id: str | None
    action: str
    entity_type: str
    entity_id: UUID | None
    old_values: Any
    new_values: Any


class Story(msgspec.Struct, frozen=True):
    """What is known of a play beside the play itself.

    `position` and `range_reward` (the reward whose range was hit; the play's own is what was paid) are null until the
    wheel has stopped, and so is `reward_delivery`. `voids`, `log`, `events` and `audit` are for staff, null for
    players.
    """

    version: VersionShown
    chance: ChanceSpent | None
    epoch: EpochDrawnFrom
    position: int | None
    range_reward: RewardShown | None
    reward_delivery: DeliveryView | None
    voids: list[VoidView] | None
    log: list[LogShown] | None
    events: list[EventShown] | None
    audit: list[AuditShown] | None


async def tell(connection: Connection, tenant_id: UUID, play: Play, version: Version, *, staff: bool) -> Story:
    """The story of a play, whole for staff."""
    spent = None if play.chance_id is None else (await chances.read(connection, tenant_id, [play.chance_id]))[0]
    delivered = await rewards.page(connection, tenant_id, source_id=play.session_id, limit=1)
    void_rows = await voids.of_play(connection, tenant_id, play.session_id) if staff else []
    written: Written | None = None
    if staff:
        others = [delivered[0].id] if delivered else []
        written = await spin_story.read(connection, tenant_id, play.session_id, others)
    stopped = play.completed_at is not None
    return Story(
        version=VersionShown(version.number, version.config_digest, version.terms_digest),
        chance=None
        if spent is None
        else ChanceSpent(
            spent.id, spent.chance_type, spent.chance_status, spent.award_reason, wire_time_or_none(spent.expires_at)
        ),
        epoch=EpochDrawnFrom(play.epoch_id, play.epoch_status, play.server_seed_hash, play.client_seed, play.nonce),
        position=play.position if stopped else None,
        range_reward=views.reward_shown(version, play.range_reward_id) if stopped else None,
        reward_delivery=views.delivery_view(delivered[0], whole=staff) if delivered and stopped else None,
        voids=[shown(row, play, version) for row in void_rows] if staff else None,
        log=None if written is None else _log(written),
        events=None if written is None else _events(written),
        audit=None if written is None else _audit(written),
    )


def _log(written: Written) -> list[LogShown]:
    return [
        LogShown(
            wire_time(line.log_timestamp), line.log_level, line.log_message, line.log_details, line.source_component
        )
        for line in written.log
    ]


def _events(written: Written) -> list[EventShown]:
    return [
        EventShown(wire_time(line.event_timestamp), line.event_type, line.event_data, line.ip_address, line.user_agent)
        for line in written.events
    ]


def _audit(written: Written) -> list[AuditShown]:
    return [
        AuditShown(
            line.sequence,
            wire_time(line.created_at),
            line.user_id,
            line.action,
            line.entity_type,
            line.entity_id,
            line.old_values,
            line.new_values,
        )
        for line in written.audit
    ]
