"""Writes a checkpoint and its tokenizer as one GGUF file that stock llama.cpp loads (architecture qwen3).

Matrices are Q8_0 (or F32, for parity checks); norms are always F32.
"""

import argparse
import dataclasses
import json
import pathlib

import gguf
import numpy
import torch

from model import CONFIGS, Config
from tokenizer import SPECIALS

CHAT_TEMPLATE = ("{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
                 "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")
NORMAL, CONTROL = 1, 3


def write_header(writer: gguf.GGUFWriter, config: Config, name: str, file_type: int, tokens: int, layout: str) -> None:
    writer.add_type("model")
    writer.add_name(name)
    writer.add_license("MIT OR Apache-2.0")
    writer.add_file_type(file_type)
    writer.add_context_length(config.context)
    writer.add_embedding_length(config.width)
    writer.add_block_count(config.layers)
    writer.add_feed_forward_length(config.feed_forward)
    writer.add_head_count(config.heads)
    writer.add_head_count_kv(config.kv_heads)
    writer.add_key_length(config.head)
    writer.add_value_length(config.head)
    writer.add_layer_norm_rms_eps(config.epsilon)
    writer.add_rope_freq_base(config.rope_base)
    writer.add_vocab_size(config.vocabulary)
    writer.add_string("trust.fim_layout", layout)
    writer.add_uint64("trust.training_tokens", tokens)


def write_tokenizer(writer: gguf.GGUFWriter, path: pathlib.Path) -> None:
    content = json.loads(path.read_text())
    ids = {**content["model"]["vocab"], **{token["content"]: token["id"] for token in content["added_tokens"]}}
    tokens = sorted(ids, key=ids.__getitem__)
    assert [ids[token] for token in tokens] == list(range(len(tokens)))
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in content["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    # Without the right splitter llama.cpp only warns, cleans up spaces and produces other ids.
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([CONTROL if token in SPECIALS else NORMAL for token in tokens])
    writer.add_token_merges(merges)
    # bos and eos would default to id 11 for this vocabulary type.
    writer.add_bos_token_id(ids["<|endoftext|>"])
    writer.add_eos_token_id(ids["<|endoftext|>"])
    writer.add_eot_token_id(ids["<|im_end|>"])
    writer.add_pad_token_id(ids["<|fim_pad|>"])
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    for key, token in {"fim_pre": "<|fim_prefix|>", "fim_suf": "<|fim_suffix|>", "fim_mid": "<|fim_middle|>",
                       "fim_pad": "<|fim_pad|>", "fim_rep": "<|repo_name|>", "fim_sep": "<|file_sep|>"}.items():
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", ids[token])
    writer.add_chat_template(CHAT_TEMPLATE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--name", default="trust-nano")
    parser.add_argument("--layout", choices=["spm", "psm"], default="spm", help="prompt layout that the server should use")
    parser.add_argument("--f32", action="store_true", help="keep every tensor in F32")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, weights_only=False, map_location="cpu")
    config = CONFIGS[state["config"]]
    kind = gguf.GGMLQuantizationType.F32 if args.f32 else gguf.GGMLQuantizationType.Q8_0
    file_type = gguf.LlamaFileType.ALL_F32 if args.f32 else gguf.LlamaFileType.MOSTLY_Q8_0
    temporary = args.out.with_suffix(".tmp")
    writer = gguf.GGUFWriter(temporary, "qwen3")
    write_header(writer, config, args.name, file_type, state["tokens"], args.layout)
    write_tokenizer(writer, args.tokenizer)
    for name, tensor in state["model"].items():
        values = tensor.float().numpy()
        if values.ndim == 2 and not args.f32:
            writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
        else:
            writer.add_tensor(name, numpy.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    temporary.replace(args.out)
    parameters = sum(tensor.numel() for tensor in state["model"].values())
    print(json.dumps({"file": args.out.name, "bytes": args.out.stat().st_size, "parameters": parameters,
                      "tokens": state["tokens"], "config": dataclasses.asdict(config)}))


if __name__ == "__main__":
    main()
