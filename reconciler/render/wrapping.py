"""Lines of a width, as textwrap makes them where no word is broken.

The text of a plan has tens of thousands of lines, and nearly all of it is words with one space between: these are cut
at spaces here, which takes a tenth of the time. Whatever else there is goes to textwrap.
"""

from __future__ import annotations

import re
import textwrap

_MORE_THAN_WORDS = re.compile(r"[\t\n\x0b\x0c\r]|(?:\A| )[^\S ]*(?: |\Z)")
"""What textwrap replaces or drops: tabs, breaks, and words of nothing, or of nothing but other spaces."""


def wrapped(text: str, width: int, *, first: str = "", further: str = "") -> list[str]:
    """`text` in lines of at most `width` columns; a longer word stands alone. No line for no text.

    `first` stands before the first line, `further` before each other one; both count.
    """
    if _MORE_THAN_WORDS.search(text):
        return textwrap.wrap(
            text,
            width,
            initial_indent=first,
            subsequent_indent=further,
            break_long_words=False,
            break_on_hyphens=False,
        )
    lines = []
    indent = first
    while len(indent) + len(text) > width:
        room = max(width - len(indent), 0)
        cut = text.rfind(" ", 0, room + 1)
        if cut < 0:
            cut = text.find(" ", room)
        if cut < 0:
            break
        lines.append(indent + text[:cut])
        text, indent = text[cut + 1 :], further
    lines.append(indent + text)
    return lines
