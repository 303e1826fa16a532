from __future__ import annotations

import logging
import subprocess
import sys
import traceback

import httpx
import pytest

from reconciler.adapters.heroku.closer import look_closer
from reconciler.adapters.heroku.observe import observe
from reconciler.errors import HerokuError

ORDERS = "postgresql-curved-53302"
LEGACY = "postgresql-cubed-88041"


async def copy(account):
    await account.copy(source=LEGACY, target=ORDERS, from_name="A", to_name="B")


def failing_at_copies(bench, seen, failure):
    """The same transport, but copies fail after their request was taken down in `seen`."""
    whole = bench.transport

    async def handle(request):
        if not request.url.path.endswith("/transfers"):
            return await whole.handle_async_request(request)
        body = (await request.aread()).decode()
        seen.append(body)
        if isinstance(failure, Exception):
            raise failure
        return httpx.Response(failure, json={"id": "bad", "message": f"Cannot copy {body}"})

    bench.transport = httpx.MockTransport(handle)


@pytest.mark.parametrize("failure", [httpx.ReadError("reset"), 500, 422])
def test_a_failed_copy_shows_no_password(bench, passwords, caplog, failure):
    caplog.set_level(logging.DEBUG)
    sent = []
    failing_at_copies(bench, sent, failure)

    with pytest.raises(HerokuError) as caught:
        bench.account(copy)

    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert len([password for password in passwords if password in sent[0]]) == 2
    assert not [password for password in passwords if password in shown]


def test_reading_everything_logs_no_password_and_no_token(bench, passwords, caplog):
    caplog.set_level(logging.DEBUG)

    async def piece(client):
        snapshot = await observe(client, names=(("shop", "DATABASE"),), apps=("shop",))
        await look_closer(client, snapshot, (ORDERS,))

    bench.client(piece)
    bench.account(lambda account: account.config_var_names("shop"))

    assert "HTTP Request" in caplog.text
    assert not [password for password in passwords if password in caplog.text]
    assert "canary" not in caplog.text


def test_a_refused_token_is_not_shown(scripted, caplog):
    caplog.set_level(logging.DEBUG)
    bench = scripted(httpx.Response(401, json={"id": "unauthorized", "message": "Invalid."}))
    bench.endpoint = "https://api.heroku.com"

    with pytest.raises(HerokuError) as caught:
        bench.account(lambda account: account.addon(ORDERS))

    (request,) = bench.transport.requests
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caplog.text
    assert "HRKU-canary-token" in request.headers["Authorization"]
    assert "canary" not in shown


def test_the_client_does_not_bring_in_a_command_line_library():
    code = (
        "import sys, reconciler.adapters.heroku.opening, reconciler.adapters.heroku.observe\n"
        "print(sorted({'click', 'rich', 'typer', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout == "[]\n"
