"""What is remembered of plays that have been looked through for cheating."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from persistence.tables.metadata import Base, OfTenant, UserId, kept, refers


class PlayWatch(OfTenant, Base):
    """How far a tenant's plays have been looked through: `seen_until` is the newest of them, or an id before it."""

    __tablename__ = "play_watches"
    __table_args__ = (kept(),)

    seen_until: Mapped[UUID]


class PlayerRhythm(OfTenant, Base):
    """A player's newest reactions on a wheel in milliseconds, oldest first, and when their last wheel stopped."""

    __tablename__ = "player_rhythms"
    __table_args__ = (
        refers("wheel_games", "wheel_game_id"),
        {**kept(), "postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    wheel_game_id: Mapped[UUID] = mapped_column(primary_key=True)
    last_stop: Mapped[datetime | None]
    reactions_ms: Mapped[list[int]] = mapped_column(ARRAY(Integer()), server_default=text("'{}'::integer[]"))


class WinCount(OfTenant, Base):
    """Spins and hits of a wheel's version that have been looked through: of one player, or (`user_id` empty) of all."""

    __tablename__ = "win_counts"
    __table_args__ = (
        refers("wheel_versions", "wheel_version_id"),
        CheckConstraint("hits >= 0 AND hits <= spins", name="hits"),
        {**kept(), "postgresql_with": {"fillfactor": 80}},
    )

    wheel_version_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(primary_key=True)
    spins: Mapped[int]
    hits: Mapped[int]
