"""The addresses of databases, with and without their credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from reconciler.simulator.world.model import Credential

if TYPE_CHECKING:
    from reconciler.simulator.minting import Mint
    from reconciler.simulator.world.model import Attachment, Database
    from reconciler.simulator.world.world import World

LOOPBACK = "127.0.0.1"
"""The host of every real server; they differ by their ports."""
POOL_PORT = 5433
"""Where connection pools listen; the stand-in's choice."""
DEFAULT = "default"


def address(database: Database) -> str:
    """`postgres://host:port/name`: what `following` and the info rows show."""
    return f"postgres://{database.host}:{database.port}/{database.name}"


def url(database: Database, credential: Credential, *, port: int | None = None) -> str:
    """The full connection URL with the password."""
    where = f"{database.host}:{port or database.port}/{database.name}"
    return f"postgres://{credential.user}:{credential.password}@{where}"


def attachment_url(database: Database, attachment: Attachment) -> str | None:
    """The value of the attachment's config var; None when its credential is gone."""
    namespace = attachment.namespace or ""
    pooled = namespace.startswith("connection-pooling:")
    name = namespace.partition(":")[2] or DEFAULT
    credential = database.credentials.get(name)
    if credential is None:
        return None
    real = database.host == LOOPBACK
    return url(database, credential, port=POOL_PORT if pooled and not real else None)


def database_at(world: World, text: str) -> Database | None:
    """The database that a connection URL opens: address, user and password must all be right."""
    parts = urlsplit(text)
    place = dwelling(parts.hostname or "", parts.port)
    database = world.databases.get(world.index.hosts.get(place, ""))
    if database is None or parts.path.lstrip("/") != database.name:
        return None
    known = {(held.user, held.password) for held in database.credentials.values()}
    return database if (parts.username, parts.password) in known else None


def dwelling(host: str, port: int | None) -> str:
    """What tells one server from all others: its host, and the port too where all share one host."""
    return f"{host}:{port}" if host == LOOPBACK else host


def new_host(mint: Mint, region: str) -> str:
    """A host name that no database had before."""
    inside = {"us": "us-east-1", "eu": "eu-west-1"}.get(region, region)
    return f"c{mint.letters('host', 14)}.cluster-stand-in.{inside}.rds.example.com"


def new_credential(mint: Mint, name: str) -> Credential:
    """A role with a user name and password of its own."""
    return Credential(
        id=mint.uuid("credential"),
        name=name,
        user=f"u{mint.letters('user', 13)}",
        password=mint.password(),
    )
