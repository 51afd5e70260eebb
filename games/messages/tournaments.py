"""What is sent of tournaments: the live board and its changes, ranks, statuses and winners (docs/protocol.md)."""

from uuid import UUID

import msgspec


class BoardRow(msgspec.Struct, frozen=True):
    """A place on a leaderboard. `user` is the platform's id, `name` what is shown, `points` a decimal string."""

    user: str
    name: str
    rank: int
    points: str


class LeaderboardDelta(msgspec.Struct, frozen=True):
    """What turns the board at `from_version` into the one at `version`: rows that are new or changed, users gone."""

    from_version: int
    version: int
    rows: list[BoardRow]
    gone: list[str]
    participants: int


class LeaderboardSnapshot(msgspec.Struct, frozen=True):
    """The top of a board, whole, for those who could not be sent every delta."""

    version: int
    rows: list[BoardRow]
    participants: int


class TournamentRank(msgspec.Struct, frozen=True):
    """Where a player stands in a tournament; a player without points has no rank."""

    tournament_id: UUID
    rank: int | None
    points: str


class OwnStanding(msgspec.Struct, frozen=True):
    """The same, in the tournament's own channel, with the player's name in full."""

    rank: int | None
    points: str
    name: str


class TournamentMoved(msgspec.Struct, frozen=True):
    """A tournament has another status."""

    tournament_id: UUID
    tournament_status: str
    start_time: str
    end_time: str
    at: str


class TournamentWinnerView(msgspec.Struct, frozen=True):
    """A player who came in at a rank that wins."""

    user: str
    name: str
    rank: int
    points: str
    prize_name: str | None


class TournamentWinners(msgspec.Struct, frozen=True):
    """Who has won, when a tournament is settled."""

    tournament_id: UUID
    winners: list[TournamentWinnerView]


class PrizeView(msgspec.Struct, frozen=True):
    """What a rank, or the ranks from it to `prize_config.rank_to`, win."""

    id: UUID
    prize_name: str
    prize_type: str
    prize_amount: str
    prize_rank: int
    prize_status: str
    prize_config: msgspec.Raw


class TournamentView(msgspec.Struct, frozen=True):
    """A tournament as everybody may see it."""

    id: UUID
    tournament_name: str
    tournament_description: str | None
    tournament_type: str
    tournament_status: str
    start_time: str
    end_time: str
    max_participants: int | None
    current_participants: int
    tournament_config: msgspec.Raw
    row_version: int
    created_at: str
    updated_at: str


class TournamentSnapshot(msgspec.Struct, frozen=True):
    """The channel `tournament:<id>`."""

    tournament: TournamentView
    prizes: list[PrizeView]
    rows: list[BoardRow]
    participants: int
    version: int
    me: OwnStanding | None
    winners: list[TournamentWinnerView]
    server_time: str
