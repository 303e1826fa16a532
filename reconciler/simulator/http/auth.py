"""Who may ask: Bearer, or Basic with the token as password, on both APIs.

Source: heroku/cli v11.9.0 (Basic on the credential calls), terraform-provider-heroku (Basic everywhere).
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from reconciler.simulator.world.refusals import Refusal

if TYPE_CHECKING:
    from reconciler.simulator.world.model import Account

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


def count_request(account: Account, now: float) -> None:
    """Take one token from the bucket, which refills evenly over an hour.

    Raises:
        Refusal: 429 when it is empty and the scenario enforces the limit.
    """
    refilled = (now - account.counted_at) * account.requests_per_hour / 3600.0
    account.requests_left = min(
        account.requests_per_hour, account.requests_left + max(0.0, refilled)
    )
    account.counted_at = now
    if account.requests_left < 1 and account.enforce_rate_limit:
        raise Refusal(429, "rate_limit", RATE_LIMIT_TEXT)
    account.requests_left = max(0.0, account.requests_left - 1)
