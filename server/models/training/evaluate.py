"""Measures an exported model on the held-out packages and fills the table of the model card.

Bits per byte, beside zlib-9 and a 6-gram. How good completions are is another matter: `cargo xtask bench quality`.
"""

import argparse
import json
import math
import multiprocessing
import pathlib
import re
import time
import zlib

import numpy
import torch
import torch.nn.functional as F

import heldout
import ngram
import weights
from samples import MIDDLE_FLAG
from tokenizer import MIX, special_ids

BEGIN, END = "<!-- evaluation begins -->", "<!-- evaluation ends -->"


def header_ids(tokenizer, file: heldout.File) -> list[int]:
    special = special_ids(tokenizer)
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    return [special["<|repo_name|>"]] + encode(f"{file.package}\n") + [special["<|file_sep|>"]] + encode(f"{file.path}\n")


@torch.no_grad()
def model_bits(model, tokenizer, files: list[heldout.File]) -> float:
    """Bits of the files' tokens; each window is the header and 1,024 tokens in all, and scores its later half."""
    nats = 0.0
    for file in files:
        header = header_ids(tokenizer, file)
        ids = tokenizer.encode(file.text, add_special_tokens=False).ids
        room = model.config.context - len(header)
        done = 0
        while done < len(ids):
            start = max(0, min(done - room // 2, len(ids) - room))
            row = torch.tensor([header + ids[start:start + room]])
            scores = model.logits(row[:, :-1])[0]
            loss = F.cross_entropy(scores, row[0, 1:], reduction="none")[len(header) - 1 + done - start:]
            nats += float(loss.sum())
            done = start + room
    return nats / math.log(2)


def ngram_bits(tokenizer, shards: pathlib.Path, vocabulary: int, samples: dict[str, list[heldout.File]]) -> tuple[dict[str, float], int]:
    """Bits per language of the 6-gram counted on the shards' tokens, and how many those are."""
    pad = special_ids(tokenizer)["<|fim_pad|>"]
    training = numpy.concatenate([numpy.load(path).ravel() & ~numpy.uint16(MIDDLE_FLAG) for path in sorted(shards.glob("*.npy"))])
    training = training[training != pad]
    stream, owners = [], []
    for language, files in samples.items():
        for file in files:
            header, ids = header_ids(tokenizer, file), tokenizer.encode(file.text, add_special_tokens=False).ids
            stream += header + ids
            owners += [""] * len(header) + [language] * len(ids)
    bits = -numpy.log2(ngram.probabilities(training, numpy.array(stream), vocabulary))
    owners_array = numpy.array(owners)
    return {language: float(bits[owners_array == language].sum()) for language in samples}, len(training)


def measure(language: str) -> tuple[str, float]:
    """The model's bits for one language, in a process of its own with one thread."""
    torch.set_num_threads(1)
    model, tokenizer, samples = SHARED
    return language, model_bits(model, tokenizer, samples[language])


def markdown(report: dict) -> str:
    lines = ["|Held-out|Files|Bytes|Model, bits/byte|6-gram|zlib-9|", "|---|---|---|---|---|---|"]
    for language, row in report["languages"].items():
        lines.append(f"|{language}|{row['files']}|{row['bytes']:,}|{row['model_bits_per_byte']:.3f}|{row['ngram_bits_per_byte']:.3f}"
                     f"|{row['zlib_bits_per_byte']:.3f}|")
    return "\n".join(lines)


def main() -> None:
    global SHARED
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="GGUF file")
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--shards", type=pathlib.Path, required=True, help="training shards, for the 6-gram")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="JSON report; its baselines are read back and kept")
    parser.add_argument("--card", type=pathlib.Path, help="model card whose table is replaced")
    parser.add_argument("--bytes", type=int, default=200_000, help="held-out bytes per language for bits per byte")
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--baselines-only", action="store_true")
    args = parser.parse_args()
    model, tokenizer, metadata = weights.load(args.model)
    samples = {language: heldout.bits_sample(args.corpus, language, args.bytes) for language in MIX}
    sizes = {language: sum(len(file.text.encode()) for file in files) for language, files in samples.items()}
    earlier = json.loads(args.out.read_text()) if args.out.exists() else {}
    baselines = earlier.get("baselines")
    if not baselines or baselines["bytes"] != sizes:
        bits, counted = ngram_bits(tokenizer, args.shards, model.config.vocabulary, samples)
        compressed = {language: 8 * sum(len(zlib.compress(file.text.encode(), 9)) for file in files) for language, files in samples.items()}
        baselines = {"bytes": sizes, "ngram_training_tokens": counted, "ngram_bits": bits, "zlib_bits": compressed}
    report = {"baselines": baselines, "training_tokens": metadata["trust.training_tokens"], "languages": {}}
    begun = time.monotonic()
    SHARED = (model, tokenizer, samples)
    with multiprocessing.get_context("fork").Pool(args.workers) as pool:
        measured = dict(pool.imap_unordered(measure, [] if args.baselines_only else list(MIX)))
    for language, files in samples.items() if measured else ():
        row = {"files": len(files), "bytes": sizes[language],
               "model_bits_per_byte": round(measured[language] / sizes[language], 4),
               "ngram_bits_per_byte": round(baselines["ngram_bits"][language] / sizes[language], 4),
               "zlib_bits_per_byte": round(baselines["zlib_bits"][language] / sizes[language], 4)}
        report["languages"][language] = row
        print(language, json.dumps(row), flush=True)
    report["seconds"] = round(time.monotonic() - begun)
    args.out.write_text(json.dumps(report, indent=1) + "\n")
    if args.card and report["languages"]:
        card = args.card.read_text()
        args.card.write_text(re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n{markdown(report)}\n{END}", card))


if __name__ == "__main__":
    main()
