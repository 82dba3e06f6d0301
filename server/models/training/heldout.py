"""The fixed held-out sample that evaluate.py and parity.py measure on: the same files every time."""

import dataclasses
import json
import pathlib
import random


@dataclasses.dataclass
class File:
    language: str
    package: str
    path: str
    text: str


def files(corpus: pathlib.Path, language: str) -> dict[str, list[File]]:
    """Held-out files by package, in a stable order."""
    packages: dict[str, list[File]] = {}
    with open(corpus / f"heldout-{language}.jsonl") as lines:
        for line in lines:
            item = json.loads(line)
            packages.setdefault(item["package"], []).append(File(language, item["package"], item["path"], item["text"]))
    return {name: sorted(packages[name], key=lambda file: file.path) for name in sorted(packages)}


def bits_sample(corpus: pathlib.Path, language: str, size: int) -> list[File]:
    """About `size` bytes, the same share from each package, none over 40 kB."""
    packages = files(corpus, language)
    chosen = []
    for name, members in packages.items():
        budget = size / len(packages)
        random.Random(f"bits-{name}").shuffle(members)
        for file in members:
            length = len(file.text.encode())
            if length <= 40_000 and length <= budget:
                chosen.append(file)
                budget -= length
    return chosen
