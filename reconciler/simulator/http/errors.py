"""Refusals in the form of the API that was called.

Platform API and `/client/v11`: `{id, message, url?, resource?}`; `/postgres/v0` and `/data/maintenances/v1`:
`{message}` alone. Source: heroku/typescript-api-schema, shogun-schemas.json; heroku/cli v11.9.0 fixtures.
"""

from __future__ import annotations

from reconciler.simulator.http.call import Answer
from reconciler.simulator.world.refusals import NotYetThere, Refusal

MESSAGE_ONLY = ("/postgres/v0/", "/data/maintenances/v1/")


def refused(refusal: Refusal, path: str) -> Answer:
    """The answer to a refused request."""
    if isinstance(refusal, NotYetThere):
        return Answer(None, refusal.status)
    if path.startswith(MESSAGE_ONLY):
        text = "not found" if refusal.status == 404 else refusal.message  # noqa: PLR2004  # not found
        return Answer({"message": text}, refusal.status)
    body = {"id": refusal.error_id, "message": refusal.message}
    if refusal.resource:
        body["resource"] = refusal.resource
    return Answer(body, refusal.status)
