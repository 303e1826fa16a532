"""What a command has said, as the text of a comment: word for word, in a block."""

from __future__ import annotations

import re

from reconciler.render.markdown.escape import escaped, units, visible
from reconciler.render.markdown.plans import GITHUB_MOST

CUT = "... (the beginning is left out for want of room)\n"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def message_markdown(text: str, *, title: str, marker: str = "", most: int = GITHUB_MOST) -> str:
    """A comment with `text` in a block, at most `most` UTF-16 units long; of a longer text the end is kept."""
    head = "\n".join([*([marker] if marker else []), f"### {escaped(title, most=300)}", "\n"])
    return head + block(text, most=most - units(head))


def block(text: str, *, most: int) -> str:
    """`text` in a block, at most `most` UTF-16 units long, ending in a newline; of a longer one the end is kept."""
    lines = _COLOUR.sub("", text.replace("\t", "  ")).splitlines()
    shown = "\n".join("".join(map(visible, line)).rstrip() for line in lines).strip("\n")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    fence = fence if len(fence) > 3 else "```"  # noqa: PLR2004  # the shortest that there is
    if len(fence) > most // 10:
        shown, fence = shown.replace("`", "'"), "```"
    room = most - len(f"{fence}text\n\n{fence}\n")
    if units(shown) > room:
        kept = shown[-(room - len(CUT)) :]
        while units(kept) > room - len(CUT):
            kept = kept[1:]
        shown = CUT + kept
    return f"{fence}text\n{shown}\n{fence}\n"
