"""What Heroku answers, as far as we read it. Open on purpose: the API may grow, and its Data half is not published.

Fields that hold a password or an address of a database (`resource_url`, `database_password`, `following`, users of
credentials, values of config vars) are not declared, so they are dropped as soon as a body is read; of
`following` only whether it is there is kept, of info rows with addresses only how many there were.

Sources: heroku/platform-api schema.json; heroku/typescript-api-schema tests/__fixtures__/shogun-schemas.json;
heroku/cli v11.9.0 src/lib/pg/types.ts and src/lib/data/types.ts.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

HIDDEN = "(address)"
"""Stands in the place of a value that held an address."""


def name_in(value: object) -> object:
    """The name in a value that some answers give as a string and others as an object."""
    return value.get("name", "") if isinstance(value, dict) else value


def without_address(value: object) -> str:
    """The text of one value of an info row; integers occur as well as strings."""
    text = str(value)
    return HIDDEN if "://" in text else text


def none_if_odd(value: object, read: ValidatorFunctionWrapHandler) -> Any:
    """None, that is unknown, for a value of a form that we do not know."""
    try:
        return read(value)
    except ValidationError:
        return None


Lenient = WrapValidator(none_if_odd)
Name = Annotated[str, BeforeValidator(name_in)]
Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else str(value))]
Whole = Annotated[int | None, Lenient]
Moment = Annotated[dt.datetime | None, Lenient]
Presence = Annotated[bool, BeforeValidator(bool)]


class Wire(BaseModel):
    """Base of every answer. Errors about it never quote what was sent."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", defer_build=True, hide_input_in_errors=True
    )


class ErrorBody(Wire):
    """Each of the fields can be missing (Data API prefixes differ)."""

    id: Text = ""
    message: Text = ""


class Ref(Wire):
    """The stub by which one object names another."""

    id: Text = ""
    name: Text = ""


class Price(Wire):
    """US cents a `unit`; `contract` with 0 cents is a negotiated price that is not told."""

    cents: int = 0
    contract: bool = False
    unit: Text = ""


class PlanRow(Wire):
    """Plan, as `GET /addon-services/:service/plans` lists it; `name` has the service before it."""

    name: str
    state: Text = ""
    price: Annotated[Price | None, Lenient] = None


class AddonRow(Wire):
    """AddOn of the Platform API; `app` owns it, `plan` is the one asked for."""

    id: str
    name: str
    app: Ref
    plan: Name
    state: Text = ""
    created_at: Moment = None
    billed_price: Annotated[Price | None, Lenient] = None


class AttachedAddon(Wire):
    """The add-on in an attachment; `plan` comes with `Accept-Inclusion: addon:plan` only."""

    id: Text = ""
    name: str
    app: Ref = Ref()
    plan: Annotated[Name | None, Lenient] = None


class AttachmentRow(Wire):
    """AddOnAttachment; `app` is the one it is attached to."""

    id: Text = ""
    name: str
    app: Ref
    addon: AttachedAddon
    namespace: Text = ""
    created_at: Moment = None


class SpaceRef(Wire):
    """The Private Space of an app."""

    name: Text = ""
    shield: bool = False


class AppRow(Wire):
    """App."""

    id: Text = ""
    name: str
    maintenance: bool
    space: SpaceRef | None = None
    region: Annotated[Ref | None, Lenient] = None


class RateLimit(Wire):
    """What `GET /account/rate-limits` answers."""

    remaining: int


class InfoRow(Wire):
    """One display row of database info; unknown names are kept, addresses are not."""

    name: str
    values: tuple[Annotated[str, BeforeValidator(without_address)], ...] = ()


class DatabaseInfo(Wire):
    """`GET /client/v11/databases/:name`."""

    addon_id: Text = ""
    plan: Annotated[Name | None, Lenient] = None
    created_at: Text = ""
    is_waiting: Annotated[Presence, Field(alias="waiting?")] = False
    credentials: Whole = None
    num_bytes: Whole = None
    num_tables: Whole = None
    num_connections: Whole = None
    postgres_version: Text = ""
    is_following: Annotated[Presence, Field(alias="following")] = False
    leader: Annotated[Ref | None, Lenient] = None
    info: tuple[InfoRow, ...] = ()

    def row(self, name: str) -> tuple[str, ...] | None:
        """The values of the info row `name`; None when there is no such row."""
        return next((row.values for row in self.info if row.name == name), None)

    def text(self, name: str) -> str:
        """The values of the info row `name` as one text; empty when there is no such row."""
        return ", ".join(self.row(name) or ())


class ScheduleRow(Wire):
    """`GET /client/v11/databases/:name/transfer-schedules`, one entry."""

    name: str
    hour: int
    timezone: Text = ""
