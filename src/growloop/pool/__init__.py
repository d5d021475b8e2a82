"""The pool: every example anyone ever proposed and every annotation, in SQL.

SQLite by default (write-ahead log, synced at each commit, so an acknowledged annotation survives a
power cut); any database SQLAlchemy speaks to otherwise. A file for each noun: examples, statuses, annotations, queue;
`Pool` is all of them in one database.
"""

from growloop.pool.incoming import Added
from growloop.pool.pool import Pool, Restored
from growloop.pool.search import Found

__all__ = ["Added", "Found", "Pool", "Restored"]
