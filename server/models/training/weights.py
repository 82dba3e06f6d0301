"""Reads an exported GGUF file back: the model in fp32 of the dequantised weights, and its tokenizer."""

import argparse
import pathlib

import gguf
import torch
from tokenizers import Tokenizer

import tokenizer as tokenizers_module
from model import Config, Model


def load(path: pathlib.Path) -> tuple[Model, Tokenizer, dict]:
    """The model in evaluation mode, the tokenizer with its control tokens, and the `trust.*` metadata."""
    reader = gguf.GGUFReader(path)
    value = lambda key: reader.fields[key].contents()
    config = Config(
        vocabulary=value("qwen3.vocab_size"), context=value("qwen3.context_length"), layers=value("qwen3.block_count"),
        width=value("qwen3.embedding_length"), heads=value("qwen3.attention.head_count"),
        kv_heads=value("qwen3.attention.head_count_kv"), head=value("qwen3.attention.key_length"),
        feed_forward=value("qwen3.feed_forward_length"), rope_base=value("qwen3.rope.freq_base"),
        epsilon=value("qwen3.attention.layer_norm_rms_epsilon"))
    model = Model(config)
    state = {tensor.name: torch.from_numpy(gguf.quants.dequantize(tensor.data, tensor.tensor_type).copy()) for tensor in reader.tensors}
    model.load_state_dict(state)
    tokens = value("tokenizer.ggml.tokens")
    ordinary = {token: number for number, token in enumerate(tokens) if token not in tokenizers_module.SPECIALS}
    merges = [tuple(merge.split(" ")) for merge in value("tokenizer.ggml.merges")]
    tokenizer = tokenizers_module.assemble(ordinary, merges)
    tokenizer.add_special_tokens(tokenizers_module.SPECIALS)
    tokenizer.encode_special_tokens = True
    assert all(tokenizer.token_to_id(token) == number for number, token in enumerate(tokens))
    metadata = {key: value(key) for key in reader.fields if key.startswith("trust.")}
    return model.eval(), tokenizer, metadata


def main() -> None:
    parser = argparse.ArgumentParser(description="Writes the tokenizer of an exported model as tokenizer.json.")
    parser.add_argument("--model", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True)
    args = parser.parse_args()
    load(args.model)[1].save(str(args.tokenizer))


if __name__ == "__main__":
    main()
