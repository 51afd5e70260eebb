"""All tables together."""

from sqlalchemy import MetaData

from persistence.tables import (
    audit,
    broadcasts,
    configuration,
    engines,
    fairness,
    jackpots,
    ledger,
    monitoring,
    outbox,
    play_watches,
    players,
    raffles,
    revocations,
    rewards,
    spins,
    tenants,
    tournaments,
    wallets,
    webhooks,
    wheels,
)
from persistence.tables.metadata import Base

MODULES = (
    tenants,
    revocations,
    players,
    engines,
    wheels,
    fairness,
    spins,
    jackpots,
    raffles,
    tournaments,
    rewards,
    ledger,
    wallets,
    webhooks,
    monitoring,
    play_watches,
    configuration,
    audit,
    broadcasts,
    outbox,
)
METADATA: MetaData = Base.metadata
