"""GitHub's and GitLab's APIs for comments and issues, as far as they are spoken to: a real server, with state.

Built from docs.github.com/rest/issues and docs.gitlab.com/api/notes, /issues (read 2026-11-22). Unknown paths are 404
and reported by `unknown`. `rules` let single requests fail: refused, slow, cut off before or after the effect.
"""

from __future__ import annotations

import contextlib
import json
import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from support.listening import listening

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "ghs_canary0123456789"  # noqa: S105  # no output may hold it
SMALLEST_PAGE = 20
GITHUB_LONGEST = 65_536


@dataclass
class Rule:
    """What happens to the next `times` requests of `method` whose path has `path` in it."""

    method: str
    path: str
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    delay_s: float = 0
    is_cut_off: str = ""
    """`before` or `after` the effect."""
    times: int = 1


@dataclass
class Thing:
    """A comment, an issue, a note."""

    number: int
    body: str
    where: str
    title: str = ""
    is_open: bool = True
    author: dict[str, Any] = field(default_factory=dict)


class Forge:
    """The state, and what was asked."""

    def __init__(self) -> None:
        self.things: list[Thing] = []
        self.rules: list[Rule] = []
        self.requests: list[tuple[str, str]] = []
        self.unknown: list[str] = []
        self.lock = threading.Lock()
        self.url = ""

    def add(self, where: str, body: str, **more: Any) -> Thing:
        thing = Thing(len(self.things) + 1, body, where, **more)
        self.things.append(thing)
        return thing

    def at(self, where: str) -> list[Thing]:
        return [one for one in self.things if one.where == where]

    def writes(self) -> list[str]:
        return [method for method, _ in self.requests if method != "GET"]

    def rule_for(self, method: str, path: str) -> Rule | None:
        for rule in self.rules:
            if rule.times and rule.method == method and rule.path in path:
                rule.times -= 1
                return rule
        return None


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    forge: Forge

    def handle_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else {}
        parts = urlsplit(self.path)
        with self.forge.lock:
            self.forge.requests.append((self.command, parts.path))
            rule = self.forge.rule_for(self.command, parts.path)
        if rule and rule.delay_s:
            time.sleep(rule.delay_s)
        if rule and rule.is_cut_off == "before":
            self.close_connection = True
            return
        if rule and rule.status:
            self.answer(rule.status, rule.body, rule.headers)
            return
        with self.forge.lock:
            status, said, headers = self.routed(parts.path, parse_qs(parts.query), body)
        if rule and rule.is_cut_off == "after":
            self.close_connection = True
            return
        self.answer(status, "" if said is None else json.dumps(said), headers)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815  # the base class calls them so

    def answer(self, status: int, text: str, headers: dict[str, str]) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # nobody waits any more
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the base class's name
        pass

    def routed(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        is_gitlab = path.startswith("/api/v4/")
        token = self.headers.get("PRIVATE-TOKEN") if is_gitlab else self.headers["Authorization"]
        if token != (TOKEN if is_gitlab else f"Bearer {TOKEN}"):
            return 401, {"message": "Bad credentials"}, {}
        return self.gitlab(path, query, body) if is_gitlab else self.github(path, query, body)

    def github(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        if len(body.get("body", "")) > GITHUB_LONGEST:
            return 422, {"message": "body is too long (maximum is 65536 characters)"}, {}
        if re.fullmatch(r"/repos/o/r/issues/\d+/comments", path):
            return self.collection(path, query, body, as_github)
        if found := re.fullmatch(r"/repos/o/r/issues/comments/(\d+)", path):
            return self.single(int(found[1]), body, as_github)
        if path == "/repos/o/r/issues":
            return self.collection(path, query, body, as_github)
        if found := re.fullmatch(r"/repos/o/r/issues/(\d+)", path):
            return self.single(int(found[1]), body, as_github)
        return self.nowhere(path)

    def gitlab(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any]
    ) -> tuple[int, Any, dict[str, str]]:
        path = path.removeprefix("/api/v4")
        if path == "/user":
            return 200, {"id": 7, "username": "project_1_bot"}, {}
        if found := re.fullmatch(r"/projects/7/(merge_requests/\d+/notes|issues)/(\d+)", path):
            return self.single(int(found[2]), body, as_gitlab)
        if re.fullmatch(r"/projects/7/(merge_requests/\d+/notes|issues)", path):
            return self.collection(path, query, body, as_gitlab)
        return self.nowhere(path)

    def nowhere(self, path: str) -> tuple[int, Any, dict[str, str]]:
        self.forge.unknown.append(f"{self.command} {path}")
        return 404, {"message": "Not Found"}, {}

    def collection(
        self, path: str, query: dict[str, list[str]], body: dict[str, Any], shown: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if self.command == "POST":
            text = body.get("body") or body.get("description") or ""
            return 201, shown(self.forge.add(path, text, title=body.get("title", ""))), {}
        size = min(int(query.get("per_page", [SMALLEST_PAGE])[0]), 100)
        page = int(query.get("page", [1])[0])
        things = self.forge.at(path)
        if path.endswith("/issues"):
            things = [one for one in things if one.is_open]
        cut = things[(page - 1) * size : page * size]
        more = page * size < len(things)
        if shown is as_gitlab:
            return 200, [shown(one) for one in cut], {"X-Next-Page": str(page + 1) if more else ""}
        link = f'<http://elsewhere.example{path}?page={page + 1}>; rel="next"'
        return 200, [shown(one) for one in cut], {"Link": link} if more else {}

    def single(
        self, number: int, body: dict[str, Any], shown: Any
    ) -> tuple[int, Any, dict[str, str]]:
        found = [one for one in self.forge.things if one.number == number]
        if not found:
            return self.nowhere(self.path)
        (thing,) = found
        if self.command == "DELETE":
            self.forge.things.remove(thing)
            return 204, None, {}
        thing.body = body.get("body", body.get("description", thing.body))
        if body.get("state") == "closed" or body.get("state_event") == "close":
            thing.is_open = False
        return 200, shown(thing), {}


BOT = {"type": "Bot", "login": "github-actions[bot]"}


def as_github(thing: Thing) -> dict[str, Any]:
    return {
        "id": thing.number,
        "number": thing.number,
        "body": thing.body,
        "title": thing.title,
        "html_url": f"https://github.example/o/r/{thing.number}",
        "user": BOT,
        "author_association": "NONE",
        "state": "open" if thing.is_open else "closed",
    } | thing.author


def as_gitlab(thing: Thing) -> dict[str, Any]:
    return {
        "id": thing.number,
        "iid": thing.number,
        "body": thing.body,
        "description": thing.body,
        "title": thing.title,
        "web_url": f"https://gitlab.example/g/p/{thing.number}",
        "author": {"id": 7},
        "system": False,
    } | thing.author


@contextmanager
def forge() -> Iterator[Forge]:
    """A host that listens on the loopback until the context ends; whatever it did not know fails the test."""
    state = Forge()
    handler = type("OneHandler", (Handler,), {"forge": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    with listening(server) as state.url:
        yield state
    assert state.unknown == []


def github_settings(state: Forge, event: str = "") -> dict[str, str]:
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": state.url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": TOKEN,
        **({"GITHUB_EVENT_PATH": event} if event else {}),
    }


def gitlab_settings(state: Forge, merge_request: str = "3") -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{state.url}/api/v4",
        "CI_PROJECT_ID": "7",
        "RECONCILE_GITLAB_TOKEN": TOKEN,
        **({"CI_MERGE_REQUEST_IID": merge_request} if merge_request else {}),
    }
