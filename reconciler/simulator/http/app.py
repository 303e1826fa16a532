"""The ASGI app: routing, authentication, the clock, error bodies, headers, counting."""

from __future__ import annotations

import json
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from reconciler.simulator.http.auth import check_permission, check_token, count_request
from reconciler.simulator.http.call import Answer, Call
from reconciler.simulator.http.errors import refused
from reconciler.simulator.http.gate import STALE, Gate
from reconciler.simulator.http.routes import all_routes
from reconciler.simulator.http.sim import sim_routes
from reconciler.simulator.http.sim_control import control_routes
from reconciler.simulator.world.refusals import Refusal, bad_request

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from reconciler.simulator.http.call import Handler
    from reconciler.simulator.standin import StandIn

ACCEPT = "application/vnd.heroku+json"
FREE = ("/account/rate-limits",)
OPEN = ("/addon-services",)
READS = ("GET", "HEAD")


class Endpoint:
    """All methods of one path."""

    def __init__(self, standin: StandIn, template: str, methods: dict[str, Handler]) -> None:
        self._standin = standin
        self._template = template
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            answer = await self._answer(request, scope.get(STALE))
        except (
            ClientDisconnect
        ):  # the client was killed while it sent; nobody is left to be answered
            return
        response = respond(answer, self._standin, request.headers.get("request-id"))
        await response(scope, receive, send)

    async def _answer(self, request: Request, stale: float | None) -> Answer:
        standin, path = self._standin, request.url.path
        handler = self._methods.get(request.method)
        if handler is None:
            return standin.unknown(request.method, path)
        standin.count(request.method, self._template)
        body = await request.body()
        async with standin.turn(changes=request.method not in READS) as heroku:
            try:
                _admit(standin, request)
                call = Call(
                    heroku if stale is None else standin.past(stale),
                    request.path_params,
                    request.query_params,
                    request.headers,
                    parse_body(body),
                )
                if request.method not in READS and "app" in call.path:
                    check_permission(call.app)
                found = handler(call)
            except Refusal as refusal:
                return refused(refusal, path)
        return found if isinstance(found, Answer) else Answer(found)


def _admit(standin: StandIn, request: Request) -> None:
    """Token, then rate limit, then the variant of the API."""
    path, account = request.url.path, standin.world.account
    if not path.startswith(OPEN):
        check_token(account, request.headers.get("authorization", ""))
    if path not in FREE:
        count_request(account, standin.world.now)
    accept = request.headers.get("accept", "*/*")
    if ACCEPT not in accept and "*/*" not in accept and "application/json" not in accept:
        raise bad_request(f"Please specify a version along with Heroku's API MIME type, {ACCEPT}.")


def parse_body(raw: bytes) -> dict[str, Any]:
    """The JSON object of a request; empty when there is no body.

    Raises:
        Refusal: 400.
    """
    if not raw.strip():
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise bad_request("The request body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    return body


def respond(answer: Answer, standin: StandIn, request_id: str | None) -> Response:
    """The answer as bytes, with the headers that every answer has."""
    own = standin.next_request_id()
    headers = {
        "Date": format_datetime(standin.clock.now(), usegmt=True),
        "Request-Id": f"{own},{request_id}" if request_id else own,
        "Oauth-Scope": standin.world.account.scope,
        "RateLimit-Remaining": str(int(standin.world.account.requests_left)),
        **answer.headers,
    }
    if answer.body is None or isinstance(answer.body, bytes):
        return Response(answer.body or b"", answer.status, headers)
    body = json.dumps(answer.body, separators=(",", ":")).encode()
    return Response(body, answer.status, headers, media_type="application/json")


class Unknown:
    """Every path that is not served: 404 `not_found`, and counted."""

    def __init__(self, standin: StandIn) -> None:
        self._standin = standin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer and count."""
        request = Request(scope, receive)
        answer = self._standin.unknown(request.method, request.url.path)
        response = respond(answer, self._standin, request.headers.get("request-id"))
        await response(scope, receive, send)


def make_app(standin: StandIn) -> ASGIApp:
    """The ASGI app of one stand-in, with its faults in front."""
    routes = [
        Route(path, Endpoint(standin, path, methods)) for path, methods in all_routes().items()
    ]
    app = Starlette(routes=[*routes, *sim_routes(standin), *control_routes(standin)])
    app.router.redirect_slashes = False
    app.router.default = Unknown(standin)
    return Gate(app, standin, respond)
