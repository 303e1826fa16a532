"""The facts about Heroku's service plans that are shipped with the package, and how they are read."""

from reconciler.catalogue.load import load_catalogue

__all__ = ["load_catalogue"]
