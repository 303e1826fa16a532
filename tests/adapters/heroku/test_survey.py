from __future__ import annotations

import httpx

from reconciler.adapters.heroku.survey import survey


def surveyed(bench, *apps):
    return bench.client(lambda client: survey(client, apps=frozenset(apps)))


def test_everything_that_is_live_is_read_once(bench, stand_in):
    snapshot = surveyed(bench)

    names = {one.addon for one in snapshot.databases}
    assert names == snapshot.addon_names
    assert len(names) == 8
    assert snapshot.unread == ()
    assert sum(stand_in.requests.values()) == 8 + 8 + 2  # the database and its daily backups


def test_an_app_is_seen_with_the_followers_on_its_neighbours(bench):
    snapshot = surveyed(bench, "shop")

    assert [(one.addon, one.leader) for one in snapshot.databases] == [
        ("postgresql-curved-53302", None),
        ("postgresql-tapered-12984", "postgresql-curved-53302"),
    ]
    assert snapshot.attached_as("reports", "ORDERS").addon == "postgresql-curved-53302"


def test_of_listed_apps_only_the_names_are_seen_and_whether_they_exist(bench):
    asked, listed = frozenset({"accounts"}), frozenset({"search", "no-such-app"})

    snapshot = bench.client(lambda client: survey(client, apps=asked, listed=listed))

    assert {one.app for one in snapshot.databases} == {"accounts"}
    assert snapshot.attached_as("search", "DATABASE") is not None
    assert snapshot.missing_apps == ("no-such-app",)


def test_what_does_not_answer_is_unread(bench):
    inner = bench.transport

    async def handle(request: httpx.Request) -> httpx.Response:
        if "/client/v11/databases/" in request.url.path:
            return httpx.Response(403, json={"id": "forbidden", "message": "no"})
        return await inner.handle_async_request(request)

    bench.transport = httpx.MockTransport(handle)

    snapshot = surveyed(bench, "accounts")

    assert snapshot.databases == ()
    assert {(one.app, one.attachment) for one in snapshot.unread} == {("accounts", "DATABASE")}
