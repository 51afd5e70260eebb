"""What has been revoked of a tenant's tokens, as a node remembers it, and the judgement on a caller."""

from collections.abc import Iterable
from datetime import datetime

from games.errors import Forbidden, Unauthorized
from persistence.revocations import RevocationRow
from server.auth.tokens import Caller

_BLOCKED = "This user has been blocked. Ask the operator."
_REVOKED = "The token has been revoked. Sign in again."


class Revoked:
    """The revocations of one tenant up to `version`."""

    __slots__ = ("_blocked", "_tokens", "_users", "version")

    def __init__(self) -> None:
        self.version = 0
        #: a user's tokens made up to then are refused
        self._users: dict[str, datetime] = {}
        self._blocked: set[str] = set()
        self._tokens: set[str] = set()

    def learn(self, rows: Iterable[RevocationRow]) -> None:
        """Take in rows that are newer than `version`, in their order."""
        known = self.version
        for row in rows:
            if row.auth_version <= known:
                # Another reading, begun later, has brought it or what came after it.
                continue
            self.version = max(self.version, row.auth_version)
            if row.token_id is not None:
                self._tokens.discard(row.token_id)
                if row.lifted_at is None:
                    self._tokens.add(row.token_id)
            elif row.user_id is not None:
                self._users.pop(row.user_id, None)
                self._blocked.discard(row.user_id)
                if row.lifted_at is None:
                    self._users[row.user_id] = row.issued_before
                    if row.is_blocked:
                        self._blocked.add(row.user_id)

    def judge(self, caller: Caller) -> None:
        """Raise `Forbidden` for a blocked user, `Unauthorized` for a token that has been revoked.

        Tokens say when they were made in whole seconds: one made in the second of its user's revocation is refused.
        """
        if caller.user_id in self._blocked:
            raise Forbidden(_BLOCKED)
        before = self._users.get(caller.user_id)
        if before is not None and caller.issued_at <= before:
            raise Unauthorized(_REVOKED)
        if caller.token_id is not None and caller.token_id in self._tokens:
            raise Unauthorized(_REVOKED)
