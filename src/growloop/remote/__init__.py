"""A model behind an OpenAI-compatible endpoint: asked at once, retried, its replies kept, its cost held in bounds.

Nothing is sent unless somebody runs a command that asks a model, and then to the address in the environment alone.
"""

from growloop.remote.cache import Cache
from growloop.remote.crew import Ask, Asked, Outcome, Patience, Retried, asking, kept_replies, replies
from growloop.remote.endpoint import Endpoint, Reply
from growloop.remote.request import Messages, request_key
from growloop.remote.spending import Spending, tokens_at_most

__all__ = [
    "Ask",
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
    "kept_replies",
    "replies",
    "request_key",
    "tokens_at_most",
]
