"""Print the JSON Schema of a file under desired/, for editors: completion, texts on hover, problems as you type.

For Taplo (VS Code: Even Better TOML), write the schemas once and name them in a file's first line:

  reconcile schema > desired/.schema.json
  reconcile schema --fleet > desired/.fleet-schema.json

  #:schema ./.schema.json              first line of desired/shop.toml
  #:schema ./.fleet-schema.json        first line of desired/reconcile.toml
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reconciler.core.catalogue import Catalogue

DIALECT = "http://json-schema.org/draft-07/schema#"
"""What Taplo reads; nothing newer is used."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--fleet", action="store_true", help="the schema of reconcile.toml instead")


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    from reconciler.catalogue import load_catalogue  # keeps --help fast

    schema = fleet_schema if arguments.fleet else database_schema
    print(json.dumps(schema(load_catalogue()), indent=2, ensure_ascii=False))
    return 0


def database_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of a file with databases."""
    from reconciler.core.desired_files import DesiredFile

    return _finished(DesiredFile.model_json_schema(), catalogue)


def fleet_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of `reconcile.toml`."""
    from reconciler.core.desired_files import FleetFile

    return _finished(FleetFile.model_json_schema(), catalogue)


def _finished(schema: dict[str, Any], catalogue: Catalogue) -> dict[str, Any]:
    plans = [plan.name for plan in catalogue.plans if plan.is_sold and plan.tier != "advanced"]
    finished: dict[str, Any] = _without_null(schema)
    for table in finished.get("$defs", {}).values():
        if "plan" in table.get("properties", {}):
            table["properties"]["plan"] |= _plan_names(plans)
    return {"$schema": DIALECT, **finished}


def _plan_names(plans: Sequence[str]) -> dict[str, Any]:
    """Every plan on sale, or the same with the service before it."""
    return {"anyOf": [{"enum": plans}, {"type": "string", "pattern": "^heroku-postgresql:"}]}


def _without_null(schema: Any) -> Any:  # JSON is of any kind
    """`schema` as TOML needs it, which has no null: a key is there or it is not."""
    if isinstance(schema, list):
        return [_without_null(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: _without_null(value)
        for key, value in schema.items()
        if not (key == "default" and value is None)
    }
    alternatives = [each for each in kept.get("anyOf", []) if each != {"type": "null"}]
    if "anyOf" in kept and len(alternatives) == 1:
        del kept["anyOf"]
        return {**alternatives[0], **kept}
    return kept
