"""A teacher model drafts answers: what it is asked, and whether its answers can be used.

Nothing is sent unless `growloop teach` is run, and then to the address in the environment alone.
"""

from growloop.teacher.answers import reworded, usable
from growloop.teacher.messages import messages_about, rewording_of

__all__ = ["messages_about", "reworded", "rewording_of", "usable"]
