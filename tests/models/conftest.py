"""Tiny checkpoints of several architectures, made on the spot: no test needs a download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers  # noqa: E402
from transformers import (  # noqa: E402
    BartConfig,
    BartForConditionalGeneration,
    BertConfig,
    BertModel,
    BloomConfig,
    BloomForCausalLM,
    DistilBertConfig,
    DistilBertModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedTokenizerFast,
    Qwen3Config,
    Qwen3ForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

from growloop.models.catalog import quiet  # noqa: E402

TEXTS = [
    "Context: Luigi's Trattoria serves pad thai, ramen and creamy gnocchi. Dogs are welcome on the terrace.",
    "Question: May I bring my dog? Answer: Yes. No. I don't know. Does it serve alcoholic drinks?",
    "The waiter was slow but the tiramisu made up for it! We paid $12.50 each; it opens at 6 p.m.",
    "Answer the question in as few words as possible. If it is not answered there, say exactly:",
]
CHAT = (
    "{{ '<bos>' }}{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}<eos>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
WIDTH = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}


def byte_pairs(*, chat: bool = False, limit: int = 256) -> PreTrainedTokenizerFast:
    """A byte-level tokenizer in the manner of GPT and Llama 3."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<pad>", "<bos>", "<eos>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<bos> $A", pair="<bos> $A <bos> $B:1", special_tokens=[("<bos>", 1)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<bos>",
        eos_token="<eos>",
        chat_template=CHAT if chat else None,
        model_max_length=limit,
    )


def pieces() -> PreTrainedTokenizerFast:
    """A sentencepiece-like tokenizer in the manner of T5: an end token, spaces as marks."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<pad>", "<eos>", "<unk>"]
    tokenizer.train_from_iterator(
        TEXTS, trainers.BpeTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<eos>", unk_token="<unk>", model_max_length=256
    )


def word_pieces() -> PreTrainedTokenizerFast:
    """An uncased word-piece tokenizer in the manner of BERT."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece(cleanup=False)
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer.train_from_iterator(
        TEXTS, trainers.WordPieceTrainer(vocab_size=300, special_tokens=special, show_progress=False)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=256,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )


def _decoder(config_class: type, model_class: type, tokenizer: Any, **settings: Any) -> Any:
    config = config_class(
        vocab_size=len(tokenizer), bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=False, **settings
    )
    return model_class(config)


def llama(tokenizer: Any) -> Any:
    grouped = {"num_key_value_heads": 2, "intermediate_size": 64, "max_position_embeddings": 256}
    return _decoder(LlamaConfig, LlamaForCausalLM, tokenizer, **WIDTH, **grouped)


def qwen(tokenizer: Any) -> Any:
    grouped = {"num_key_value_heads": 2, "head_dim": 8, "intermediate_size": 64, "max_position_embeddings": 256}
    return _decoder(Qwen3Config, Qwen3ForCausalLM, tokenizer, **WIDTH, **grouped)


def mistral(tokenizer: Any) -> Any:
    sliding = {"num_key_value_heads": 2, "intermediate_size": 64, "max_position_embeddings": 256, "sliding_window": 24}
    return _decoder(MistralConfig, MistralForCausalLM, tokenizer, **WIDTH, **sliding)


def gpt2(tokenizer: Any) -> Any:
    return _decoder(GPT2Config, GPT2LMHeadModel, tokenizer, n_embd=32, n_layer=2, n_head=4, n_positions=256)


def bloom(tokenizer: Any) -> Any:
    return _decoder(BloomConfig, BloomForCausalLM, tokenizer, hidden_size=32, n_layer=2, n_head=4)


def bert(tokenizer: Any) -> Any:
    return BertModel(BertConfig(vocab_size=len(tokenizer), intermediate_size=64, max_position_embeddings=256, **WIDTH))


def distilbert(tokenizer: Any) -> Any:
    return DistilBertModel(DistilBertConfig(vocab_size=len(tokenizer), dim=32, hidden_dim=64, n_layers=1, n_heads=4))


def t5(tokenizer: Any) -> Any:
    tokens = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}
    return T5ForConditionalGeneration(
        T5Config(vocab_size=len(tokenizer), d_model=32, d_kv=8, d_ff=64, num_layers=2, num_heads=4, **tokens)
    )


def bart(tokenizer: Any) -> Any:
    tokens = {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2, "decoder_start_token_id": 2}
    layers = {"encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 4, "decoder_attention_heads": 4}
    config = BartConfig(
        vocab_size=len(tokenizer), d_model=32, encoder_ffn_dim=64, decoder_ffn_dim=64, **layers, **tokens
    )
    model = BartForConditionalGeneration(config)
    model.generation_config.forced_bos_token_id = 1
    return model


MAKERS: dict[str, tuple[Callable[[Any], Any], Callable[[], Any]]] = {
    "llama": (llama, byte_pairs),
    "llama-chat": (llama, lambda: byte_pairs(chat=True)),
    "qwen-chat": (qwen, lambda: byte_pairs(chat=True)),
    "mistral": (mistral, byte_pairs),
    "gpt2": (gpt2, byte_pairs),
    "bloom": (bloom, byte_pairs),
    "bert": (bert, word_pieces),
    "distilbert": (distilbert, word_pieces),
    "t5": (t5, pieces),
    "bart": (bart, byte_pairs),
}


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny checkpoint with random weights, big enough that its answers differ."""
    made: dict[str, Path] = {}

    def folder(name: str) -> Path:
        if name not in made:
            make_model, make_tokenizer = MAKERS[name]
            tokenizer, path = make_tokenizer(), tmp_path_factory.mktemp(name)
            torch.manual_seed(7)
            model = make_model(tokenizer)
            with torch.no_grad(), quiet():
                for parameter in model.parameters():
                    parameter.add_(torch.randn_like(parameter) * 0.15)
                model.save_pretrained(path)
                tokenizer.save_pretrained(path)
            made[name] = path
        return made[name]

    return folder
