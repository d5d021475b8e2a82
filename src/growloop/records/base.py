"""What all records share: frozen, closed to unknown keys, one line per record in JSON."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A noun of growloop: immutable, and refusing keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=False)
