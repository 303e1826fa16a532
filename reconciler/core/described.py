"""Tables whose fields are described by the texts under them, where a JSON Schema is asked for.

pydantic can collect these texts itself (`use_attribute_docstrings`), but does so as soon as a class is made: it reads
and parses the source at each start, a tenth of the time until `plan` sends its first request.
"""

from __future__ import annotations

import ast
import inspect
import itertools
import textwrap
from typing import TYPE_CHECKING, Any

from reconciler.core.frozen import Frozen

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic_core import CoreSchema


class Described(Frozen):
    """A `Frozen` whose schema tells of each field what stands under it."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        """The schema with the texts in it; pydantic calls this."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        texts = field_texts(cls)
        for name, field in cls.model_fields.items():
            written = properties.get(field.alias or name)
            if written is not None and name in texts:
                written.setdefault("description", texts[name])
        return schema


def field_texts(model: type[Described]) -> dict[str, str]:
    """The text under each field, also of those that are inherited, by the field's name."""
    texts: dict[str, str] = {}
    for one in reversed(model.__mro__):
        if issubclass(one, Described):
            texts |= _texts_of(one)
    return texts


def _texts_of(model: type[Described]) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    texts = {}
    for statement, following in itertools.pairwise(getattr(definition, "body", ())):
        match statement, following:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                texts[name] = inspect.cleandoc(text)
            case _:
                pass
    return texts
