"""Every id, name and password of the world, made from the scenario's seed and a running number.

Two worlds with the same seed and the same requests are equal. Nothing here is random and nothing is secret:
passwords begin with `canary-`, so that a test can search any output for them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID, uuid5

COLOURS = (
    "AMBER",
    "AQUA",
    "BLACK",
    "BLUE",
    "BRONZE",
    "BROWN",
    "CHARCOAL",
    "COBALT",
    "COPPER",
    "CRIMSON",
    "CYAN",
    "GOLD",
    "GRAY",
    "GREEN",
    "IVORY",
    "JADE",
    "LAVENDER",
    "MAROON",
    "MAUVE",
    "NAVY",
    "OLIVE",
    "ONYX",
    "ORANGE",
    "PINK",
    "PUCE",
    "PURPLE",
    "RED",
    "ROSE",
    "SILVER",
    "TEAL",
    "VIOLET",
    "WHITE",
    "YELLOW",
)
"""heroku/cli v11.9.0 tests show several of them; the list is the stand-in's own."""
SHAPES = (
    "acute",
    "adjacent",
    "amorphous",
    "angular",
    "animated",
    "asymmetrical",
    "clear",
    "closed",
    "concave",
    "contoured",
    "convex",
    "corrugated",
    "crystalline",
    "cubed",
    "curly",
    "curved",
    "cylindrical",
    "deep",
    "defined",
    "elliptical",
    "encircled",
    "fitted",
    "flat",
    "flexible",
    "fluffy",
    "globular",
    "graceful",
    "horizontal",
    "infinite",
    "lively",
    "objective",
    "opaque",
    "parallel",
    "pointy",
    "polished",
    "regular",
    "rigid",
    "round",
    "rugged",
    "shaped",
    "sinuous",
    "slippery",
    "solid",
    "spherical",
    "symmetrical",
    "tapered",
    "tetrahedral",
    "transparent",
    "trapezoidal",
    "triangular",
    "vertical",
)
SPACE = UUID("5f0f8b1e-6d5c-4c7e-9a38-2d3c2b1d6f10")


@dataclass(slots=True)
class Mint:
    """Makes the next of everything; part of the world, so that a kept world goes on where it stopped."""

    seed: int = 1
    made: int = 0

    def number(self, kind: str, below: int) -> int:
        """A number from 0 up to `below`, each time another draw."""
        self.made += 1
        digest = hashlib.sha256(f"{self.seed}/{kind}/{self.made}".encode()).digest()
        return int.from_bytes(digest[:8]) % below

    def uuid(self, kind: str) -> str:
        """A new id."""
        self.made += 1
        return str(uuid5(SPACE, f"{self.seed}/{kind}/{self.made}"))

    def letters(self, kind: str, length: int) -> str:
        """Lower-case hexadecimal text."""
        self.made += 1
        return hashlib.sha256(f"{self.seed}/{kind}/{self.made}".encode()).hexdigest()[:length]

    def password(self) -> str:
        """An invented password that a leak check can find: `canary-` and 24 characters."""
        return f"canary-{self.letters('password', 24)}"

    def addon_name(self) -> str:
        """Like `postgresql-curved-12345`."""
        return f"postgresql-{SHAPES[self.number('shape', len(SHAPES))]}-{10000 + self.number('tail', 90000)}"


def fixed_id(kind: str, name: str) -> str:
    """The id of what is the same in every world: plans, regions, the add-on service."""
    return str(uuid5(SPACE, f"fixed/{kind}/{name}"))
