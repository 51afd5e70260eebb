"""What a client knows of a channel: its snapshot, and what has been told since."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from tests.storm.truth import Truth


class View:
    """A client's picture of one channel, over all its connections."""

    def __init__(self, channel: str) -> None:
        self.channel = channel
        self.epoch = ""
        self.offset = 0
        #: sessions whose results the last snapshot held
        self.snapshot_results: list[str] = []
        self._snapshot: dict[str, Any] = {}
        #: the newest event of each kind since the snapshot
        self._newest: dict[str, dict[str, Any]] = {}
        self._games: dict[str, dict[str, Any]] = {}
        self._rows: dict[str, dict[str, Any]] | None = None
        self._version = 0
        #: deltas that built upon another board than the one known
        self.unusable = 0

    def begin(self, answer: dict[str, Any]) -> None:
        """An answer to `subscribe`: anew from its snapshot, or on from what was known."""
        self.epoch = answer["epoch"]
        self.offset = answer["offset"]
        self.snapshot_results = []
        if "snapshot" in answer:
            self._snapshot = snapshot = answer["snapshot"]
            self._newest = {}
            self._games = {game["id"]: game for game in snapshot.get("tournaments", [])}
            self.snapshot_results = [result["session_id"] for result in snapshot.get("results", [])]
            if "rows" in snapshot:
                self._set_board(snapshot)
        for event in answer["latest"].values():
            if event["event"] == "leaderboard.snapshot" or "snapshot" not in answer:
                self.take(event)

    def take(self, event: dict[str, Any]) -> None:
        """An event has been told."""
        name, data = event["event"], event["data"]
        self.offset = max(self.offset, event.get("offset", 0))
        if name == "leaderboard.delta":
            self._change_board(data)
        elif name == "leaderboard.snapshot":
            if self._rows is None or data["version"] > self._version:
                self._set_board(data)
        elif name.startswith("game.") and data["game"] == "tournament":
            self._games[data["id"]] = {"tournament_name": data["name"], "tournament_status": data["status"]}
        else:
            self._newest[name] = data

    def _set_board(self, board: dict[str, Any]) -> None:
        self._rows, self._version = {row["user"]: row for row in board["rows"]}, board["version"]

    def _change_board(self, delta: dict[str, Any]) -> None:
        if delta["version"] <= self._version:
            return
        if self._rows is None or delta["from_version"] != self._version:
            self.unusable += 1
            return
        for user in delta["gone"]:
            self._rows.pop(user, None)
        self._rows.update((row["user"], row) for row in delta["rows"])
        self._version = delta["version"]

    def against(self, truth: Truth, tenant: str, user: str) -> Iterator[tuple[str, object, object]]:
        """(what, as the client knows it, as it is)."""
        if self.channel == "user":
            chances = self._newest.get("chance.changed", self._snapshot.get("chances"))
            if (tenant, user) in truth.chances and chances is not None:
                yield "chances", chances["remaining"], truth.chances[tenant, user]
        elif self.channel == "tenant":
            for game_id, game in self._games.items():
                known = (game["tournament_name"], game["tournament_status"])
                yield game_id, known, truth.tournaments[tenant, game_id]
        elif self.channel.startswith("jackpot:"):
            pool = self._newest.get("jackpot.pool", self._snapshot["pool"])
            yield "pool", Decimal(pool["pool_amount"]), truth.pools[tenant, self.channel.partition(":")[2]]
        elif self.channel.startswith("tournament:"):
            yield from self._against_tournament(truth, tenant)

    def _against_tournament(self, truth: Truth, tenant: str) -> Iterator[tuple[str, object, object]]:
        game_id = self.channel.partition(":")[2]
        status = self._newest.get("tournament.status", self._snapshot["tournament"])["tournament_status"]
        yield "status", status, truth.tournaments[tenant, game_id][1]
        board = None
        if self._rows is not None:
            board = {name: row["points"] for name, row in self._rows.items()}
        yield "board", board, truth.boards[tenant, game_id]
