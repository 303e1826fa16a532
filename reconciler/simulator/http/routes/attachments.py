"""Add-on attachments: lists, create (replacing when confirmed), delete, resolve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reconciler.simulator.http.call import Answer
from reconciler.simulator.http.paging import page
from reconciler.simulator.http.show_platform import show_attachment
from reconciler.simulator.plans import SERVICE
from reconciler.simulator.world import attachments as world_attachments
from reconciler.simulator.world.refusals import bad_request, not_found
from reconciler.simulator.world.resolving import resolve_attachments

if TYPE_CHECKING:
    from reconciler.simulator.http.call import Call, Handler
    from reconciler.simulator.world.model import Attachment

RESOURCE = "add_on attachment"


def routes() -> dict[str, dict[str, Handler]]:
    """Paths of this resource."""
    return {
        "/addon-attachments": {"GET": list_all, "POST": create},
        "/addon-attachments/{attachment}": {"GET": get_by_id, "DELETE": delete},
        "/apps/{app}/addon-attachments": {"GET": list_of_app},
        "/apps/{app}/addon-attachments/{attachment}": {"GET": get_on_app},
        "/addons/{addon}/addon-attachments": {"GET": list_of_addon},
        "/actions/addon-attachments/resolve": {"POST": resolve},
    }


def _page(call: Call, found: list[Attachment]) -> Answer:
    fields = {"id": _id, "name": _name}
    return page(
        call.headers.get("range", ""), found, fields, lambda held: show_attachment(call, held)
    )


def _id(attachment: Attachment) -> str:
    return attachment.id


def _name(attachment: Attachment) -> str:
    return attachment.name


def list_all(call: Call) -> Answer:
    """All attachments of all apps, paged."""
    return _page(call, list(call.heroku.world.attachments.values()))


def list_of_app(call: Call) -> Answer:
    """What one app is attached to, whoever owns it."""
    return _page(call, call.heroku.world.attachments_of_app(call.app.id))


def list_of_addon(call: Call) -> Answer:
    """All apps that are attached to one add-on."""
    return _page(call, call.heroku.world.attachments_of_addon(call.addon.id))


def _by_id(call: Call) -> Attachment:
    found = call.heroku.world.attachments.get(call.path["attachment"])
    if found is None:
        raise not_found("add-on attachment", resource=RESOURCE)
    return found


def get_by_id(call: Call) -> dict[str, Any]:
    """One attachment."""
    return show_attachment(call, _by_id(call))


def get_on_app(call: Call) -> dict[str, Any]:
    """One attachment of an app by id or name."""
    found = call.heroku.world.attachment_on(call.app.id, call.path["attachment"])
    if found is None:
        raise not_found("add-on attachment", resource=RESOURCE)
    return show_attachment(call, found)


def create(call: Call) -> Answer:
    """Attach; with `confirm` it replaces what has the name now."""
    heroku = call.heroku
    addon, app = heroku.addon(call.named("addon")), heroku.app(call.named("app"))
    namespace = call.text("namespace")
    if call.body.get("namespace_config"):
        raise bad_request("namespace_config is for the Advanced tier, which the stand-in has not.")
    attachment = world_attachments.attach(
        heroku,
        addon,
        app,
        name=call.text("name"),
        namespace=None if namespace == "credential:default" else namespace,
        confirm=call.text("confirm"),
    )
    return Answer(show_attachment(call, attachment), 201)


def delete(call: Call) -> dict[str, Any]:
    """Detach. The last attachment may go too (not established; the stand-in's choice)."""
    attachment = _by_id(call)
    shown = show_attachment(call, attachment)
    world_attachments.detach(call.heroku, attachment)
    return shown


def resolve(call: Call) -> list[Any]:
    """Attachments meant by a name."""
    text, app_name = call.named("addon_attachment"), call.text("app")
    app = call.heroku.app(app_name) if app_name else None
    service = call.text("addon_service")
    found = resolve_attachments(call.heroku, text, app) if service in {None, SERVICE} else []
    if not found:
        raise not_found("add-on attachment", resource=RESOURCE)
    return [show_attachment(call, held) for held in found]
