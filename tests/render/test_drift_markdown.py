from __future__ import annotations

import pytest
from support.gfm import rendered
from support.live import snapshot_of
from support.planning import catalogue, live, wanted

from reconciler.core.desired import DesiredState
from reconciler.core.drift import Drift, drift
from reconciler.render.markdown.drift import drift_markdown
from reconciler.render.markdown.escape import units
from reconciler.render.markdown.plans import GITHUB_MOST


def found(plan: str = "standard-2") -> Drift:
    state = DesiredState(databases=(wanted(plan),))
    return drift(state, snapshot_of(live()), catalogue(), endpoint="https://api.heroku.com")


def test_each_drifted_database_says_what_differs() -> None:
    page = rendered(drift_markdown(found(), marker="<!-- x -->"))

    assert page.all("h3")[0].text() == "reconcile drift: 1 drifted"
    assert [one.text().split("\n")[0] for one in page.children("ul")[0].children("li")] == [
        "orders (shop::DATABASE, old)"
    ]
    assert page.all("ul")[1].text().strip() == "service plan standard-0 → standard-2"


def test_as_wanted_is_said() -> None:
    assert drift_markdown(found("standard-0")) == (
        "### reconcile drift: 1 as wanted\n\nNo database has drifted.\n"
    )


@pytest.mark.parametrize("most", [6_000, GITHUB_MOST])
def test_much_drift_fits_and_what_is_left_out_is_counted(most: int) -> None:
    one = found()
    many = one.model_copy(update={"drifted": one.drifted * 2_000})

    text = drift_markdown(many, most=most)

    shown = len(rendered(text).children("ul")[0].children("li"))
    assert units(text) <= most
    assert f"> Left out for want of room: {2_000 - shown} databases; " in text
