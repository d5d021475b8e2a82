"""Finding examples in the pool by coordinates, status and words: inverted indexes in SQL.

SQLite: two FTS5 tables that keep no text. `example_where` has one token for each coordinate, `example_text` has the
words and the coordinates, so that a search is one walk down sorted lists however it is combined. They are caught up
with the pool when something is searched, or before by whoever can wait: importing costs nothing more, and nothing has
to be kept up by triggers, for the text of an example never changes. PostgreSQL: a GIN index of the coordinates, and one
of both, made at the first search that asks for them.

A word is a run of letters and digits, in any case; all words given have to occur, in question, context or answers.
"""

from __future__ import annotations

import hashlib
import json
import sys
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from growloop.errors import GrowloopError

ROWS_AT_ONCE = 5_000
"""How many rows are indexed in one transaction: whoever writes meanwhile waits for no more than these, some tenths of
a second; so does a search for the last ones."""

PAGES_AT_ONCE = 2_000
"""How many pages of an index are merged in one transaction: some tenths of a second."""
MEMORY = 32 << 20
"""Bytes in which words are sorted before they are written: FTS5's own one megabyte leaves many pieces to merge."""

FEW = 20_000
"""A status of so many rows is looked up in a list of them, which is sooner made than each row's status is found."""

Standing = tuple[int, int]
"""The last row that an index holds, and the last there is."""
Matching = tuple[str, dict[str, Any]]
"""A SELECT of the one column "row", open for a further AND, and its parameters."""

_INDEXED: WeakKeyDictionary[sa.Engine, set[str]] = WeakKeyDictionary()
"""The columns that are known to be indexed."""
_ROWS = 'SELECT "row" FROM examples WHERE '


def prepare(connection: Any, dialect: str) -> None:
    """Give a new connection what searching and indexing ask of it."""
    if dialect == "sqlite":
        connection.create_function("coordinate_tokens", 1, _coordinate_tokens, deterministic=True)
    elif dialect == "postgresql":
        _make_postgres_plan(connection)


def catch_up(engine: sa.Engine, *, where: bool, text: bool) -> None:
    """Bring the indexes that a search needs up to what the pool holds."""
    for _ in catching_up(engine, where=where, text=text):
        pass


def catching_up(engine: sa.Engine, *, where: bool, text: bool) -> Iterator[Standing]:
    """The same in parts, between which others can write."""
    if engine.dialect.name == "postgresql":
        _make_gin(engine, where=where, text=text)
        yield standing(engine, where=where, text=text)
    elif text or where:
        yield from _catching_up_fts(engine, "example_text" if text else "example_where")


def standing(engine: sa.Engine, *, where: bool, text: bool) -> Standing:
    """How far the indexes that a search needs have come."""
    with engine.connect() as connection:
        last = connection.execute(_LAST).scalar() or 0
        if not (where or text):
            return last, last
        if engine.dialect.name == "postgresql":
            return last if _has_gin(connection, text=text) else 0, last
        table = "example_text" if text else "example_where"
        return connection.execute(_UP_TO, {"t": table}).scalar() or 0, last


def index_column(engine: sa.Engine, column: str) -> None:
    """Have the rows found by the values of a column, in their order; made the first time it is asked for."""
    made = _INDEXED.setdefault(engine, set())
    if column not in made:
        with engine.begin() as connection:
            name = f"ix_examples_{column}"
            known = {index["name"] for index in sa.inspect(connection).get_indexes("examples")}
            if name not in known:
                connection.execute(sa.text(f"CREATE INDEX IF NOT EXISTS {name} ON examples ({column})"))
        made.add(column)


def forget(connection: sa.Connection) -> None:
    """Let the indexes be made anew at the next search: the coordinates of known examples have changed."""
    if connection.dialect.name != "postgresql":
        for table in ("example_where", "example_text"):
            connection.execute(sa.text(f"DROP TABLE IF EXISTS {table}"))
        connection.execute(sa.text("DELETE FROM search_progress"))


def matching(
    connection: sa.Connection, where: Mapping[str, str], status: str | None, text: str, origin: str | None = None
) -> Matching:
    """The rows at these coordinates, of this status and origin, with all words of `text`; each may be left out.

    For an origin, the column `origin` has to be indexed.
    """
    words, columns = words_of(text), {"status": status, "origin": origin}
    given = {name: value for name, value in columns.items() if value}
    if connection.dialect.name == "postgresql":
        return _matching_gin(where, given, words)
    return _matching_fts(connection, where, given, words)


def row_of(matching: str) -> str:
    """How the row's number is called inside such a SELECT."""
    return "rowid" if " AS found " in matching else '"row"'


def _make_postgres_plan(connection: Any) -> None:
    """Have PostgreSQL plan each search by what is searched for, as for data in memory, without compiling the plan."""
    with connection.cursor() as cursor:
        cursor.execute("SET plan_cache_mode = force_custom_plan; SET random_page_cost = 1.1; SET jit = off")
    connection.commit()


def words_of(text: str) -> list[str]:
    """The words of a text, as FTS5 cuts it; a `*` after one stays: it stands for any ending.

    >>> words_of("Crème-brûlée, 3.50 euro*")
    ['Crème', 'brûlée', '3', '50', 'euro*']
    """
    apart = "".join(letter if letter == "*" or _is_of_a_word(letter) else " " for letter in text.replace("*", "* "))
    words = (word.lstrip(_ACCENTS) for word in apart.split())
    return [word for word in words if word.strip("*")]


_ACCENTS = "".join(map(chr, range(0x300, 0x332)))
"""What FTS5 takes for a part of the letter before it."""


def _is_of_a_word(letter: str) -> bool:
    return unicodedata.category(letter)[0] in "LN" or letter in _ACCENTS


# SQLite


_TOKENS = {
    "example_where": 'coordinate_tokens("where")',
    "example_text": """question || ' ' || context || ' ' || answers || ' ' || coordinate_tokens("where")""",
}
"""Of what each index is made."""
_PRIVATE = "\ue000"
"""Begins the token of a coordinate; no word of a text does, and FTS5 counts it as a letter."""


def _coordinate_tokens(where: str) -> str:
    return " ".join([_token(key, value) for key, value in json.loads(where).items()])


@lru_cache(maxsize=100_000)
def _token(key: str, value: str) -> str:
    return _PRIVATE + hashlib.blake2b(f"{key}\x1f{value}".encode(), digest_size=8).hexdigest()


def _catching_up_fts(engine: sa.Engine, table: str) -> Iterator[Standing]:
    batches = 0
    while _behind(engine, table):
        batches += 1
        with engine.begin() as connection:
            reached = _index_some(connection, table)
        yield reached
    if batches > 1:
        yield from _making_one(engine, table)


def _index_some(connection: sa.Connection, table: str) -> Standing:
    # writing before reading takes the lock, so that two programs do not index the same rows
    connection.execute(sa.text("INSERT INTO search_progress VALUES (:t, 0) ON CONFLICT DO NOTHING"), {"t": table})
    connection.execute(sa.text("UPDATE search_progress SET up_to = up_to"))
    _make_fts(connection, table)
    start = connection.execute(_UP_TO, {"t": table}).scalar() or 0
    rows = sa.text(
        f"INSERT INTO {table}(rowid, tokens) "  # noqa: S608 - our own names
        f'SELECT "row", {_TOKENS[table]} FROM examples WHERE "row" > :start ORDER BY "row" LIMIT :some'
    )
    connection.execute(rows, {"start": start, "some": ROWS_AT_ONCE})
    end = 'SELECT max("row") FROM (SELECT "row" FROM examples WHERE "row" > :start ORDER BY "row" LIMIT :some)'
    reached = connection.execute(sa.text(end), {"start": start, "some": ROWS_AT_ONCE}).scalar() or start
    connection.execute(sa.text("UPDATE search_progress SET up_to = :r WHERE name = :t"), {"r": reached, "t": table})
    return reached, connection.execute(_LAST).scalar() or reached


def _making_one(engine: sa.Engine, table: str) -> Iterator[Standing]:
    """Merge what the batches left as pieces, which each search would walk side by side; others may write meanwhile."""
    merge = sa.text(f"INSERT INTO {table}({table}, rank) VALUES ('merge', :pages)")  # noqa: S608 - our own names
    pages, changes = -PAGES_AT_ONCE, 2  # negative: all that is there, at first; then on with it
    while changes > 1:  # FTS5's own sign that it is done
        with engine.begin() as connection:
            before = connection.scalar(_CHANGES)
            connection.execute(merge, {"pages": pages})
            changes = connection.scalar(_CHANGES) - before
            last = connection.execute(_LAST).scalar() or 0
        pages = PAGES_AT_ONCE
        yield last, last


def _behind(engine: sa.Engine, table: str) -> bool:
    with engine.connect() as connection:
        last = connection.execute(_LAST).scalar()
        up_to = connection.execute(_UP_TO, {"t": table}).scalar()
        return up_to is None or (last or 0) > up_to  # the table is made together with its line of progress


_LAST = sa.text('SELECT max("row") FROM examples')
_UP_TO = sa.text("SELECT up_to FROM search_progress WHERE name = :t")
_CHANGES = sa.text("SELECT total_changes()")


def _make_fts(connection: sa.Connection, table: str) -> None:
    options = """content='', detail=none, columnsize=0, tokenize="unicode61 remove_diacritics 0" """
    if table == "example_text":
        options += ", prefix='2'"  # `ab*` stands for many words; a list for `abc*` too would double the indexing
    try:
        connection.execute(sa.text(f"CREATE VIRTUAL TABLE IF NOT EXISTS {table} USING fts5(tokens, {options})"))
        connection.execute(sa.text(f"INSERT INTO {table}({table}, rank) VALUES ('hashsize', {MEMORY})"))  # noqa: S608
    except sa.exc.OperationalError as error:
        if "no such module" not in str(error.orig):
            raise
        raise GrowloopError(
            "This Python's SQLite was built without FTS5, which searching the pool needs.\n"
            "  Use a Python from python.org or your distribution, or a PostgreSQL `database:` in task.yaml."
        ) from None


def _matching_fts(
    connection: sa.Connection, where: Mapping[str, str], columns: Mapping[str, str], words: list[str]
) -> Matching:
    tokens = [f'"{word.strip("*")}"{"*" if word.endswith("*") else ""}' for word in words]
    tokens += [f'"{_token(key, value)}"' for key, value in where.items()]
    if not tokens:
        return _of_columns(connection, columns), dict(columns)
    table = "example_text" if words else "example_where"
    found = f'SELECT rowid AS "row" FROM {table} AS found WHERE {table} MATCH :tokens'  # noqa: S608 - our own names
    also = "".join(_has(connection, name, value, "found.rowid") for name, value in columns.items())
    return found + also, {"tokens": " AND ".join(tokens), **columns}


def _of_columns(connection: sa.Connection, columns: Mapping[str, str]) -> str:
    """The rows with these values: walked down the list of the first, each looked up in those of the others."""
    if not columns:
        return _ROWS + "1 = 1"
    first, *others = columns
    rows = f"{_ROWS}{first} = :{first}"
    return rows + "".join(_has(connection, name, columns[name], 'examples."row"') for name in others)


def _has(connection: sa.Connection, column: str, value: str, row: str) -> str:
    """The condition that a row has a value in a column. The rows of a rare one are listed first, once."""
    # the index on a column holds the row too, and is far smaller than the examples
    rows = f'SELECT "row" FROM examples AS own INDEXED BY ix_examples_{column} WHERE {column} = :{column}'  # noqa: S608
    some = sa.text(f"SELECT count(*) FROM ({rows} LIMIT {FEW + 1})")  # noqa: S608 - our own names
    if connection.execute(some, {column: value}).scalar_one() > FEW:
        return f' AND EXISTS ({rows} AND own."row" = {row})'
    return f" AND +{row} IN ({rows})"  # the plus keeps SQLite from searching once for each of them


# PostgreSQL

_WHERE = 'CAST("where" AS jsonb)'
LONGEST_WORD = 250
"""Letters. PostgreSQL keeps no word of more than 2,046 bytes; a longer one is cut, and found by how it begins."""
LONGEST_TEXT = 250_000
"""Letters of an example that can be found: PostgreSQL keeps at most a megabyte of words of it."""


def _make_gin(engine: sa.Engine, *, where: bool, text: bool) -> None:
    with engine.begin() as connection:
        if _has_gin(connection, text=text):
            return
        if where or text:
            for statement in _made_lexemes() if text else _MADE_WHERE:
                connection.execute(sa.text(statement))
            connection.execute(sa.text("ANALYZE examples"))


_MADE_WHERE = (
    f"CREATE INDEX IF NOT EXISTS example_where ON examples USING gin (({_WHERE}) jsonb_path_ops)",
    "ALTER INDEX example_where ALTER COLUMN 1 SET STATISTICS 300",
)
"""Makes the index of coordinates. With more statistics than usual: how rare one is decides how it is searched for."""


def _made_lexemes() -> tuple[str, ...]:
    """What makes the one index of words and coordinates: where both are asked for, it meets only what has both."""
    text = f"left(' ' || question || ' ' || context || ' ' || answers, {LONGEST_TEXT})"
    cut = rf"regexp_replace({text}, '(\w{{{LONGEST_WORD}}})', '\1 ', 'g')"
    whole = f"CASE WHEN octet_length({text}) > 2046 THEN {cut} ELSE {text} END"
    words = f"array_remove(regexp_split_to_array(lower({whole}), '{_between_words()}'), '')"
    return (
        "DROP INDEX IF EXISTS example_where",
        "ALTER TABLE examples DROP COLUMN IF EXISTS words",  # what an older growloop kept
        # kept in a column: to cut a text into words again at each comparison would take most of a search
        "ALTER TABLE examples ADD COLUMN IF NOT EXISTS lexemes tsvector "
        f"GENERATED ALWAYS AS (array_to_tsvector({words})) STORED",
        "ALTER TABLE examples ALTER COLUMN lexemes SET STATISTICS 1000",
        "SET LOCAL maintenance_work_mem = '256MB'",
        f"CREATE INDEX IF NOT EXISTS example_lexemes ON examples USING gin (lexemes, ({_WHERE}) jsonb_path_ops)",
        "ALTER INDEX example_lexemes ALTER COLUMN 2 SET STATISTICS 300",
    )


def _between_words() -> str:
    """What stands between words, as a regular expression that means the same whatever the database's locale is."""
    letters = [code for code in range(sys.maxunicode + 1) if _is_of_a_word(chr(code))]
    runs = [[code for _, code in run] for _, run in groupby(enumerate(letters), lambda pair: pair[1] - pair[0])]
    ranges = "".join(rf"\U{run[0]:08x}-\U{run[-1]:08x}" for run in runs)
    return rf"[^{ranges}]+[\u0300-\u0331]*"


def _has_gin(connection: sa.Connection, *, text: bool) -> bool:
    return _is_there(connection, "example_lexemes") or (not text and _is_there(connection, "example_where"))


def _is_there(connection: sa.Connection, name: str) -> bool:
    return connection.execute(sa.text("SELECT to_regclass(:name)"), {"name": name}).scalar() is not None


def _matching_gin(where: Mapping[str, str], columns: Mapping[str, str], words: list[str]) -> Matching:
    conditions, given = ["TRUE", *(f"{name} = :{name}" for name in columns)], dict(columns)
    if where:
        conditions.append(f"{_WHERE} @> CAST(:where AS jsonb)")
        given["where"] = json.dumps(dict(where))
    if words:
        conditions.append("lexemes @@ CAST(lower(:words) AS tsquery)")
        given["words"] = " & ".join(map(_lexeme, words))
    return _ROWS + " AND ".join(conditions), given


def _lexeme(word: str) -> str:
    """A word as a tsquery has it; the beginning of words where it ends in a `*`, or is too long."""
    whole = word.strip("*")
    is_beginning = word.endswith("*") or len(whole) >= LONGEST_WORD
    return f"'{whole[:LONGEST_WORD]}'{':*' if is_beginning else ''}"
