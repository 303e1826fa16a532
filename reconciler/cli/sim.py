"""Serve a local Heroku to plan against and to rehearse on; no account is needed and none is touched."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.simulator.world.world import World

PORT = 5780
KEEP = Path(".reconcile/sim")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `reconcile sim`."""
    parser.add_argument(
        "action",
        nargs="?",
        choices=["reset"],
        help="reset: remove the world kept in --keep and start over",
    )
    parser.add_argument(
        "--scenario",
        default="example",
        metavar="NAME|FILE",
        help="what there is (default: example)",
    )
    parser.add_argument(
        "--port", type=_port, default=PORT, help=f"on 127.0.0.1; 0 for a free one (default: {PORT})"
    )
    parser.add_argument(
        "--speed",
        type=_speed,
        help="seconds of Heroku's time in one of yours (default: the scenario's)",
    )
    parser.add_argument(
        "--latency", type=_duration, default=0.0, metavar="50ms", help="wait before each answer"
    )
    parser.add_argument(
        "--jitter", type=_duration, default=0.0, metavar="10ms", help="latency varies by so much"
    )
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help=f"keep the world there between runs (for reset: {KEEP})",
    )
    parser.add_argument(
        "--databases",
        choices=["model", "postgres"],
        default="model",
        help="postgres: a real server for each, and dynos that write (default: model)",
    )
    parser.add_argument(
        "--from-live",
        type=Path,
        metavar="FILE",
        help="write a scenario of what is live to FILE (names and shapes, no secrets) and end",
    )
    parser.add_argument(
        "--app",
        action="append",
        default=[],
        metavar="APP",
        help="with --from-live: only databases of this app; may be repeated",
    )
    parser.add_argument(
        "--until-stdin-closes",
        action="store_true",
        help='print {"port": N} alone and end when stdin closes; for programs',
    )


def run(arguments: argparse.Namespace) -> int:
    """Serve, or remove a kept world."""
    if arguments.action == "reset":
        return _reset(arguments.keep or KEEP)
    if arguments.from_live is not None:
        from reconciler.cli.recording import record

        return record(arguments.from_live, apps=arguments.app)
    from reconciler.adapters.stand_in import check_installed

    check_installed()
    from reconciler.simulator.serve import Wishes, serve  # slow to import

    wishes = Wishes(
        scenario=arguments.scenario,
        port=arguments.port,
        speed=arguments.speed,
        latency=arguments.latency,
        jitter=arguments.jitter,
        keep=arguments.keep,
        databases=arguments.databases,
        until_stdin_closes=arguments.until_stdin_closes,
    )
    return serve(wishes, announce=_say_port if wishes.until_stdin_closes else _say_hello)


def _reset(folder: Path) -> int:
    from reconciler.simulator.keeping import reset  # slow to import

    said = "is removed" if reset(folder) else "was not there"
    sys.stdout.write(f"The world kept in {folder} {said}.\n")
    return 0


def _say_port(port: int, _world: World) -> None:
    sys.stdout.write(json.dumps({"port": port}) + "\n")
    sys.stdout.flush()


def _say_hello(port: int, world: World) -> None:
    """The address, and what to set so that `reconcile` and the vendor's CLI speak to it."""
    url = f"http://127.0.0.1:{port}"
    settings = {
        "RECONCILE_ENDPOINT": url,
        "HEROKU_HOST": url,
        "HEROKU_DATA_HOST": "127.0.0.1",
        "HEROKU_PARTICLEBOARD_URL": url,
        "HEROKU_API_KEY": "stand-in",
        "DISABLE_TELEMETRY": "true",
    }
    exports = " ".join(f"{name}={value}" for name, value in settings.items())
    databases = len(world.databases)
    sys.stdout.write(
        f"The stand-in serves {databases} databases at {url}, {world.speed:g} times as fast as time; "
        f"to use it: export {exports}\n"
    )
    sys.stdout.flush()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004  # the largest port
        raise argparse.ArgumentTypeError("must be from 0 to 65535")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1e6:  # noqa: PLR2004  # twelve days a second
        raise argparse.ArgumentTypeError("must be a number above 0, at most 1000000")
    return speed


def _duration(text: str) -> float:
    from reconciler.simulator.reading import seconds  # only when the option is used

    try:
        return seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
