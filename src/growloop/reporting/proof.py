"""What the proof of a split says, in sentences: for the terminal, the card and the report."""

from __future__ import annotations

from growloop.records.version import DatasetVersion, LeakageProof


def proof_sentences(version: DatasetVersion) -> list[str]:
    """What was compared and found, what a random split would have leaked, and what was left out."""
    told = [] if version.proof is None else [_found(version.proof), *_random(version.proof)]
    if version.removed:
        parts = (f"{count:,} {how}" for how, count in version.removed.items())
        told.append(f"Left out: {', '.join(parts)}; removed.parquet names what each one repeats.")
    return told


def _found(proof: LeakageProof) -> str:
    counts = {
        "groups": (proof.groups_across, proof.groups),
        "texts": (proof.texts_across, proof.texts),
        f"pairs of texts {proof.similarity:.2g} alike or more": (proof.near_pairs_across, proof.near_pairs),
    }
    across = ", ".join(f"{torn:,} of {total:,} {what}" for what, (torn, total) in counts.items())
    how = "" if proof.every_pair else " (pairs proposed by MinHash: nearly all of them)"
    verdict = "No leakage" if proof.holds else "Leakage"
    return f"{verdict}: {across} stand on two sides{how}."


def _random(proof: LeakageProof) -> list[str]:
    if not proof.held_out:
        return []
    share = proof.random_split_leaks / proof.held_out
    return [
        f"A random split would have had the text of {proof.random_split_leaks:,} of {proof.held_out:,} held-out "
        f"examples ({share:.0%}), or nearly the same text, in train."
    ]
