"""`/sim/faults` and `/sim/clock`: break things, and skip ahead, while the stand-in is running."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter, ValidationError
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.simulator.fault_rules import KEYS, FaultRule, add_fault, remove_faults
from reconciler.simulator.moments import platform_time
from reconciler.simulator.reading import seconds

if TYPE_CHECKING:
    from starlette.requests import Request

    from reconciler.simulator.standin import StandIn
    from reconciler.simulator.world.faults import Fault

LONGEST_SKIP = 366 * 86400.0


def control_routes(standin: StandIn) -> list[Route]:
    """The paths that change something beside the two APIs."""

    async def list_faults(_request: Request) -> Response:
        return JSONResponse({"faults": [show_fault(each) for each in standin.world.faults.rules]})

    async def make_faults(request: Request) -> Response:
        try:
            rules = _rules(await request.body())
        except ValidationError as error:
            return _bad(_first_problem(error))
        async with standin.turn(changes=True) as heroku:
            made = [add_fault(heroku.world, rule) for rule in rules]
        return JSONResponse({"faults": [show_fault(each) for each in made]}, 201)

    async def delete_faults(request: Request) -> Response:
        async with standin.turn(changes=True) as heroku:
            count = remove_faults(heroku.world, request.path_params.get("fault"))
        return JSONResponse(
            {"removed": count}, 200 if count or "fault" not in request.path_params else 404
        )

    async def clock(request: Request) -> Response:
        if request.method == "POST":
            problem = _skip(standin, await request.body())
            if problem:
                return _bad(problem)
        async with standin.turn(changes=request.method == "POST") as heroku:
            return JSONResponse({"now": platform_time(heroku.now)})

    return [
        Route("/sim/faults", list_faults, methods=["GET"]),
        Route("/sim/faults", make_faults, methods=["POST"]),
        Route("/sim/faults", delete_faults, methods=["DELETE"]),
        Route("/sim/faults/{fault}", delete_faults, methods=["DELETE"]),
        Route("/sim/clock", clock, methods=["GET", "POST"]),
    ]


def show_fault(fault: Fault) -> dict[str, Any]:
    """A rule with the keys that its kind takes, and how often it was asked and has struck."""
    values = dataclasses.asdict(fault)
    shown = {key: values[key] for key in sorted(KEYS[fault.kind])}
    return {"id": fault.id, "kind": fault.kind, **shown, "seen": fault.seen, "struck": fault.struck}


def _rules(raw: bytes) -> tuple[FaultRule, ...]:
    """One rule, or `{"faults": [...]}`.

    Raises:
        ValidationError: it is neither.
    """
    many = TypeAdapter(dict[str, tuple[FaultRule, ...]])
    if b'"faults"' in raw:
        return many.validate_json(raw).get("faults", ())
    return (FaultRule.model_validate_json(raw),)


def _skip(standin: StandIn, raw: bytes) -> str:
    """Move the clock on; what is wrong with the request, if anything is."""
    try:
        ahead = seconds(str(json.loads(raw)["advance"]))
    except (ValueError, KeyError, TypeError):
        return 'The body must be like {"advance": "2h"}.'
    if ahead > LONGEST_SKIP:
        return "That is more than a year."
    standin.clock.advance(ahead)
    return ""


def _first_problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    return f"{where}: {first['msg']}" if where else first["msg"]


def _bad(message: str) -> Response:
    return JSONResponse({"id": "bad_request", "message": message}, 400)
