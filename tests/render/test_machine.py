from __future__ import annotations

import json

from support.planning import live, plan_of, wanted

from reconciler.core.plan import Plan
from reconciler.render.machine import plan_document


def test_the_document_holds_the_plan_as_its_file_does() -> None:
    plan = plan_of(live(), wanted())

    document = json.loads(plan_document(plan, path="plans/x.json"))

    assert Plan.model_validate_json(json.dumps(document["plan"])) == plan
    assert {key: value for key, value in document.items() if key != "plan"} == {
        "beyond_limits": [],
        "format_version": "1.0",
        "id": plan.id,
        "is_stand_in": True,
        "kind": "plan",
        "path": "plans/x.json",
        "retire": None,
        "totals": {
            "blocked": 0,
            "converging": 0,
            "databases": 1,
            "not_read": 0,
            "to_change": 1,
            "unchanged": 0,
        },
    }


def test_a_plan_that_was_not_written_has_no_path() -> None:
    assert json.loads(plan_document(plan_of(live(), wanted())))["path"] is None
