"""Account, rate limit, regions, spaces, teams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.show_platform import show_account, show_region, show_space
from reconciler.simulator.world.refusals import not_found

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        "/account": {"GET": account},
        "/users/~": {"GET": account},
        "/account/rate-limits": {"GET": rate_limits},
        "/regions": {"GET": regions},
        "/spaces": {"GET": spaces},
        "/spaces/{space}": {"GET": space},
        "/teams": {"GET": teams},
    }


def account(call: Call) -> dict[str, Any]:
    """Who asks."""
    return show_account(call.heroku.world)


def rate_limits(call: Call) -> dict[str, Any]:
    """How many requests are left; asking is free."""
    return {"remaining": int(call.heroku.world.account.requests_left)}


def regions(call: Call) -> list[Any]:
    """The two of the Common Runtime and those of the Private Spaces."""
    names = {"us", "eu", *call.heroku.world.spaces.values()}
    return [show_region(name) for name in sorted(names)]


def spaces(call: Call) -> list[Any]:
    """All Private Spaces."""
    found = sorted(call.heroku.world.spaces.items())
    return [show_space(name, region, sdk=call.sdk) for name, region in found]


def space(call: Call) -> dict[str, Any]:
    """One Private Space by name."""
    name = call.path["space"]
    if name not in call.heroku.world.spaces:
        raise not_found("space", resource="space")
    return show_space(name, call.heroku.world.spaces[name], sdk=call.sdk)


def teams(_call: Call) -> list[Any]:
    """The account is in no team."""
    return []
