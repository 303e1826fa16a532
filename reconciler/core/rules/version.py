"""Another major version of PostgreSQL by `pg:upgrade`: what forbids it, speaks for it, and is to be known before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.rules.rule import EVERY_METHOD, Rule, applies, is_tier
from reconciler.core.rules.state import version_up

if TYPE_CHECKING:
    from reconciler.core.rules.rule import Situation, Way

WAY: tuple[Way, ...] = ("pg-upgrade",)
VERSION_ARTICLE = "Dev Center upgrading-heroku-postgres-databases"

MANY_TABLES = 1_000
"""From so many tables on we warn of many objects: each brings indexes and sequences. Ours to choose."""


def _comes_later(situation: Situation) -> str | None:
    later = situation.later_version
    return None if later is None else f"{later.before} to {later.after}"


def _not_the_version_alone(situation: Situation) -> str | None:
    return applies(situation.is_plan_change or situation.is_refresh or situation.is_move)


def _advanced(situation: Situation) -> str | None:
    return applies(is_tier(situation.before, "advanced"))


def _not_offered(situation: Situation) -> str | None:
    change = situation.version_change
    offered = situation.catalogue.supported_versions
    if change is None or change.after in offered:
        return None
    return f"PostgreSQL {change.after}; it leads to {', '.join(str(one) for one in offered)}"


def _is_auto(situation: Situation) -> str | None:
    return applies(situation.desired.method == "auto")


def _is_prepared_first(situation: Situation) -> str | None:
    return applies(not is_tier(situation.before, "essential"))


def _many_objects(situation: Situation) -> str | None:
    count = situation.observed.table_count
    if count is None:
        return "how many tables there are could not be read"
    return applies(count > MANY_TABLES, f"{count:,} tables")


def _followers_too(situation: Situation) -> str | None:
    return situation.with_unnamed(situation.observed.followers)


def _always(_: Situation) -> str | None:
    return ""


VERSION_RULES = (
    Rule(
        id="R043",
        kind="stop",
        ways=WAY,
        sentence="Heroku's `pg:upgrade` changes the PostgreSQL version and nothing else",
        source=f"{VERSION_ARTICLE}; heroku/cli v11.9.0 src/commands/pg/upgrade, which takes no plan",
        date="2025-10-22",
        confidence="stated",
        check=_not_the_version_alone,
    ),
    Rule(
        id="R044",
        kind="stop",
        ways=WAY,
        sentence="Advanced upgrades its version by requests of its own, which are not built yet",
        source="heroku/typescript-api-schema tests/__fixtures__/shogun-schemas.json",
        date="2026-05-18",
        confidence="stated",
        check=_advanced,
    ),
    Rule(
        id="R045",
        kind="stop",
        ways=WAY,
        sentence="Heroku's `pg:upgrade` leads to a supported PostgreSQL version only",
        source=f"{VERSION_ARTICLE}; changelog 2722, 3750",
        date="2026-08-30",
        confidence="stated",
        check=_not_offered,
    ),
    Rule(
        id="R053",
        kind="preference",
        ways=WAY,
        sentence=(
            "Heroku recommends it for a newer version: the add-on and its names stay, "
            "followers are upgraded with it"
        ),
        source=f"{VERSION_ARTICLE}; heroku/cli v11.9.0 src/commands/pg/upgrade/run.ts",
        date="2025-10-22",
        confidence="stated",
        check=_is_auto,
    ),
    Rule(
        id="R089",
        kind="redo",
        ways=WAY,
        sentence=(
            "Settings (heroku pg:settings), extensions and data links (heroku pg:links): "
            "compare them with before"
        ),
        source="heroku/cli v11.9.0: they belong to the add-on, which stays; links break if the host changes",
        date="2026-08-04",
        confidence="inferred",
        check=_always,
    ),
    Rule(
        id="R090",
        kind="warning",
        ways=WAY,
        sentence="No way leads back to the older version; try the app on the newer one first",
        source="Dev Center testing-postgresql-version-upgrades",
        date="2025-10-27",
        confidence="stated",
        check=version_up,
    ),
    Rule(
        id="R091",
        kind="warning",
        ways=WAY,
        sentence=(
            "Heroku can try the upgrade itself on a follower and mails how it went: "
            "heroku pg:upgrade:dryrun"
        ),
        source="heroku/cli v11.9.0 src/commands/pg/upgrade/dryrun.ts",
        date="2026-08-04",
        confidence="stated",
        check=_is_prepared_first,
    ),
    Rule(
        id="R092",
        kind="warning",
        ways=WAY,
        sentence=(
            "With more than 1,000 schemas or 10,000 objects (tables, indexes, views) "
            "an upgrade can run out of memory"
        ),
        source=VERSION_ARTICLE,
        date="2025-10-22",
        confidence="stated",
        check=_many_objects,
    ),
    Rule(
        id="R093",
        kind="warning",
        ways=WAY,
        sentence="Followers are upgraded with it, and what reads them sees errors meanwhile",
        source="heroku/cli v11.9.0 src/commands/pg/upgrade/run.ts; that they cannot be read is inferred",
        date="2026-08-04",
        confidence="inferred",
        check=_followers_too,
    ),
    Rule(
        id="R094",
        kind="warning",
        ways=WAY,
        sentence=(
            "Once it is prepared, Heroku runs it in its own weekly window unless that is done before, "
            "with the apps open"
        ),
        source="heroku/cli v11.9.0 src/commands/pg/upgrade/prepare.ts",
        date="2026-08-04",
        confidence="stated",
        check=_is_prepared_first,
    ),
    Rule(
        id="R100",
        kind="warning",
        ways=EVERY_METHOD,
        sentence=(
            "The newer PostgreSQL version takes a plan of its own: once this one is carried out, the next "
            "`reconcile plan` gives it"
        ),
        source=(
            f"{VERSION_ARTICLE} and updating-heroku-postgres-databases describe two jobs; "
            "addons:upgrade keeps the version, so it comes first"
        ),
        date="2025-10-22",
        confidence="inferred",
        check=_comes_later,
    ),
)
