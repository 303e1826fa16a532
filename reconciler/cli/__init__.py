"""The command line: one small module a command, imported only when that command is called.

Results go to stdout, everything else to stderr. Only `main` turns errors into exit codes, and only expected ones:

0 done or nothing to do · 1 failed · 2 changes present (`plan --detailed-exitcode`, `drift`) · 3 in progress, run again ·
4 stale, some skipped · 5 beyond a limit or needs approval · 64 wrong usage · 130 interrupted
"""

from __future__ import annotations

import argparse
import difflib
import gc
import importlib
import keyword
import os
import sys
from itertools import groupby
from textwrap import wrap
from typing import TYPE_CHECKING, NoReturn

from reconciler import __version__
from reconciler.cli.streams import UnwrittenError, give_up_stdout, open_streams, unwritten
from reconciler.errors import ReconcileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, CHANGES, IN_PROGRESS, STALE, NEEDS_APPROVAL = range(6)
USAGE = 64
INTERRUPTED = 130
NO_PLUGINS = ("PYDANTIC_DISABLE_PLUGINS", "__all__")
"""Nothing that happens to be installed beside us shall see what we read, nor be searched for at each start."""
MADE_BEFORE_COLLECTING = 200_000
"""Objects. Python's own 700 has it look for garbage all through a start, and through every large plan, for none."""

COMMANDS = {
    "plan": "what would change, how, and at what cost; writes the plan file",
    "explain": "one database, every method side by side; what would flip the choice",
    "show": "a saved plan, without the network, and what apply would refuse about it",
    "apply": "carry out exactly one plan",
    "status": "how far each apply got",
    "ledger": "everything that was done for a plan, with Heroku's request ids",
    "verify": "prove a plan's result again: the records, and the live account",
    "worker": "take part in every approved apply of a shared state",
    "abort": "take back what an apply has done for one database",
    "drift": "whether the live databases are as desired; reads only",
    "comment": "post plans as one comment of a pull request, or drift as one issue",
    "doctor": "whether token, rights, clock, budget and state are in order",
    "import": "write desired/ from what is live",
    "validate": "check the desired state, without the network",
    "rules": "the rules that decide, each with its source",
    "schema": "print a JSON Schema: of the desired state, the fleet, the plan file or the events",
    "completion": "print a script that makes bash, zsh or fish complete",
    "sim": "serve the stand-in Heroku on this machine, to rehearse on",
}

DESCRIPTION = """\
Infrastructure as code for Heroku Postgres. TOML files under desired/ say what every
database should be; `plan` says what would change, `apply` does exactly that.
"""

EPILOG = """\
Start here:
  reconcile plan                      look at what would change; changes nothing
  reconcile apply plans/ID.json       carry out exactly that plan
  reconcile COMMAND --help            all about one command

Exit codes: 0 done or nothing to do, 1 failed, 2 changes present (plan --detailed-exitcode,
drift), 3 in progress, run again, 4 stale, some skipped, 5 beyond a limit or needs approval,
64 wrong usage, 130 interrupted.
"""


class Parser(argparse.ArgumentParser):
    """argparse, but wrong usage is an expected error like any other."""

    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the process."""
        raise UsageError(f"{self.prog}: {message}.", hint=f"See: {self.prog} --help")


class Help(argparse.HelpFormatter):
    """argparse's, but of a text only the paragraphs are filled: what is indented, to be copied above all, stays."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        lines: list[str] = []
        for is_kept, some in groupby(text.splitlines(), key=lambda line: line[:1] in {"", " "}):
            if is_kept:
                lines += some
            else:
                words = " ".join(some)
                lines += wrap(words, width, break_long_words=False, break_on_hyphens=False)
        return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    gc.set_threshold(MADE_BEFORE_COLLECTING)
    os.environ.setdefault(*NO_PLUGINS)
    words = list(sys.argv[1:] if arguments is None else arguments)
    open_streams()
    if not words or words[0] not in COMMANDS:
        return _main(words)
    from reconciler.cli.forgiving import forgiving_stderr

    with forgiving_stderr():
        return _main(words)


def _main(words: list[str]) -> int:
    try:
        return _flushed(words)
    except ReconcileError as error:
        say_error(error)
        return exit_code_of(error)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        give_up_stdout()
        return FAILED
    except UnwrittenError as error:
        give_up_stdout()
        say_error(unwritten(error))
        return FAILED


def _flushed(words: list[str]) -> int:
    """The exit code of the command, all that it printed written."""
    try:
        code = _run(words)
    except SystemExit:  # of argparse, after a help
        sys.stdout.flush()
        raise
    sys.stdout.flush()
    return code


def _run(words: list[str]) -> int:
    if not words:
        raise UsageError("A command is missing.", hint="See: reconcile --help")
    if words[0] not in COMMANDS:
        if words[0].startswith("-"):
            _overview().parse_args(words)
        raise _no_such_command(words[0])
    name = words[0]
    module = importlib.import_module(module_of(name))
    parser = Parser(
        prog=f"reconcile {name}",
        description=module.__doc__,
        formatter_class=Help,
    )
    module.configure(parser)
    return int(module.run(parser.parse_args(words[1:])))


def module_of(command: str) -> str:
    """Where `command` stands; a word of Python, such as `import`, has an underscore after it there."""
    name = command.replace("-", "_")
    return f"reconciler.cli.{name}_" if keyword.iskeyword(name) else f"reconciler.cli.{name}"


def _no_such_command(word: str) -> UsageError:
    if word == "resume":
        hint = "To go on with what was cut off: reconcile apply (docs/resume.md)"
        return UsageError("There is no command resume.", hint=hint)
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    return UsageError(
        f"There is no command {word}.",
        hint=f"Did you mean: reconcile {near[0]}" if near else "See: reconcile --help",
    )


class _Overview(Help):
    """As its base, with room for the longest command: argparse forgets that commands are indented further."""

    def add_argument(self, action: argparse.Action) -> None:
        """Take one more part of the help."""
        super().add_argument(action)
        longest = max(map(len, COMMANDS)) + 2 * self._indent_increment
        self._action_max_length = max(self._action_max_length, longest)


def _overview() -> Parser:
    parser = Parser(
        prog="reconcile",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=_Overview,
    )
    parser.add_argument("--version", action="version", version=f"reconcile {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name, words in COMMANDS.items():
        commands.add_parser(name, help=words)
    return parser


def say_error(error: ReconcileError) -> None:
    """Tell what went wrong, and the way on."""
    print(error, file=sys.stderr)
    if error.hint:
        print(error.hint, file=sys.stderr)


def exit_code_of(error: ReconcileError) -> int:
    """The exit code for an expected error."""
    return USAGE if isinstance(error, UsageError) else FAILED
