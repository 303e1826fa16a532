"""Notices as the bodies that webhooks take."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from reconciler.core.endpoint import is_stand_in
from reconciler.render.human import counts_text, downtime_totals, money_totals

if TYPE_CHECKING:
    from reconciler.core.notices import Notice, NoticeKind
    from reconciler.core.plan import Plan

FORMAT_VERSION = "1.0"
"""Of the JSON body; a minor adds keys."""
LONGEST_TEXT = 2_000
WORDS: dict[NoticeKind, str] = {
    "plan": "planned",
    "cutover-start": "cutover begins",
    "cutover-end": "cutover has ended",
    "failure": "failed",
    "needs-a-human": "needs somebody",
}


def json_body(notice: Notice) -> bytes:
    """`{"format_version", "kind", "at", "plan", "database", "text"}`; `database` may be null."""
    body = {
        "format_version": FORMAT_VERSION,
        "kind": notice.kind,
        "at": notice.at.isoformat(timespec="seconds"),
        "plan": notice.plan,
        "database": notice.database,
        "text": notice.text[:LONGEST_TEXT],
    }
    return json.dumps(body, ensure_ascii=False).encode()


def slack_body(notice: Notice) -> bytes:
    """Slack's incoming webhook: plain text, in which nothing is a link or calls for people.

    Source: docs.slack.dev "Formatting message text", read 2026-11-22: `&`, `<` and `>` are escaped.
    """
    about = notice.database or f"plan {notice.plan}"
    text = f"{about}: {WORDS[notice.kind]}. {notice.text[:LONGEST_TEXT]}"
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return json.dumps({"text": escaped, "mrkdwn": False}, ensure_ascii=False).encode()


def plan_notice_text(plan: Plan) -> str:
    """What a plan would do, in one line."""
    stand_in = " (against the stand-in)" if is_stand_in(plan.endpoint) else ""
    more = f". {downtime_totals(plan)}; {money_totals(plan)}" if plan.databases else ""
    return f"{counts_text(plan)}{stand_in}{more}."
