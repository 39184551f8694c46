"""Lists and rows handed to a statement as one parameter, so that its text never changes and is prepared once.

`among` is `column IN (…)`; `rows` is a table to join, as `UPDATE … FROM` does. Both go as JSON or as an array, whichever
the database takes.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Dialect,
    Integer,
    Text,
    bindparam,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

ROWS = "rows"


class _List(TypeDecorator[Any]):
    """One text: a list in JSON, or an array as PostgreSQL writes it, which its driver would take much longer to make."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Iterable[Any] | None, dialect: Dialect) -> str:
        given = list(value or ())
        return _array(given) if dialect.name == "postgresql" else json.dumps(given)


def _array(given: Sequence[Any]) -> str:
    return f"{{{','.join(_quoted(one) if isinstance(one, str) else str(one) for one in given)}}}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Among(FunctionElement[bool]):
    name = "among"
    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> Any:
        """As it is: SQLite has no booleans, and would be asked whether "x IN (…)" is 1, for which it uses no index."""
        return self


@compiles(_Among, "postgresql")
def _any(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = (compiler.process(one, **kw) for one in element.clauses)
    of = "BIGINT" if isinstance(next(iter(element.clauses)).type, Integer) else "TEXT"
    return f"({column} = ANY (CAST({given} AS {of}[])))"


@compiles(_Among, "sqlite")
def _in(element: _Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, given = (compiler.process(one, **kw) for one in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({given})))"


def among(column: Any, name: str) -> Any:
    """Whether the column, of whole numbers or of text, is in the list given under that name."""
    return _Among(column, bindparam(name, type_=_List()))


def rows(dialect: str, **columns: type[TypeEngine[Any]]) -> Any:
    """What `pack` packs, as a table of those columns, whole numbers or text."""
    given = bindparam(ROWS, type_=Text())
    if dialect == "postgresql":
        each = func.json_array_elements(cast(given, JSON)).table_valued("value", name="each")
        read: list[Any] = [cast(each.c.value.op("->>")(literal_column(str(n))), of) for n, of in enumerate(columns.values())]
    else:
        each = func.json_each(given).table_valued("value", name="each")
        read = [func.json_extract(each.c.value, literal_column(f"'$[{n}]'")) for n in range(len(columns))]
    return select(*(one.label(name) for one, name in zip(read, columns, strict=True))).subquery("given")


def pack(some: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The parameter of `rows`: each row's cells in the order of its columns."""
    return {ROWS: json.dumps(some)}
