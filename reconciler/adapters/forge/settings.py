"""Where to post and as whom, from what the host's own pipeline puts into the environment.

The token goes to the address that the environment names and nowhere else, so that address is looked at first:
https, or http on this machine; no user or password in it.

Sources, read 2026-11-22: docs.github.com "Default environment variables", docs.gitlab.com "Predefined CI/CD variables".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote, urlsplit

from pydantic import SecretStr

from reconciler.core.endpoint import is_loopback
from reconciler.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

Provider = Literal["github", "gitlab"]
GITHUB_API = "https://api.github.com"
GITHUB_TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
GITLAB_TOKENS = ("RECONCILE_GITLAB_TOKEN", "GITLAB_TOKEN")
"""A job's own CI_JOB_TOKEN may not write notes."""
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
LARGEST_EVENT = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """One repository of one host."""

    provider: Provider
    api: str
    """Address of the API, without a slash at the end."""
    project: str
    """Path below the API that the repository has: `/repos/o/r`, `/projects/7`."""
    token: SecretStr
    pull_request: int | None
    """None: not in the pipeline of one."""

    @property
    def is_loopback(self) -> bool:
        """Whether the API is on this machine, which no proxy may stand before."""
        return is_loopback(urlsplit(self.api).hostname or "")


def provider_of(environment: Mapping[str, str]) -> Provider:
    """The host whose pipeline this is.

    Raises:
        UsageError: it is none that is known.
    """
    if environment.get("GITHUB_ACTIONS"):
        return "github"
    if environment.get("GITLAB_CI"):
        return "gitlab"
    raise UsageError("This is no pipeline of GitHub or GitLab.", hint="Add --provider github.")


def read_settings(
    provider: Provider, environment: Mapping[str, str], *, pull_request: int | None = None
) -> ForgeSettings:
    """The settings for `provider`; `pull_request` is what was asked for instead of the pipeline's own.

    Raises:
        UsageError: something that is needed is not there, or not as it should be.
    """
    if provider == "github":
        repository = _needed(environment, "GITHUB_REPOSITORY")
        if not _REPOSITORY.fullmatch(repository) or ".." in repository:
            raise UsageError("GITHUB_REPOSITORY is not of the form owner/name.")
        return ForgeSettings(
            provider=provider,
            api=_address(environment.get("GITHUB_API_URL") or GITHUB_API, "GITHUB_API_URL"),
            project=f"/repos/{repository}",
            token=_token(environment, GITHUB_TOKENS),
            pull_request=pull_request or _of_event(environment.get("GITHUB_EVENT_PATH", "")),
        )
    return ForgeSettings(
        provider=provider,
        api=_address(_needed(environment, "CI_API_V4_URL"), "CI_API_V4_URL"),
        project=f"/projects/{quote(_needed(environment, 'CI_PROJECT_ID'), safe='')}",
        token=_token(environment, GITLAB_TOKENS),
        pull_request=pull_request
        or _number(environment.get("CI_MERGE_REQUEST_IID", ""), "CI_MERGE_REQUEST_IID"),
    )


def _needed(environment: Mapping[str, str], name: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise UsageError(
            f"{name} is not set.", hint="The host sets it in its pipelines; set it to try by hand."
        )
    return value


def _token(environment: Mapping[str, str], names: tuple[str, ...]) -> SecretStr:
    value = next((found for name in names if (found := environment.get(name, "").strip())), "")
    if not value:
        raise UsageError(
            f"There is no token: {' or '.join(names)} is not set.",
            hint="docs/gitops.md says which rights it needs.",
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise UsageError("The token holds characters that no token has, such as a blank.")
    return SecretStr(value)


def _address(text: str, name: str) -> str:
    try:
        parts = urlsplit(text.strip())
        host = parts.hostname or ""
        is_good = bool(host) and not (parts.username or parts.password or parts.query)
    except ValueError:
        is_good, host, parts = False, "", urlsplit("")
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    if not is_good or not is_safe:
        raise UsageError(f"{name} must be an https address, or http on 127.0.0.1.")
    return text.strip().rstrip("/")


def _of_event(path: str) -> int | None:
    """The pull request of the event that started the pipeline; None when it is about none."""
    if not path:
        return None
    try:
        with Path(path).open("rb") as file:
            event = json.loads(file.read(LARGEST_EVENT))
    except (OSError, ValueError, RecursionError):
        raise UsageError("The file that GITHUB_EVENT_PATH names cannot be read.") from None
    for key in ("pull_request", "issue"):
        found = event.get(key) if isinstance(event, dict) else None
        number = found.get("number") if isinstance(found, dict) else None
        if isinstance(number, int) and number > 0:
            return number
    return None


def _number(text: str, name: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) < 1:
        raise UsageError(f"{name} is not a number.")
    return int(text)
