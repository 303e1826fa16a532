"""Add-on services and their plans; the plan list needs no authentication."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.show_platform import show_plan, show_service
from reconciler.simulator.minting import fixed_id
from reconciler.simulator.plans import SERVICE
from reconciler.simulator.world.refusals import not_found

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        "/addon-services": {"GET": services},
        "/addon-services/{service}": {"GET": service},
        "/addon-services/{service}/plans": {"GET": plans},
        "/addon-services/{service}/plans/{plan}": {"GET": plan},
        "/plans/{plan}": {"GET": plan},
    }


def services(_call: Call) -> list[Any]:
    """Heroku Postgres alone."""
    return [show_service()]


def service(call: Call) -> dict[str, Any]:
    """The service by slug or id."""
    _check_service(call)
    return show_service()


def plans(call: Call) -> list[Any]:
    """All plans that are sold."""
    _check_service(call)
    sold = [found for found in call.heroku.plans.plans.values() if found.sold]
    return [show_plan(found, sdk=call.sdk) for found in sold]


def plan(call: Call) -> dict[str, Any]:
    """One plan by name or id."""
    wanted = call.path["plan"]
    found = call.heroku.plans.get(wanted)
    if found is None:
        for candidate in call.heroku.plans.plans.values():
            if fixed_id("plan", candidate.full_name) == wanted:
                found = candidate
    if found is None:
        raise not_found("plan", resource="plan")
    return show_plan(found, sdk=call.sdk)


def _check_service(call: Call) -> None:
    if call.path["service"] not in {SERVICE, fixed_id("service", SERVICE)}:
        raise not_found("add-on service", resource="add_on_service")
