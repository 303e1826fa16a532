"""The API token: from the environment, else from `~/.netrc`. It is read late and shown never.

Source of the order: @heroku-cli/command 13.2.0 lib/api-client.js (`HEROKU_API_KEY` first) and its netrc parser;
the operating system's credential store, which the vendor's CLI asks in between, is not read here.
"""

from __future__ import annotations

import netrc
from typing import TYPE_CHECKING

from pydantic import SecretStr

from reconciler.errors import ReconcileError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VARIABLE = "HEROKU_API_KEY"
MACHINE = "api.heroku.com"
HINT = f"Set {VARIABLE} to a token, such as `heroku authorizations:create` makes one."


def find_token(environment: Mapping[str, str], home: Path) -> SecretStr:
    """The token of whoever runs this; `environment` and `home` are theirs.

    Raises:
        ReconcileError: there is none, or `~/.netrc` cannot be read.
    """
    value = environment.get(VARIABLE, "").strip() or _from_netrc(home / ".netrc")
    if not value:
        raise ReconcileError(
            f"No Heroku API token: {VARIABLE} is not set and ~/.netrc has no entry for {MACHINE}.",
            hint=HINT,
        )
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ReconcileError(
            "The Heroku API token holds characters that no token has, such as a blank.", hint=HINT
        )
    return SecretStr(value)


def _from_netrc(path: Path) -> str:
    """The password of the entry; empty when there is no file or no entry."""
    try:
        entry = netrc.netrc(path).hosts.get(MACHINE)  # never the entry `default`
    except FileNotFoundError:
        return ""
    except netrc.NetrcParseError as error:
        # The parser's own text may quote a token of the file.
        line = error.lineno
        entry, broken = (
            None,
            f"~/.netrc cannot be read: line {line} is not as such a file should be.",
        )
    except (OSError, UnicodeDecodeError):
        entry, broken = None, "~/.netrc cannot be read."
    else:
        broken = ""
    if broken:
        raise ReconcileError(broken, hint=f"Mend the file, or set {VARIABLE}.")
    return (entry[2] or "").strip() if entry else ""
