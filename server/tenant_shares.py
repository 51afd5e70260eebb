"""Figures by tenant under a bounded set of labels: the busiest by their codes, all others together.

Counters must only rise, whoever is named at the moment: what a tenant has added since the last look goes to the label
that it has now, and stays there.
"""

from collections.abc import Iterator, Mapping

#: The label of all tenants that are not named.
OTHER = "other"


class TenantShares:
    """Shares figures out. `most`: tenants that are named at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._named: dict[str, str] = {}
        #: what was last read of each (family, tenant, labels), and what each (family, label, labels) has come to
        self._last: dict[tuple[str, str, tuple[str, ...]], float] = {}
        self._totals: dict[tuple[str, str, tuple[str, ...]], float] = {}

    def choose(self, activity: Mapping[str, float], codes: Mapping[str, str]) -> None:
        """Name the busiest. One that is named stays while it is among the first of twice as many, for steady series."""
        ranked = sorted((tenant for tenant in activity if activity[tenant] > 0), key=lambda one: -activity[one])
        kept = [tenant for tenant in ranked[: 2 * self._most] if tenant in self._named]
        chosen = (kept + [tenant for tenant in ranked if tenant not in self._named])[: self._most]
        self._named = {tenant: codes.get(tenant, tenant) for tenant in chosen}

    def label(self, tenant: str) -> str:
        """A tenant's label now."""
        return self._named.get(tenant, OTHER)

    def rise(self, family: str, tenant: str, value: float, *labels: str) -> None:
        """A counter of a tenant's has come to `value`."""
        key = (family, tenant, labels)
        added = value - self._last.get(key, 0)
        self._last[key] = value
        total = (family, self.label(tenant), labels)
        self._totals[total] = self._totals.get(total, 0) + added

    def totals(self, family: str) -> Iterator[tuple[list[str], float]]:
        """The counters of a family, by (label, labels), of those that are named and of the others."""
        shown = {*self._named.values(), OTHER}
        for (name, label, labels), value in self._totals.items():
            if name == family and label in shown:
                yield [label, *labels], value

    def sums(self, figures: Mapping[tuple[str, ...], float]) -> Iterator[tuple[list[str], float]]:
        """Figures that rise and fall, by (tenant, labels…), added up by label."""
        added: dict[tuple[str, ...], float] = {}
        for (tenant, *labels), value in figures.items():
            key = (self.label(tenant), *labels)
            added[key] = added.get(key, 0) + value
        for key, value in added.items():
            yield list(key), value
