"""The script for zsh, in the terms of its `_arguments`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.render.completion.commands import Command, Option, Value

HEAD = """\
#compdef reconcile
# zsh completion of reconcile. In ~/.zshrc, after compinit:  source <(reconcile completion zsh)
_reconcile_names() {
    local -a asked names
    local at
    for ((at = 2; at < CURRENT - 1; at++)); do
        [[ $words[at] == --desired ]] && asked+=(--desired $words[at+1])
    done
    names=(${(f)"$(command reconcile completion names $asked 2>/dev/null)"})
    compadd -a names
}

_reconcile() {
    local -a commands
    commands=(
"""
MIDDLE = """\
    )
    if ((CURRENT == 2)); then
        _describe -t commands command commands
        return
    fi
    local command=$words[2]
    shift words
    ((CURRENT--))
    case $command in
"""
TAIL = """\
    esac
}
if [[ $funcstack[1] == _reconcile ]]; then
    _reconcile "$@"
else
    compdef _reconcile reconcile
fi
"""
ACTIONS = {
    "path": "_files",
    "plan": "_files -g '*.json(-.)'",
    "name": "_reconcile_names",
    "free": " ",
}


def zsh_script(commands: Sequence[Command]) -> str:
    """All of it, ending in a newline."""
    names = [f"        {_quoted(f'{one.name}:{_plain(one.words)}')}\n" for one in commands]
    cases = [f"        {line}\n" for one in commands for line in _case(one)]
    return HEAD + "".join(names) + MIDDLE + "".join(cases) + TAIL


def _case(command: Command) -> Iterator[str]:
    specs = [spec for one in command.options for spec in _option(one)]
    specs += [_value(number, one) for number, one in enumerate(command.values, start=1)]
    yield f"{command.name})"
    yield "    _arguments \\"
    yield from (f"        {_quoted(spec)} \\" for spec in specs)
    yield "        '--help[show all about the command]' ;;"


def _option(option: Option) -> Iterator[str]:
    after = "" if option.value.kind == "flag" else f":{_action(option.value)}"
    star = "*" if option.value.is_repeated else ""
    for each in option.spellings:
        is_assigned = "=" if after else ""
        yield f"{star}{each}{is_assigned}[{_plain(option.words)}]{after}"


def _value(number: int, value: Value) -> str:
    return f"{'*' if value.is_repeated else number}:{_action(value)}"


def _action(value: Value) -> str:
    what = f"({' '.join(value.choices)})" if value.choices else ACTIONS[value.kind]
    return f"{value.kind}:{what}"


def _plain(words: str) -> str:
    """Without what `_arguments` gives a meaning."""
    return words.replace("\\", "").replace("[", "(").replace("]", ")").replace(":", ",")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
