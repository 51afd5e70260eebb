"""Commitments to server seeds, by player and wheel."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import EPOCH
from persistence.tables.metadata import ZERO, Base, Code, Digest, TenantRow, Times, UserId, Word, kept, one_of, refers


class FairnessEpoch(Times, TenantRow, Base):
    """A server seed whose hash the player has been shown, and the client seed and nonces it is used with."""

    __tablename__ = "fairness_epochs"
    __table_args__ = (
        refers("wheel_games", "wheel_game_id"),
        one_of("epoch_status", EPOCH.statuses),
        CheckConstraint("next_nonce >= 0", name="next_nonce"),
        Index(
            "uq_fairness_epochs_current_and_next",
            "tenant_id",
            "user_id",
            "wheel_game_id",
            "epoch_status",
            unique=True,
            postgresql_where=text("epoch_status IN ('current', 'next')"),
        ),
        {**kept(), "postgresql_with": {"fillfactor": 80}},
    )

    user_id: Mapped[UserId]
    wheel_game_id: Mapped[UUID]
    epoch_status: Mapped[Word]
    config_digest: Mapped[Digest]
    server_seed_encrypted: Mapped[bytes]
    server_seed_hash: Mapped[Digest]
    client_seed: Mapped[Code]
    next_nonce: Mapped[int] = mapped_column(server_default=ZERO)
    activated_at: Mapped[datetime | None]
    revealed_at: Mapped[datetime | None]
