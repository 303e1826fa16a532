"""The script for bash, 3.2 and newer: it needs no package bash-completion."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reconciler.render.completion.commands import Command, Value

HEAD = """\
# bash completion of reconcile. In ~/.bashrc:  source <(reconcile completion bash)
_reconcile_names() {
    local -a asked=()
    local at
    for ((at = 2; at < COMP_CWORD - 1; at++)); do
        [[ ${COMP_WORDS[at]} == --desired ]] && asked+=(--desired "${COMP_WORDS[at + 1]}")
    done
    "${COMP_WORDS[0]}" completion names ${asked[@]+"${asked[@]}"} 2>/dev/null
}

_reconcile() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
    local IFS=$'\\n' kind='' words='' options=''
    COMPREPLY=()
    if [[ $current == = ]]; then
        current=''
    elif [[ $previous == = ]]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
"""
TAIL = """\
    if [[ -z $kind ]]; then
        case ${COMP_WORDS[1]} in
%s
        esac
        [[ $current == -* ]] && kind=choice words=$options
    fi
    case $kind in
        choice) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
        name) COMPREPLY=($(compgen -W "$(_reconcile_names)" -- "$current")) ;;
        plan)
            COMPREPLY=($(compgen -f -X '!*.json' -- "$current") $(compgen -d -- "$current"))
            compopt -o filenames 2>/dev/null
            ;;
        path) ;;
        *) compopt +o default +o bashdefault 2>/dev/null ;;
    esac
}
complete -o bashdefault -o default -F _reconcile reconcile
"""
LINE = "$'%s'"


def bash_script(commands: Sequence[Command]) -> str:
    """All of it, ending in a newline."""
    names = _listed([one.name for one in commands] + ["--help", "--version"])
    first = [
        "    if ((COMP_CWORD == 1)); then",
        f"        kind=choice words={names}",
        "    else",
        '        case "${COMP_WORDS[1]} $previous" in',
        *(f"            {line}" for one in commands for line in _after_options(one)),
        "        esac",
        "    fi",
    ]
    rest = [f"            {line}" for one in commands for line in _otherwise(one)]
    return HEAD + "\n".join(first) + "\n" + TAIL % "\n".join(rest)


def _after_options(command: Command) -> Iterator[str]:
    for option in command.options:
        if option.value.kind != "flag":
            patterns = " | ".join(f"'{command.name} {each}'" for each in option.spellings)
            yield f"{patterns}) {_set(option.value)} ;;"


def _otherwise(command: Command) -> Iterator[str]:
    spellings = [each for one in command.options for each in one.spellings]
    yield f"{command.name})"
    yield f"    options={_listed([*spellings, '--help'])}"
    if command.values:
        yield f"    {_set(command.values[0])}"
    yield "    ;;"


def _set(value: Value) -> str:
    words = f" words={_listed(value.choices)}" if value.choices else ""
    return f"kind={value.kind}{words}"


def _listed(words: Sequence[str]) -> str:
    return LINE % "\\n".join(words)
