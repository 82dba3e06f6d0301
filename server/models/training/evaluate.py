"""Measures an exported model on the held-out packages and fills the table of the model card.

Bits per byte beside zlib-9 and a 6-gram, and greedy rest-of-line exact match by the model alone, with
the file window only and with snippets of the package's other files.
"""

import argparse
import json
import math
import multiprocessing
import pathlib
import random
import re
import time
import zlib

import numpy
import torch
import torch.nn.functional as F

import context
import decode
import heldout
import ngram
import weights
from samples import MIDDLE_FLAG
from tokenizer import MIX, special_ids

SNIPPETS = 3
THRESHOLDS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
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


def rest_of_line(model, tokenizer, packages, cursors, with_context: bool, layout: str) -> list[tuple[float, bool]]:
    """(mean token probability, exact match) for each cursor; a completion that did not end counts as 0."""
    indexes, results = {}, []
    for cursor in cursors:
        members = packages[cursor.package]
        file = members[cursor.own]
        blocks = []
        if with_context:
            if cursor.package not in indexes:
                indexes[cursor.package] = context.PackageIndex([(member.path, member.text) for member in members], file.language)
            window = file.text[max(0, cursor.offset - 3000):cursor.offset]
            blocks = indexes[cursor.package].snippets(cursor.own, window, SNIPPETS, random.Random(cursor.offset))
        prompt = heldout.prompt(tokenizer, file, cursor, blocks, layout)
        text, score, complete = decode.complete_line(model, tokenizer, prompt)
        results.append((math.exp(score) if complete else 0.0, text.rstrip() == cursor.rest.rstrip()))
    return results


def measure(task: tuple[str, str]) -> tuple[tuple[str, str], float | list]:
    """One of the independent measurements, in a process of its own with one thread."""
    torch.set_num_threads(1)
    language, kind = task
    model, tokenizer, samples, layout, args = SHARED
    if kind == "bits":
        return task, model_bits(model, tokenizer, samples[language])
    packages = heldout.files(args.corpus, language)
    cursors = heldout.cursors(packages, args.cursors)
    return task, rest_of_line(model, tokenizer, packages, cursors, kind == "snippets", layout)


def threshold_table(results: list[tuple[float, bool]]) -> list[dict[str, float]]:
    """What is shown and right when completions below a mean token probability are held back."""
    table = []
    for threshold in THRESHOLDS:
        shown = [match for probability, match in results if probability >= threshold]
        if shown:
            table.append({"mean_token_probability": threshold, "shown": round(len(shown) / len(results), 4),
                          "precision": round(sum(shown) / len(shown), 4)})
    return table


def markdown(report: dict) -> str:
    lines = ["|Held-out|Files|Bytes|Model, bits/byte|6-gram|zlib-9|Rest of line, file only|with 3 snippets|", "|---|---|---|---|---|---|---|---|"]
    for language, row in report["languages"].items():
        exact = row.get("exact_match", {})
        show = lambda key: f"{100 * exact[key]:.1f} %" if key in exact else "-"
        lines.append(f"|{language}|{row['files']}|{row['bytes']:,}|{row['model_bits_per_byte']:.3f}|{row['ngram_bits_per_byte']:.3f}"
                     f"|{row['zlib_bits_per_byte']:.3f}|{show('file')}|{show('snippets')}|")
    if "thresholds" in report:
        lines += ["", "What a threshold on the mean token probability shows, and how much of that is right (three languages together, with snippets):",
                  "", "|Mean token probability from|Shown|Right|", "|---|---|---|"]
        lines += [f"|{row['mean_token_probability']:.2f}|{100 * row['shown']:.1f} %|{100 * row['precision']:.0f} %|" for row in report["thresholds"]]
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
    parser.add_argument("--cursors", type=int, default=200, help="rest-of-line cursors per language, 0 to skip")
    parser.add_argument("--layout", choices=["spm", "psm"], help="prompt layout; the default is the model's own")
    parser.add_argument("--workers", type=int, default=2, help="processes, one thread each")
    parser.add_argument("--baselines-only", action="store_true")
    args = parser.parse_args()
    model, tokenizer, metadata = weights.load(args.model)
    layout = args.layout or metadata["trust.fim_layout"]
    samples = {language: heldout.bits_sample(args.corpus, language, args.bytes) for language in MIX}
    sizes = {language: sum(len(file.text.encode()) for file in files) for language, files in samples.items()}
    earlier = json.loads(args.out.read_text()) if args.out.exists() else {}
    baselines = earlier.get("baselines")
    if not baselines or baselines["bytes"] != sizes:
        bits, counted = ngram_bits(tokenizer, args.shards, model.config.vocabulary, samples)
        compressed = {language: 8 * sum(len(zlib.compress(file.text.encode(), 9)) for file in files) for language, files in samples.items()}
        baselines = {"bytes": sizes, "ngram_training_tokens": counted, "ngram_bits": bits, "zlib_bits": compressed}
    report = {"baselines": baselines, "training_tokens": metadata["trust.training_tokens"], "layout": layout, "languages": {}}
    begun = time.monotonic()
    SHARED = (model, tokenizer, samples, layout, args)
    kinds = ("file", "snippets", "bits") if args.cursors else ("bits",)
    tasks = [] if args.baselines_only else [(language, kind) for kind in kinds for language in MIX]
    with multiprocessing.get_context("fork").Pool(args.workers) as pool:
        measured = dict(pool.imap_unordered(measure, tasks))
    for language, files in samples.items() if measured else ():
        row = {"files": len(files), "bytes": sizes[language],
               "model_bits_per_byte": round(measured[language, "bits"] / sizes[language], 4),
               "ngram_bits_per_byte": round(baselines["ngram_bits"][language] / sizes[language], 4),
               "zlib_bits_per_byte": round(baselines["zlib_bits"][language] / sizes[language], 4)}
        if args.cursors:
            matches = lambda kind: sum(match for _, match in measured[language, kind]) / args.cursors
            row["exact_match"] = {"cursors": args.cursors, "file": matches("file"), "snippets": matches("snippets")}
        report["languages"][language] = row
        print(language, json.dumps(row), flush=True)
    results_with_context = [result for (_, kind), results in measured.items() if kind == "snippets" for result in results]
    if results_with_context:
        report["thresholds"] = threshold_table(results_with_context)
    report["seconds"] = round(time.monotonic() - begun)
    args.out.write_text(json.dumps(report, indent=1) + "\n")
    if args.card and report["languages"]:
        card = args.card.read_text()
        args.card.write_text(re.sub(f"(?s){BEGIN}.*{END}", lambda _: f"{BEGIN}\n{markdown(report)}\n{END}", card))


if __name__ == "__main__":
    main()
