"""Configurations of a tenant's games."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import CONFIG
from persistence.tables.metadata import EMPTY, NO, Base, Code, Json, Name, TenantRow, Times, Word, kept, one_of


class GameConfiguration(Times, TenantRow, Base):
    """Settings of one kind; a tenant has one default of a kind."""

    __tablename__ = "game_configurations"
    __table_args__ = (
        one_of("config_status", CONFIG.statuses),
        Index(
            "uq_game_configurations_default",
            "tenant_id",
            "config_type",
            unique=True,
            postgresql_where=text("is_default"),
        ),
        Index(None, "tenant_id", "config_type", "config_name"),
        kept(group="Configuration and alerts"),
    )

    config_name: Mapped[Name]
    config_type: Mapped[Code]
    config_values: Mapped[Json] = mapped_column(server_default=EMPTY)
    config_status: Mapped[Word] = mapped_column(server_default="draft")
    is_default: Mapped[bool] = mapped_column(server_default=NO)
