"""The whole world with its indexes: look-ups by name or id cost the same with 5 databases or 5,000."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from functools import cache

from pydantic import TypeAdapter

from reconciler.simulator.minting import Mint
from reconciler.simulator.world.faults import Faults
from reconciler.simulator.world.model import (
    Account,
    Addon,
    App,
    Attachment,
    Database,
    Event,
    Timing,
    Transfer,
)
from reconciler.simulator.world.urls import dwelling
from reconciler.simulator.world.writers import note_running


@dataclass(slots=True)
class Index:
    """Ids by what requests name things with. Rebuilt when a world is read, never written."""

    apps: dict[str, str] = field(default_factory=dict)
    addons: dict[str, str] = field(default_factory=dict)
    of_app: dict[str, dict[str, str]] = field(default_factory=dict)
    """App id to attachment name to attachment id."""
    of_addon: dict[str, list[str]] = field(default_factory=dict)
    """Add-on id to attachment ids, oldest first."""
    owned: dict[str, list[str]] = field(default_factory=dict)
    """App id to the add-ons it pays for."""
    hosts: dict[str, str] = field(default_factory=dict)
    followers: dict[str, list[str]] = field(default_factory=dict)
    running_on: dict[str, set[str]] = field(default_factory=dict)
    """Database id to the apps whose dynos run with its URL, or did once."""
    reaches: dict[str, set[str]] = field(default_factory=dict)
    """The same the other way: app id to databases."""


@dataclass(slots=True)
class World:
    """Everything that exists at `now`, the last moment it was brought up to."""

    now: float
    scenario: str = ""
    speed: float = 1.0
    bytes_per_gb: int = 5 * 2**20
    """What a real database holds for each gigabyte that it is to show."""
    mint: Mint = field(default_factory=Mint)
    timing: Timing = field(default_factory=Timing)
    account: Account = field(default_factory=Account)
    spaces: dict[str, str] = field(default_factory=dict)
    """Private Spaces: name to region."""
    apps: dict[str, App] = field(default_factory=dict)
    addons: dict[str, Addon] = field(default_factory=dict)
    databases: dict[str, Database] = field(default_factory=dict)
    attachments: dict[str, Attachment] = field(default_factory=dict)
    transfers: dict[str, Transfer] = field(default_factory=dict)
    agenda: list[Event] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    index: Index = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Build the indexes."""
        self.index = Index()
        for app in self.apps.values():
            self._index_app(app)
        for addon in self.addons.values():
            self._index_addon(addon)
        for attachment in self.attachments.values():
            self._index_attachment(attachment)
        for database in self.databases.values():
            self.index.hosts[dwelling(database.host, database.port)] = database.id
            if database.leader_id:
                self.index.followers.setdefault(database.leader_id, []).append(database.id)
        for app in self.apps.values():
            note_running(self, app)

    def to_json(self) -> bytes:
        """The world as one JSON document, its invented passwords included."""
        return _adapter().dump_json(self, exclude={"index"})

    @staticmethod
    def from_json(text: bytes | str) -> World:
        """The world that `to_json` wrote.

        Raises:
            pydantic.ValidationError: it is not a world of this version.
        """
        return _adapter().validate_json(text)

    # Putting things in and taking them out keeps the indexes right.

    def add_app(self, app: App) -> None:
        """Put an app in."""
        self.apps[app.id] = app
        self._index_app(app)

    def add_database(self, addon: Addon, database: Database) -> None:
        """Put both sides of a database in."""
        self.addons[addon.id] = addon
        self.databases[database.id] = database
        self._index_addon(addon)
        self.index.hosts[dwelling(database.host, database.port)] = database.id
        self.set_leader(database, database.leader_id)

    def rename_addon(self, addon: Addon, name: str) -> None:
        """Give an add-on another name."""
        del self.index.addons[addon.name]
        addon.name = name
        self.index.addons[name] = addon.id

    def remove_database(self, addon_id: str) -> None:
        """Take both sides of a database out, for good."""
        addon, database = self.addons.pop(addon_id), self.databases.pop(addon_id)
        self.index.addons.pop(addon.name)
        self.index.owned[addon.app_id].remove(addon_id)
        self.index.hosts.pop(dwelling(database.host, database.port), None)
        self.set_leader(database, None)

    def add_attachment(self, attachment: Attachment) -> None:
        """Put an attachment in; its name must be free on its app."""
        self.attachments[attachment.id] = attachment
        self._index_attachment(attachment)

    def remove_attachment(self, attachment: Attachment) -> None:
        """Take an attachment out."""
        del self.attachments[attachment.id]
        del self.index.of_app[attachment.app_id][attachment.name]
        self.index.of_addon[attachment.addon_id].remove(attachment.id)

    def set_leader(self, database: Database, leader_id: str | None) -> None:
        """Make `database` follow `leader_id`, or nobody."""
        if database.leader_id in self.index.followers:
            fellows = self.index.followers[database.leader_id]
            if database.id in fellows:
                fellows.remove(database.id)
        database.leader_id = leader_id
        if leader_id is not None:
            self.index.followers.setdefault(leader_id, []).append(database.id)

    def move_host(self, database: Database, host: str, port: int | None = None) -> None:
        """Let `database` live at another address; the old one is dead."""
        self.index.hosts.pop(dwelling(database.host, database.port), None)
        database.host, database.port = host, port or database.port
        self.index.hosts[dwelling(host, database.port)] = database.id

    def note_reached(self, app_id: str, database_id: str) -> None:
        """Remember that the dynos of that app have run with a URL of that database."""
        self.index.running_on.setdefault(database_id, set()).add(app_id)
        self.index.reaches.setdefault(app_id, set()).add(database_id)

    def later(self, due: float, kind: str, subject: str, detail: str = "") -> None:
        """Note that `kind` happens to `subject` at `due`."""
        self.mint.made += 1
        heapq.heappush(self.agenda, Event(due, self.mint.made, kind, subject, detail))

    # Looking things up.

    def app(self, id_or_name: str) -> App | None:
        """The app with that id or name."""
        return self.apps.get(self.index.apps.get(id_or_name, id_or_name))

    def addon(self, id_or_name: str) -> Addon | None:
        """The add-on with that id or name."""
        return self.addons.get(self.index.addons.get(id_or_name, id_or_name))

    def attachment_on(self, app_id: str, id_or_name: str) -> Attachment | None:
        """The attachment of that app with that id or name."""
        found = self.attachments.get(self.index.of_app[app_id].get(id_or_name, id_or_name))
        return found if found is not None and found.app_id == app_id else None

    def attachments_of_app(self, app_id: str) -> list[Attachment]:
        """All attachments on an app, whoever owns the add-on."""
        return [self.attachments[found] for found in self.index.of_app[app_id].values()]

    def attachments_of_addon(self, addon_id: str) -> list[Attachment]:
        """All attachments of an add-on, on any app, oldest first."""
        return [self.attachments[found] for found in self.index.of_addon.get(addon_id, ())]

    def followers_of(self, database_id: str) -> list[Database]:
        """The databases that stream from this one."""
        return [self.databases[found] for found in self.index.followers.get(database_id, ())]

    def _index_app(self, app: App) -> None:
        self.index.apps[app.name] = app.id
        self.index.of_app.setdefault(app.id, {})
        self.index.owned.setdefault(app.id, [])

    def _index_addon(self, addon: Addon) -> None:
        self.index.addons[addon.name] = addon.id
        self.index.owned[addon.app_id].append(addon.id)

    def _index_attachment(self, attachment: Attachment) -> None:
        self.index.of_app[attachment.app_id][attachment.name] = attachment.id
        self.index.of_addon.setdefault(attachment.addon_id, []).append(attachment.id)


@cache
def _adapter() -> TypeAdapter[World]:
    return TypeAdapter(World)
