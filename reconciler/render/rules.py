"""The rules as text for a terminal and as the documentation page."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.core.rules import Rule

INTRODUCTION = """\
# Rules

Every rule that decides, prefers, warns or asks for work. `reconcile rules` lists them, `reconcile rules R021` shows one.
This page is made from the same data: `reconcile rules --page > docs/rules.md`."""

KINDS = {
    "stop": "forbids",
    "preference": "speaks for",
    "warning": "is to be known before",
    "redo": "is left to do after",
}
CONFIDENCES = {
    "stated": "stated by the source",
    "inferred": "inferred from sources, and so guarded",
    "choice": "this tool's own choice",
}
HEADINGS = {
    "stop": "What forbids a method",
    "preference": "What speaks for a method",
    "warning": "What to know before saying yes",
    "redo": "What is left to do by hand",
}


def rules_text(rules: Sequence[Rule], *, width: int) -> str:
    """One line a rule, wrapped below `width` columns; sorted as given."""
    lines = [
        line
        for rule in rules
        for line in wrap(
            f"{rule.id}  {rule.sentence}", width, subsequent_indent="      ", break_long_words=False
        )
    ]
    return "\n".join(lines) + "\n"


def rule_text(rule: Rule, *, width: int) -> str:
    """All there is to say of one rule."""
    parts = (
        f"{rule.id}: {rule.sentence}.",
        f"It {KINDS[rule.kind]}: {', '.join(_way(way) for way in rule.ways)}.",
        f"Source: {source(rule)}.",
        f"Confidence: {CONFIDENCES[rule.confidence]}.",
    )
    return "\n".join(line for part in parts for line in wrap(part, width)) + "\n"


def source(rule: Rule) -> str:
    """Where it was read, and of what day that text is."""
    return f"{rule.source}, {rule.date}" if rule.date else rule.source


def rules_page(rules: Sequence[Rule]) -> str:
    """The documentation page, Markdown."""
    blocks = [INTRODUCTION]
    for kind, heading in HEADINGS.items():
        rows = [_row(rule) for rule in rules if rule.kind == kind]
        table = ["| id | rule | of | source | confidence |", "|---|---|---|---|---|", *rows]
        blocks.append("\n".join([f"## {heading}", "", *table]))
    return "\n\n".join(blocks) + "\n"


def _row(rule: Rule) -> str:
    ways = ", ".join(_way(way) for way in rule.ways)
    cells = (rule.id, rule.sentence, ways, source(rule), rule.confidence)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _way(way: str) -> str:
    return "changes without a method" if way == "around" else way
