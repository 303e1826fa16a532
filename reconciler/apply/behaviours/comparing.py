"""Comparing what old and new hold: within seconds while the apps are closed, the rest once they are open.

Over SQL where both can be reached from here, else by what the Data API tells, and the evidence says which. While the
apps are closed a difference is a conflict, and the cutover is backed out. What is found later is told and undoes
nothing: the new primary may hold writes by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler.apply.behaviours.base import Behaviour, Seen, done, under_way
from reconciler.apply.behaviours.switching import read_database
from reconciler.apply.ports import Comparison, Pair
from reconciler.apply.together import both
from reconciler.core.contents import (
    Certificate,
    Check,
    differences_of,
    differences_text,
    evidence_text,
)
from reconciler.core.estimates import COMPARE_S
from reconciler.core.steps import CompareContents, CompareRest
from reconciler.errors import StateError, StepConflictError, StepError

if TYPE_CHECKING:
    from pydantic import SecretStr

    from reconciler.apply.run import Run
    from reconciler.core.contents import Result
    from reconciler.core.observed import ObservedDatabase

FOLLOWER_PATIENCE_S = 30.0
"""How long the Data API's numbers of a follower, which are not always fresh, are waited for."""
COPY_PATIENCE_S = 120.0


class CompareContentsBehaviour(Behaviour[CompareContents]):
    """Compare with the apps closed."""

    def __init__(self, step: CompareContents, run: Run) -> None:
        super().__init__(step, run)
        self._since: float | None = None
        self._addresses: tuple[SecretStr, SecretStr] | None = None

    async def foresee(self) -> bool:
        """Ask for the addresses, and connect to a follower: it stays what it is, a copy's target does not."""
        old, new = await both(
            self.heroku.address(self.step.old), self.heroku.address(self.step.new)
        )
        if old is not None and new is not None and _place(old) != _place(new):
            self._addresses = (old, new)
            if self.step.way == "follower-switch":
                await self.run.tools.contents.open(
                    self._pair, old_url=old, new_url=new, within_s=COMPARE_S[self.step.way]
                )
        return False

    @property
    def _pair(self) -> Pair:
        return Pair(old=self.step.old, new=self.step.new, way=self.step.way)

    async def look(self) -> Seen:
        """Done when the new one holds what the old one does, as far as could be seen in time."""
        found = await self._over_sql()
        if found is None:
            return under_way("both addresses lead to one database: names are moving")
        if found.why_not:
            return await self._by_data_api(found.why_not)
        differences = differences_of(found.checks)
        note = self._keep(found.checks, "")
        if differences:
            raise _different(self.step, differences)
        return done(f"over SQL: {evidence_text(found.checks)}{note}")

    async def _over_sql(self) -> Comparison | None:
        """What SQL showed; None when the addresses are no two databases, so that nothing is compared with itself."""
        old, new = self._addresses or (None, None)
        self._addresses = None
        if old is None or new is None:
            old, new = await both(
                self.heroku.address(self.step.old), self.heroku.address(self.step.new)
            )
        if old is None or new is None:
            missing = self.step.old if old is None else self.step.new
            return Comparison(why_not=f"no app has the address of {missing} in a config var")
        if _place(old) == _place(new):
            return None
        contents = self.run.tools.contents
        return await contents.compare(
            self._pair, old_url=old, new_url=new, within_s=COMPARE_S[self.step.way]
        )

    async def _by_data_api(self, why_not: str) -> Seen:
        old = await read_database(self.heroku, self.step.old)
        new = await read_database(self.heroku, self.step.new)
        note = f"not compared over SQL: {why_not}; the Data API tells {_told(old, new)}"
        is_told = None not in (old.table_count, new.table_count)
        if self.step.way == "pg-copy" and not (is_told and None not in _sizes(old, new)):
            return self._unless_late(f"not all known yet: {note}", why_not, old, new)
        is_empty = self.step.way == "pg-copy" and old.data_size_bytes and not new.data_size_bytes
        if is_told and (old.table_count != new.table_count or is_empty):
            return self._unless_late(f"different: {note}", why_not, old, new)
        return done(note + self._keep((_data_api_check(old, new),), why_not))

    def _unless_late(
        self, note: str, why_not: str, old: ObservedDatabase, new: ObservedDatabase
    ) -> Seen:
        """Under way, for what the Data API tells may be from before.

        Raises:
            StepConflictError: it has had its time.
        """
        patience_s = COPY_PATIENCE_S if self.step.way == "pg-copy" else FOLLOWER_PATIENCE_S
        now = self.run.clock.monotonic()
        if self._since is None:
            self._since = now
        if now - self._since < patience_s:
            return under_way(note)
        self._keep((_data_api_check(old, new),), why_not)
        raise _different(self.step, (f"{note}, for {patience_s:.0f} s",))

    def _keep(self, checks: tuple[Check, ...], why_not: str) -> str:
        """Write the certificate; returns what to add to the evidence."""
        certificate = Certificate(
            plan=self.run.plan_id,
            database=self.run.plan.name,
            method=self.step.way,
            old=self.step.old,
            new=self.step.new,
            compared_at=self.run.clock.now().isoformat(timespec="seconds"),
            over="data-api" if why_not else "sql",
            why_not_sql=why_not,
            checks=checks,
        )
        return _kept(self, certificate)


class CompareRestBehaviour(Behaviour[CompareRest]):
    """Hear what was counted since the apps were opened."""

    patience_s = 900

    async def look(self) -> Seen:
        """Done when counting has come to its end and nothing differs.

        Raises:
            StepError: something differs; nothing is undone by that.
        """
        pair = Pair(old=self.step.old, new=self.step.new, way=self.step.way)
        found = await self.run.tools.contents.rest(pair)
        if found is None:
            return under_way("counting rows")
        if found.why_not:
            return self._found_before() or done(f"not compared: {found.why_not}")
        return self._judged(found.checks, self._added(found.checks))

    def _added(self, checks: tuple[Check, ...]) -> str:
        """Add them to the certificate of the cutover; returns what to add to the evidence."""
        try:
            certificate = self.run.tools.certificates.kept(self.run.plan.name)
        except StateError as error:
            return _untold(self, error)
        if certificate is None:
            return ""
        now = self.run.clock.now().isoformat(timespec="seconds")
        return _kept(self, certificate.model_copy(update={"rest": checks, "rest_at": now}))

    def _judged(self, checks: tuple[Check, ...], note: str) -> Seen:
        words = self._words_of(checks)
        if words:
            raise StepError(words)
        return done(f"as of the cutover: {evidence_text(checks)}{note}")

    def _words_of(self, checks: tuple[Check, ...]) -> str:
        """What differs; empty when nothing does."""
        differences = differences_of(checks)
        if not differences:
            return ""
        return (
            f"{self.step.new} did not hold all that {self.step.old} holds when it took over: "
            f"{differences_text(differences)}."
        )

    def _found_before(self) -> Seen | None:
        """What an earlier run of this plan has counted and certified, and was killed before it told; else None.

        Raises:
            StepError: something differs, and no run has said so yet.
        """
        run = self.run
        try:
            held = run.tools.certificates.kept(run.plan.name)
        except StateError as error:
            run.tell("trouble", str(error))
            return None
        if held is None or not held.rest:
            return None
        if (held.plan, held.old, held.new) != (run.plan_id, self.step.old, self.step.new):
            return None
        words = self._words_of(held.rest)
        entries = run.journal.entries_of(run.plan.name) if words else ()
        if any(one.what == "failed" and words in one.text for one in entries):
            return None
        return self._judged(held.rest, f", counted at {held.rest_at}")


def _kept(
    behaviour: Behaviour[CompareContents] | Behaviour[CompareRest], certificate: Certificate
) -> str:
    """Write it. That it can not be written is told, and ends no cutover: the journal has the evidence in words."""
    try:
        behaviour.run.tools.certificates.keep(certificate)
    except StateError as error:
        return _untold(behaviour, error)
    return ""


def _untold(
    behaviour: Behaviour[CompareContents] | Behaviour[CompareRest], error: StateError
) -> str:
    behaviour.run.tell("trouble", str(error))
    return f"; the certificate was not written ({error})"


def _different(step: CompareContents, differences: tuple[str, ...]) -> StepConflictError:
    return StepConflictError(
        f"{step.new} does not hold all that {step.old} holds: {differences_text(differences)}.",
        hint="The certificate names all differences (reconcile ledger PLAN --certificate NAME). Look at them before you plan again.",
    )


def _place(address: SecretStr) -> str:
    """Host, port and name: the address without who connects."""
    return address.get_secret_value().rpartition("@")[2]


def _sizes(old: ObservedDatabase, new: ObservedDatabase) -> tuple[int | None, int | None]:
    return old.data_size_bytes, new.data_size_bytes


def _told(old: ObservedDatabase, new: ObservedDatabase) -> str:
    sizes = _sizes(old, new)
    return f"{old.table_count} and {new.table_count} tables, {sizes[0]} and {sizes[1]} bytes"


def _data_api_check(old: ObservedDatabase, new: ObservedDatabase) -> Check:
    text = _told(old, new)
    if None in (old.table_count, new.table_count):
        return Check(what="number of tables", result="not-compared", text=text)
    is_same = old.table_count == new.table_count
    differences = () if is_same else (text,)
    result: Result = "same" if is_same else "different"
    return Check(what="number of tables", result=result, text=text, differences=differences)
