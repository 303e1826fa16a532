"""What can be typed: commands, options and what follows them, as values that know of no shell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["flag", "choice", "path", "plan", "name", "free"]
"""What a value is: nothing follows a `flag`; `path` any file, `plan` a plan file, `name` a listed database; of `free`
nobody knows more."""


@dataclass(frozen=True, slots=True)
class Value:
    """What can stand in one place."""

    kind: Kind
    choices: tuple[str, ...] = ()
    is_repeated: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """An option with all its spellings."""

    spellings: tuple[str, ...]
    words: str
    value: Value


@dataclass(frozen=True, slots=True)
class Command:
    """One command; `values` are what can follow it besides options, in order."""

    name: str
    words: str
    options: tuple[Option, ...]
    values: tuple[Value, ...]
