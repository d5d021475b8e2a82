"""One line on what a checkpoint was trained for, from its model card and config."""

from __future__ import annotations

import json
import re
from pathlib import Path

from growloop.models.trained import Trained

PURPOSES = {
    "sentence-similarity": "comparing sentences",
    "feature-extraction": "text embeddings",
    "fill-mask": "guessing masked words",
    "question-answering": "extractive question answering",
    "text-generation": "writing text",
    "text2text-generation": "turning one text into another",
    "summarization": "summaries",
    "translation": "translation",
    "text-classification": "classifying text",
    "token-classification": "labelling words",
}
HEADS = {
    "ForQuestionAnswering": "extractive question answering",
    "ForCausalLM": "continuing text",
    "LMHeadModel": "continuing text",
    "ForConditionalGeneration": "turning one text into another",
    "ForMaskedLM": "guessing masked words",
    "ForPreTraining": "guessing masked words",
    "ForSequenceClassification": "classifying text",
    "ForTokenClassification": "labelling words",
}


def trained_for(folder: Path, trained: Trained | None, otherwise: str = "") -> str:
    """What the checkpoint says it was trained for, in words, and where that is read from.

    `otherwise` stands in for the architecture where the model card says nothing.
    """
    if trained is not None:
        return f"{trained.answer_kind.replace('_', ' ')} answers, trained by growloop from {trained.base}"
    tag = _pipeline_tag(folder)
    if tag:
        return f"{PURPOSES.get(tag, tag.replace('-', ' '))} (its model card)"
    return otherwise or _from_architectures(folder)


def _pipeline_tag(folder: Path) -> str | None:
    card = folder / "README.md"
    if not card.is_file():
        return None
    matter = re.match(r"---\s*\n(.*?)\n---", card.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    tag = re.search(r"^pipeline_tag:\s*[\"']?([\w-]+)", matter.group(1), re.MULTILINE) if matter else None
    return tag.group(1) if tag else None


def _from_architectures(folder: Path) -> str:
    config = folder / "config.json"
    names = json.loads(config.read_text(encoding="utf-8")).get("architectures") or [] if config.is_file() else []
    if not names:
        return "not said"
    purpose = next((purpose for head, purpose in HEADS.items() if names[0].endswith(head)), "no task of its own")
    return f"{purpose} ({names[0]} in its config)"
