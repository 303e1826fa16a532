"""How Heroku says no. `http.errors` writes them in the form that the called API uses."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818  # it is an answer of the simulated service, not a failure of ours
    """A refused request: HTTP status, machine id, text; `resource` as on 404s of the Platform API."""

    def __init__(self, status: int, error_id: str, message: str, *, resource: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.error_id = error_id
        self.message = message
        self.resource = resource


class NotYetThere(Refusal):
    """A database that is still being provisioned: 404 with an empty body.

    What the live Data API sends is not established; an empty body is what lets the vendor's CLI wait
    (heroku/cli v11.9.0 src/commands/pg/wait.ts).
    """

    def __init__(self) -> None:
        super().__init__(404, "not_found", "")


def not_found(what: str, *, resource: str = "") -> Refusal:
    """404 for `what`: `add-on`, `app`."""
    return Refusal(404, "not_found", f"Couldn't find that {what}.", resource=resource)


def unprocessable(message: str) -> Refusal:
    """422 for what is understood but cannot be done."""
    return Refusal(422, "unprocessable_entity", message)


def bad_request(message: str, status: int = 400) -> Refusal:
    """400 for what is not understood, or not possible at all."""
    return Refusal(status, "bad_request", message)


def confirmation_required(message: str) -> Refusal:
    """423: the same request with `confirm` would be carried out. Fixtures of the CLI show 423 and 400."""
    return Refusal(423, "confirmation_required", message)
