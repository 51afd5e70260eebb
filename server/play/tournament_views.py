"""Tournaments as the wire tells of them."""

from collections.abc import Mapping, Sequence

import msgspec
from asyncpg import Record

from games.display import shown_name
from games.messages.tournaments import PrizeView, TournamentMoved, TournamentView, TournamentWinnerView
from games.tournament import TournamentPrizeConfig, format_points
from persistence.tournaments import TournamentRow
from server.moments import wire_time
from server.play import views
from server.play.leaderboard import NAMES


def tournament_view(row: TournamentRow) -> TournamentView:
    """A row, whole; the configuration with its defaults."""
    return TournamentView(
        id=row.id,
        tournament_name=row.tournament_name,
        tournament_description=row.tournament_description,
        tournament_type=row.tournament_type,
        tournament_status=row.tournament_status,
        start_time=wire_time(row.start_time),
        end_time=wire_time(row.end_time),
        max_participants=row.max_participants,
        current_participants=row.current_participants,
        tournament_config=msgspec.Raw(msgspec.json.encode(row.config)),
        row_version=row.row_version,
        created_at=wire_time(row.created_at),
        updated_at=wire_time(row.updated_at),
    )


def prize_view(row: Record) -> PrizeView:
    """A prize."""
    return PrizeView(
        id=row["id"],
        prize_name=row["prize_name"],
        prize_type=row["prize_type"],
        prize_amount=views.money(str(row["prize_amount"])),
        prize_rank=row["prize_rank"],
        prize_status=row["prize_status"],
        prize_config=msgspec.Raw(row["prize_config"].encode()),
    )


def prize_config(row: Record) -> TournamentPrizeConfig:
    """The typed `prize_config` of a row."""
    return msgspec.json.decode(row["prize_config"], type=TournamentPrizeConfig)


def prize_of(prizes: Sequence[Record], rank: int) -> Record | None:
    """The prize for a rank, if there is one."""
    for prize in prizes:
        if prize["prize_rank"] <= rank <= (prize_config(prize).rank_to or prize["prize_rank"]):
            return prize
    return None


def winner_views(
    rows: Sequence[Record], prizes: Sequence[Record], names: Mapping[str, str | None]
) -> list[TournamentWinnerView]:
    """Who has won, by the names that others are shown."""
    told = []
    for row in rows:
        prize = prize_of(prizes, row["winner_rank"])
        told.append(
            TournamentWinnerView(
                user=row["user_id"],
                name=shown_name(row["user_id"], names.get(row["user_id"]), NAMES),
                rank=row["winner_rank"],
                points=format_points(row["total_points"]),
                prize_name=None if prize is None else prize["prize_name"],
            )
        )
    return told


def moved(row: TournamentRow) -> TournamentMoved:
    """A tournament's new status."""
    return TournamentMoved(
        tournament_id=row.id,
        tournament_status=row.tournament_status,
        start_time=wire_time(row.start_time),
        end_time=wire_time(row.end_time),
        at=wire_time(row.updated_at),
    )
