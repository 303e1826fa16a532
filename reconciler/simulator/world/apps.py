"""Apps: maintenance mode, process types, dynos, config vars."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconciler.simulator.world.model import Dyno, Formation
from reconciler.simulator.world.refusals import bad_request, not_found, unprocessable
from reconciler.simulator.world.releases import add_release, attachment_vars
from reconciler.simulator.world.writers import refresh_app

if TYPE_CHECKING:
    from reconciler.simulator.world.heroku import Heroku
    from reconciler.simulator.world.model import App

MOST_DYNOS = 100


def set_maintenance(heroku: Heroku, app: App, *, on: bool) -> None:
    """Close or open the router. Makes no release (not established; the stand-in's choice)."""
    app.maintenance = on
    app.updated_at = heroku.now
    refresh_app(heroku, app)


def formation_of(app: App, id_or_type: str) -> Formation:
    """The process type with that id or name.

    Raises:
        Refusal: 404.
    """
    for formation in app.formation.values():
        if id_or_type in {formation.id, formation.type}:
            return formation
    raise not_found("process type", resource="formation")


def wanted_quantity(formation: Formation, quantity: object) -> int:
    """`2`, `"2"`, `"+1"` or `"-1"` as a number of dynos.

    Raises:
        Refusal: 400 when it is none of these, 422 when it is out of range.
    """
    text = str(quantity)
    if isinstance(quantity, bool) or not re.fullmatch(r"[+-]?\d+", text):
        raise bad_request(f"Invalid quantity: {text}.")
    number = int(text)
    if isinstance(quantity, str) and text[0] in "+-":
        number = max(0, formation.quantity + number)
    if not 0 <= number <= MOST_DYNOS:
        raise unprocessable(f"Cannot scale {formation.type} to {number} dynos.")
    return number


def scale(
    heroku: Heroku, app: App, formation: Formation, *, quantity: int | None, size: str | None
) -> None:
    """Change one process type; dynos that are too many take some seconds to go."""
    if size is not None:
        formation.size = size.title()
    if quantity is not None:
        formation.quantity = quantity
    formation.updated_at = heroku.now
    fit_dynos(heroku, app, formation)
    refresh_app(heroku, app)


def dyno_of(app: App, id_or_name: str) -> Dyno:
    """The dyno with that id or name.

    Raises:
        Refusal: 404.
    """
    for dyno in app.dynos.values():
        if id_or_name in {dyno.id, dyno.name}:
            return dyno
    raise not_found("dyno", resource="dyno")


def fit_dynos(heroku: Heroku, app: App, formation: Formation) -> None:
    """Start what is missing and stop what is too much."""
    for number in range(1, formation.quantity + 1):
        name = f"{formation.type}.{number}"
        held = app.dynos.get(name)
        if held is None or held.gone_at is not None:
            app.dynos[name] = Dyno(
                id=heroku.world.mint.uuid("dyno"),
                name=name,
                type=formation.type,
                size=formation.size,
                up_at=heroku.now + heroku.timing.dyno_start,
            )
    gone_at = heroku.now + heroku.timing.dyno_stop
    extra = [
        dyno
        for dyno in app.dynos.values()
        if dyno.type == formation.type and int(dyno.name.rpartition(".")[2]) > formation.quantity
    ]
    for dyno in extra:
        if dyno.gone_at is None:
            dyno.gone_at = gone_at
    if extra:
        heroku.world.later(gone_at, "dynos-gone", app.id)


def remove_gone_dynos(heroku: Heroku, app_id: str, _detail: str) -> None:
    """The event: stopped dynos leave the list."""
    app = heroku.world.apps[app_id]
    app.dynos = {
        name: dyno
        for name, dyno in app.dynos.items()
        if dyno.gone_at is None or dyno.gone_at > heroku.now
    }
    refresh_app(heroku, app)


def change_config(heroku: Heroku, app: App, changes: dict[str, object]) -> None:
    """Set config vars; None removes one. Makes one release.

    Raises:
        Refusal: 422 for a name that an attachment sets (not established; the stand-in's choice).
    """
    owned = sorted(set(changes) & set(attachment_vars(heroku, app)))
    if owned:
        raise unprocessable(f"Cannot overwrite attachment values {', '.join(owned)}.")
    for name, value in changes.items():
        if value is not None and not isinstance(value, str):
            raise bad_request(f"Config var {name} must be a string or null.")
    changed = {name: value for name, value in changes.items() if app.config.get(name) != value}
    for name, value in changed.items():
        if isinstance(value, str):
            app.config[name] = value
        else:
            app.config.pop(name, None)
    if changed:
        verb = "Set" if any(value is not None for value in changed.values()) else "Remove"
        add_release(heroku, app, f"{verb} {', '.join(sorted(changed))} config vars")
