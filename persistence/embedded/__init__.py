"""Postgres and Valkey out of Python wheels, started and kept alive for a server that was given neither."""
