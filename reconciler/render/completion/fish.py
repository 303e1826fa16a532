"""The script for fish: one `complete` for each thing that can be typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.render.completion.commands import Command, Option, Value

HEAD = """\
# fish completion of reconcile. Once:  reconcile completion fish > ~/.config/fish/completions/reconcile.fish
function __reconcile_in
    set -l typed (commandline -opc)
    test (count $typed) -ge 2; and test "$typed[2]" = "$argv[1]"
end
function __reconcile_first
    test (count (commandline -opc)) -eq 1
end
function __reconcile_names
    set -l typed (commandline -opc)
    set -l asked
    for at in (seq 3 (count $typed))
        test "$typed[$at]" = --desired; and set -a asked --desired $typed[(math $at + 1)]
    end
    command reconcile completion names $asked 2>/dev/null
end
complete -c reconcile -f
complete -c reconcile -n __reconcile_first -l help -d 'show the commands'
complete -c reconcile -n __reconcile_first -l version -d 'show the version'
"""
WORDS = {
    "path": "-F",
    "plan": "-k -a '(__fish_complete_suffix .json)'",
    "name": "-a '(__reconcile_names)'",
    "free": "",
}


def fish_script(commands: Sequence[Command]) -> str:
    """All of it, ending in a newline."""
    return HEAD + "".join(f"{line}\n" for one in commands for line in _lines(one))


def _lines(command: Command) -> Iterator[str]:
    words = _quoted(command.words)
    yield f"complete -c reconcile -n __reconcile_first -a {command.name} -d {words}"
    begin = f"complete -c reconcile -n '__reconcile_in {command.name}'"
    yield f"{begin} -l help -d 'show all about the command'"
    for option in command.options:
        yield f"{begin} {_option(option)}"
    for value in command.values:
        what = _value(value)
        if what:
            yield f"{begin} {what}"


def _option(option: Option) -> str:
    spellings = " ".join(f"-l {each.removeprefix('--')}" for each in option.spellings)
    words = f"-d {_quoted(option.words)}"
    if option.value.kind == "flag":
        return f"{spellings} {words}"
    must_follow = "-r" if option.value.kind == "path" else "-x"
    return f"{spellings} {must_follow} {_value(option.value)} {words}".replace("  ", " ")


def _value(value: Value) -> str:
    return f"-a {_quoted(' '.join(value.choices))}" if value.choices else WORDS[value.kind]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
