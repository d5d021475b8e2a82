"""People's verdicts on answers: saved, taken back, and folded into examples the model can learn from.

A correction stands where its context stands: in the same group, on the same side of the split. What a person
says about a held-out context is measured, never learned, so that the next score is as honest as the last.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property

import polars as pl

from growloop.errors import BadData
from growloop.metrics import is_abstention
from growloop.pool import Pool
from growloop.records.agreement import VERDICTS
from growloop.records.annotation import Annotation
from growloop.records.example import EXAMPLES, SplitName, content_id, content_ids, examples_frame, is_answerable
from growloop.universe.verification import DOUBT

_VERDICTS = pl.Schema(
    {
        "id": pl.Int64(),
        "question": pl.String(),
        "context": pl.String(),
        "shown_answer": pl.String(),
        "verdict": pl.String(),
        "answers": pl.List(pl.String),
        "example": pl.String(),
    }
)
_GRADES = {"correct": 1.0, "partly": 0.5, "wrong": 0.0}
_GUARDED: tuple[SplitName, ...] = ("test", "validation", "train")
_KIN_CHARACTERS = 40
"""Contexts shorter than this occur inside others by chance."""


def record(pool: Pool, annotation: Annotation, *, people: int | None = 1) -> Annotation:
    """Save a verdict durably; what comes back carries its id.

    Answers are kept only where the verdict needs them (partly, wrong). Raises BadData where the question is blank,
    and Overtaken where it is on an example that so many `people`, or the same person, have judged already; None asks
    nothing of the kind.
    """
    return pool.annotate(_cleaned(annotation), people=people)


def repeat(pool: Pool, source: int, annotations: Sequence[Annotation], *, people: int = 1) -> list[Annotation]:
    """Save verdicts that repeat another one, the `source`: all of them durably, or none. Raises as `record` does."""
    return pool.repeat(source, [_cleaned(each) for each in annotations], people=people)


def settle(pool: Pool, annotation: Annotation) -> Annotation:
    """Save a verdict that settles what people said differently about an example. Raises as `record` does."""
    if annotation.example is None:
        raise BadData("A verdict that settles names the example that people disagree about.")
    return pool.settle(_cleaned(annotation))


def _cleaned(annotation: Annotation) -> Annotation:
    if not annotation.question.strip():
        raise BadData(
            "This verdict has no question, so nothing can be learned from it. Give the question that was asked."
        )
    needed = annotation.answers if annotation.verdict in ("partly", "wrong") else ()
    answers = dict.fromkeys(answer.strip() for answer in needed if answer.strip())
    return annotation.model_copy(update={"answers": tuple(answers)})


def undo(pool: Pool, annotation_id: int, *, by: str | None = None) -> None:
    """Withdraw a verdict: it counts no longer, and stays on record. Raises NotFound.

    `by`: only one of that person's; raises NotAllowed for somebody else's.
    """
    pool.withdraw(annotation_id, by=by)


def latest_by_question(annotations: Iterable[Annotation]) -> list[Annotation]:
    """The verdicts that count: the last on each question and context, withdrawn ones aside."""
    standing = [given for given in annotations if not given.withdrawn]
    if not standing:
        return []
    return [standing[row] for row in _latest(_verdict_frame(standing))["row"]]


def fold(
    annotations: Iterable[Annotation],
    pool_examples: pl.DataFrame,
    version_examples: pl.DataFrame | None = None,
    *,
    abstain_answer: str = "",
    places: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The examples that people's verdicts make: an EXAMPLES frame, one row per question and context judged.

    `pool_examples` are the accepted ones, and the drafts. A correct answer becomes an accepted one, before those its
    example had; a partly right or wrong one gives way to the answers given; unanswerable and an accepted abstention
    have none. Bad questions make no example, nor do verdicts that say "wrong" without saying what is right. Folding
    twice changes nothing. `places` are those of the universe's contexts, as `Sides` takes them.
    """
    judged = _judged(annotations, pool_examples, abstain_answer).filter(pl.col("answers").is_not_null())
    placed = Sides(pool_examples, version_examples, places).place(judged)
    return examples_frame(placed.select(name for name in EXAMPLES if name in placed.columns))


def rejected(
    annotations: Iterable[Annotation], pool_examples: pl.DataFrame | None = None, *, abstain_answer: str = ""
) -> list[str]:
    """The ids of the examples that give way to people's verdicts, sorted.

    Bad questions go, and so does every example on a question and context that a correction of `fold` answers.
    """
    pool = _nothing() if pool_examples is None else pool_examples
    return _replaced(_judged(annotations, pool, abstain_answer), pool)


def waiting(
    annotations: Iterable[Annotation],
    pool_examples: pl.DataFrame,
    version_examples: pl.DataFrame | None = None,
    *,
    abstain_answer: str = "",
) -> int:
    """How many questions the next version would answer differently from this one, for what people said."""
    judged = _judged(annotations, pool_examples, abstain_answer)
    frozen = _nothing() if version_examples is None else version_examples
    said = pl.col("origin") == "annotation"
    restored = pool_examples.filter(said)["id"]  # verdicts that a restored version has made examples of
    held = frozen.filter(said, ~pl.col("id").is_in(restored.implode())).select(_asked(), "id")
    corrected = judged.filter(pl.col("answers").is_not_null())
    folded = corrected.select("asked", content_ids(corrected))
    gone = pl.DataFrame({"id": _replaced(judged, pool_examples)}, schema={"id": pl.String})
    changes = (
        folded.join(held, on=["asked", "id"], how="anti"),
        held.join(folded, on=["asked", "id"], how="anti"),
        frozen.filter(pl.col("origin") != "annotation").join(gone, on="id", how="semi").with_columns(_asked()),
    )
    return pl.concat(change.select("asked") for change in changes)["asked"].n_unique()


def still_queued(queue: pl.DataFrame, annotations: Iterable[Annotation]) -> pl.DataFrame:
    """What of a queue nobody has judged: a verdict on an example, or on its question and context, takes it off.

    A verdict that is taken back puts it in the queue again.
    """
    return shared_queue(queue, annotations).drop("judges")


def shared_queue(queue: pl.DataFrame, annotations: Iterable[Annotation], people: int = 1) -> pl.DataFrame:
    """What of a queue fewer than so many people have judged, with their names in the column `judges`."""
    said = Queued(queue).about([one for one in annotations if not one.withdrawn])
    judges = said.select("id", "by").unique().sort("by").group_by("id").agg(judges="by")
    found = queue.join(judges, on="id", how="left", maintain_order="left")
    return found.with_columns(pl.col("judges").fill_null([])).filter(pl.col("judges").list.len() < people)


class Queued:
    """A queue whose examples are found by what verdicts are about."""

    def __init__(self, queue: pl.DataFrame) -> None:
        self._queue = queue.select("id", "question", "context")

    @cached_property
    def _matched(self) -> pl.DataFrame:
        return self._queue.with_columns(matched=_matched("question"))

    @cached_property
    def rows_by_question(self) -> dict[str, tuple[int, ...]]:
        """Which rows ask each question, as it is compared."""
        asked = self._matched.select("matched").with_row_index("row")
        several = asked.filter(pl.col("matched").is_duplicated()).group_by("matched").agg("row")
        one_each = zip(asked["matched"].to_list(), zip(asked["row"].to_list(), strict=True), strict=True)
        return dict(one_each) | {question: tuple(rows) for question, rows in several.iter_rows()}

    def rows_asked(self, question: str, context: str) -> list[int]:
        """The rows that ask a question about a context, however many wait."""
        alike, context = self.rows_by_question.get(as_compared(question), ()), as_compared(context)
        return [row for row in alike if as_compared(self._queue["context"][row]) == context]

    def about(self, annotations: Sequence[Annotation]) -> pl.DataFrame:
        """Which `verdict` is about which example (`id`), and `by` whom: it names the example, or asks the same."""
        by = pl.Series([one.by for one in annotations], dtype=pl.String)
        verdicts = _verdict_frame(annotations).with_columns(_asked(), _matched("question"), verdict="id", by=by)
        named = verdicts.select("verdict", "by", id="example").drop_nulls("id")
        if verdicts.is_empty():
            return named
        alike = self._matched.filter(pl.col("matched").is_in(verdicts["question"].implode()))
        asked = alike.select("id", _asked()).join(verdicts.drop("id"), on="asked")
        return pl.concat([named, asked.select("verdict", "by", "id")])


def judged_predictions(
    annotations: Iterable[Annotation], pool_examples: pl.DataFrame, *, abstain_answer: str = ""
) -> pl.DataFrame:
    """The verdicts on answers of a model, with what was right without them: a VERDICTS frame.

    Right are the answers the person gave, else those of the pool's example on the question and context; an answer
    never counts as right for having been called correct. Verdicts on labels, bad questions, and what nobody answered
    but the model are left out.
    """
    given = [one for one in annotations if not (one.withdrawn or (one.example and one.run is None))]
    verdicts = _verdict_frame(given).with_columns(
        pl.Series("annotator", [one.by for one in given], pl.String), _asked()
    )
    known = _about(pool_examples.filter(pl.col("origin") != "annotation"), verdicts)
    known = known.unique("asked", keep="first", maintain_order=True).select("asked", "where", had="answers")
    found = verdicts.join(known, on="asked", how="left", maintain_order="left").sort("id", maintain_order=True)
    own = pl.when(pl.col("answers").list.len() > 0).then("answers")
    unanswerable = pl.col("verdict") == "unanswerable"
    right = pl.when(unanswerable).then(pl.lit([], dtype=VERDICTS["answers"])).otherwise(pl.coalesce(own, "had"))
    silent = is_abstention(found["shown_answer"], abstain_answer).cast(pl.Float64)
    graded = pl.col("verdict").replace_strict(_GRADES, default=None, return_dtype=pl.Float64)
    frame = found.with_columns(
        right.alias("answers"),
        pl.col("where").fill_null([]),
        verdict=pl.when(unanswerable).then(pl.lit(silent)).otherwise(graded),
        prediction="shown_answer",
    )
    return frame.select(list(VERDICTS)).drop_nulls(["answers", "verdict"])


class Sides:
    """Which group and side each context belongs to, as far as a version, the pool and the universe know.

    `places` has the universe's contexts (`question`, `context`, `group`, `split`): a retrieved passage that no example
    was drawn from may still be about a restaurant that is held out.
    """

    def __init__(
        self,
        pool_examples: pl.DataFrame,
        version_examples: pl.DataFrame | None = None,
        places: pl.DataFrame | None = None,
    ) -> None:
        frames = [frame for frame in (version_examples, pool_examples, places) if frame is not None]
        known = pl.concat(frame.select("question", "context", "group", "split") for frame in frames)
        without = pl.when(pl.col("context").str.strip_chars() == "").then("question").otherwise(pl.lit(""))
        distinct = known.group_by(without, "context", "group", maintain_order=True)  # many questions share a context
        known = distinct.agg(pl.col("split").drop_nulls().first()).with_columns(_place())
        self._groups = known.group_by("place", maintain_order=True).agg(pl.col("group").first())
        self._splits = known.group_by("group", maintain_order=True).agg(pl.col("split").drop_nulls().first())

    def place(self, asked: pl.DataFrame) -> pl.DataFrame:
        """Give each row (`question`, `context`) its `group` and `split`.

        A context nothing is known of makes a group of its own and goes to train: a fresh correction is there to
        be learned from.
        """
        rows = asked.with_columns(_place()).join(self._groups, on="place", how="left", maintain_order="left")
        strangers = rows.filter(pl.col("group").is_null()).select("place").unique(maintain_order=True)
        own = [content_id("", place, ()) for place in strangers["place"]]
        homes = strangers.with_columns(pl.Series("own", own, dtype=pl.String))
        homes = homes.join(self._held_by(strangers), on="place", how="left")
        homes = homes.join(self._cut_from(strangers), on="place", how="left")
        homes = homes.select("place", pl.coalesce("held", "whole", "own").alias("home"))
        rows = rows.join(homes, on="place", how="left", maintain_order="left")
        rows = rows.with_columns(pl.coalesce("group", "home").alias("group"))
        rows = rows.join(self._splits, on="group", how="left", maintain_order="left")
        return rows.with_columns(pl.col("split").fill_null("train")).drop("place", "home")

    def of(self, question: str, context: str) -> SplitName:
        """The side that a correction of this question about this context falls on."""
        [side] = self.of_all([(question, context)])
        return side

    def of_all(self, asked: Sequence[tuple[str, str]]) -> list[SplitName]:
        """The sides of many questions and contexts, in their order."""
        places = [_place_of(*each) for each in asked]
        strange = [each for each, place in zip(asked, places, strict=True) if place not in self._known]
        rows = pl.DataFrame(strange, schema={"question": pl.String, "context": pl.String}, orient="row")
        rest = iter(self.place(rows)["split"].to_list() if strange else [])
        return [self._known[place] if place in self._known else next(rest) for place in places]

    @cached_property
    def _known(self) -> dict[str, SplitName]:
        """The side of each place that is known: a page asks about a few, again and again."""
        sided = self._groups.join(self._splits, on="group", how="left")
        return dict(sided.select("place", pl.col("split").fill_null("train")).iter_rows())

    def _held_by(self, strangers: pl.DataFrame) -> pl.DataFrame:
        """The group of a known context that a strange one holds whole; of several, the most guarded.

        So it is where several retrieved passages were read together.
        """
        pairs = _containing(strangers, self._groups).join(self._splits, on="group", how="left", maintain_order="left")
        rank = pl.col("split").replace_strict({side: n for n, side in enumerate(_GUARDED)}, default=len(_GUARDED))
        first = pairs.sort(rank, "group").unique("place", keep="first", maintain_order=True)
        return first.select("place", held="group")

    def _cut_from(self, strangers: pl.DataFrame) -> pl.DataFrame:
        """The group of the known context that a strange one was cut from; none where several groups hold it."""
        pairs = _containing(self._groups, strangers).select(whole="group", place="place_inside").unique()
        return pairs.filter(pl.col("place").is_unique())


def _containing(outer: pl.DataFrame, inner: pl.DataFrame) -> pl.DataFrame:
    """The pairs of places of which the first holds the second whole; columns of `inner` without a twin come along.

    The openings of the inner ones are looked for in one pass (Aho–Corasick), and only their finds compared whole.
    """
    openings = _opened(inner).rename({"place": "place_inside"})
    wanted = pl.lit(openings["opening"].unique().implode())
    found = outer.with_columns(opening=_text("place").str.extract_many(wanted, overlapping=True).list.unique())
    pairs = found.explode("opening").drop_nulls("opening").join(openings, on="opening")
    return pairs.filter(_text("place").str.contains(_text("place_inside"), literal=True)).drop("opening")


def _opened(places: pl.DataFrame) -> pl.DataFrame:
    """The places long enough to be recognised inside others, with how they begin."""
    with_opening = places.with_columns(opening=_text("place").str.head(_KIN_CHARACTERS))
    return with_opening.filter(pl.col("opening").str.len_chars() == _KIN_CHARACTERS)


def _text(place: str) -> pl.Expr:
    """The text of a place without its mark."""
    return pl.col(place).str.slice(_PREFIX)


_PREFIX = 2
"""Characters before the text in a place: `c ` for a context, `q ` for a question without one."""


def _matched(text: str) -> pl.Expr:
    """A text as it is compared, never as it is kept: NFKC, white space collapsed."""
    return pl.col(text).map_batches(_all_compared, return_dtype=pl.String)


def _all_compared(texts: pl.Series) -> pl.Series:
    """Texts as they are compared; most are so already, which is found out in a tenth of the time."""
    strange = (~texts.str.contains(_PLAIN)).arg_true()
    spelled = texts.gather(strange).str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    return texts.scatter(strange, spelled) if strange.len() else texts


_LETTERS = "[!-~À-ÿЀ-џ–—‘’“”一-鿿]"
"""Letters that are normalized, whatever stands beside them."""
_PLAIN = f"^(?:{_LETTERS}+(?: {_LETTERS}+)*)?$"


def as_compared(text: str) -> str:
    """One text as it is compared, without a frame wherever Python's own idea of white space and letters will do.

    >>> as_compared("Dogs \\n allowed？")
    'Dogs allowed?'
    """
    plain = " ".join(text.split())
    # what Python knows and prints is normalized alike by all later versions of Unicode
    if plain.isprintable() and unicodedata.is_normalized("NFKC", plain) and not _NO_SPACE.search(text):
        return plain
    return str(_all_compared(pl.Series([text])).item())


_NO_SPACE = re.compile("[\x1c-\x1f]")
"""White space to Python, and to nobody else."""


def _place_of(question: str, context: str) -> str:
    """One place, as `_place` tells it."""
    read = as_compared(context)
    return f"c {read}" if read else f"q {as_compared(question)}"


def _asked() -> pl.Expr:
    """What makes two verdicts be about the same thing: question and context."""
    return pl.concat_str(_matched("question"), _matched("context"), separator="\x1f").alias("asked")


def _place() -> pl.Expr:
    """What may not straddle the split: the context, or the question where there is none."""
    context = _matched("context")
    without = pl.concat_str(pl.lit("q "), _matched("question"))
    return pl.when(context != "").then(pl.concat_str(pl.lit("c "), context)).otherwise(without).alias("place")


def _about(examples: pl.DataFrame, verdicts: pl.DataFrame) -> pl.DataFrame:
    """The examples that verdicts may be about, by their question alone: contexts are long to compare."""
    if verdicts.is_empty():
        return examples.clear().with_columns(_asked())
    questions = verdicts.select(_matched("question").unique().alias("question"))["question"]
    return examples.filter(_matched("question").is_in(questions.implode())).with_columns(_asked())


def _nothing() -> pl.DataFrame:
    return EXAMPLES.to_frame()


def _verdict_frame(annotations: Iterable[Annotation]) -> pl.DataFrame:
    given = list(annotations)
    columns = {name: [getattr(annotation, name) for annotation in given] for name in _VERDICTS}
    columns["answers"] = [list(answers) for answers in columns["answers"]]
    return pl.DataFrame(columns, schema=_VERDICTS)


def _latest(verdicts: pl.DataFrame) -> pl.DataFrame:
    """The last verdict on each question and context, with what it is about and its row before."""
    ordered = verdicts.with_row_index("row").with_columns(_asked()).sort("id", maintain_order=True)
    return ordered.unique("asked", keep="last", maintain_order=True)


def _judged(annotations: Iterable[Annotation], pool: pl.DataFrame, abstain_answer: str) -> pl.DataFrame:
    """The verdicts that count, each with its example's coordinates and the `answers` it makes right.

    `answers` is null where a verdict does not say what is right.
    """
    verdicts = _latest(_verdict_frame(given for given in annotations if not given.withdrawn)).drop("row")
    pool = _before(pool, verdicts["id"])
    originals = _about(pool, verdicts)
    matching = originals.unique("asked", keep="first", maintain_order=True).select("asked", match="id")
    concerned = pl.col("id").is_in(pl.concat([verdicts["example"], matching["match"]]).implode())
    facts = pool.filter(concerned).select("id", "where", "negative", had="answers").unique("id", keep="first")
    named = pl.when(pl.col("example").is_in(facts["id"].implode())).then("example")
    return (
        verdicts.join(matching, on="asked", how="left", maintain_order="left")
        .with_columns(parent=pl.coalesce(named, "match", "example"), source_id=pl.col("id").cast(pl.String))
        .drop("id")
        .join(facts, left_on="parent", right_on="id", how="left", maintain_order="left")
        .with_columns(_right_answers(abstain_answer), pl.col("where").fill_null([]))
        .with_columns(
            where=_settled(),
            negative=pl.when(pl.col("answers").list.len() == 0).then("negative"),
            origin=pl.lit("annotation"),
            status=pl.lit("accepted"),
        )
    )


def _before(pool: pl.DataFrame, verdicts: pl.Series) -> pl.DataFrame:
    """The pool without what these verdicts made, what was drawn or imported first: a restored version's rows last."""
    said = pl.col("origin") == "annotation"
    own = said & pl.col("source_id").is_in(verdicts.cast(pl.String).implode())
    return pool.filter(~own.fill_null(False)).sort(said, maintain_order=True)


def _replaced(judged: pl.DataFrame, pool: pl.DataFrame) -> list[str]:
    decided = judged.filter((pl.col("verdict") == "bad_question") | pl.col("answers").is_not_null())
    same_question = _about(pool, decided).join(decided, on="asked", how="semi")["id"]
    return sorted({*decided["parent"].drop_nulls(), *same_question})


def _settled() -> pl.Expr:
    """The coordinates of what was in doubt, now that a person has decided: no doubt, and no negative if answered."""
    key, value = (pl.element().struct.field(name) for name in ("key", "value"))
    certain = pl.col("where").list.eval(pl.element().filter(key != DOUBT))
    none = pl.when(key == "negative").then(pl.lit("none")).otherwise(value)
    positive = certain.list.eval(pl.struct(key.alias("key"), none.alias("value")))
    doubted = pl.col("where").list.len() > certain.list.len()
    return pl.when(doubted & is_answerable()).then(positive).otherwise(certain)


def _right_answers(abstain_answer: str) -> pl.Expr:
    """The answers a verdict makes right; none for an abstention, null where it does not say."""
    silent = {"", " ".join(abstain_answer.lower().split())}
    abstains = pl.element().str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars().is_in(silent)
    shown = pl.concat_list("shown_answer").list.eval(pl.element().filter(~abstains))
    given = pl.col("answers").list.eval(pl.element().filter(~abstains))
    none = pl.lit([], dtype=pl.List(pl.String))
    had = pl.col("had").fill_null([])
    accepted = (
        pl.when(shown.list.len() == 0).then(none).otherwise(shown.list.concat(had).list.unique(maintain_order=True))
    )
    return (
        pl.when(pl.col("verdict") == "correct")
        .then(accepted)
        .when(pl.col("verdict") == "unanswerable")
        .then(none)
        .when(pl.col("verdict").is_in(["partly", "wrong"]) & (pl.col("answers").list.len() > 0))
        .then(given)
        .alias("answers")
    )
