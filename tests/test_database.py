from __future__ import annotations

import gc
from pathlib import Path
from threading import Thread
from weakref import finalize

import pytest
import sqlalchemy as sa

from growloop import database
from growloop.database import alone, close_engine, open_engine
from growloop.errors import BadData

TABLES = sa.MetaData()
NOTES = sa.Table("notes", TABLES, sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


def test_who_opens_the_same_file_shares_it_until_the_last_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = open_engine(tmp_path / "a.db", TABLES), open_engine("a.db", TABLES)
    other = open_engine("b.db", TABLES)

    close_engine(first)
    with alone(second, "notes") as connection:
        connection.execute(sa.insert(NOTES), {"text": "here"})
    close_engine(second)

    assert first is second is not other
    assert not (tmp_path / "a.db-wal").exists()  # folded into the file when the last connection is closed
    again = open_engine("a.db", TABLES)
    with again.connect() as connection:
        assert connection.execute(sa.select(NOTES.c.text)).scalars().all() == ["here"]
    close_engine(again)
    close_engine(other)


def test_garbage_may_let_go_of_one_database_while_another_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Holder:
        """Stands in a circle, so that it goes when garbage is collected, not before."""

        def __init__(self) -> None:
            self.itself = self
            finalize(self, close_engine, open_engine(tmp_path / "held.db", TABLES))

    made = database._made_engine

    def made_amid_collection(*how: object) -> sa.Engine:
        gc.collect()
        return made(*how)  # type: ignore[arg-type]

    Holder()
    monkeypatch.setattr(database, "_made_engine", made_amid_collection)
    opening = Thread(target=lambda: close_engine(open_engine(tmp_path / "other.db", TABLES)), daemon=True)
    opening.start()
    opening.join(timeout=30)

    assert not opening.is_alive()
    assert not (tmp_path / "held.db-wal").exists()


def test_each_database_in_memory_is_one_of_its_own() -> None:
    one, other = open_engine("sqlite://", TABLES), open_engine("sqlite://", TABLES)

    assert one is not other
    close_engine(one)
    close_engine(other)


def test_a_file_with_other_tables_is_refused_again_and_again(tmp_path: Path) -> None:
    file = tmp_path / "other.db"
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE notes (id INTEGER)")
    engine.dispose()

    for _ in range(2):
        with pytest.raises(BadData, match='a table "notes" without text'):
            open_engine(file, TABLES)
