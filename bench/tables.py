"""From a result's document to Markdown, and into the page between that bench's markers."""

from __future__ import annotations

import re
from typing import Any

from bench.frame import shown

START = "<!-- bench {name}: `bench/run {name}` renews it -->"
END = "<!-- end of bench {name} -->"


def table(document: dict[str, Any]) -> str:
    """One line about the machine, the figures, the notes."""
    rows = [
        "| what | median | lowest to highest | goal | |",
        "|---|---:|---:|---:|---|",
        *(_row(one) for one in document["figures"]),
    ]
    notes = [f"* {note}" for note in document["notes"]]
    parts = [_measured(document), "\n".join(rows), "\n".join(notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def in_page(text: str, document: dict[str, Any]) -> str:
    """`text` with the bench's table renewed; unchanged where it has no markers for it."""
    name = document["bench"]
    start, end = START.format(name=name), END.format(name=name)
    between = re.compile(f"{re.escape(start)}.*?{re.escape(end)}", re.DOTALL)
    return between.sub(lambda _: f"{start}\n{table(document)}{end}", text)


def _row(one: dict[str, Any]) -> str:
    unit, goal = one["unit"], one["goal"]
    lowest, highest = shown(min(one["values"]), unit), shown(max(one["values"]), unit)
    spread = lowest if lowest == highest else f"{lowest} to {highest}"
    verdict = "" if one["is_met"] is None else ("met" if one["is_met"] else "**NOT met**")
    wanted = ""
    if goal:
        why = f" ({goal['why']})" if goal["why"] else ""
        wanted = f"{goal['kind']} {shown(goal['limit'], unit)}{why}"
    what = f"{one['what']} ({one['note']})" if one["note"] else one["what"]
    return f"| {what} | {shown(one['median'], unit)} | {spread} | {wanted} | {verdict} |"


def _measured(document: dict[str, Any]) -> str:
    on, with_ = document["machine"], document["versions"]
    setting = ", ".join(f"{name} {value}" for name, value in document["setting"].items())
    return (
        f"{document['measured_on']}, {on['cores']} cores ({on['processor']}, {on['memory_mb']:,} MB, "
        f"{_used_by_others(on)}), {on['system']}, Python {with_['python']}, "
        f"{with_['reconcile']}; {document['rounds']} rounds; {setting}."
    )


def _used_by_others(machine: dict[str, Any]) -> str:
    """How far the machine was not ours: beside much of that, a time on the wall says little."""
    share = machine.get("used_by_others")
    return (
        f"load {machine['load_before']} before"
        if share is None
        else f"{share:.0%} of the cores used by others meanwhile"
    )
