"""Reading TOML that people write: strict, and with the line and column of everything that is wrong."""

from reconciler.toml_text.load import Located, decode, load, load_located, load_remaining
from reconciler.toml_text.messages import did_you_mean, key_text
from reconciler.toml_text.positions import Path, Position, positions

__all__ = [
    "Located",
    "Path",
    "Position",
    "decode",
    "did_you_mean",
    "key_text",
    "load",
    "load_located",
    "load_remaining",
    "positions",
]
