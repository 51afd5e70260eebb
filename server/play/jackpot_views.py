"""Jackpots as the wire tells of them."""

from decimal import Decimal
from math import prod
from uuid import UUID

import msgspec
from asyncpg import Record

from games.jackpot import JackpotEventConfig, JackpotPrizeConfig, PlannedEvent, PlannedPrize
from games.messages.jackpots import (
    JackpotEventView,
    JackpotMessage,
    JackpotMoved,
    JackpotPool,
    JackpotPrizeView,
    JackpotView,
    TicketView,
)
from persistence.broadcasts import Sent
from persistence.jackpot_tickets import TicketRow
from persistence.jackpots import JackpotRow
from server.moments import wire_time
from server.play import views


def jackpot_view(row: JackpotRow) -> JackpotView:
    """A row as everybody may see it; the configuration with its defaults."""
    return JackpotView(
        id=row.id,
        jackpot_id=row.jackpot_id,
        jackpot_title=row.jackpot_title,
        jackpot_description=row.jackpot_description,
        jackpot_banner=row.jackpot_banner,
        jackpot_stake=views.money(str(row.jackpot_stake)),
        currency=row.currency,
        start_time=wire_time(row.start_time),
        end_time=wire_time(row.end_time),
        locks_at=wire_time(row.locks_at),
        jackpot_status=row.jackpot_status,
        supported_mode=row.supported_mode,
        jackpot_config=msgspec.Raw(msgspec.json.encode(row.config)),
        pool_amount=views.money(str(row.pool_amount)),
        row_version=row.row_version,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )


def event_view(row: Record) -> JackpotEventView:
    """An event."""
    return JackpotEventView(
        id=row["id"],
        event_name=row["event_name"],
        event_type=row["event_type"],
        event_pick=row["event_pick"],
        event_result=row["event_result"],
        event_status=row["event_status"],
        event_config=msgspec.Raw(row["event_config"].encode()),
    )


def prize_view(row: Record) -> JackpotPrizeView:
    """A tier."""
    return JackpotPrizeView(
        id=row["id"],
        prize_name=row["prize_name"],
        prize_type=row["prize_type"],
        prize_amount=views.money(str(row["prize_amount"])),
        prize_status=row["prize_status"],
        prize_config=msgspec.Raw(row["prize_config"].encode()),
    )


def planned_event(row: Record) -> PlannedEvent:
    """An event as an operator set it."""
    config = msgspec.json.decode(row["event_config"], type=JackpotEventConfig)
    return PlannedEvent(row["event_name"], row["event_pick"], row["event_type"], config)


def planned_prize(row: Record) -> PlannedPrize:
    """A tier as an operator set it."""
    config = msgspec.json.decode(row["prize_config"], type=JackpotPrizeConfig)
    return PlannedPrize(row["prize_name"], config, row["prize_type"], str(row["prize_amount"]))


def pool(row: JackpotRow) -> JackpotPool:
    """The pool as it stands."""
    return pool_at(row, row.pool_amount, row.pool_version)


def pool_at(row: JackpotRow, amount: Decimal, version: int) -> JackpotPool:
    """The pool of a jackpot at another amount than its row has."""
    return JackpotPool(row.id, views.money(f"{amount:.4f}"), row.currency, version)


def moved(row: JackpotRow, reason: str | None) -> JackpotMoved:
    """A jackpot's new status."""
    return JackpotMoved(
        jackpot_id=row.id,
        jackpot_status=row.jackpot_status,
        start_time=wire_time(row.start_time),
        end_time=wire_time(row.end_time),
        locks_at=wire_time(row.locks_at),
        at=wire_time(row.updated_at),
        reason=reason,
    )


def message(jackpot_id: UUID, sent: Sent) -> JackpotMessage:
    """An operator's message to those who follow a jackpot."""
    return JackpotMessage(
        id=sent.id,
        jackpot_id=jackpot_id,
        message=sent.message,
        data=sent.data,
        sent_at=wire_time(sent.created_at),
    )


def ticket_view(row: TicketRow) -> TicketView:
    """A ticket as its player sees it."""
    return TicketView(
        id=row.id,
        jackpot_id=row.jackpot_game_id,
        user_id=row.user_id,
        ticket_type=row.ticket_type,
        ticket_status=row.ticket_status,
        ticket_stake=views.money(str(row.ticket_stake)),
        currency=row.currency,
        ticket_picks=row.ticket_picks,
        lines=prod(len(one.split("|")) for one in row.ticket_picks.split(",")),
        ticket_created_at=wire_time(row.ticket_created_at),
    )
