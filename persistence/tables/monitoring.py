"""What is watched: metrics, events, logs and alerts."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Index, Numeric, String, func, text
from sqlalchemy.orm import Mapped, mapped_column

from games.lifecycles import ALERT
from persistence.tables.metadata import (
    EMPTY,
    Base,
    Code,
    Created,
    Json,
    Name,
    Prose,
    TenantRow,
    Times,
    UserId,
    Word,
    by_user,
    kept,
    one_of,
    refers,
)

GROUP = "Analytics and monitoring"
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
SEVERITIES = ("info", "warning", "critical")


class GameAnalytics(Times, TenantRow, Base):
    """A measured figure of a game at a minute; it can be computed again from the plays."""

    __tablename__ = "game_analytics"
    __table_args__ = (
        Index(None, "tenant_id", "metric_name", "metric_timestamp"),
        kept(group=GROUP, by_month=True),
    )

    analytics_type: Mapped[Code]
    game_type: Mapped[Code]
    metric_name: Mapped[Code]
    metric_value: Mapped[Decimal] = mapped_column(Numeric(30, 10))
    metric_unit: Mapped[Word | None]
    metric_tags: Mapped[Json] = mapped_column(server_default=EMPTY)
    metric_timestamp: Mapped[datetime]
    source_game: Mapped[str | None] = mapped_column(String(200))


class GameEvent(Created, TenantRow, Base):
    """Something that happened in a game or on a connection. Never changed."""

    __tablename__ = "game_events"
    __table_args__ = (by_user(), kept(group=GROUP, append_only=True, by_month=True))

    user_id: Mapped[UserId | None]
    event_type: Mapped[Code]
    event_category: Mapped[Code]
    game_id: Mapped[str | None] = mapped_column(String(200))
    event_data: Mapped[Json] = mapped_column(server_default=EMPTY)
    event_status: Mapped[Word] = mapped_column(server_default="recorded")
    event_timestamp: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    ip_address: Mapped[Code | None]
    user_agent: Mapped[Prose | None]


class GameLog(Created, TenantRow, Base):
    """A step of a game's execution, of a play where it names one. Never changed."""

    __tablename__ = "game_logs"
    __table_args__ = (
        refers("spin_sessions", "spin_session_id"),
        one_of("log_level", LOG_LEVELS),
        kept(group=GROUP, append_only=True, by_month=True),
    )

    spin_session_id: Mapped[UUID | None]
    log_level: Mapped[Word]
    log_message: Mapped[Prose]
    log_details: Mapped[Prose | None]
    log_category: Mapped[Code]
    log_timestamp: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    source_component: Mapped[Code]


class GameAlert(Times, TenantRow, Base):
    """A condition that came true of a subject, and who has seen to it; one stands of a rule and subject at a time.

    `alert_name` is the rule; `game_analytics_id` the figure that triggered it.
    """

    __tablename__ = "game_alerts"
    __table_args__ = (
        refers("game_analytics", "game_analytics_id"),
        one_of("alert_severity", SEVERITIES),
        one_of("alert_status", ALERT.statuses),
        Index(None, "tenant_id", "alert_status"),
        Index(
            "uq_game_alerts_standing",
            "tenant_id",
            "alert_name",
            "alert_subject",
            unique=True,
            postgresql_where=text("alert_status IN ('open', 'acknowledged')"),
        ),
        Index(
            "ix_game_alerts_suppressed",
            "tenant_id",
            "alert_name",
            "alert_subject",
            postgresql_where=text("alert_status = 'suppressed'"),
        ),
        kept(group="Configuration and alerts"),
    )

    game_analytics_id: Mapped[UUID | None]
    alert_name: Mapped[Name]
    alert_type: Mapped[Code]
    alert_subject: Mapped[str] = mapped_column(String(300))
    alert_condition: Mapped[Prose]
    alert_severity: Mapped[Word]
    alert_status: Mapped[Word] = mapped_column(server_default="open")
    alert_message: Mapped[Prose | None]
    alert_metadata: Mapped[Json] = mapped_column(server_default=EMPTY)
    triggered_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[UserId | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UserId | None]
    end_reason: Mapped[Prose | None]
    suppressed_until: Mapped[datetime | None]
