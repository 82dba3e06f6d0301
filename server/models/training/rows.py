"""Packs samples into fixed rows of uint16 token ids and writes them as shards of about a million tokens.

Packages are dealt out to groups; each group becomes one shard at the language mix, in its own process.
A row holds whole samples and ends in <|fim_pad|>, which the loss leaves out. Ids of middles carry MIDDLE_FLAG.
"""

import argparse
import collections
import dataclasses
import json
import multiprocessing
import os
import pathlib
import random

import numpy

import tokenizer as tokenizers_module
from context import PackageIndex
from samples import ROW, SHAPES, SampleMaker

OPEN_ROWS = 48


def load_packages(corpus: pathlib.Path, split: str) -> dict[tuple[str, str], list[tuple[str, str]]]:
    """(language, package) -> its (path, text) files."""
    packages = collections.defaultdict(list)
    for language in tokenizers_module.MIX:
        with open(corpus / f"{split}-{language}.jsonl") as file:
            for line in file:
                item = json.loads(line)
                packages[language, item["package"]].append((item["path"], item["text"]))
    return packages


def pack(samples: list[list[int]], pad: int) -> numpy.ndarray:
    """Places each sample in the fullest open row that still has room for it."""
    closed, open_rows = [], []
    for sample in samples:
        fitting = [row for row in open_rows if len(row) + len(sample) <= ROW]
        if fitting:
            max(fitting, key=len).extend(sample)
        else:
            if len(open_rows) >= OPEN_ROWS:
                fullest = max(open_rows, key=len)
                open_rows.remove(fullest)
                closed.append(fullest)
            open_rows.append(list(sample))
    rows = closed + open_rows
    return numpy.array([row + [pad] * (ROW - len(row)) for row in rows], dtype=numpy.uint16)


def make_shard(job: tuple) -> tuple[str, int, int]:
    """Fills one shard from a group of packages; returns its name, rows and non-padding tokens."""
    number, keys, tokens, out, seed, shapes = job
    rng = random.Random(f"{seed}-{number}")
    maker = SampleMaker(TOKENIZER, rng, shapes)
    samples = []
    indexes: dict[tuple, PackageIndex] = {}
    for language, share in tokenizers_module.MIX.items():
        budget = share * tokens
        targets = [(key, own) for key in keys if key[0] == language for own in range(len(PACKAGES[key]))]
        rng.shuffle(targets)
        for key, own in targets:
            if budget <= 0:
                break
            if key not in indexes:
                indexes[key] = PackageIndex(PACKAGES[key], language)
            for sample in maker.file_samples(key[1], indexes[key], own):
                budget -= len(sample)
                samples.append(sample)
    rng.shuffle(samples)
    rows = pack(samples, maker.special["<|fim_pad|>"])
    rng_rows = numpy.random.default_rng(number)
    rng_rows.shuffle(rows)
    name = f"{seed}-{number:03d}.npy"
    temporary = out / f".{name}.tmp"
    with open(temporary, "wb") as file:
        numpy.save(file, rows)
    os.replace(temporary, out / name)
    return name, len(rows), sum(map(len, samples))


def main() -> None:
    global PACKAGES, TOKENIZER
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--tokenizer", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="shard folder")
    parser.add_argument("--split", choices=["train", "heldout"], default="train")
    parser.add_argument("--tokens", type=int, default=25_000_000)
    parser.add_argument("--shards", type=int, default=24)
    parser.add_argument("--shapes", choices=list(SHAPES), default="wide")
    parser.add_argument("--fim-rate", type=float, help="share of the samples with a hole, instead of the shapes' own")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1, help="another seed cuts and deals differently")
    args = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    args.out.mkdir(parents=True, exist_ok=True)
    TOKENIZER = tokenizers_module.load(args.tokenizer)
    PACKAGES = load_packages(args.corpus, args.split)
    groups: list[list] = [[] for _ in range(args.shards)]
    for language in tokenizers_module.MIX:
        keys = sorted(key for key in PACKAGES if key[0] == language)
        random.Random(args.seed).shuffle(keys)
        # Large packages first, each to the group that has least, so that every group can reach its budget.
        keys.sort(key=lambda key: -sum(len(text) for _, text in PACKAGES[key]) // 200_000)
        sizes = [0] * args.shards
        for key in keys:
            smallest = sizes.index(min(sizes))
            sizes[smallest] += sum(len(text) for _, text in PACKAGES[key])
            groups[smallest].append(key)
    shapes = SHAPES[args.shapes]
    if args.fim_rate is not None:
        shapes = [dataclasses.replace(shape, fim_rate=args.fim_rate) for shape in shapes]
    jobs = [(number, group, args.tokens / args.shards, args.out, args.seed, shapes) for number, group in enumerate(groups)]
    total = 0
    with multiprocessing.get_context("fork").Pool(args.workers) as pool:
        for name, rows, tokens in pool.imap_unordered(make_shard, jobs):
            total += tokens
            print(f"{name}: {rows} rows, {tokens} tokens, filled {tokens / (rows * ROW):.3f}, total {total}", flush=True)


if __name__ == "__main__":
    main()
