"""Words from elsewhere as one line that no terminal obeys: names in plan files, messages of Heroku, of hooks, of apps."""

from __future__ import annotations

REPLACED = "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """`text` with a space for each break and tab, and a mark for whatever else cannot be seen and may do something.

    That is control characters (an escape code begins with one), those that turn the direction of writing or have no
    width, and halves of surrogate pairs, which nothing can write.
    """
    if text.isprintable():
        return text
    return "".join(" " if one.isspace() else one if one.isprintable() else REPLACED for one in text)
