"""What an apply has measured is told at its end, kept in the journal, and shown again by status."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from reconciler.core.estimates import interval
from reconciler.core.plan import Plan

if TYPE_CHECKING:
    from support.processes import Place

RECORDED = ".reconcile/runs/*/plan.json"


@pytest.mark.slow
def test_measured_and_predicted_are_told_at_the_end_and_by_status(small: Place) -> None:
    done = small.run("apply", "--auto-approve")
    shown = small.run("status", "--all")
    rows = json.loads(small.run("status", "--all", "--format", "json").out)["runs"]
    ledger = small.run("ledger", rows[0]["plan"])

    closed, prepared = re.findall(r"^    ((?:closed|prepared) .*)$", done.out, re.MULTILINE)
    predicted, *_ = Plan.model_validate_json(
        next(small.folder.glob(RECORDED)).read_text()
    ).databases
    seconds = r"\d+\.\d s; predicted "
    ends = " of Heroku's time"
    downtime, preparation = interval(predicted.downtime), interval(predicted.preparation)
    assert re.fullmatch(f"closed for {seconds}{re.escape(downtime)}{ends}", closed)
    assert re.fullmatch(f"prepared in {seconds}{re.escape(preparation)}{ends}", prepared)
    words = " ".join(shown.out.split())
    assert (closed in words, prepared in words) == (True, True)
    assert rows[0]["measured"] == [prepared, closed]
    assert f"closed for {rows[0]['closed_s']:.1f} s; " in closed
    assert f"prepared in {rows[0]['prepared_s']:.1f} s; " in prepared
    assert f"closed_s = {rows[0]['closed_s']:.3f}: {closed}" in ledger.out
