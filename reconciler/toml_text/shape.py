"""Which keys a pydantic model allows at a path: what an unknown key's hint is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

if TYPE_CHECKING:
    from collections.abc import Iterator


def allowed_keys(model: type[BaseModel], path: Sequence[str | int]) -> tuple[str, ...]:
    """The keys that the table at `path` may have, in the model's order; none where any key goes."""
    types: list[object] = [model]
    for step in path:
        types = [inner for outer in types for inner in _inside(outer, step)]
    models = (each for outer in types for each in _alternatives(outer) if _is_model(each))
    return tuple(dict.fromkeys(key for each in models for key in _fields(each)))


def _inside(outer: object, step: str | int) -> Iterator[object]:
    """The types that a value of type `outer` may hold under key or index `step`."""
    for each in _alternatives(outer):
        origin = get_origin(each) or each
        if _is_model(each):
            yield from (kind for key, kind in _fields(each).items() if key == step)
        elif isinstance(origin, type) and issubclass(origin, Mapping):
            yield from get_args(each)[1:]
        elif isinstance(origin, type) and issubclass(origin, Sequence):
            yield from (inner for inner in get_args(each) if inner is not ...)


def _alternatives(outer: object) -> Iterator[object]:
    """`outer` without `Annotated` around it, and each member of a union."""
    origin = get_origin(outer)
    if origin is Annotated:
        yield from _alternatives(get_args(outer)[0])
    elif origin in (Union, UnionType):
        for member in get_args(outer):
            yield from _alternatives(member)
    else:
        yield outer


def _is_model(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _fields(model: Any) -> dict[str, object]:
    return {
        field.validation_alias
        if isinstance(field.validation_alias, str)
        else name: field.annotation
        for name, field in model.model_fields.items()
    }
