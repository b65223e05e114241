"""Many rows of one table in one go: COPY on PostgreSQL, executemany elsewhere.

Columns go in as lists of equal length, or as one value for all rows, in database form: text, numbers, booleans,
dates, moments, None. Nothing is validated here: that is the caller's duty, before the transaction.
"""

from __future__ import annotations

import datetime
import gc
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice, repeat
from typing import Any

from django.db import connection, models

CHUNK = 2000
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"})


@contextmanager
def without_collector() -> Iterator[None]:
    """For work whose millions of small values all live to its end: looking for garbage among them is time lost."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def insert_columns(model: type[models.Model], count: int, columns: Mapping[str, Any]) -> None:
    """Insert ``count`` rows. ``columns``: database column name -> list of values, or one value for all rows."""
    if not count:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    if connection.vendor == "postgresql":
        statement = f"COPY {table} ({names}) FROM STDIN"
        queue = _queue.get()
        if queue is None:
            with connection.cursor() as cursor:
                cursor.cursor.copy_expert(statement, _Stream(columns), 1 << 20)
        else:
            queue.add(statement, columns)
        return
    rows: Any = zip(*(_stored(values) for values in columns.values()), strict=False)
    marks = ", ".join(["%s"] * len(columns))
    with connection.cursor() as cursor:
        lines: Any = islice(rows, count)
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", lines)


@contextmanager
def inserting_beside() -> Iterator[None]:
    """Within it PostgreSQL takes the rows of ``insert_columns`` while this thread already prepares the next.

    The inserts are done in order and are all done, or have raised, when the block ends or this thread asks anything
    else of the database: during a COPY the connection can do nothing more. Other databases insert at once. Call it in
    a transaction.
    """
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    queue = _Queue(connection.connection)
    token = _queue.set(queue)
    try:
        with connection.execute_wrapper(queue.first):
            yield
        queue.finish()
    finally:
        _queue.reset(token)
        queue.stop()


class _Queue:
    """One thread that copies on the driver's connection, which nobody else uses until it is done."""

    def __init__(self, raw: Any) -> None:
        self.raw = raw
        self.pool = ThreadPoolExecutor(1)
        self.waiting: list[Future[None]] = []

    def add(self, statement: str, columns: Mapping[str, Any]) -> None:
        if any(future.done() and future.exception() for future in self.waiting):
            self.finish()
        self.waiting.append(self.pool.submit(self._copy, statement, columns))

    def _copy(self, statement: str, columns: Mapping[str, Any]) -> None:
        with self.raw.cursor() as cursor:
            cursor.copy_expert(statement, _Stream(columns), 1 << 20)

    def first(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Django's statements come after all inserts queued before them."""
        self.finish()
        return execute(sql, params, many, context)

    def finish(self) -> None:
        """Wait for all inserts; the first error among them is raised as Django words it."""
        waiting, self.waiting = self.waiting, []
        with connection.wrap_database_errors:
            for future in waiting:
                future.result()

    def stop(self) -> None:
        self.pool.shutdown(cancel_futures=True)


_queue: ContextVar[_Queue | None] = ContextVar("inserting_beside", default=None)


def update_rows(
    model: type[models.Model], keys: Sequence[str], names: Sequence[str], rows: Sequence[Sequence[Any]]
) -> None:
    """Update by ``keys``: each row holds the new values of ``names``, then the values of ``keys``."""
    if not rows:
        return
    quote = connection.ops.quote_name
    sets = ", ".join(f"{quote(name)} = %s" for name in names)
    where = " AND ".join(f"{quote(name)} = %s" for name in keys)
    query = f"UPDATE {quote(model._meta.db_table)} SET {sets} WHERE {where}"
    postgresql = connection.vendor == "postgresql"
    stored = rows if postgresql else [[_store(value) for value in row] for row in rows]
    with connection.cursor() as cursor:
        if postgresql:
            from psycopg2.extras import execute_batch

            if (queue := _queue.get()) is not None:
                queue.finish()
            execute_batch(cursor.cursor, query, stored, page_size=500)
        else:
            cursor.executemany(query, stored)


def select_in(query: str, values: Sequence[Any], *more: Any) -> Iterator[tuple[Any, ...]]:
    """Rows of ``query``, whose ``{in}`` stands for "is one of these values"; ``more`` are its other parameters."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(query.replace("{in}", "= ANY(%s)"), [list(values), *more])
            while rows := cursor.fetchmany(CHUNK):
                yield from rows
            return
        for start in range(0, len(values), CHUNK):
            part = values[start : start + CHUNK]
            marks = f"IN ({', '.join(['%s'] * len(part))})"
            cursor.execute(query.replace("{in}", marks), [*part, *more])
            yield from cursor.fetchall()


def delete_rows(model: type[models.Model], column: str, values: Sequence[Any]) -> None:
    """Delete the rows whose ``column`` is one of ``values``; nothing is cascaded, no file is removed."""
    quote = connection.ops.quote_name
    query = f"DELETE FROM {quote(model._meta.db_table)} WHERE {quote(column)} "
    with connection.cursor() as cursor:
        for start in range(0, len(values), CHUNK):
            part = list(values[start : start + CHUNK])
            cursor.execute(f"{query}IN ({', '.join(['%s'] * len(part))})", part)


def reserve_ids(model: type[models.Model], count: int) -> range | list[int]:
    """Primary keys for rows about to be inserted in this transaction."""
    if not count:
        return range(0)
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            keys = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) AS id FROM generate_series(1, %s)"
            cursor.execute(f"SELECT min(id), max(id) FROM ({keys}) keys", [table, count])
            first, last = cursor.fetchone()
            if last - first + 1 == count:
                return range(first, first + count)
            cursor.execute(keys, [table, count])  # somebody else took one in between: these are given up
            return [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
        cursor.execute(f"SELECT max(id) FROM {connection.ops.quote_name(table)}")
        first = max(found[0] if found else 0, cursor.fetchone()[0] or 0) + 1
    return range(first, first + count)


def _store(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return int(value) if value is True or value is False else value


def _stored(values: Any) -> Iterator[Any]:
    if not isinstance(values, list):
        return repeat(_store(values))
    if isinstance(values[0], datetime.date):
        known = {value: _store(value) for value in set(values)}
        return map(known.__getitem__, values)
    if isinstance(values[0], bool):
        return map(int, values)  # the driver takes exact types quickly, others by a slow detour
    return iter(values)


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value).translate(_ESCAPES)


def _texts(values: Any) -> Iterator[str]:
    """One column in COPY's text format."""
    if isinstance(values, range):
        return map(str, values)
    if not isinstance(values, list):
        return repeat(_text(values))
    if all(type(value) is str for value in values):
        joined = "".join(values)
        if not any(mark in joined for mark in ("\\", "\n", "\t", "\r")):
            return iter(values)
    known = {value: _text(value) for value in set(values)}
    return map(known.__getitem__, values)


class _Stream:
    """What COPY reads from: rows made up as they are asked for."""

    def __init__(self, columns: Mapping[str, Any]) -> None:
        self.rows = map("\t".join, zip(*(_texts(values) for values in columns.values()), strict=False))
        self.rest = b""

    def read(self, size: int = -1) -> bytes:
        while len(self.rest) < size:
            lines = list(islice(self.rows, 2000))
            if not lines:
                break
            self.rest += ("\n".join(lines) + "\n").encode()
        data, self.rest = self.rest[:size], self.rest[size:]
        return data
