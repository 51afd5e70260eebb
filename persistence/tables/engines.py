"""Game engines and the templates that games are made from."""

from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import ENGINE
from games.templates import TEMPLATE_KINDS
from persistence.tables.metadata import (
    EMPTY,
    YES,
    Base,
    Code,
    Json,
    Name,
    Prose,
    TenantRow,
    Times,
    Word,
    kept,
    one_of,
    refers,
)

GROUP = "Game engine system"


class GameEngine(Times, TenantRow, Base):
    """The code of a game, named by type and version, with the tenant's settings for it."""

    __tablename__ = "game_engines"
    __table_args__ = (
        one_of("engine_status", ENGINE.statuses),
        UniqueConstraint("tenant_id", "engine_name", "engine_version"),
        kept(group=GROUP),
    )

    engine_name: Mapped[Name]
    engine_type: Mapped[Code]
    engine_version: Mapped[Word]
    engine_status: Mapped[Word] = mapped_column(server_default="draft")
    engine_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    engine_capabilities: Mapped[Json] = mapped_column(server_default=EMPTY)
    is_active: Mapped[bool] = mapped_column(server_default=YES)


class GameTemplate(Times, TenantRow, Base):
    """What a new wheel, jackpot, raffle or tournament starts from. A wheel's belongs to the engine that reveals it."""

    __tablename__ = "game_templates"
    __table_args__ = (
        refers("game_engines", "game_engine_id"),
        one_of("template_type", TEMPLATE_KINDS),
        CheckConstraint("(template_type = 'wheel') = (game_engine_id IS NOT NULL)", name="engine_of_a_wheel"),
        UniqueConstraint("tenant_id", "template_name"),
        kept(group=GROUP),
    )

    game_engine_id: Mapped[UUID | None]
    template_name: Mapped[Name]
    template_type: Mapped[Code]
    template_category: Mapped[Code | None]
    template_description: Mapped[Prose | None]
    template_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    game_rules: Mapped[Json] = mapped_column(server_default=EMPTY)
    reward_config: Mapped[Json] = mapped_column(server_default=EMPTY)
    is_active: Mapped[bool] = mapped_column(server_default=YES)
