"""The command line: one small module a command, imported only when that command is called.

Results go to stdout, everything else to stderr. Only `main` turns errors into exit codes, and only expected ones:

0 done or nothing to do · 1 failed · 2 changes present (`plan --detailed-exitcode`, `drift`) · 3 in progress, run again ·
4 stale, some skipped · 5 beyond a limit or needs approval · 64 wrong usage · 130 interrupted
"""

from __future__ import annotations

import argparse
import difflib
import importlib
import io
import keyword
import os
import sys
from typing import TYPE_CHECKING, NoReturn

from reconciler import __version__
from reconciler.errors import ReconcileError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

DONE, FAILED, CHANGES, IN_PROGRESS, STALE, NEEDS_APPROVAL = range(6)
USAGE = 64
INTERRUPTED = 130

COMMANDS = {
    "plan": "what would change, how, and at what cost; writes the plan file",
    "explain": "one database, every method side by side; what would flip the choice",
    "apply": "carry out exactly one plan",
    "status": "how far each apply got",
    "abort": "take back what an apply has done for one database",
    "drift": "whether the live databases are as desired; reads only",
    "import": "write desired/ from what is live",
    "validate": "check the desired state, without the network",
    "rules": "the rules that decide, each with its source",
    "schema": "print the JSON Schema of the desired state, for editors",
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a name that stdout cannot show is no failure
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _flushed(_run(words))
    except ReconcileError as error:
        _say(error)
        return _exit_code(error)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _flushed(code: int) -> int:
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
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    module.configure(parser)
    return int(module.run(parser.parse_args(words[1:])))


def module_of(command: str) -> str:
    """Where `command` stands; a word of Python, such as `import`, has an underscore after it there."""
    name = command.replace("-", "_")
    return f"reconciler.cli.{name}_" if keyword.iskeyword(name) else f"reconciler.cli.{name}"


def _no_such_command(word: str) -> UsageError:
    near = difflib.get_close_matches(word, COMMANDS, n=1)
    return UsageError(
        f"There is no command {word}.",
        hint=f"Did you mean: reconcile {near[0]}" if near else "See: reconcile --help",
    )


def _overview() -> Parser:
    parser = Parser(
        prog="reconcile",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"reconcile {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=Parser)
    for name, words in COMMANDS.items():
        commands.add_parser(name, help=words)
    return parser


def _say(error: ReconcileError) -> None:
    print(error, file=sys.stderr)
    if error.hint:
        print(error.hint, file=sys.stderr)


def _exit_code(error: ReconcileError) -> int:
    return USAGE if isinstance(error, UsageError) else FAILED
