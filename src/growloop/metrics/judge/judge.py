"""A trained judge: from a question, its accepted answers and what was said to a probability and a verdict."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any
from zipfile import BadZipFile

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import BadData
from growloop.metrics.judge.features import Table, features
from growloop.metrics.judge.trees import Trees
from growloop.metrics.metric import Floats
from growloop.metrics.semantic import Cosines
from growloop.records.judge import JUDGED, JudgeCard

JUDGE_FILE = "judge/judge.npz"
"""Where a project keeps its judge."""
_CARD = "card"
_SURE = 30.0
"""Log-odds beyond which nothing changes."""


@dataclass(frozen=True)
class Judge:
    """Boosted trees over the figures of `features`, calibrated, with the range outside which they know nothing."""

    card: JudgeCard
    names: tuple[str, ...]
    trees: Trees
    calibration: Floats
    """Slope and intercept of the log-odds."""
    lowest: Floats
    highest: Floats
    """The range of each figure in what it learned from."""

    def judged(self, rows: pl.DataFrame, cosines: Cosines) -> pl.DataFrame:
        """A frame of JUDGED for rows with question, answers and prediction, in their order."""
        if rows.is_empty():
            return pl.DataFrame(schema=JUDGED)
        table = features(rows, cosines)
        self._check(table)
        probability = probabilities(self.trees.log_odds(table.values), self.calibration)
        outside = outside_range(table.values, self.lowest, self.highest) > self.card.most_outside
        verdict = pl.Series(_verdicts(probability, outside, self.card.limits), dtype=pl.String)
        return pl.DataFrame([probability, verdict, outside], schema=JUDGED)

    def _check(self, table: Table) -> None:
        if table.names != self.names:
            raise BadData(
                "The judge was trained by another version of growloop, which looked at other figures.\n"
                "  Train it again:  growloop judge train"
            )

    def to_bytes(self) -> bytes:
        """The judge as one file of plain arrays, without pickle."""
        texts = {_CARD: self.card.model_dump_json(), "names": "\n".join(self.names)}
        arrays: dict[str, Any] = {name: np.frombuffer(text.encode(), dtype=np.uint8) for name, text in texts.items()}
        arrays |= {"calibration": self.calibration, "lowest": self.lowest, "highest": self.highest}
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **(arrays | self.trees.arrays()))
        return buffer.getvalue()

    @classmethod
    def of_bytes(cls, kept: bytes) -> Judge:
        """The judge that `to_bytes` gave. Raises BadData where the file is damaged."""
        try:
            with np.load(io.BytesIO(kept), allow_pickle=False) as arrays:
                return cls(
                    card=JudgeCard.model_validate_json(arrays[_CARD].tobytes()),
                    names=tuple(arrays["names"].tobytes().decode().split("\n")),
                    trees=Trees.of(arrays),
                    **{name: arrays[name] for name in ("calibration", "lowest", "highest")},
                )
        except (ValueError, KeyError, OSError, EOFError, BadZipFile) as error:
            raise BadData(f"{JUDGE_FILE} is damaged ({error}). Train it again:  growloop judge train") from None


def probabilities(log_odds: Floats, calibration: Floats) -> Floats:
    """Log-odds, calibrated, as probabilities."""
    calibrated = np.clip(calibration[0] * log_odds + calibration[1], -_SURE, _SURE)
    found: Floats = 1 / (1 + np.exp(-calibrated))
    return found


def outside_range(values: Floats, lowest: Floats, highest: Floats) -> NDArray[np.int64]:
    """How many figures of each row lie outside their range; what is not measured lies inside."""
    return np.asarray(((values < lowest) | (values > highest)).sum(axis=1), dtype=np.int64)


def _verdicts(probability: Floats, outside: NDArray[np.bool_], limits: tuple[float, float]) -> NDArray[np.object_]:
    said = np.where(probability <= limits[0], "wrong", np.where(probability >= limits[1], "right", "cannot_tell"))
    return np.where(outside, "cannot_tell", said).astype(object)
