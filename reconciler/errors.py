"""Every failure that a user or the world can cause, as one tree.

```
ReconcileError
├─ UsageError               the command line is wrong
├─ DesiredStateError        the TOML is wrong; all problems at once, each with file:line:column
├─ NothingDesiredError      there is no desired state at a path
├─ ScenarioError            the stand-in's scenario is wrong; the same form
├─ PlanFileError            a saved plan cannot be read, or is not what its digest says
├─ HerokuError              status, error id, request id; never a body that we did not recognise
│  ├─ HerokuUnavailableError    temporary: transport, 5xx, 429 (with `retry_after_s`)
│  ├─ HerokuUnclearError        a write may or may not have happened: look before anything else
│  └─ HerokuRefusedError        permanent: 4xx
├─ ForgeError               a code host (GitHub, GitLab) did not do what was asked
│  ├─ ForgeUnavailableError     temporary: transport, 5xx, 429; a write may or may not have happened
│  └─ ForgeRefusedError         permanent: 4xx
├─ StateError               our own records, in a folder or shared, cannot be read or written
│  └─ LeaseLostError            another one may be working on the database: nothing may be sent
└─ StepError
   ├─ StepTimeoutError      it took too long; running again is safe
   └─ StepConflictError     the world is not as planned; a human has to look
```

Divided by what the caller does about it: temporary or permanent, run again or not. Only `cli.main` turns
them into exit codes, and only these: a bug keeps its traceback.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class ReconcileError(Exception):
    """Base of all expected failures; `hint` says what the operator can do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(ReconcileError):
    """The command line is wrong."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong at one place of a text file. Line and column count from 1; 0 is unknown."""

    file: str
    line: int
    column: int
    key: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        """`desired/a.toml:3:1: database.orders.plan: message. hint`."""
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return ": ".join(part for part in (where, self.key, self.message) if part) + (
            f" {self.hint}" if self.hint else ""
        )


class TextProblemsError(ReconcileError):
    """One or more problems in text files, all of them at once."""

    def __init__(self, problems: Sequence[Problem], *, hint: str = "") -> None:
        self.problems = tuple(sorted(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems), hint=hint)


class DesiredStateError(TextProblemsError):
    """The TOML under `desired/` is wrong."""


class NothingDesiredError(ReconcileError):
    """There is no desired state at `path`."""

    def __init__(self, message: str, *, path: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.path = path


class ScenarioError(TextProblemsError):
    """The stand-in's scenario file is wrong."""


class PlanFileError(ReconcileError):
    """A saved plan cannot be read, or is not what its digest says."""


class HerokuError(ReconcileError):
    """Heroku did not do what was asked.

    `status` is the HTTP status (None when none arrived), `error_id` Heroku's machine id,
    `request_id` what its support asks for.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_id: str = "",
        request_id: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.error_id = error_id
        self.request_id = request_id


class HerokuUnavailableError(HerokuError):
    """Temporary, and surely without effect: nothing was sent, or a read failed, or 429.

    `retry_after_s` is Heroku's own wish in seconds, when it gave one.
    """

    retry_after_s: float | None = None


class HerokuUnclearError(HerokuError):
    """A write was sent and its outcome is not known: look before anything else."""


class HerokuRefusedError(HerokuError):
    """Permanent: a 4xx other than 429."""


class ForgeError(ReconcileError):
    """A code host did not do what was asked; `status` is the HTTP status, None when none arrived."""

    def __init__(self, message: str, *, status: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class ForgeUnavailableError(ForgeError):
    """Temporary. A write may or may not have happened: look before it is tried again."""


class ForgeRefusedError(ForgeError):
    """Permanent: a 4xx that no waiting mends."""


class StateError(ReconcileError):
    """Our own records cannot be read or written."""


class LeaseLostError(StateError):
    """Another process may be working on the database by now; nothing may be sent any more."""


class StepError(ReconcileError):
    """A step of a plan did not reach its end."""


class StepTimeoutError(StepError):
    """It took too long; running again is safe."""


class StepConflictError(StepError):
    """The world is not as planned; a human has to look."""
