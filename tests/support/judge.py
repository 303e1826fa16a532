"""The judge of apply: stands beside the stand-in and looks, after every request, whether an invariant was broken.

It asks the stand-in's own account of the world, never our adapters. What is checked where:

* at every request: I1 (nobody can write between taking the data and moving the names; no app is opened while its names
  lead to two databases), I2 (nobody writes to what was given up, and what was written to is not given up), I3 (nothing is destroyed that an app reads), I5
  (nothing is made twice), I6 (nothing is asked for that the plan does not say), I12 (no cutover outlasts its limit);
* at the end of a run, by `verdict`: I2 (every commit arrived), I4 (what is closed is said), I7 (done is so, backed out
  is as before), I9 (what the plan does not name is as before).

I10, the next plan, costs a whole look, so tests ask for it themselves (test_killed.py); I8 is searched for in all that
was written (tests/cli/test_canary.py), I11 counted by the stand-in (test_bad_weather.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.deeds import deed_of, deeds_of, undoings_of

from reconciler.core.steps import Attach, Copy, MaintenanceOn, Unfollow
from reconciler.simulator.world.writers import is_writing, reached

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx
    from support.apply_world import World
    from support.deeds import Deed

    from reconciler.apply.outcome import Outcome
    from reconciler.core.plan import DatabasePlan, Plan
    from reconciler.simulator.world.model import App
    from reconciler.simulator.world.world import World as Heroku

OURS = re.compile(r".+_(NEXT|REPLACED)_[0-9A-F]{6}")
"""Names by which nobody reads."""
SLACK_S = 900.0
"""So long taking back may last after the limit: one undoing's patience."""


@dataclass
class Taking:
    """A database whose data was taken as final, until another one has its names or all is given up."""

    plan: DatabasePlan
    old: str
    new: str
    commits: float
    """Of the old one, when its data was taken."""
    is_closed: bool = True
    """No app was opened since."""
    is_written: bool = False
    """An app could write to the new one."""


@dataclass
class Judge:
    """Watches from the stand-in's side; without a `plan` only whether writes are lost or something is destroyed."""

    world: World
    plan: Plan | None = None
    noted: dict[str, float] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    """In words, what was broken at some moment."""
    twice: list[str] = field(default_factory=list)
    """What was asked for although it was there already."""
    takings: dict[str, Taking] = field(default_factory=dict)
    """By the new one's name."""
    given_up: dict[str, Taking] = field(default_factory=dict)
    """Those after which the old one goes on: from then on nobody may write to the new one."""
    closed_at: dict[str, float] = field(default_factory=dict)
    """By app: when this process closed it, by the stand-in's clock."""
    before: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = self.world.end()
        self._remember()

    @property
    def heroku(self) -> Heroku:
        """The world as it is."""
        return self.world.stand_in.world

    def new_process(self) -> None:
        """The one before is gone; its limit with it."""
        self.closed_at.clear()

    def watch(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        """After each request; put it on the wire as `after`."""
        path = request.url.path
        if request.method == "DELETE" and "/addon-attachments/" not in path:
            self.deleted.append(path)
        if (
            path.endswith(("/unfollow", "/transfers"))
            and request.method in {"PUT", "POST"}
            and answer.is_success
        ):
            self._note()
        if self.plan is not None:
            deed = deed_of(request, self.heroku, self._attachments)
            if deed is not None:
                self._judge(self.plan, deed, is_taken=answer.is_success)
            self._look()
        return answer

    def _note(self) -> None:
        """Note, or note anew: a later attempt takes the data anew."""
        self.noted = {
            self.heroku.addons[one.id].name: one.commits.at(self.heroku.now)
            for one in self.heroku.databases.values()
            if one.leader_id is None
        }

    def lost(self) -> list[str]:
        """In words, every write that the final primaries lack; empty is well."""
        self.world.stand_in.settle()
        world = self.heroku
        losses = [
            f"{world.addons[one.id].name} never got {one.missing_commits} commits"
            for one in world.databases.values()
            if one.missing_commits and self._is_read(one.id)
        ]
        for one in world.databases.values():
            name = world.addons[one.id].name
            aliases = [held.name for held in world.attachments_of_addon(one.id)]
            is_replaced = any("_REPLACED_" in alias for alias in aliases)
            if is_replaced and one.leader_id is None and name in self.noted:
                late = one.commits.at(world.now) - self.noted[name]
                losses += [f"{name} got {late} commits after its data was taken"] if late else []
        return losses

    def _is_read(self, addon_id: str) -> bool:
        """Whether an app knows it by a name of its own; an outgrown follower, say, is cut off on purpose."""
        names = [held.name for held in self.heroku.attachments_of_addon(addon_id)]
        return any(not OURS.fullmatch(name) for name in names)

    # --- at every request

    def _judge(self, plan: Plan, deed: Deed, *, is_taken: bool) -> None:
        doing = frozenset(one for each in plan.databases for one in deeds_of(each))
        undoing = frozenset(one for each in plan.databases for one in undoings_of(each))
        if deed not in doing | undoing:
            self.broken.append(f"I6: {' '.join(deed)} is in no plan")
        if deed in doing and (deed in self._there or self._is_second_copy(deed)):
            self.twice.append(" ".join(deed))
        if deed[0] == "destroy":
            readers = [name for name in self._read.get(deed[1], ()) if not OURS.fullmatch(name)]
            self.broken += [f"I3: {deed[1]} was destroyed while read as {readers}"] * bool(readers)
        if is_taken:
            self._follow(plan, deed)
        self._remember()

    def _follow(self, plan: Plan, deed: Deed) -> None:
        """Keep in mind what was closed, opened and taken."""
        for one in plan.databases:
            for stage in one.stages:
                for step in stage.steps:
                    if isinstance(step, Unfollow) and deed == ("unfollow", step.follower):
                        self._take(one, step.leader, step.follower)
                    if isinstance(step, Copy) and deed == ("copy", step.target):
                        self._take(one, step.source, step.target)
        if deed[0] == "close":
            self.closed_at.setdefault(deed[1], self.heroku.now)
        if deed[0] == "open":
            self.closed_at.pop(deed[1], None)
        if deed[0] in {"open", "start dynos"}:
            self._opened(deed[1])

    def _take(self, plan: DatabasePlan, old: str, new: str) -> None:
        addon = self.heroku.addon(old)
        assert addon is not None
        commits = self.heroku.databases[addon.id].commits.at(self.heroku.now)
        self.takings[new] = Taking(plan, old, new, commits)
        self.given_up.pop(new, None)

    def _opened(self, app: str) -> None:
        """An app may write again: by then all names lead to one database."""
        for key, one in list(self.takings.items()):
            if app not in one.plan.blast_radius.apps:
                continue
            leads = {lead for lead in self._leads(one) if lead in {one.old, one.new}}
            if len(leads) > 1:
                self.broken.append(f"I1: {app} was opened while names lead to {sorted(leads)}")
            one.is_closed = False
            if leads == {one.old}:
                if one.is_written:
                    self.broken.append(f"I2: {one.new} was given up, and an app could write to it")
                self.given_up[key] = self.takings.pop(key)

    def _leads(self, one: Taking) -> Iterator[str]:
        """Where each name leads that the plan moves from the old one to the new one."""
        for stage in one.plan.stages:
            for step in stage.steps:
                if isinstance(step, Attach) and step.replaces == one.old:
                    app = self.heroku.app(step.app)
                    held = app and self.heroku.attachment_on(app.id, step.name)
                    yield self.heroku.addons[held.addon_id].name if held else "nothing"

    def _look(self) -> None:
        for one in self.takings.values():
            old, new = self.heroku.addon(one.old), self.heroku.addon(one.new)
            if old is None or new is None:
                self.broken.append(f"I3: {one.old} or {one.new} is gone")
                continue
            late = self.heroku.databases[old.id].commits.at(self.heroku.now) - one.commits
            if late:
                self.broken.append(f"I2: {one.old} got {late} commits after its data was taken")
            one.is_written |= any(self._writers({new.id}))
            writers = [app.name for app in self._writers({old.id, new.id})] if one.is_closed else []
            if writers:
                self.broken.append(f"I1: {writers} could write before the names were moved")
        for one in self.given_up.values():
            new = self.heroku.addon(one.new)
            writers = [app.name for app in self._writers({new.id})] if new else []
            if writers:
                self.broken.append(f"I2: {writers} write to {one.new}, which was given up")
        self._check_limits()

    def _writers(self, databases: set[str]) -> Iterator[App]:
        for app in self.heroku.apps.values():
            if is_writing(app) and reached(self.heroku, app) & databases:
                yield app

    def _check_limits(self) -> None:
        assert self.plan is not None
        for one in self.plan.databases:
            since = [self.closed_at[app] for app in self._closes(one) if app in self.closed_at]
            took = self.heroku.now - min(since, default=self.heroku.now)
            if took > one.cutover_limit_s + SLACK_S:
                self.broken.append(f"I12: {one.name} was closed for {took:.0f} s")

    @staticmethod
    def _closes(one: DatabasePlan) -> list[str]:
        return [
            step.app
            for stage in one.stages
            for step in stage.steps
            if isinstance(step, MaintenanceOn)
        ]

    def _is_second_copy(self, deed: Deed) -> bool:
        """Whether a copy of one attempt, which its label tells, was begun more than once."""
        if deed[0] != "copy":
            return False
        labels = [one.to_name for one in self.heroku.transfers.values() if one.to_name]
        return len(labels) != len(set(labels))

    def _remember(self) -> None:
        """What is there, to be compared with what the next request asks for."""
        world = self.heroku
        self._attachments: dict[str, Deed] = {}
        self._read: dict[str, list[str]] = {}
        self._there: set[Deed] = set()
        for held in world.attachments.values():
            app, addon = world.apps[held.app_id].name, world.addons[held.addon_id].name
            self._attachments[held.id] = (app, held.name)
            self._read.setdefault(addon, []).append(held.name)
            self._there.add(("attach", app, held.name, addon, held.namespace or ""))
        for one in world.databases.values():
            addon = world.addons[one.id]
            owner = world.apps[addon.app_id].name
            leader = world.addons.get(one.leader_id or "")
            follows = leader.name if leader else ""
            self._there.add(("create", owner, addon.name, one.plan, follows))
            for held_backup in one.schedules:
                at = f"{held_backup.hour:02}:00 {held_backup.timezone}"
                self._there.add(("schedule", addon.name, held_backup.name, at))

    # --- at the end

    def verdict(self, outcome: Outcome) -> list[str]:
        """Everything that is not as it has to be, in words, after a run that said `outcome`; empty is well."""
        assert self.plan is not None
        plan = next(one for one in self.plan.databases if one.name == outcome.database)
        end = self.world.end()
        return [
            *sorted(set(self.broken)),
            *(f"I2: {one}" for one in self.lost()),
            *(f"I3: {one} was destroyed" for one in self.deleted),
            *(f"I4: {app} is closed and not said to be" for app in self._unsaid(outcome, end)),
            *self._untrue(outcome, plan, end),
            *(f"I9: {one} is not as it was" for one in self._foreign(plan, end)),
        ]

    def _closed(self, end: dict[str, Any]) -> set[str]:
        """The apps that are not as open as they were."""
        found = set()
        for app, was in self.before["apps"].items():
            now = end["apps"][app]
            is_shut = now["maintenance"] and not was["maintenance"]
            is_less = now["formation"] != was["formation"]
            found |= {app} if is_shut or is_less else set()
        return found

    def _unsaid(self, outcome: Outcome, end: dict[str, Any]) -> list[str]:
        said = " ".join((*outcome.closed, *outcome.notes))
        return sorted(app for app in self._closed(end) if not re.search(rf"\b{app}\b", said))

    def _untrue(self, outcome: Outcome, plan: DatabasePlan, end: dict[str, Any]) -> Iterator[str]:
        name = f"{plan.app}::{plan.attachment}"
        databases = end["databases"]
        if outcome.state == "done":
            serving = [one["serves"] for one in databases.values() if name in one["attached"]]
            if serving != [plan.to_service_plan]:
                yield f"I7: said to be done, and {name} serves {serving}"
        if outcome.state == "backed-out":
            prepared = {
                step.replaces
                for stage in plan.stages
                for step in stage.steps
                if stage.phase == "prepare" and isinstance(step, Attach)
            }
            for old, one in self.before["databases"].items():
                if old in prepared:  # what was prepared stays; the cutover is taken back
                    continue
                if databases.get(old, {}).get("attached") != one["attached"]:
                    yield f"I7: said to be backed out, and {old} is not attached as before"
        if outcome.state in {"done", "backed-out", "pending", "stale"} and outcome.closed:
            yield f"I4: {outcome.state}, and closed: {outcome.closed}"

    def _foreign(self, plan: DatabasePlan, end: dict[str, Any]) -> Iterator[str]:
        named = plan.model_dump_json()
        for kind in ("apps", "databases"):
            for name, was in self.before[kind].items():
                if f'"{name}"' not in named and end[kind].get(name) != was:
                    yield name
        for name in end["databases"]:
            if name not in self.before["databases"] and f'"{name}"' not in named:
                yield name
