"""Print a script that makes your shell complete commands, options, plan files and the names of databases.

  bash   source <(reconcile completion bash)                       in ~/.bashrc
  zsh    source <(reconcile completion zsh)                        in ~/.zshrc, after compinit
  fish   reconcile completion fish > ~/.config/fish/completions/reconcile.fish

`names` is what the scripts ask for: the databases that desired/ lists, a line each.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from reconciler.cli.options import configure_desired

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from reconciler.render.completion.commands import Command, Option, Value

SHELLS = ("bash", "zsh", "fish")
PATHS = frozenset({"PATH", "FILE", "DIR", "NAME|FILE"})


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("shell", choices=[*SHELLS, "names"], help="for which shell")
    configure_desired(parser, "for names: where the desired state is (default: desired)")


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    from reconciler.cli import DONE

    if arguments.shell == "names":
        from reconciler.adapters.database_names import database_names

        print(
            "".join(f"{name}\n" for name in database_names(arguments.desired or ["desired"])),
            end="",
        )
        return DONE
    module = importlib.import_module(f"reconciler.render.completion.{arguments.shell}")
    script = getattr(module, f"{arguments.shell}_script")
    print(script(list(described())), end="")
    return DONE


def described() -> Iterator[Command]:
    """Every command as its parser declares it."""
    from reconciler.cli import COMMANDS, Parser, module_of
    from reconciler.render.completion.commands import Command

    for name, words in COMMANDS.items():
        parser = Parser(prog=name, add_help=False)
        importlib.import_module(module_of(name)).configure(parser)
        actions = parser._actions  # noqa: SLF001  # argparse tells it nowhere else
        yield Command(
            name,
            words,
            options=tuple(_option(one) for one in actions if one.option_strings),
            values=tuple(_value(one) for one in actions if not one.option_strings),
        )


def _option(action: argparse.Action) -> Option:
    from reconciler.render.completion.commands import Option

    return Option(tuple(action.option_strings), action.help or "", _value(action))


def _value(action: argparse.Action) -> Value:
    from reconciler.render.completion.commands import Value

    is_repeated = action.nargs == "*" or type(action).__name__ == "_AppendAction"
    metavar = str(action.metavar or "")
    if action.nargs == 0:
        return Value("flag")
    if action.choices:
        return Value("choice", tuple(map(str, action.choices)), is_repeated)
    if metavar in PATHS:
        return Value("path", (), is_repeated)
    if metavar == "PLAN":
        return Value("plan", (), is_repeated)
    is_database = metavar == "GLOB" or (metavar == "NAME" and action.dest in {"name", "database"})
    if is_database and "--marker" not in action.option_strings:
        return Value("name", (), is_repeated)
    return Value("free", (), is_repeated)
