"""What went wrong, in our words: every failure of HTTP becomes one of the errors of `reconciler.errors`.

A read that failed had no effect, so it may be repeated. For a write it matters whether the request can have
arrived: if surely not, nothing happened; otherwise nobody knows, and somebody has to look.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

import httpx
from pydantic import ValidationError

from reconciler.adapters.heroku.wire import ErrorBody
from reconciler.errors import (
    HerokuError,
    HerokuRefusedError,
    HerokuUnavailableError,
    HerokuUnclearError,
)

HTTP_FAILURES = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)
"""The roots of everything that httpx raises; a test holds that."""

NEVER_ARRIVED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
"""Raised before the first byte of the request reached Heroku."""

NEVER_WILL = (
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.LocalProtocolError,
    httpx.TooManyRedirects,
)
"""Our own mistake: repeating it changes nothing."""

LOOK_HINT = "Nothing is sent again by itself: the next look at the account tells what happened."
LET_IN_HINT = (
    "Set HEROKU_API_KEY to a valid token (`heroku authorizations:create` makes one), "
    "or mend the entry for api.heroku.com in ~/.netrc."
)
CREDENTIALS = re.compile(r"(?<=://)\S*@")


@dataclass(frozen=True, slots=True)
class Sent:
    """The request that an error is about; `path` holds names and ids, never a secret."""

    method: str
    path: str
    request_id: str

    @property
    def is_write(self) -> bool:
        """Whether it asks for an effect."""
        return self.method != "GET"

    def __str__(self) -> str:
        """`GET /apps/shop`."""
        return f"{self.method} {self.path}"


def failed(error: Exception, sent: Sent) -> HerokuError:
    """The error for a request that got no answer; the text names only the kind of `error`."""
    kind = type(error).__name__
    if isinstance(error, NEVER_ARRIVED):
        return HerokuUnavailableError(
            f"Heroku could not be reached for {sent} ({kind}).", request_id=sent.request_id
        )
    if sent.is_write:
        return HerokuUnclearError(
            f"{sent} got no answer ({kind}): it may or may not have been done.",
            request_id=sent.request_id,
            hint=LOOK_HINT,
        )
    if isinstance(error, NEVER_WILL):
        return HerokuError(f"{sent} could not be sent ({kind}).", request_id=sent.request_id)
    return HerokuUnavailableError(
        f"Heroku did not answer {sent} ({kind}).", request_id=sent.request_id
    )


def refused(response: httpx.Response, sent: Sent) -> HerokuError:
    """The error for an answer that is not a success."""
    status, body = response.status_code, error_body(response)
    kind, sentence, hint = verdict(status, sent)
    words = scrubbed(body.message) or reason(status)
    error = kind(
        f"{sentence}: {words} ({' '.join(filter(None, (str(status), body.id)))})",
        status=status,
        error_id=body.id,
        request_id=request_id(response, sent),
        hint=hint,
    )
    if isinstance(error, HerokuUnavailableError):
        error.retry_after_s = retry_after(response)
    return error


def verdict(status: int, sent: Sent) -> tuple[type[HerokuError], str, str]:
    """The kind of error, the beginning of its sentence, and the way on."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return HerokuUnavailableError, f"Heroku puts off {sent}", "Run it again in a few minutes."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        if sent.is_write:
            return HerokuUnclearError, f"Heroku failed at {sent}, it may have been done", LOOK_HINT
        return HerokuUnavailableError, f"Heroku failed at {sent}", ""
    if status == HTTPStatus.UNAUTHORIZED:
        sentence = "Heroku does not accept the token in HEROKU_API_KEY or ~/.netrc"
        return HerokuRefusedError, sentence, LET_IN_HINT
    if status >= HTTPStatus.BAD_REQUEST:
        return HerokuRefusedError, f"Heroku refused {sent}", ""
    return HerokuError, f"Heroku answered {sent} in a way that is not followed", ""


def not_understood(error: ValidationError, response: httpx.Response, sent: Sent) -> HerokuError:
    """The error for a success whose body is not what we know; names places in it, never what stood there."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(one["type"] == "json_invalid" for one in found):
        what = "with something that is not JSON"
    else:
        places = sorted({".".join(map(str, one["loc"])) for one in found})
        what = f"in a form that we do not know, at {', '.join(places[:3])}"
    return HerokuError(
        f"Heroku answered {sent} {what} ({response.status_code}).",
        status=response.status_code,
        request_id=request_id(response, sent),
    )


def error_body(response: httpx.Response) -> ErrorBody:
    """Heroku's own words in a refusal; empty ones when the body is of another form."""
    try:
        return ErrorBody.model_validate_json(response.content)
    except ValidationError:
        return ErrorBody()


def is_recognised(response: httpx.Response) -> bool:
    """Whether a refusal is Heroku's: its JSON, or no body at all; not the page of a proxy in between."""
    body = error_body(response)
    return not response.content.strip() or bool(body.id or body.message)


def request_id(response: httpx.Response, sent: Sent) -> str:
    """What Heroku's support asks for; the answer's header lists the newest first."""
    return response.headers.get("Request-Id", "").partition(",")[0].strip() or sent.request_id


def retry_after(response: httpx.Response) -> float | None:
    """`Retry-After` in seconds; its other form, a date, is ignored."""
    text = response.headers.get("Retry-After", "").strip()
    return float(text) if text.isdecimal() else None


def scrubbed(text: str) -> str:
    """The text without user and password in addresses, should Heroku quote one."""
    return CREDENTIALS.sub("…@", text)


def reason(status: int) -> str:
    """The usual words for an HTTP status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"
