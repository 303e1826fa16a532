"""The settings of every server: small, and honest about what counts.

`synchronous_commit` stays on: without it a killed server loses writes that it acknowledged. `fsync` is off: only a
power cut would tell, and then the whole world is gone anyway.
"""

from __future__ import annotations

SETTINGS = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 16MB
max_connections = 20
wal_level = replica
max_wal_senders = 4
max_replication_slots = 4
wal_keep_size = 64MB
hot_standby = on
wal_receiver_status_interval = 1s
jit = off
autovacuum_max_workers = 1
fsync = off
synchronous_commit = on
full_page_writes = on
wal_log_hints = on
max_worker_processes = 2
max_parallel_workers = 0
max_logical_replication_workers = 0
include = 'standby.conf'
"""
MOST_STREAMS = 4
"""`max_wal_senders`: followers, prepared replacements, and two for each base backup that is being made."""
SINCE_18 = "io_method = sync\n"
ACCESS = """
host all all 127.0.0.1/32 scram-sha-256
host replication postgres 127.0.0.1/32 scram-sha-256
"""
"""Everybody needs a password, the superuser too: other users of this machine reach the ports as well."""


def settings(major: int) -> str:
    """The whole `postgresql.conf`."""
    return SETTINGS + (SINCE_18 if major >= 18 else "")  # noqa: PLR2004  # the version that brought it


def standby_settings(*, port: int | None, password: str, slot: str, delay_ms: int) -> str:
    """The `standby.conf` of a follower. Without a port it stays connected to nobody and receives nothing."""
    lines = [
        f"primary_slot_name = '{slot}'",
        f"recovery_min_apply_delay = '{delay_ms}ms'",
        "wal_retrieve_retry_interval = '100ms'",
    ]
    if port is not None:
        where = f"host=127.0.0.1 port={port} user=postgres password={password}"
        lines.append(f"primary_conninfo = '{where} application_name={slot} sslmode=disable'")
    return "\n".join(lines) + "\n"
