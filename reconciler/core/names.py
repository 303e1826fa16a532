"""The kinds of names, so that one cannot stand where another is meant."""

from __future__ import annotations

from typing import NewType

AppName = NewType("AppName", str)
"""An app, such as `example-app`."""

AddonName = NewType("AddonName", str)
"""An add-on, unique over all of Heroku, such as `postgresql-curved-12345`."""

AttachmentName = NewType("AttachmentName", str)
"""What an app calls an add-on, such as `DATABASE`; its config var is the same name with `_URL`."""

DatabaseName = NewType("DatabaseName", str)
"""The logical name that the desired state gives a database, such as `orders`."""

ServicePlanName = NewType("ServicePlanName", str)
"""Heroku's name of what is rented, without the service: `standard-2`."""

ProcessType = NewType("ProcessType", str)
"""A kind of dyno of an app, such as `web` or `worker`."""
