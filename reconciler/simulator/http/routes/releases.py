"""Releases of an app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.paging import page
from reconciler.simulator.http.show_platform import show_release
from reconciler.simulator.world.releases import find_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from reconciler.simulator.http.call import Answer, Call, Handler
    from reconciler.simulator.world.model import Release


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        "/apps/{app}/releases": {"GET": list_releases},
        "/apps/{app}/releases/{release}": {"GET": get_release},
        "/apps/{app}/releases/{release}/config-vars": {"GET": get_config},
    }


def list_releases(call: Call) -> Answer:
    """All releases by version, oldest first unless asked otherwise."""
    app = call.app
    fields: dict[str, Callable[[Release], str | int]] = {"version": _version, "id": _id}
    header = call.headers.get("range", "")
    return page(header, app.releases, fields, lambda found: show_release(call, app, found))


def _version(release: Release) -> int:
    return release.version


def _id(release: Release) -> str:
    return release.id


def get_release(call: Call) -> dict[str, Any]:
    """One release by id or version."""
    app = call.app
    return show_release(call, app, find_release(app, call.path["release"]))


def get_config(call: Call) -> dict[str, str]:
    """All config vars as they were at one release."""
    return dict(find_release(call.app, call.path["release"]).config)
