"""Who may ask: Bearer, or Basic with the token as password, on both APIs.

Source: heroku/cli v11.9.0 (Basic on the credential calls), terraform-provider-heroku (Basic everywhere).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from reconciler.simulator.world.refusals import Refusal

if TYPE_CHECKING:
    from reconciler.simulator.world.model import Account, App

RATE_LIMIT_TEXT = "Your account reached the API rate limit"


def token_of(header: str) -> str:
    """The token in an Authorization header; empty when there is none."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return ""


def check_token(account: Account, header: str) -> None:
    """Let any token in, or only those that the scenario names.

    Raises:
        Refusal: 401.
    """
    token = token_of(header)
    if not token or (account.tokens is not None and token not in account.tokens):
        raise Refusal(401, "unauthorized", "Invalid credentials provided.")


def check_permission(app: App) -> None:
    """Let an account change an app of a team only with the permission for it; one for all changes is enough.

    Source: Dev Center app-permissions, 2025-07-10: maintenance mode, dynos and add-ons are for `operate`.

    Raises:
        Refusal: 403.
    """
    if app.permissions is not None and "operate" not in app.permissions:
        raise Refusal(403, "forbidden", f"You do not have access to the app {app.name}.")


def count_request(account: Account, now: float) -> None:
    """Take one token from the bucket.

    Raises:
        Refusal: 429 when it is empty and the scenario enforces the limit.
    """
    refill(account, now)
    if account.requests_left < 1 and account.enforce_rate_limit:
        raise Refusal(429, "rate_limit", RATE_LIMIT_TEXT)
    account.requests_left = max(0.0, account.requests_left - 1)


def refill(account: Account, now: float) -> None:
    """Put back what the time since the last look grants: the bucket refills evenly over an hour."""
    refilled = (now - account.counted_at) * account.requests_per_hour / 3600.0
    account.requests_left = min(
        account.requests_per_hour, account.requests_left + max(0.0, refilled)
    )
    account.counted_at = now
