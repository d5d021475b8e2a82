"""The index of a project's passages: built resumably, swapped in whole, searched in bulk.

<folder>/current.json         names the index in use (written last)
<folder>/<fingerprint>/       passages.parquet · bm25/ · dense/ · manifest.json
<folder>/building-<...>/      one under construction; a killed build goes on from its parts
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Generator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import polars as pl
from numpy.typing import NDArray

from growloop.errors import BadData, ModelProblem, NotFound, NothingToDo, did_you_mean
from growloop.project import parquet_bytes, write_atomically
from growloop.records.base import Record
from growloop.records.progress import Progress
from growloop.retrieval.bm25 import Bm25
from growloop.retrieval.dense import Dense, Encoder, encoder_hash
from growloop.retrieval.hybrid import best_first, reciprocal_rank_fusion

Kind = Literal["bm25", "dense", "hybrid"]
FOUND = pl.Schema({"question": pl.Int64, "rank": pl.Int64, "id": pl.String, "score": pl.Float64, "text": pl.String})
"""What a search returns: `question` is the row number of the question asked, `rank` starts at 1."""
_FUSED_DEPTH = 100
"""How far down each ranking goes into the fusion."""
_BLOCK = 256
"""Questions scored at once: bounds memory to this times the number of passages."""


class Manifest(Record):
    """What an index was made of."""

    kind: Kind
    fingerprint: str
    passages: int
    duplicates: int
    """Passages left out because one with the same text is in."""
    encoder_folder: str | None = None
    encoder_hash: str | None = None


class Index:
    """Passages that can be searched. Made by `build_index`, reopened by `open_index`."""

    def __init__(self, folder: Path, manifest: Manifest, encoder_folder: Path | None = None) -> None:
        self.folder = folder
        self.manifest = manifest
        self._encoder_folder = encoder_folder or (Path(manifest.encoder_folder) if manifest.encoder_folder else None)

    @property
    def kind(self) -> Kind:
        """How it ranks."""
        return self.manifest.kind

    @cached_property
    def passages(self) -> pl.DataFrame:
        """What is indexed, in index order; texts that occurred several times are in once."""
        return pl.read_parquet(self.folder / "passages.parquet")

    def search(self, questions: Sequence[str], k: int) -> pl.DataFrame:
        """The k best passages of each question, best first (a FOUND frame).

        Fewer rows where fewer passages have anything in common with the question; none for an
        empty question. Equal scores go to the passage indexed first, so results repeat.
        """
        asked = [number for number, question in enumerate(questions) if question.strip()]
        parts = [self._search_block(questions, asked[start : start + _BLOCK], k) for start in _blocks(asked)]
        return pl.concat(parts) if parts else pl.DataFrame(schema=FOUND)

    def _search_block(self, questions: Sequence[str], numbers: list[int], k: int) -> pl.DataFrame:
        scored = self._scores([questions[number] for number in numbers], k)
        rankings = [best_first(scores, k, above=self._above) for scores in scored]
        positions = np.concatenate(rankings)
        return pl.DataFrame(
            {
                "question": np.repeat(numbers, [len(ranking) for ranking in rankings]),
                "rank": np.concatenate([np.arange(1, len(ranking) + 1) for ranking in rankings]),
                "id": self.passages["id"].gather(positions),
                "score": np.concatenate([scores[r] for scores, r in zip(scored, rankings, strict=True)]),
                "text": self.passages["text"].gather(positions),
            },
            schema_overrides=FOUND,
        )

    def _scores(self, questions: list[str], k: int) -> NDArray[np.float32]:
        if self.kind == "bm25":
            return self._bm25.scores(questions)
        near = self._dense.scores(self._encoder.encode(questions))
        if self.kind == "dense":
            return near
        depth, passages = max(_FUSED_DEPTH, k), near.shape[1]
        fused = [
            reciprocal_rank_fusion([best_first(shared, depth), best_first(alike, depth, above=-np.inf)], passages)
            for shared, alike in zip(self._bm25.scores(questions), near, strict=True)
        ]
        return np.stack(fused)

    @property
    def _above(self) -> float:
        return -np.inf if self.kind == "dense" else 0.0  # a negative cosine still ranks; sharing no word does not

    @cached_property
    def _bm25(self) -> Bm25:
        return Bm25.load(self.folder / "bm25")

    @cached_property
    def _dense(self) -> Dense:
        return Dense.load(self.folder / "dense")

    @cached_property
    def _encoder(self) -> Encoder:
        folder = self._encoder_folder
        if folder is None or not folder.is_dir() or encoder_hash(folder) != self.manifest.encoder_hash:
            raise ModelProblem(
                f"The encoder this index was built with is not at {folder} any more.\n  Build it again:  growloop index"
            )
        return Encoder(folder)


def fingerprint(passages: pl.DataFrame) -> str:
    """Changes when any passage's id or text changes, or their order."""
    digest = hashlib.blake2b(digest_size=16)
    for column in ("id", "text"):
        values = passages[column].to_list()
        digest.update("".join(f"{len(value)}:{value}" for value in values).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def build_index(
    passages: pl.DataFrame, folder: Path, kind: Kind = "hybrid", encoder_folder: Path | None = None
) -> Generator[Progress, None, Index]:
    """Index passages (`id` and `text`; further columns are kept) and put the index into use.

    The one in use answers until the new one is complete. An unchanged set of passages is not
    indexed twice, and a killed build goes on from its last part. `dense` and `hybrid` need
    `encoder_folder`, a local sentence-transformers model. Raises NothingToDo without passages.
    """
    manifest, distinct = _plan(passages, kind, encoder_folder)
    name = _name(manifest)
    if not (folder / name / "manifest.json").exists():
        building = folder / f"building-{name}"
        building.mkdir(parents=True, exist_ok=True)
        yield from _fill(building, manifest, distinct)
        shutil.rmtree(folder / name, ignore_errors=True)
        os.replace(building, folder / name)
    write_atomically(folder / "current.json", json.dumps({"index": name}).encode())
    _remove_others(folder, name)
    yield Progress("index", distinct.height, distinct.height, "ready")
    return Index(folder / name, manifest, encoder_folder)


def open_index(folder: Path, encoder_folder: Path | None = None) -> Index:
    """The index in use. Raises NotFound where none was built.

    `encoder_folder` is only needed where the encoder has moved since.
    """
    pointer = folder / "current.json"
    if not pointer.exists():
        raise NotFound(f"No index in {folder}.\n  Build one:  growloop index")
    name = json.loads(pointer.read_bytes())["index"]
    manifest_path = folder / name / "manifest.json"
    if not manifest_path.exists():
        raise NotFound(f"{pointer} names an index that is gone ({name}).\n  Build it again:  growloop index")
    return Index(folder / name, Manifest.model_validate_json(manifest_path.read_bytes()), encoder_folder)


def _plan(passages: pl.DataFrame, kind: str, encoder_folder: Path | None) -> tuple[Manifest, pl.DataFrame]:
    if kind not in get_args(Kind):
        raise BadData(f'There is no retriever "{kind}".  {did_you_mean(kind, get_args(Kind))}')
    distinct = _distinct(passages)
    if distinct.height == 0:
        raise NothingToDo("There are no passages to index.\n  Put texts into contexts/ and name them in universe.yaml.")
    if kind != "bm25" and encoder_folder is None:
        raise BadData(f'The retriever "{kind}" needs an encoder; none was given.  Use bm25, or name its folder.')
    encoder = encoder_folder.resolve() if encoder_folder is not None and kind != "bm25" else None
    manifest = Manifest(
        kind=kind,  # type: ignore[arg-type]  # checked above
        fingerprint=fingerprint(passages),
        passages=distinct.height,
        duplicates=passages.height - distinct.height,
        encoder_folder=str(encoder) if encoder else None,
        encoder_hash=encoder_hash(encoder) if encoder else None,
    )
    return manifest, distinct


def _distinct(passages: pl.DataFrame) -> pl.DataFrame:
    """Without empty texts and repeated ones. Raises BadData where one id stands for two texts."""
    visible = passages.filter(pl.col("text").str.strip_chars().str.len_bytes() > 0)
    texts_of_id = visible.group_by("id", maintain_order=True).agg(pl.col("text").n_unique().alias("texts"))
    torn = texts_of_id.filter(pl.col("texts") > 1)
    if torn.height:
        raise BadData(
            f"{torn.height} passage ids stand for more than one text (first: {torn['id'][0]}).\n  Give each its own id."
        )
    return visible.unique("text", keep="first", maintain_order=True)


def _name(manifest: Manifest) -> str:
    parts = (manifest.kind, manifest.fingerprint, manifest.encoder_hash or "")
    return f"{manifest.kind}-{hashlib.blake2b('|'.join(parts).encode(), digest_size=8).hexdigest()}"


def _fill(folder: Path, manifest: Manifest, passages: pl.DataFrame) -> Generator[Progress, None, None]:
    texts = passages["text"].to_list()
    yield Progress("index", 0, len(texts), "starting")
    write_atomically(folder / "passages.parquet", parquet_bytes(passages))
    if manifest.kind in ("bm25", "hybrid"):
        Bm25.build(texts).save(folder / "bm25")
    if manifest.encoder_folder is not None:
        parts = folder / "parts"
        dense = yield from Dense.build(texts, Encoder(Path(manifest.encoder_folder)), parts)
        dense.save(folder / "dense")
        shutil.rmtree(parts, ignore_errors=True)
    write_atomically(folder / "manifest.json", manifest.model_dump_json(indent=2).encode())


def _remove_others(folder: Path, keep: str) -> None:
    for other in folder.iterdir():
        if other.is_dir() and other.name != keep:
            shutil.rmtree(other, ignore_errors=True)


def _blocks(numbers: list[int]) -> range:
    return range(0, len(numbers), _BLOCK)
