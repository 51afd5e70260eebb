"""The tenants' own back ends in a storm: points, pools, words, moves and chances over REST, until they are answered."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import httpx

from tests.storm.world import Ground


class Publisher:
    """One tenant's operator and platform. `nodes`: the addresses of the nodes, asked in turn."""

    def __init__(self, ground: Ground, players: Sequence[str], nodes: Sequence[str], seed: str) -> None:
        self.accepted_points = 0
        #: to the jackpot's pool
        self.added = Decimal(0)
        self._ground = ground
        self._players = players
        self._nodes = nodes
        self._rng = random.Random(seed)
        self._operator = ground.token("operator", f"operator-{ground.tenant.code}")
        self._service = ground.token("service", f"service-{ground.tenant.code}")
        self._http = httpx.AsyncClient(timeout=8.0)
        self._number = 0
        self.tournaments: list[str] = []

    async def prepare(self, count: int) -> None:
        """Open tournaments for this storm."""
        now = datetime.now(UTC)
        for n in range(count):
            made = await self._call(
                "POST",
                "/api/v1/tournaments",
                {
                    "tournament_name": f"cup {n} {self._ground.mark}",
                    "tournament_type": "points",
                    "start_time": (now + timedelta(hours=1)).isoformat(),
                    "end_time": (now + timedelta(hours=2)).isoformat(),
                    "tournament_config": {"join": "automatic"},
                },
            )
            self.tournaments.append(made["id"])
            await self._move(made["id"], "registration")

    async def run(self) -> None:
        """Publish until cancelled."""
        await self._move(self.tournaments[0], "running")
        async with asyncio.TaskGroup() as work:
            work.create_task(self._again_and_again(self._rename, 0.25))
            work.create_task(self._again_and_again(self._give_points, 0.25))
            work.create_task(self._again_and_again(self._give_chances, 0.4))
            work.create_task(self._again_and_again(self._move_pool, 0.2))
            work.create_task(self._again_and_again(self._broadcast, 0.5))
            work.create_task(self._again_and_again(self._announce, 1.0))
            work.create_task(self._move_tournaments())

    async def close(self) -> None:
        await self._http.aclose()

    async def _again_and_again(self, deed: Any, pause_s: float) -> None:
        while True:
            await deed()
            await asyncio.sleep(self._rng.uniform(0.5, 1.5) * pause_s)

    async def _move_tournaments(self) -> None:
        for tournament_id in self.tournaments[1:]:
            for to in ("running", "finalizing", "settled"):
                await asyncio.sleep(self._rng.uniform(0.5, 3.0))
                await self._move(tournament_id, to)

    async def _move(self, tournament_id: str, to: str) -> None:
        """A move whose answer was lost has been made when it is found to be refused."""
        await self._call("POST", f"/api/v1/tournaments/{tournament_id}/status", {"to": to}, also=(409,))

    async def _rename(self) -> None:
        tournament_id = self.tournaments[0]
        there = await self._call("GET", f"/api/v1/tournaments/{tournament_id}")
        self._number += 1
        await self._call(
            "PATCH",
            f"/api/v1/tournaments/{tournament_id}",
            {
                "tournament_name": f"cup {self._number} {self._ground.mark}",
                "row_version": there["row_version"],
            },
            also=(409,),
        )

    async def _give_points(self) -> None:
        self._number += 1
        users = self._rng.sample(self._players, self._rng.randint(1, 12))
        entries = [
            {
                "user_id": user,
                "points_earned": str(self._rng.randint(1, 500)),
                "points_source": "bet",
                "source_event_id": f"{self._number}-{user}",
            }
            for user in users
        ]
        answer = await self._call(
            "POST",
            f"/api/v1/tournaments/{self.tournaments[0]}/points",
            {"entries": entries},
            token=self._service,
        )
        self.accepted_points += len(entries)
        assert answer["accepted"] + answer["duplicates"] == len(entries), answer

    async def _move_pool(self) -> None:
        added = f"{self._rng.randint(1, 999) / 100:.2f}"
        path = f"/api/v1/jackpots/{self._ground.jackpot_id}/pool"
        await self._call("POST", path, {"add": added}, token=self._service)
        self.added += Decimal(added)

    async def _broadcast(self) -> None:
        self._number += 1
        path = f"/api/v1/jackpots/{self._ground.jackpot_id}/broadcast"
        await self._call("POST", path, {"message": f"word {self._number} {self._ground.mark}"})

    async def _announce(self) -> None:
        self._number += 1
        await self._call("POST", "/api/v1/announcements", {"message": f"word {self._number} {self._ground.mark}"})

    async def _give_chances(self) -> None:
        await self._call(
            "POST",
            "/api/v1/chances",
            {
                "user_id": self._rng.choice(self._players),
                "chance_type": "manual",
                "chance_count": 3,
                "award_reason": "storm",
            },
            token=self._service,
        )

    async def _call(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        also: tuple[int, ...] = (),
    ) -> dict[str, Any]:
        """Call a node, and another when that does not answer, until one does. `also`: refusals that are answers."""
        self._number += 1
        headers = {
            "authorization": f"Bearer {token or self._operator}",
            "idempotency-key": f"storm-{self._rng.random()}-{self._number}",
        }
        while True:
            try:
                answer = await self._http.request(
                    method, self._rng.choice(self._nodes) + path, json=body, headers=headers
                )
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
                continue
            if answer.is_success or answer.status_code in also:
                return dict(answer.json())
            if answer.status_code != 503:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            await asyncio.sleep(0.1)
