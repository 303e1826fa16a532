"""Until when a change can be undone, and what happens when it fails before: in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.core.estimates import cutover_limit_s, span

if TYPE_CHECKING:
    from reconciler.core.planner.target import Target
    from reconciler.core.rules import Situation


def undo_until(situation: Situation) -> str:
    """A few words for the table; `never` where nothing stops a change that has begun."""
    match situation.way:
        case "addons-upgrade":
            return "never" if _is_essential(situation) else "changeover"
        case "pg-upgrade":
            return "upgrade runs"
        case "follower-switch" | "pg-copy":
            return "first write"
        case "around":
            return "any time"


def back_out(situation: Situation, target: Target | None) -> str:
    """What happens, or can be done, when it fails before the point of no return."""
    old = situation.observed.addon
    new = target.addon if target else ""
    limit = span(cutover_limit_s(situation))
    match situation.way:
        case "addons-upgrade" if _is_essential(situation):
            return (
                "Nothing stops it once it has begun; when it has ended, "
                "another change leads back if the data fits."
            )
        case "addons-upgrade":
            return (
                f"Until the maintenance runs, {old} serves as before; a cutover of more than {limit} opens "
                "the app again. After it, another change leads back if the data fits."
            )
        case "pg-upgrade":
            return _upgrade_back_out(situation, limit)
        case "follower-switch":
            return (
                f"A cutover of more than {limit} backs out by itself: every name leads to {old} again and the "
                f"apps open. Before the unfollow {new} stays a follower; after it, {new} is left over."
            )
        case "pg-copy":
            return (
                f"A cutover of more than {limit} backs out by itself: every name leads to {old} again and the "
                f"apps open. The copy never changes {old}; {new} is copied over at the next attempt."
            )
        case "around":
            return "New names can be taken away and moved ones put back."


def _upgrade_back_out(situation: Situation, limit: str) -> str:
    opens = f"a cutover of more than {limit} opens the apps again, whatever Heroku is at"
    if _is_essential(situation):
        return (
            f"Nothing stops the upgrade once it runs; {opens}. No way leads back to the older version "
            "but a backup, restored into a new database."
        )
    return (
        f"Until the upgrade runs, {situation.observed.addon} serves as before, and reconcile abort (heroku "
        f"pg:upgrade:cancel) gives up what was prepared; {opens}. After it no way leads back to the older "
        "version but a rollback to a point before it, which is a new database."
    )


def _is_essential(situation: Situation) -> bool:
    return situation.before is not None and situation.before.is_essential
