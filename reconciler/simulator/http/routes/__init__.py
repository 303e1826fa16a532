"""All routes: path template to method to handler. Parameters are in braces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.simulator.http.routes import (
    account,
    addons,
    apps,
    attachments,
    credentials,
    databases,
    maintenances,
    plans,
    releases,
    transfers,
    upgrades,
)

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Handler

    Routes = dict[str, dict[str, Handler]]


def all_routes() -> Routes:
    """Every path that is served."""
    found: Routes = {}
    for module in (
        account,
        apps,
        addons,
        attachments,
        plans,
        releases,
        databases,
        credentials,
        transfers,
        maintenances,
        upgrades,
    ):
        for path, methods in module.routes().items():
            found.setdefault(path, {}).update(methods)
    return found
