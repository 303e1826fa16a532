"""Texts from the live world, shown on a code host as what they are: text.

Names, notes and reasons come from Heroku and from TOML. In a comment a host would read them as Markdown and HTML,
and more: `@name` notifies people, `#12` links issues, `:word:` is a picture, `$x$` a formula, a line that begins
with `/` a command (GitLab), a bare address a link. Here each character that could begin such a thing is written as
an HTML entity, which means the same inside HTML and inside Markdown; and between a mark of reference and what it would
refer to stands a zero-width space, since hosts look for references after the entities were read.

Source: GitHub Flavored Markdown 0.29 (entities 6.2, autolinks 6.9), read 2026-11-22; GitLab's references as
docs.gitlab.com/user/markdown lists them (`@ # ! ~ % $ & * ^ [`), read 2026-11-22.
"""

from __future__ import annotations

import re
import unicodedata

BREAK = "&#8203;"
"""A zero-width space."""
_ACTIVE = re.compile(r"[&<>`*_\[\]|~\\$^{}@#]")
_REFERENCE = re.compile(r"([@#!~%$&^])(?=[\w\"'({\[*-])")
_ADDRESS = re.compile(r"(www)(?=\.)|([A-Za-z]:)(?=//|[\w-]*@)|(\bGH)(?=-\d)", re.IGNORECASE)
_PICTURE = re.compile(r"(?<!\bpg):(?!\d{1,2}:)(?=[A-Za-z0-9_+-]+:)")
"""Not in `pg:backups:capture`, which people copy, and not in times and places: no picture has such a name."""
_COMMIT = re.compile(r"\b([0-9a-f]{6})(?=[0-9a-f]+\b)", re.IGNORECASE)
_BLOCK = re.compile(r"^(?:[-+=/:]|\d+(?=[.)]))")
_ZERO = "\u200b"
_HIDING = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
"""Categories of characters that nobody sees and that may change how others are read."""


def plain(text: str, *, most: int | None = None) -> str:
    """`text` in one line, with what nobody sees made visible; cut to `most` UTF-16 units."""
    seen = "".join(map(visible, " ".join(text.split())))
    return seen if most is None else cut(seen, most)


def escaped(text: str, *, most: int | None = None) -> str:
    """A sentence; of its source at most `most` UTF-16 units are shown."""
    shown = plain(text, most=most)
    broken = _REFERENCE.sub(rf"\1{_ZERO}", shown)
    broken = _ADDRESS.sub(lambda match: f"{match[0]}{_ZERO}", broken)
    broken = _PICTURE.sub(f":{_ZERO}", broken)
    broken = _COMMIT.sub(rf"\1{_ZERO}", broken)
    entities = _ACTIVE.sub(lambda match: f"&#{ord(match[0])};", broken)
    guarded = _BLOCK.sub(_first, entities)
    return guarded.replace(_ZERO, BREAK)


def code(text: str, *, most: int | None = None) -> str:
    """A name. Hosts look for most references elsewhere only, but for addresses here too, since it is HTML."""
    shown = escaped(text, most=most)
    return f"<code>{shown}</code>" if shown else ""


def units(text: str) -> int:
    """How long a host may take `text` for: UTF-16 units, never fewer than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, most: int) -> str:
    """`text`, or its beginning and an ellipsis: at most `most` UTF-16 units, of which there is at least one."""
    if units(text) <= most:
        return text
    kept = text[:most]
    while units(kept) > most - 1:
        kept = kept[:-1]
    return f"{kept}…"


def _first(match: re.Match[str]) -> str:
    """What would begin a list, a heading or a command at the beginning of a line."""
    found = match[0]
    return f"{found}{_ZERO}" if found.isdigit() else f"&#{ord(found)};"


def visible(character: str) -> str:
    """The character, or one that shows that there is something."""
    return "\ufffd" if unicodedata.category(character) in _HIDING else character
