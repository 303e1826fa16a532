"""The JSON Schema of a plan file, made from the models; the package ships it as `plan-1.schema.json`.

It describes format version 1.0 and whatever later minors of it add without being asked for: open where unknown keys
are ignored, closed where apply acts on what stands there.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from reconciler.core.limits import Freeze, Limits, Safety, Waiver
from reconciler.core.plan import FORMAT_VERSION, Plan, Stage, StartingPoint
from reconciler.core.plan_document import Made
from reconciler.core.steps import Step

DIALECT = "https://json-schema.org/draft/2020-12/schema"
HEX_64 = "^[0-9a-f]{64}$"
HEX_12 = "^[0-9a-f]{12}$"
STEPS: tuple[type[BaseModel], ...] = get_args(get_args(Step)[0])
CLOSED = (*STEPS, Stage, StartingPoint, Safety, Limits, Waiver, Freeze)
"""A key that is not known there would change what happens."""


def plan_schema() -> dict[str, Any]:
    """The schema, in dialect 2020-12."""
    _, schema = models_json_schema(
        [(Plan, "validation"), (Made, "validation")], ref_template="#/$defs/{model}"
    )
    definitions = schema["$defs"]
    models = {one.__name__: one for one in _models(Plan)} | {"Made": Made}
    for name, model in models.items():
        definitions[name] = _as_written(definitions[name], model)
    plan = definitions.pop("Plan")
    major = FORMAT_VERSION.partition(".")[0]
    plan["properties"] |= {
        "format_version": {"type": "string", "pattern": f"^{major}\\.[0-9]{{1,4}}$"},
        "digest": {"type": "string", "pattern": HEX_64},
        "made": {"$ref": "#/$defs/Made"},
    }
    for key in ("from_fingerprint", "to_fingerprint"):
        definitions["DatabasePlan"]["properties"][key]["pattern"] = HEX_12
    return {
        "$schema": DIALECT,
        **plan,
        "title": "Plan file of reconcile",
        "description": f"What reconcile plan writes and apply carries out, format version {major}.x.",
        "$defs": {name: definitions[name] for name in sorted(definitions)},
    }


def _as_written(schema: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one object as a plan file has it: every key is there but those that are left out when empty."""
    found = {key: value for key, value in schema.items() if key != "additionalProperties"}
    fields = model.model_fields
    found["properties"] = {
        key: {name: value for name, value in of_key.items() if name not in {"title", "default"}}
        for key, of_key in schema["properties"].items()
    }
    found["required"] = [key for key in fields if fields[key].exclude_if is None]
    return found | ({"additionalProperties": False} if model in CLOSED else {})


def _models(root: type[BaseModel]) -> set[type[BaseModel]]:
    """Every model that `root` is made of."""
    found: set[type[BaseModel]] = set()
    waiting: list[object] = [root]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type) and issubclass(one, BaseModel) and one not in found:
            found.add(one)
            waiting += [field.annotation for field in one.model_fields.values()]
        waiting += get_args(one)
    return found
