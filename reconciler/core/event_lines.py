"""What `apply --json` prints: one JSON object a line, a public format with a version of its own.

docs/events.md tells each field. A minor version only adds; readers ignore what they do not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from reconciler.core.frozen import Frozen
from reconciler.core.names import AppName, DatabaseName
from reconciler.core.plan import MethodName, Phase

FORMAT_VERSION = "1.0"
DIALECT = "https://json-schema.org/draft/2020-12/schema"
Seconds = Annotated[float, Field(ge=0)]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
PlanId = Annotated[str, Field(pattern="^[0-9a-f]{8}$")]
Kind = Literal["begin", "act", "wait", "seen", "closed", "open", "back-out", "trouble"]
State = Literal["done", "pending", "stale", "backed-out", "failed"]


class Interval(Frozen):
    """What was predicted."""

    lower_s: Seconds
    upper_s: Seconds | None = Field(description="null: no source gives a bound")


class ListedDatabase(Frozen):
    """A database that is worked on."""

    database: DatabaseName
    app: AppName
    method: MethodName | None = Field(description="null: none is needed")
    stages: int = Field(ge=0, description="how many stages its plan has")
    preparation: Interval
    downtime: Interval


class _Line(Frozen):
    format_version: str = Field(default=FORMAT_VERSION, pattern=r"^1\.[0-9]{1,4}$")
    at: Moment = Field(description="when, UTC, to the millisecond")


class PlanLine(_Line):
    """The plan that is carried out from here on."""

    type: Literal["plan"] = "plan"
    plan: PlanId = Field(description="its id: the first eight digits of its digest")
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    endpoint: str = Field(description="whom it was made against")
    is_stand_in: bool = Field(description="whether that is a stand-in and so nothing is real")
    databases: tuple[ListedDatabase, ...] = Field(description="those that are worked on")
    blocked: tuple[DatabaseName, ...] = Field(description="no method is allowed for them")
    not_read: tuple[DatabaseName, ...] = Field(description="their state is unknown")


class EventLine(_Line):
    """One thing that happened."""

    type: Literal["event"] = "event"
    plan: PlanId
    database: DatabaseName
    kind: Kind
    phase: Phase | None = Field(description="of that stage; null before the first one")
    stage: int | None = Field(
        ge=0,
        description="index into the stages of the plan file: the one that is worked on; null before the first one",
    )
    step: str = Field(
        description="the step in words; empty where it is about the database as a whole"
    )
    percent: int | None = Field(
        ge=0,
        le=99,
        description="about how much is done, by the estimates; null while it is taken back",
    )
    closed_s: Seconds | None = Field(
        description="of closed and open: for how long its apps have been closed; else null"
    )
    text: str = Field(description="what happened, in words, one line")


class OutcomeLine(_Line):
    """How it ended for one database, once each."""

    type: Literal["outcome"] = "outcome"
    plan: PlanId
    database: DatabaseName
    state: State
    reason: str
    hint: str = Field(description="what to do, in words; may be empty")
    closed_s: Seconds | None = Field(
        description="for how long its apps were closed; null: not in this run"
    )
    predicted_downtime: Interval
    closed_as_predicted: bool | None = Field(
        description="whether it lies inside; null without closed_s"
    )
    prepared_s: Seconds | None = Field(
        description="how long the preparation took, over all runs; null: it has not come to its end, or there is none"
    )
    predicted_preparation: Interval
    prepared_as_predicted: bool | None = Field(
        description="whether it lies inside; null without prepared_s"
    )
    closed_apps: tuple[str, ...] = Field(description="in words, what is still closed because of us")
    notes: tuple[str, ...] = Field(description="what else to know")


class EndLine(_Line):
    """The last line; without it the process was killed."""

    type: Literal["end"] = "end"
    exit_code: int = Field(ge=0, le=255)
    error: str = Field(
        description="why nothing more could be done, in words; empty without such an error"
    )
    hint: str = Field(description="the way on, in words; may be empty")


Line = PlanLine | EventLine | OutcomeLine | EndLine


def event_schema() -> dict[str, Any]:
    """The JSON Schema of one line, dialect 2020-12: open, since a minor may add keys."""
    adapter: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="type")])
    schema = adapter.json_schema(mode="serialization", ref_template="#/$defs/{model}")
    schema["$defs"] = {name: _as_written(one) for name, one in sorted(schema["$defs"].items())}
    schema.pop("discriminator")
    return {
        "$schema": DIALECT,
        "title": "Events of reconcile",
        "description": "One line of what reconcile apply --json prints, format version 1.x.",
        **schema,
    }


def _as_written(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of one object: every key is there, more may be."""
    found = {
        key: value for key, value in schema.items() if key not in {"additionalProperties", "title"}
    }
    found["properties"] = {
        key: {name: value for name, value in of_key.items() if name not in {"title", "default"}}
        for key, of_key in schema["properties"].items()
    }
    found["required"] = list(found["properties"])
    return found
