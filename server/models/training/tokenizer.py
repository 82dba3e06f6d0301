"""Trains the byte-level BPE tokenizer (Qwen2 splitting, specials last) on training files only.

The same ids come out of llama.cpp with `tokenizer.ggml.pre = qwen2`. Control tokens in source text are
always encoded as ordinary characters; load() sets that up.
"""

import argparse
import json
import pathlib
import random

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
         r"|\s*[\r\n]+|\s+(?!\S)|\s+")
SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>",
            "<|fim_pad|>", "<|repo_name|>", "<|file_sep|>"]
MIX = {"rust": 0.45, "python": 0.30, "typescript": 0.25}


def load(path: pathlib.Path) -> Tokenizer:
    """The tokenizer, set so that control tokens are never parsed from text."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.encode_special_tokens = True
    return tokenizer


def assemble(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Tokenizer:
    """A tokenizer of this shape from its parts; empty parts make an untrained one."""
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.encode_special_tokens = True
    return tokenizer


def special_ids(tokenizer: Tokenizer) -> dict[str, int]:
    return {name: tokenizer.token_to_id(name) for name in SPECIALS}


def sample(corpus: pathlib.Path, total: int, seed: int = 1) -> list[str]:
    """File texts of about `total` bytes at the training mix, whole corpus of a language at most."""
    texts = []
    for language, share in MIX.items():
        with open(corpus / f"train-{language}.jsonl") as file:
            lines = file.readlines()
        random.Random(seed).shuffle(lines)
        budget = share * total
        for line in lines:
            text = json.loads(line)["text"]
            if budget <= 0:
                break
            budget -= len(text.encode())
            texts.append(text)
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="tokenizer.json to write")
    parser.add_argument("--vocabulary", type=int, default=8192, help="entries, control tokens included")
    parser.add_argument("--bytes", type=int, default=40_000_000, help="size of the training sample")
    args = parser.parse_args()
    tokenizer = assemble({}, [])
    trainer = trainers.BpeTrainer(vocab_size=args.vocabulary - len(SPECIALS), special_tokens=[], show_progress=False,
                                  initial_alphabet=pre_tokenizers.ByteLevel.alphabet())
    tokenizer.train_from_iterator(sample(args.corpus, args.bytes), trainer)
    tokenizer.add_special_tokens(SPECIALS)
    assert tokenizer.get_vocab_size() == args.vocabulary
    tokenizer.save(str(args.out))


if __name__ == "__main__":
    main()
