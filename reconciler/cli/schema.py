"""Print a JSON Schema: of the desired state, the fleet, the plan file or the events of an apply.

The first two are for editors, which complete keys with them, show texts on hover and mark problems as you type. The
others are for programs that read plans, or the lines that `reconcile apply --json` prints.

For Taplo (VS Code: Even Better TOML), write the schemas once and name them in a file's first line:

  reconcile schema > desired/.schema.json
  reconcile schema fleet > desired/.fleet-schema.json

  #:schema ./.schema.json              first line of desired/shop.toml
  #:schema ./.fleet-schema.json        first line of desired/reconcile.toml
"""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from reconciler.core.catalogue import Catalogue

DIALECT = "http://json-schema.org/draft-07/schema#"
"""What Taplo reads; nothing newer is used."""
PLAN_SCHEMA = "plan-1.schema.json"
EVENT_SCHEMA = "events-1.schema.json"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=["desired", "fleet", "plan", "events"],
        default="desired",
        help="a file with databases (default), reconcile.toml, the plan file, or a line of apply --json",
    )
    parser.add_argument("--fleet", action="store_true", help="the same as: fleet")


def run(arguments: argparse.Namespace) -> int:
    """Print the schema."""
    from reconciler.catalogue import load_catalogue  # keeps --help fast

    if arguments.what == "plan":
        print(plan_schema_text(), end="")
        return 0
    if arguments.what == "events":
        print(event_schema_text(), end="")
        return 0
    is_fleet = arguments.fleet or arguments.what == "fleet"
    schema = fleet_schema if is_fleet else database_schema
    print(json.dumps(schema(load_catalogue()), indent=2, ensure_ascii=False))
    return 0


def plan_schema_text() -> str:
    """The schema of the plan file, as the package ships it."""
    return resources.files("reconciler.core").joinpath(PLAN_SCHEMA).read_text(encoding="utf-8")


def event_schema_text() -> str:
    """The schema of a line of `apply --json`, as the package ships it."""
    return resources.files("reconciler.core").joinpath(EVENT_SCHEMA).read_text(encoding="utf-8")


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
            table["properties"]["plan"] |= _plan_names(plans, catalogue)
    return {"$schema": DIALECT, **finished}


def _plan_names(plans: Sequence[str], catalogue: Catalogue) -> dict[str, Any]:
    """Every plan on sale, one that is newer than the catalogue, or the same with the service before it."""
    newer = {"type": "string", "pattern": _form(), "not": {"enum": _unwanted(catalogue)}}
    return {"anyOf": [{"enum": plans}, newer, {"type": "string", "pattern": "^heroku-postgresql:"}]}


def _form() -> str:
    """How a plan is called, without the names of groups, which JavaScript writes otherwise."""
    from reconciler.core.catalogue import PLAN_NAME

    return f"^{re.sub('[?]P<[a-z]+>', '', PLAN_NAME.pattern)}$"


def _unwanted(catalogue: Catalogue) -> list[str]:
    """Names that have the form, of numbers that are known, and that `validate` refuses."""
    from reconciler.core.catalogue import PLAN_NAME
    from reconciler.core.plan_names import NotWanted, wanted_plan

    known = [found for one in catalogue.plans if (found := PLAN_NAME.fullmatch(one.name))]
    largest = max(int(found["number"]) for found in known)
    names = [
        f"{tier}-{kind}{number}"
        for tier in dict.fromkeys(found["tier"] for found in known)
        for kind in dict.fromkeys(found["size"].rstrip("0123456789") for found in known)
        for number in range(largest + 1)
    ]
    return [name for name in names if isinstance(wanted_plan(name, catalogue), NotWanted)]


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
