"""Counters by tenant only rise, whoever is named, and no tenant's figures are lost or told twice."""

from hypothesis import given
from hypothesis import strategies as st

from server.tenant_shares import TenantShares

tenants = st.sampled_from("abcdef")


def told(shares):
    return {labels[0]: value for labels, value in shares.totals("sent")}


def test_the_busiest_are_named_by_their_codes_and_the_rest_are_one():
    shares = TenantShares(2)
    shares.choose({"a": 5, "b": 9, "c": 1, "d": 0}, {"a": "alpha", "b": "beta", "c": "gamma"})
    for tenant, count in (("a", 5), ("b", 9), ("c", 1), ("d", 2)):
        shares.rise("sent", tenant, count)
    assert told(shares) == {"alpha": 5, "beta": 9, "other": 3}
    gauges = shares.sums({("a",): 1, ("c",): 2, ("d",): 3})
    assert list(gauges) == [(["alpha"], 1), (["other"], 5)]


def test_a_tenant_keeps_its_name_through_a_quiet_moment():
    shares = TenantShares(1)
    shares.choose({"a": 5, "b": 4}, {})
    shares.choose({"a": 4, "b": 5}, {})
    assert shares.label("a") == "a"
    shares.choose({"a": 0, "b": 5}, {})
    assert (shares.label("a"), shares.label("b")) == ("other", "b")


@given(st.lists(st.dictionaries(tenants, st.integers(0, 50)), max_size=12), st.integers(1, 3))
def test_every_series_only_rises_and_all_together_are_all(looks, most):
    shares, counts, before = TenantShares(most), dict.fromkeys("abcdef", 0), {}
    for added in looks:
        shares.choose({tenant: float(count) for tenant, count in added.items()}, {})
        for tenant, count in added.items():
            counts[tenant] += count
        for tenant, count in counts.items():
            shares.rise("sent", tenant, count)
        now = told(shares)
        assert len(now) <= most + 1
        assert all(now[label] >= value for label, value in before.items() if label in now)
        before = {**before, **now}
    assert sum(shares._totals.values()) == sum(counts.values())
