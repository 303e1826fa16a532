"""A command of the operator's, such as a hook: a program and its arguments, never a line for a shell.

Written as a text it is split into words as a POSIX shell splits them, quotes honoured, and nothing else of a shell
is done: no variable, pattern, pipe or redirection. What looks like one is refused, since it would silently be passed
on as an argument. Written as a list of words it is taken as it is.
"""

from __future__ import annotations

import re
import shlex
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, WithJsonSchema

Command = tuple[str, ...]

_SHELL = re.compile(r"[|&;<>]+|\d?>>?(?:&\d)?")
_PASSWORD = re.compile(r"://[^/\s@]*:[^/\s@]+@")


def parse_command(written: object) -> Command:
    """The words of a command written as one text or as a list of words.

    Raises:
        ValueError: it is neither; the message is for the writer.
    """
    if isinstance(written, str):
        words = _split(written)
    elif isinstance(written, list | tuple) and all(isinstance(one, str) for one in written):
        words = tuple(written)
    else:
        raise ValueError(
            'must be a command: one text, or a list of words such as ["./pause", "a b"].'
        )
    if not words or not words[0]:
        raise ValueError("must name a program.")
    if words[0].startswith("-"):
        raise ValueError(
            f"must begin with a program, not with {words[0]}; "
            "each entry is a command of its own, with its arguments."
        )
    if not all(word.isprintable() for word in words):
        raise ValueError("must be one line without control characters.")
    if any(_PASSWORD.search(word) for word in words):
        raise ValueError(
            "holds a password, which would stand in the plan; let the program find it."
        )
    return words


def _split(text: str) -> Command:
    try:
        words = tuple(shlex.split(text))
    except ValueError:
        raise ValueError("must have its quotes closed.") from None
    meant = next((word for word in words if _SHELL.fullmatch(word)), None)
    if meant is not None and meant in text.split():
        raise ValueError(
            f'has {meant} for a shell, but no shell reads it; put it in a script, or use ["sh", "-c", "..."].'
        )
    return words


def command_text(command: Command) -> str:
    """The command in one line, quoted where need be."""
    return shlex.join(command)


CommandField = Annotated[
    Command,
    PlainValidator(parse_command),
    PlainSerializer(list, return_type=list[str]),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1},
                {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ]
        }
    ),
]
"""A command in a file."""
