"""What both hosts have: posts that can be found, written and taken away. One class a host and kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from reconciler.errors import ForgeUnavailableError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reconciler.adapters.forge.http import Host

TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""Of GitHub's `author_association`: who may write to the repository, or belongs to its owner."""


@dataclass(frozen=True, slots=True, order=True)
class Post:
    """One comment or one issue; a higher number is newer."""

    number: int
    body: str
    address: str = ""


class Posts(Protocol):
    """Where posts of one kind stand, such as the comments of one pull request."""

    async def found(self, marker: str) -> list[Post]:
        """Those of ours that begin with `marker` and are open, the oldest first."""
        ...

    async def create(self, body: str) -> Post:
        """A new one."""
        ...

    async def update(self, post: Post, body: str) -> Post:
        """The same one with another text."""
        ...

    async def remove(self, post: Post, body: str) -> None:
        """Delete a comment; close an issue, with `body` as its last text."""
        ...


@dataclass(frozen=True, slots=True)
class GitHubComments:
    """Comments of a pull request, which is an issue too. Source: docs.github.com/rest/issues/comments, 2022-11-28."""

    host: Host
    pull_request: int

    async def found(self, marker: str) -> list[Post]:
        """Only of people and apps that may write here: anybody can post a marker in a public repository."""
        project = self.host.settings.project
        entries = await self.host.pages(f"{project}/issues/{self.pull_request}/comments", {})
        return _marked((_github(one, "id") for one in entries if _is_trusted(one)), marker)

    async def create(self, body: str) -> Post:
        """A new comment."""
        path = f"{self.host.settings.project}/issues/{self.pull_request}/comments"
        return _needed(_github(await self.host.write("POST", path, {"body": body}), "id"))

    async def update(self, post: Post, body: str) -> Post:
        """The comment with another text."""
        return _needed(
            _github(await self.host.write("PATCH", self._path(post), {"body": body}), "id")
        )

    async def remove(self, post: Post, body: str) -> None:  # noqa: ARG002  # a deleted comment has no text
        """Delete it."""
        await self.host.write("DELETE", self._path(post), {})

    def _path(self, post: Post) -> str:
        return f"{self.host.settings.project}/issues/comments/{post.number}"


@dataclass(frozen=True, slots=True)
class GitHubIssues:
    """Issues of a repository. Source: docs.github.com/rest/issues/issues, 2022-11-28."""

    host: Host
    title: str

    async def found(self, marker: str) -> list[Post]:
        """Open ones; the list has pull requests in it, which are none."""
        parameters = {"state": "open", "sort": "created", "direction": "asc"}
        entries = await self.host.pages(f"{self.host.settings.project}/issues", parameters)
        mine = (one for one in entries if _is_trusted(one) and "pull_request" not in one)
        return _marked((_github(one, "number") for one in mine), marker)

    async def create(self, body: str) -> Post:
        """A new issue."""
        content = {"title": self.title, "body": body}
        path = f"{self.host.settings.project}/issues"
        return _needed(_github(await self.host.write("POST", path, content), "number"))

    async def update(self, post: Post, body: str) -> Post:
        """The issue with another text; its title may have been changed by people and stays."""
        said = await self.host.write("PATCH", self._path(post), {"body": body})
        return _needed(_github(said, "number"))

    async def remove(self, post: Post, body: str) -> None:
        """Close it as completed."""
        content = {"body": body, "state": "closed", "state_reason": "completed"}
        await self.host.write("PATCH", self._path(post), content)

    def _path(self, post: Post) -> str:
        return f"{self.host.settings.project}/issues/{post.number}"


@dataclass(frozen=True, slots=True)
class GitLabNotes:
    """Notes of a merge request. Source: docs.gitlab.com/api/notes, read 2026-11-22."""

    host: Host
    merge_request: int

    async def found(self, marker: str) -> list[Post]:
        """Only those of the token's own user: others' notes cannot be changed."""
        user = await _own_id(self.host)
        entries = await self.host.pages(self._path(), {"sort": "asc", "order_by": "created_at"})
        mine = (one for one in entries if _author(one) == user and not one.get("system"))
        return _marked((_gitlab(one, "id", "body") for one in mine), marker)

    async def create(self, body: str) -> Post:
        """A new note."""
        return _needed(
            _gitlab(await self.host.write("POST", self._path(), {"body": body}), "id", "body")
        )

    async def update(self, post: Post, body: str) -> Post:
        """The note with another text."""
        said = await self.host.write("PUT", f"{self._path()}/{post.number}", {"body": body})
        return _needed(_gitlab(said, "id", "body"))

    async def remove(self, post: Post, body: str) -> None:  # noqa: ARG002  # a deleted note has no text
        """Delete it."""
        await self.host.write("DELETE", f"{self._path()}/{post.number}", {})

    def _path(self) -> str:
        return f"{self.host.settings.project}/merge_requests/{self.merge_request}/notes"


@dataclass(frozen=True, slots=True)
class GitLabIssues:
    """Issues of a project. Source: docs.gitlab.com/api/issues, read 2026-11-22."""

    host: Host
    title: str

    async def found(self, marker: str) -> list[Post]:
        """Open ones of the token's own user."""
        user = await _own_id(self.host)
        parameters = {
            "state": "opened",
            "order_by": "created_at",
            "sort": "asc",
            "author_id": str(user),
        }
        entries = await self.host.pages(f"{self.host.settings.project}/issues", parameters)
        mine = (one for one in entries if _author(one) == user)
        return _marked((_gitlab(one, "iid", "description") for one in mine), marker)

    async def create(self, body: str) -> Post:
        """A new issue."""
        content = {"title": self.title, "description": body}
        path = f"{self.host.settings.project}/issues"
        return _needed(_gitlab(await self.host.write("POST", path, content), "iid", "description"))

    async def update(self, post: Post, body: str) -> Post:
        """The issue with another text; its title stays."""
        said = await self.host.write("PUT", self._path(post), {"description": body})
        return _needed(_gitlab(said, "iid", "description"))

    async def remove(self, post: Post, body: str) -> None:
        """Close it."""
        await self.host.write(
            "PUT", self._path(post), {"description": body, "state_event": "close"}
        )

    def _path(self, post: Post) -> str:
        return f"{self.host.settings.project}/issues/{post.number}"


def posts_of(host: Host, *, issue: str | None) -> Posts:
    """The comments of the pipeline's pull request, or issues with the title `issue`.

    Raises:
        UsageError: this is no pipeline of a pull request.
    """
    is_github = host.settings.provider == "github"
    if issue is not None:
        return GitHubIssues(host, issue) if is_github else GitLabIssues(host, issue)
    number = host.settings.pull_request
    if number is None:
        raise UsageError(
            "This pipeline does not belong to a pull request.",
            hint="Name one with --pull-request, or post an issue with --issue.",
        )
    return GitHubComments(host, number) if is_github else GitLabNotes(host, number)


def _marked(posts: Iterable[Post | None], marker: str) -> list[Post]:
    """Those whose first line is `marker`: one that only quotes it is somebody's answer."""
    return sorted(one for one in posts if one and one.body.lstrip().startswith(marker))


def _is_trusted(entry: Any) -> bool:  # JSON is of any kind
    if not isinstance(entry, dict):
        return False
    user = entry.get("user")
    is_app = isinstance(user, dict) and user.get("type") == "Bot"
    return is_app or entry.get("author_association") in TRUSTED


def _github(entry: Any, number: str) -> Post | None:  # JSON is of any kind
    return _post(entry, number, "body", "html_url")


def _gitlab(entry: Any, number: str, body: str) -> Post | None:  # JSON is of any kind
    return _post(entry, number, body, "web_url")


def _post(entry: Any, number: str, body: str, address: str) -> Post | None:  # as above
    if not isinstance(entry, dict) or type(entry.get(number)) is not int:
        return None
    where = entry.get(address)
    return Post(entry[number], str(entry.get(body) or ""), where if isinstance(where, str) else "")


def _needed(post: Post | None) -> Post:
    if post is None:
        raise ForgeUnavailableError("The host's answer does not say what was written.")
    return post


def _author(entry: Any) -> int | None:  # JSON is of any kind
    author = entry.get("author") if isinstance(entry, dict) else None
    return author.get("id") if isinstance(author, dict) else None


async def _own_id(host: Host) -> int:
    user = await host.read("/user")
    found = user.get("id") if isinstance(user, dict) else None
    if type(found) is not int:
        raise ForgeUnavailableError(f"{host.name} does not say whose token this is.")
    return found
