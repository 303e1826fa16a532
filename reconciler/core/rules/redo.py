"""What no method brings along and nobody but the operator can redo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.rules.rule import COPYING, EVERY_METHOD, STOPPING, Rule, applies, is_tier
from reconciler.core.rules.tiers import CHANGE_ARTICLE

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation


SPACED = ("private", "shield")
DEFAULT_POOL = "DATABASE_CONNECTION_POOL"
"""The name that Heroku itself keeps. Source: Dev Center updating-heroku-postgres-databases, 2025-02-26."""


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
    return applies(is_tier(situation.before, *SPACED) and is_tier(situation.after, *SPACED))


def _loses_private_links(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, *SPACED) and not is_tier(situation.after, *SPACED))


def _may_have_links(situation: Situation) -> str | None:
    return applies(not is_tier(situation.before, "essential"))


def _has_named_pools(situation: Situation) -> str | None:
    names = [
        f"{one.app}::{one.name}"
        for one in situation.observed.attachments
        if one.is_pooler and one.name != DEFAULT_POOL
    ]
    return applies(bool(names), ", ".join(names))


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
        id="R106",
        kind="warning",
        ways=EVERY_METHOD,
        sentence="PrivateLink and mTLS, if used, are lost: the wanted tier has neither",
        source="Dev Center heroku-postgres-via-privatelink, heroku-postgres-via-mtls",
        date="2026-06-02",
        confidence="inferred",
        check=_loses_private_links,
    ),
    Rule(
        id="R107",
        kind="redo",
        ways=("pg-copy",),
        sentence="Extensions: a restore creates them anew; compare them with before (\\dx in heroku pg:psql)",
        source="heroku/cli v11.9.0 src/commands/pg/backups/restore.ts",
        date="2026-08-04",
        confidence="inferred",
        check=_always,
    ),
    Rule(
        id="R109",
        kind="redo",
        ways=("addons-upgrade",),
        sentence="Data links (heroku pg:links): check them; a link breaks if the host it leads to changes",
        source="heroku/cli v11.9.0: they belong to the add-on; that they break is a third party's word",
        date="2026-08-04",
        confidence="inferred",
        check=_may_have_links,
    ),
    Rule(
        id="R110",
        kind="redo",
        ways=("addons-upgrade",),
        sentence=f"Connection pools under another name than {DEFAULT_POOL}: check that they still lead there",
        source=f"open question; {CHANGE_ARTICLE} says so of the follower changeover",
        date="2025-02-26",
        confidence="inferred",
        check=_has_named_pools,
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
