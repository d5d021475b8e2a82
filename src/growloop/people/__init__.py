"""The people of a project: users with roles, invitations, sessions, keys for programs, and the trail of changes.

They are kept beside the pool, in its database. Passwords are hashed with argon2; of every other secret (a session, an
invitation, a program's key) only its SHA-256 is kept, which is enough for what is random and 256 bits long.
"""

from growloop.people.passwords import SHORTEST_PASSWORD
from growloop.people.people import SESSION_SECONDS, People
from growloop.people.tables import DAY

__all__ = ["DAY", "SESSION_SECONDS", "SHORTEST_PASSWORD", "People"]
