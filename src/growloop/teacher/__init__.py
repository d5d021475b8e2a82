"""A teacher model behind an OpenAI-compatible endpoint: asked at once, retried, cached on disk, its answers checked.

Nothing is sent unless `growloop teach` is run, and then to the address in the environment alone.
"""

from growloop.teacher.answers import reworded, usable
from growloop.teacher.cache import Cache
from growloop.teacher.crew import Asked, Outcome, Patience, Retried, asking, replies
from growloop.teacher.endpoint import Endpoint, Reply
from growloop.teacher.messages import Messages, messages_about, request_key, rewording_of
from growloop.teacher.spending import Spending, tokens_at_most

__all__ = [
    "Asked",
    "Cache",
    "Endpoint",
    "Messages",
    "Outcome",
    "Patience",
    "Reply",
    "Retried",
    "Spending",
    "asking",
    "messages_about",
    "replies",
    "request_key",
    "reworded",
    "rewording_of",
    "tokens_at_most",
    "usable",
]
