"""A plan as one comment of a pull request: what decides is on top and outside any fold, the rest one click away.

However many databases change, the comment fits: folds go first, from the least risky one on, then rows are
shortened, then the least risky rows are only counted; what was left out is said. Limits, waivers and the next command
always stay.
"""

from __future__ import annotations

import re
import shlex
from itertools import chain
from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.core.safety import findings
from reconciler.render.human import counts_text, downtime_totals, money_totals
from reconciler.render.limits import limit_sections
from reconciler.render.markdown.escape import code, escaped, plain
from reconciler.render.markdown.fitting import fitting, length, taken
from reconciler.render.markdown.folds import blocked_fold, database_fold, list_folds
from reconciler.render.markdown.rows import HEAD, SHORT_HEAD, by_risk, rows, short_rows
from reconciler.render.retiring import next_command, nothing_to_do, totals

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from reconciler.core.plan import Plan
    from reconciler.render.retiring import RetireFile

GITHUB_MOST = 65_536
"""Characters of one comment. Source: the API's own refusal, "body is too long (maximum is 65536 characters)"."""
GITLAB_MOST = 1_000_000
"""Source: docs.gitlab.com/administration/instance_limits, "Size of comments and descriptions", read 2026-11-22."""
SHORTEST = 6_000
"""With less room not even the fixed parts fit."""
LONGEST_LINE, LONGEST_ENTRY, LONGEST_PATH = 500, 300, 300
MOST_NOTES = 3
LIMITS_SHARE = 4
"""At most this part of the room goes to limits."""


def plan_markdown(
    plan: Plan,
    *,
    path: str = "",
    today: dt.date | None = None,
    most: int = GITHUB_MOST,
    marker: str = "",
    retire: RetireFile | None = None,
    is_pipelines: bool = False,
) -> str:
    """The comment, at most `most` UTF-16 units long, ending in a newline.

    `path` is where the plan file stands. `today` judges waivers; without it each of them counts. `marker` is the
    first line, which hosts do not show: by it the comment is found again. `retire` is what the same look has found
    to be destroyed. `is_pipelines`: a pipeline applies it, so no command is offered that does.

    Raises:
        ValueError: `most` is less than `SHORTEST`.
    """
    if most < SHORTEST:
        raise ValueError("too little room for a comment.")
    head = [*_head(plan, marker), *_limits(plan, today, room=most // LIMITS_SHARE)]
    following = (
        _next(plan, path=path, today=today, is_pipelines=is_pipelines)
        if plan.databases
        else nothing_to_do(plan, retire)
    )
    tail = [following, *([] if retire is None else _retire(retire))]
    body = _Body(plan, room=most - length([*head, *tail], between=2))
    blocks = [*head, *body.blocks(), *tail]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _head(plan: Plan, marker: str) -> Iterator[str]:
    yield "\n".join(
        [*([marker] if marker else []), f"### reconcile plan: {escaped(counts_text(plan))}"]
    )
    if is_stand_in(plan.endpoint):
        yield (
            f"> Made against the stand-in ({code(plan.endpoint, most=LONGEST_LINE)}), not Heroku: "
            "nothing here is real."
        )
    if plan.databases:
        yield escaped(f"{downtime_totals(plan)}; {money_totals(plan)}", most=LONGEST_LINE)
    notes = [f"- Note: {escaped(note, most=LONGEST_LINE)}" for note in plan.notes[:MOST_NOTES]]
    if notes:
        yield "\n".join(notes)


def _limits(plan: Plan, today: dt.date | None, *, room: int) -> Iterator[str]:
    """Each section with as many entries as its share has room for."""
    sections = list(limit_sections(plan, today=today))
    for heading, texts in sections:
        entries = [f"- {escaped(text, most=LONGEST_ENTRY)}" for text in texts]
        count = fitting(entries, room=room // len(sections) - LONGEST_ENTRY)
        rest = len(entries) - count
        lines = [f"**{escaped(heading)}**", "", *entries[:count]]
        yield "\n".join([*lines, *([f"- and {rest} more, all in the plan file"] if rest else [])])


class _Body:
    """The table and the folds, with `room` UTF-16 units for both."""

    NOTICE = 400
    """What is kept free to say what was left out."""

    def __init__(self, plan: Plan, *, room: int) -> None:
        self.plan = plan
        self.room = room - self.NOTICE

    def blocks(self) -> Iterator[str]:
        every = rows(self.plan)
        if not every:
            yield from self._folds(self.room, note="")
            return
        is_whole = length([HEAD, *every]) <= self.room
        shown = [HEAD, *every] if is_whole else [SHORT_HEAD, *short_rows(self.plan)]
        count = fitting(shown, room=self.room)
        yield "\n".join(shown[:count])
        yield from self._folds(
            self.room - length(shown[:count]) - 1, note=self._note(len(shown) - count, is_whole)
        )

    def _note(self, rest: int, is_whole: bool) -> str:  # noqa: FBT001  # two facts of one table
        if rest:
            return f"Rows are shortened, and {rest} less risky ones left out. "
        return "" if is_whole else "Rows are shortened. "

    def _folds(self, room: int, *, note: str) -> Iterator[str]:
        has_freezes = bool(self.plan.safety.freezes)
        every = chain(
            map(blocked_fold, self.plan.blocked),
            (database_fold(one, has_freezes=has_freezes) for one in by_risk(self.plan)),
            list_folds(self.plan),
        )
        shown = list(taken(every, room=room, between=2))
        yield from shown
        in_all = self._folds_in_all()
        rest = in_all - len(shown)
        if rest:
            note += f"{rest} of {in_all} folds with details are left out, the least risky first. "
        if note:
            yield f"> {note}One comment does not hold more; the plan file and `reconcile show` have all."

    def _folds_in_all(self) -> int:
        lists = (self.plan.unknown, self.plan.replaced, self.plan.unlisted)
        return len(self.plan.blocked) + len(self.plan.databases) + sum(map(bool, lists))


def _retire(retire: RetireFile) -> Iterator[str]:
    """What may be destroyed now, by a plan of its own."""
    said = [*totals(retire), *map(" ".join, next_command(retire))]
    if said:
        yield escaped(f"{'. '.join(said)}.", most=2 * LONGEST_LINE)


def _next(plan: Plan, *, path: str, today: dt.date | None, is_pipelines: bool) -> str:
    """The digest where it can be copied, what applies it, and what explains it.

    In blocks, in which a host reads nothing and so nothing is escaped.
    """
    allow = " --retire" if plan.is_destroying else ""
    if any(not one.is_waived for one in findings(plan, today=today)):
        words = "is beyond a limit: apply refuses it until that is waived or the plan is smaller."
        blocks = [f"Plan `{plan.id}` {words}"]
    elif is_pipelines:
        blocks = [f"Plan `{plan.id}`{' destroys what it names' if allow else ''}. Its digest:"]
        blocks += ["", *_block("text", plan.digest)]
    else:
        blocks = [f"Plan `{plan.id}`. Apply exactly this:", ""]
        blocks += _block("sh", f"reconcile apply {_path(path)}{allow} --approve {plan.digest}")
    if plan.is_destroying:
        return "\n".join(blocks)
    explain = f"reconcile explain {_path(by_risk(plan)[0].name)}"
    return "\n".join([*blocks, "", "Why so, and what else there is:", "", *_block("sh", explain)])


def _block(language: str, line: str) -> list[str]:
    return [f"```{language}", line, "```"]


def _path(path: str) -> str:
    """A word of a shell command, in one line that cannot end the block it stands in."""
    shown = re.sub("[`<>]", "\ufffd", plain(path or "PLAN", most=LONGEST_PATH))
    return shlex.quote(shown)
