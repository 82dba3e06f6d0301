"""The fixed held-out sample that evaluate.py and parity.py measure on: same files, same cursors every time."""

import dataclasses
import json
import pathlib
import random

from samples import ROW
from tokenizer import special_ids

CONTEXT_TOKENS = 450


@dataclasses.dataclass
class File:
    language: str
    package: str
    path: str
    text: str


@dataclasses.dataclass
class Cursor:
    """A place in a file whose rest of line is to be completed."""
    package: str
    own: int
    offset: int
    rest: str


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


def cursors(packages: dict[str, list[File]], count: int) -> list[Cursor]:
    """Random cursors, half of them inside a word, with at least 3 characters left on the line."""
    chosen: list[Cursor] = []
    names = list(packages)
    rng = random.Random("cursors")
    while len(chosen) < count:
        name = names[len(chosen) % len(names)]
        own = rng.randrange(len(packages[name]))
        text = packages[name][own].text
        lines = text.split("\n")
        number = rng.randrange(len(lines))
        line = lines[number].rstrip()
        indent = len(line) - len(line.lstrip())
        inside = len(chosen) // len(names) % 2 == 0
        columns = [i for i in range(indent, len(line) - 2)
                   if (i > indent and line[i].isalnum() and line[i - 1].isalnum()) == inside]
        if columns:
            column = rng.choice(columns)
            start = sum(len(before) + 1 for before in lines[:number])
            chosen.append(Cursor(name, own, start + column, line[column:]))
    return chosen


def prompt(tokenizer, file: File, cursor: Cursor, blocks: list[tuple[str, str]], layout: str = "spm", room: int = 56) -> list[int]:
    """The server's prompt for a cursor: header, context blocks, 20 lines below, as much above as fits."""
    special = special_ids(tokenizer)
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    end = file.text.find("\n", cursor.offset)
    after = file.text[end:] if end >= 0 else ""
    suffix = encode("\n".join(after.split("\n")[:21]))[:256]
    encoded = [[special["<|file_sep|>"]] + encode(f"{path}\n{snippet}\n") for path, snippet in blocks]
    while sum(map(len, encoded)) > CONTEXT_TOKENS:
        encoded.pop(0)
    header = [special["<|repo_name|>"]] + encode(f"{file.package}\n") + [token for block in encoded for token in block]
    own = [special["<|file_sep|>"]] + encode(f"{file.path}\n")
    lines = file.text[:cursor.offset].split("\n")[-60:]
    prefix = encode("\n".join(lines))
    budget = ROW - room - len(header) - len(own) - len(suffix) - 3
    while len(prefix) > budget and len(lines) > 1:
        lines = lines[max(1, len(lines) // 8):]
        prefix = encode("\n".join(lines))
    prefix = prefix[-budget:]
    if layout == "spm":
        body = [special["<|fim_prefix|>"], special["<|fim_suffix|>"]] + suffix + [special["<|fim_middle|>"]] + prefix
    else:
        body = [special["<|fim_prefix|>"]] + prefix + [special["<|fim_suffix|>"]] + suffix + [special["<|fim_middle|>"]]
    return header + own + body
