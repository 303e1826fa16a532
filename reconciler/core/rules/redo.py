"""What no method brings along and nobody but the operator can redo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.rules.rule import COPYING, EVERY_METHOD, STOPPING, Rule, applies, is_tier
from reconciler.core.rules.tiers import CHANGE_ARTICLE

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation


def _always(_: Situation) -> str | None:
    return ""


def _has_dataclips(situation: Situation) -> str | None:
    return applies(not is_tier(situation.before, "shield"))


def _has_settings(situation: Situation) -> str | None:
    return applies(
        not is_tier(situation.before, "essential", "legacy-essential")
        and not is_tier(situation.after, "essential")
    )


def _has_private_links(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "private", "shield"))


REDO_RULES = (
    Rule(
        id="R080",
        kind="redo",
        ways=STOPPING,
        sentence="Scheduler jobs and one-off dynos: keep them from running during the cutover",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_always,
    ),
    Rule(
        id="R081",
        kind="redo",
        ways=STOPPING,
        sentence="Heroku Connect, if used: pause it before the cutover, then follow its own steps",
        source="Dev Center heroku-connect-maintenance-operations",
        date="2025-06-20",
        confidence="stated",
        check=_always,
    ),
    Rule(
        id="R082",
        kind="redo",
        ways=EVERY_METHOD,
        sentence="Copied database URLs (other apps' plain config vars, .env files, BI tools): read them anew",
        source=f"{CHANGE_ARTICLE}; Dev Center heroku-postgres-ha",
        date="2025-02-26",
        confidence="stated",
        check=_always,
    ),
    Rule(
        id="R083",
        kind="redo",
        ways=COPYING,
        sentence="Dataclips: reassign them to the new database",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_has_dataclips,
    ),
    Rule(
        id="R084",
        kind="redo",
        ways=COPYING,
        sentence="Settings (heroku pg:settings) and data links (heroku pg:links): set them again",
        source="heroku/cli v11.9.0: both belong to the add-on",
        date="2026-08-04",
        confidence="inferred",
        check=_has_settings,
    ),
    Rule(
        id="R085",
        kind="redo",
        ways=EVERY_METHOD,
        sentence="PrivateLink and mTLS, if used: check them, and set them up again on a new add-on",
        source="Dev Center heroku-postgres-via-privatelink, heroku-postgres-via-mtls",
        date="2026-06-02",
        confidence="inferred",
        check=_has_private_links,
    ),
    Rule(
        id="R086",
        kind="redo",
        ways=("pg-copy",),
        sentence="Grants and ownership: a copy restores everything as the new default credential's",
        source="heroku/cli v11.9.0 src/commands/pg/copy.ts",
        date="2026-08-04",
        confidence="inferred",
        check=_always,
    ),
    Rule(
        id="R087",
        kind="redo",
        ways=COPYING,
        sentence="Other tools' state (Terraform) and dashboards that name the add-on: point them at the new one",
        source="terraform-provider-heroku: an add-on is imported by its id",
        date="2025-11-27",
        confidence="inferred",
        check=_always,
    ),
    Rule(
        id="R088",
        kind="redo",
        ways=COPYING,
        sentence="The old database: destroy it once it has been kept long enough (reconcile plan --retire); it is paid for till then",
        source=CHANGE_ARTICLE,
        date="2025-02-26",
        confidence="stated",
        check=_always,
    ),
)
