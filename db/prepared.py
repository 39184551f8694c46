"""Statements of the busiest paths: compiled once for each kind of database, then handed to its driver as they are.

SQLAlchemy builds them and converts what goes in and comes out, as ever; spared is its bookkeeping for each execution,
which takes several times as long as SQLite itself. Rows are plain tuples, in the order of the columns.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Dialect, String
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import cloned_traverse

Given = Mapping[str, Any]
# Rows that one INSERT brings: many, in few kinds of statement to prepare. Of a statement with several SQLite keeps a
# journal, which a few rows are not worth.
SHARES = {"sqlite": (256, 16, 1), "postgresql": (256, 64, 16, 4, 1)}
FEW = 8  # rows
VALUES = re.compile(r" VALUES \((.*?)\)(?= ON CONFLICT| RETURNING|$)")
NAMED = re.compile(r"%\((\w+)\)s")
LONG = 50  # a longer list has its statement made anew each time: what is kept must not grow with every length there is


class Prepared:
    """One statement, or a function that makes it for the database of that name; `columns` are what an INSERT fills.

    A list may be given only for an expanding parameter. Errors are those that SQLAlchemy raises.
    """

    def __init__(self, statement: Any, *columns: str) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._compiled: dict[Any, _Compiled] = {}
        self._has_lists: bool | None = None  # known once it was compiled

    def all(self, connection: Connection, given: Given) -> list[tuple[Any, ...]]:
        compiled = self._for(connection, given)
        return compiled.rows(_execute(connection, compiled.text, compiled.parameters(given), **compiled.how))

    def ask(self, connection: Connection, given: Given) -> Callable[[], list[tuple[Any, ...]]]:
        """As `all`, but the rows are had by calling what it returns: within `together`, once that is over."""
        compiled = self._for(connection, given)
        cursor = _execute(connection, compiled.text, compiled.parameters(given), **compiled.how)
        if connection.dialect.name == "postgresql":
            return lambda: compiled.rows(cursor)
        rows = compiled.rows(cursor)
        return lambda: rows

    def first(self, connection: Connection, given: Given) -> tuple[Any, ...] | None:
        found = self.all(connection, given)
        return found[0] if found else None

    def scalar(self, connection: Connection, given: Given) -> Any:
        """The first column of the first row, or None without one."""
        found = self.all(connection, given)
        return found[0][0] if found else None

    def run(self, connection: Connection, given: Given) -> int:
        """How many rows it changed; within `together` nobody knows yet."""
        compiled = self._for(connection, given)
        return int(_execute(connection, compiled.text, compiled.parameters(given), **compiled.how).rowcount)

    def insert_one(self, connection: Connection, row: Given) -> Any:
        """The id of this row, or None where a unique key refused it; of an INSERT that says nothing of an id.

        SQLAlchemy has PostgreSQL return it; SQLite, which takes as long for that as for the row, tells its driver.
        """
        compiled = self._for(connection, row)
        cursor = _execute(connection, compiled.text, compiled.parameters(row), **compiled.how)
        if connection.dialect.name == "sqlite":
            return cursor.lastrowid if cursor.rowcount == 1 else None
        found = cursor.fetchone()
        return None if found is None else found[0]

    def insert(self, connection: Connection, rows: Sequence[Given]) -> int:
        """An INSERT of all these rows, of which none has a list; how many went in."""
        compiled = self._for(connection, rows[0])
        with together(connection):
            cursors = [
                _execute(connection, *compiled.of_several(some), **compiled.how)
                for some in _shares(rows, SHARES[connection.dialect.name])
            ]
        return sum(cursor.rowcount for cursor in cursors)

    def _for(self, connection: Connection, given: Given) -> "_Compiled":
        key: Any = connection.dialect.name
        if self._has_lists is not False:
            key = (key, *[len(value) for value in given.values() if type(value) is list])
        return self._compiled.get(key) or self._compile(connection, given)

    def _compile(self, connection: Connection, given: Given) -> "_Compiled":
        statement = self._statement(connection) if callable(self._statement) else self._statement
        compiled = _Compiled(statement, connection.dialect, self._columns, given)
        self._has_lists = bool(compiled.lists)
        lengths = [len(given[name]) for name in given if name in compiled.lists]
        if max(lengths, default=0) <= LONG:
            self._compiled[(connection.dialect.name, *lengths) if lengths else connection.dialect.name] = compiled
        return compiled


def _with_its_own(statement: Any) -> Any:
    """The statement with the values that it holds itself written into it.

    SQLite plans anew whenever a value is bound by which it tells whether an index of some rows only, such as those with
    status = 'open', will do; PostgreSQL, which plans once for all values, does without that index.
    """

    def write_out(bind: BindParameter[Any]) -> None:
        bind.literal_execute = bind.literal_execute or (not bind.required and isinstance(bind.type, String))

    return cloned_traverse(statement, {}, {"bindparam": write_out})


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """What is said within goes to PostgreSQL in one journey instead of one for each: by `ask`, `run`, and a commit."""
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.pipeline():
            yield
    except Exception as error:
        if not connection.in_transaction():
            # A commit was among them. SQLAlchemy takes it for done, and would give the connection back as it stands.
            with suppress(errors):
                driver.rollback()
        if isinstance(error, errors):
            raise _hidden(connection, "several at once", error) from error
        raise


def _shares(rows: Sequence[Given], sizes: Sequence[int]) -> Iterator[Sequence[Given]]:
    start = 0
    for size in sizes:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size


class _Compiled:
    """A statement for one kind of database, and for lists of certain lengths."""

    def __init__(self, statement: Any, dialect: Dialect, columns: list[str] | None, given: Given) -> None:
        compiled = cast(SQLCompiler, _with_its_own(statement).compile(dialect=dialect, column_keys=columns))
        state = compiled.construct_expanded_state(dict(given), escape_names=False)
        self.text = state.statement
        self.lists = {name: names for name, names in state.parameter_expansion.items() if name in given}
        # A text that stays is prepared at its first use: the driver would wait for its sixth.
        self.how: dict[str, Any] = {"prepare": True} if dialect.name == "postgresql" and not self.lists else {}
        origin = {each: name for name, names in state.parameter_expansion.items() for each in names}
        names = list(state.parameters if state.positiontup is None else state.positiontup)
        convert = {name: _into(compiled.binds[origin.get(name, name)].type, dialect) for name in names}
        varying = [name for name in names if origin.get(name, name) in given]
        self._fixed = {name: convert[name](state.parameters[name]) for name in names if name not in varying}
        self._converters = [(name, convert[name]) for name in dict.fromkeys(varying) if convert[name] is not _as_it_is]
        self._places = [(at, convert) for name, convert in self._converters for at, each in enumerate(names) if each == name]
        self._take = None if state.positiontup is None else _taker(names)
        columns_out = statement.exported_columns if statement.is_select or compiled.effective_returning else ()
        self._types = [column.type.dialect_impl(dialect) for column in columns_out]
        self._results: list[tuple[int, Callable[[Any], Any]]] | None = None
        self._dialect = dialect
        self._positions = state.positiontup and names
        self._of_several: dict[int, str] = {}

    def parameters(self, given: Given) -> Any:
        """As the driver takes them: a sequence or a mapping."""
        if self._take is None:
            return self._values(given)
        values = list(self._take(self._named(given)))
        for at, convert in self._places:
            values[at] = convert(values[at])
        return values

    def of_several(self, rows: Sequence[Given]) -> tuple[str, Any]:
        """This INSERT with all those rows, and their parameters.

        For each statement that is run SQLite builds anew what the table's checks compare with.
        """
        if len(rows) == 1:
            return self.text, self.parameters(rows[0])
        text = self._of_several.get(len(rows))
        if text is None:
            row = f"({NAMED.sub('%s', self._row)})"
            text = self._of_several[len(rows)] = self.text.replace(f"({self._row})", ", ".join([row] * len(rows)), 1)
        return text, tuple(chain.from_iterable(self._in_order(self._values(row)) for row in rows))

    @cached_property
    def _row(self) -> str:
        """What stands for the values of the one row of an INSERT."""
        found = VALUES.search(self.text)
        if found is None:
            raise ValueError("this is no INSERT of a row")
        return found[1]

    @cached_property
    def _in_order(self) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
        return _taker(self._positions or NAMED.findall(self._row))

    def _named(self, given: Given) -> Given:
        """Each value under its own name, those of the statement itself too, not converted yet."""
        if not self._fixed and not self.lists:
            return given
        values = {**self._fixed, **given}
        for name, names in self.lists.items():
            values.update(zip(names, values.pop(name), strict=True))
        return values

    def _values(self, given: Given) -> dict[str, Any]:
        values = dict(self._named(given))
        for name, convert in self._converters:
            values[name] = convert(values[name])
        return values

    def rows(self, cursor: Any) -> list[tuple[Any, ...]]:
        if self._results is None:
            self._results = self._out_of(cursor.description)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return _converted(found, self._results) if found and self._results else found

    def _out_of(self, description: Sequence[Sequence[Any]]) -> list[tuple[int, Callable[[Any], Any]]]:
        """What to convert in each row. How depends on what the driver says that it gives."""
        columns = enumerate(zip(self._types, description, strict=True))
        found = ((at, type_.result_processor(self._dialect, about[1])) for at, (type_, about) in columns)
        return [(at, convert) for at, convert in found if convert is not None]


def _converted(
    rows: Sequence[tuple[Any, ...]], converters: Sequence[tuple[int, Callable[[Any], Any]]]
) -> list[tuple[Any, ...]]:
    """Of many rows column by column, which takes much less; of a few row by row, for the same reason."""
    if len(rows) <= FEW:
        return [_converted_row(list(row), converters) for row in rows]
    columns: list[Iterable[Any]] = list(zip(*rows, strict=True))
    for at, convert in converters:
        columns[at] = map(convert, columns[at])
    return list(zip(*columns, strict=True))


def _converted_row(row: list[Any], converters: Sequence[tuple[int, Callable[[Any], Any]]]) -> tuple[Any, ...]:
    for at, convert in converters:
        row[at] = convert(row[at])
    return tuple(row)


def _as_it_is(value: Any) -> Any:
    return value


def _into(type_: Any, dialect: Dialect) -> Callable[[Any], Any]:
    return type_.dialect_impl(dialect).bind_processor(dialect) or _as_it_is


def _taker(names: Sequence[str]) -> Callable[[Mapping[str, Any]], tuple[Any, ...]]:
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple(values[name] for name in names)


def _execute(connection: Connection, text: str, parameters: Any, **how: Any) -> Any:
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        cursor.execute(text, parameters, **how)
        return cursor
    except connection.dialect.loaded_dbapi.Error as error:
        raise _hidden(connection, text, error) from error


def _hidden(connection: Connection, text: str, error: Exception) -> BaseException:
    """As SQLAlchemy raises it, but without what was given: that holds what people wrote."""
    errors = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(text, None, error, errors, hide_parameters=True, dialect=connection.dialect)
