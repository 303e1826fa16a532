"""Colour for terminals: whole texts are painted after they were laid out, so that no width ever counts an escape code.

What is painted is recognised by its place in the line, which the renderers keep to; what is not recognised stays
as it is. Without colour a text is the same, byte for byte.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from reconciler.render.details import DESTROYED, HANDED_OVER, NO_RETURN
from reconciler.render.stand_in import SPEAKING

_RESET = "\x1b[0m"
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What would move the cursor or change the colour: a terminal must not take orders from what it shows."""


@dataclass(frozen=True, slots=True)
class Style:
    """Whether, and with which codes, words are coloured."""

    is_coloured: bool = False

    def bold(self, text: str) -> str:
        """What comes first."""
        return self._in(text, "1")

    def dim(self, text: str) -> str:
        """What may be overlooked."""
        return self._in(text, "2")

    def red(self, text: str) -> str:
        """What needs somebody, or cannot be undone."""
        return self._in(text, "31")

    def green(self, text: str) -> str:
        """What is well."""
        return self._in(text, "32")

    def yellow(self, text: str) -> str:
        """What changes, and what to know before."""
        return self._in(text, "33")

    def cyan(self, text: str) -> str:
        """What is on its way by itself."""
        return self._in(text, "36")

    def _in(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.is_coloured and text else text


_NO_RETURN = (NO_RETURN, HANDED_OVER, DESTROYED)
_URGENT = re.compile(
    r"(Beyond a limit, and so refused|Drifted:|Not read, and so|NOT OPEN AGAIN)|.*(It is beyond a limit: apply refuses it\.$"
    r"|IN THE CUTOVER, apps may be closed|  failed  )"
)
_HEADING = re.compile(r"reconcile (plan|drift): |[~!>?=] \S+: |[A-Z][^.]*:$")
_TABLE_HEADING = re.compile(r" {0,2}(DATABASE|METHOD|PLAN) {2,}[A-Z]")
_LABEL = re.compile(r"  (?P<label>[a-z][a-z ]{1,8}?) {2,}\S")
_MARKS = {
    "~": Style.yellow,
    "!": Style.red,
    ">": Style.cyan,
    "?": Style.red,
    "=": Style.green,
    "+": Style.green,
}


def painted(text: str, style: Style) -> str:
    """`text` in colour, and in any case without what a terminal would obey."""
    safe = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    if not style.is_coloured:
        return safe
    return "\n".join(_line(line, style) for line in safe.split("\n"))


def _line(line: str, style: Style) -> str:
    if line.strip() in _NO_RETURN or _URGENT.match(line):
        return style.red(line)
    if _TABLE_HEADING.match(line) or line.startswith(SPEAKING):
        return style.dim(line)
    mark = line[:1]
    if mark in _MARKS and line[1:2] == " ":
        rest = style.bold(line[1:]) if _HEADING.match(line) else line[1:]
        return _MARKS[mark](style, mark) + rest
    if _HEADING.match(line):
        return style.bold(line)
    label = _LABEL.match(line)
    if label:
        end = label.end("label")
        paint = style.yellow if label["label"] in {"warning", "blocked"} else style.cyan
        return line[:2] + paint(line[2:end]) + line[end:]
    return line
