"""What Heroku answers beyond the first look, as `wire` reads it; apart, since `plan` begins without it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from reconciler.adapters.heroku.wire import Lenient, Presence, Ref, Text, Whole, Wire


class UserRef(Wire):
    """The stub of an account."""

    id: Text = ""
    email: Text = ""


class AccountRow(Wire):
    """Account, as `GET /account` tells whoever asks."""

    id: Text = ""
    email: Text = ""


class OwnedAppRow(Wire):
    """App, as far as it tells whose it is."""

    name: str
    owner: Annotated[UserRef | None, Lenient] = None
    team: Annotated[Ref | None, Lenient] = None


class CollaboratorRow(Wire):
    """Collaborator; `permissions` are told of apps of Enterprise teams only."""

    user: UserRef = UserRef()
    role: Text = ""
    permissions: tuple[Ref, ...] = ()


class FormationRow(Wire):
    """Formation: one process type."""

    type: str
    quantity: int
    updated_at: Text = ""


class DynoRow(Wire):
    """Dyno: one running process."""

    type: str


class ReleaseRow(Wire):
    """Release."""

    version: int
    status: Text = ""
    description: Text = ""


class CredentialRow(Wire):
    """`GET /postgres/v0/databases/:name/credentials`, one entry."""

    name: Text = ""
    state: Text = ""


class TransferRow(Wire):
    """`GET /client/v11/apps/:app/transfers`, one entry; times are texts, `num` a string or a number."""

    uuid: str
    num: Text = ""
    from_name: Text = ""
    to_name: Text = ""
    source_bytes: Whole = None
    processed_bytes: Whole = None
    succeeded: bool | None = None
    created_at: Text = ""
    finished_at: Text = ""
    canceled_at: Text = ""


class MaintenanceRow(Wire):
    """`GET /data/maintenances/v1/:uuid`."""

    status: str
    scheduled_for: Text = ""
    window: Text = ""


class UpgradeRow(Wire):
    """`GET /client/v11/databases/:name/upgrade/wait_status`; `step` is a text such as `7/7`."""

    is_waiting: Annotated[Presence, Field(alias="waiting?")] = False
    has_failed: Annotated[Presence, Field(alias="error?")] = False
    message: Text = ""
    step: Text = ""


class WindowRow(Wire):
    """`GET /data/maintenances/v1/:uuid/window`."""

    window: Text = ""
