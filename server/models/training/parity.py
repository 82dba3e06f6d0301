"""Checks that llama.cpp and torch agree on an exported model: equal token ids, mean NLL within 1e-3.

The mean is over all files: llama.cpp also rounds activations when the weights are Q8_0, which moves a
single short file by up to 5e-3 either way. An F32 export agrees file by file.
The llama.cpp side is a command that takes a model and files, and prints one JSON line per file:
{"file": path, "tokens": [ids], "nll": mean nats over the first 1,024 tokens}.
"""

import argparse
import json
import pathlib
import shlex
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F

import heldout
import weights
from tokenizer import MIX

LLAMA_COMMAND = "cargo run --release -p trust-engine --example parity --"
TOLERANCE = 1e-3
WINDOW = 1024
# Line ends, odd spaces, combining marks, scripts, surrogate-pair characters, control characters and tokens.
TORTURE = ("let a = 1;\r\n\tb\u00a0= 'x\u0301';\r\n\r\n   \n// 漢字 かな ελληνικά 🦀👩‍🚀 don't WE'LL\n"
           "x\u2028y\u200b\x07 12345 3.14e-9 _a__b\n<|endoftext|><|fim_middle|>\n\n\n\t\t\tend  ")


@torch.no_grad()
def torch_nll(model, ids: list[int]) -> float:
    row = torch.tensor([ids[:WINDOW]])
    return float(F.cross_entropy(model.logits(row[:, :-1])[0], row[0, 1:]))


def write_sample(corpus: pathlib.Path, folder: pathlib.Path, per_language: int) -> list[pathlib.Path]:
    """Held-out files and the torture string, on disk for the other program."""
    texts = {"torture.txt": TORTURE}
    for language in MIX:
        for number, file in enumerate(heldout.bits_sample(corpus, language, 400_000)[:per_language]):
            texts[f"{language}-{number:02d}{pathlib.PurePath(file.path).suffix}"] = file.text
    for name, text in texts.items():
        (folder / name).write_bytes(text.encode())
    return [folder / name for name in texts]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=pathlib.Path, required=True, help="GGUF file")
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--files", type=int, default=14, help="held-out files per language")
    parser.add_argument("--llama-cmd", default=LLAMA_COMMAND, help="llama.cpp side; model and files are appended")
    parser.add_argument("--directory", type=pathlib.Path, help="where to run that command")
    args = parser.parse_args()
    model, tokenizer, _ = weights.load(args.model)
    mismatched = tokens = scored = 0
    summed = worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        paths = write_sample(args.corpus, pathlib.Path(folder), args.files)
        command = shlex.split(args.llama_cmd) + [str(args.model.resolve())] + list(map(str, paths))
        output = subprocess.run(command, cwd=args.directory, check=True, stdout=subprocess.PIPE, text=True).stdout
        theirs = {pathlib.Path(item["file"]).name: item for item in map(json.loads, filter(None, output.splitlines()))}
        for path in paths:
            ids = tokenizer.encode(path.read_bytes().decode(), add_special_tokens=False).ids
            other = theirs[path.name]
            nll = torch_nll(model, ids)
            difference = nll - other["nll"]
            count = min(len(ids), WINDOW) - 1
            summed, scored, tokens = summed + difference * count, scored + count, tokens + len(ids)
            worst = max(worst, abs(difference))
            if ids != other["tokens"]:
                mismatched += 1
                print(f"{path.name}: other ids", file=sys.stderr)
    mean = abs(summed / scored)
    print(json.dumps({"files": len(paths), "tokens": tokens, "files_with_other_ids": mismatched,
                      "mean_nll_difference": round(mean, 7), "largest_of_a_file": round(worst, 7)}))
    sys.exit(1 if mismatched or not mean <= TOLERANCE else 0)


if __name__ == "__main__":
    main()
