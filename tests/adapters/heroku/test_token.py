from __future__ import annotations

import pytest

from reconciler.adapters.heroku.token import find_token
from reconciler.errors import ReconcileError

NETRC = """
machine git.heroku.com
  login me@example.com
  password canary-git
machine api.heroku.com
  login me@example.com
  password canary-api
"""


def test_the_environment_comes_first(tmp_path):
    (tmp_path / ".netrc").write_text(NETRC)

    token = find_token({"HEROKU_API_KEY": " canary-env\n"}, tmp_path)

    assert token.get_secret_value() == "canary-env"
    assert "canary" not in repr(token) + str(token)


@pytest.mark.parametrize("environment", [{}, {"HEROKU_API_KEY": " "}])
def test_else_the_netrc_entry_of_the_api(tmp_path, environment):
    (tmp_path / ".netrc").write_text(NETRC)

    assert find_token(environment, tmp_path).get_secret_value() == "canary-api"


@pytest.mark.parametrize(
    "text",
    [
        None,
        "machine git.heroku.com login me password canary-git\n",
        "default login me password canary-default\n",
        "",
    ],
)
def test_no_token_is_said_with_the_way_on(tmp_path, text):
    if text is not None:
        (tmp_path / ".netrc").write_text(text)

    with pytest.raises(ReconcileError, match="No Heroku API token") as caught:
        find_token({}, tmp_path)

    assert "HEROKU_API_KEY" in caught.value.hint


def test_a_broken_netrc_is_said_without_what_stands_in_it(tmp_path):
    (tmp_path / ".netrc").write_text("machine api.heroku.com canary-stray password canary-api\n")

    with pytest.raises(ReconcileError, match="netrc cannot be read") as caught:
        find_token({}, tmp_path)

    assert "canary" not in repr([caught.value, caught.value.__cause__, caught.value.__context__])


def test_an_unreadable_netrc_is_said(tmp_path):
    (tmp_path / ".netrc").mkdir()

    with pytest.raises(ReconcileError, match="netrc cannot be read"):
        find_token({}, tmp_path)


@pytest.mark.parametrize("value", ["two words", "tab\tinside", "übel"])
def test_a_token_that_cannot_be_one_is_refused_without_showing_it(tmp_path, value):
    with pytest.raises(ReconcileError, match="characters that no token has") as caught:
        find_token({"HEROKU_API_KEY": value}, tmp_path)

    assert value not in str(caught.value)
