"""Posting to the ledger: what many want in the same moment is posted together, for they share the house's account."""

from collections.abc import Sequence
from uuid import UUID

from games.errors import WheelhouseError
from persistence import ledger
from persistence.database import Database
from persistence.group_commit import GroupCommit
from persistence.ledger import Posted, Posting


class Postings:
    """Makes the ledger's transactions of one node, each once for its key."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._together: GroupCommit[Posting, Posted] = GroupCommit(self._post)

    async def post(self, tenant_id: UUID, posting: Posting) -> Posted:
        """Make a transaction, or find the one of its key. Raises `LimitReached`, `Conflict` and `Unavailable`."""
        return await self._together.submit(tenant_id, posting)

    async def _post(self, tenant_id: UUID, postings: Sequence[Posting]) -> list[Posted | WheelhouseError]:
        async with self._database.tenant(tenant_id) as connection:
            return await ledger.post_all(connection, tenant_id, postings)
