"""Cuts one file into training samples in the server's exact prompt format, as token ids.

repo and path header, context blocks, then the file window as SPM, PSM or plain text. Every segment
between control tokens is encoded on its own, prefix and middle too, since the server cuts there.
"""

import dataclasses
import random
import re

from context import IDENTIFIER, PackageIndex
from tokenizer import special_ids

ROW = 1024
CONTEXT_RATE = 0.6
RENAME_RATE = 0.12
# Share of PSM samples whose hole begins before the cursor: what was typed since stands behind <|fim_middle|>,
# as in prompts that are anchored where a burst of typing began.
ANCHOR_RATE = 0.5
# Set on the ids of a middle, of the <|endoftext|> behind it, and on the first id after any other cut, so
# that training can weigh them: they are what the server asks for, and few.
MIDDLE_FLAG = 0x8000
WORD = re.compile(r"[A-Za-z]+")
KEYWORDS = set("""
    abstract and any apply async await bool boolean break case catch class const continue crate def default del delete
    dict elif else enum except export extends extern false False final finally float for from function global impl import
    instanceof int interface into isinstance lambda len let list loop macro_rules match mod module move mut namespace
    never new nonlocal None not null number object Option or override pass private protected pub public raise readonly ref
    require return Result satisfies self Self set Some static str string String struct super switch this throw trait true
    True try tuple type typeof undefined union unknown unsafe use usize void Vec where while with yield Ok Err
    """.split())


@dataclasses.dataclass(frozen=True)
class Shape:
    """How large samples are and how many are cut for a middle. `cut_rate` is the share of lines above
    the cursor that are encoded in two parts, as the line of the cursor is: what goes on after a token that
    the tokenizer would not have ended there is otherwise rare."""
    fim_rate: float = 0.7
    above: int = 60
    below: int = 20
    snippets: int = 5
    stride: tuple[int, int] = (20, 60)
    cut_rate: float = 0.0


SHAPES = {
    "wide": [Shape()],
    # Several middles in a row of tokens: what follows a cursor is rare in wide samples.
    # Both: half the samples short, the rest as large as the server's prompts, a fifth of them the largest.
    "mixed": [Shape(above=12, below=6, snippets=1, stride=(6, 20), cut_rate=0.25)] * 5
             + [Shape(above=30, below=10, snippets=3, stride=(12, 40), cut_rate=0.25)] * 3
             + [Shape(cut_rate=0.25)] * 2,
    "dense": [Shape(fim_rate=0.9, above=12, below=6, snippets=1, stride=(6, 20), cut_rate=0.25)] * 4
             + [Shape(fim_rate=0.9, stride=(20, 60), cut_rate=0.25)],
}


def middle_span(text: str, line_start: int, line_end: int, rng: random.Random) -> tuple[int, int]:
    """Character range of the middle for a cursor on the given line; empty when the line offers none."""
    line = text[line_start:line_end]
    indent = len(line) - len(line.lstrip())
    kind = rng.random()
    if kind < 0.45:
        inside = [i for i in range(indent + 1, len(line)) if line[i].isalnum() and line[i - 1].isalnum()]
        if inside and rng.random() < 0.5:
            return line_start + rng.choice(inside), line_end
        between = [i for i in range(indent, len(line)) if i == indent or not (line[i].isalnum() and line[i - 1].isalnum())]
        return line_start + rng.choice(between or [0]), line_end
    if kind < 0.65:
        return line_start + (indent if rng.random() < 0.5 else 0), line_end
    if kind < 0.80:
        end = line_end
        for _ in range(rng.randint(1, 4)):
            following = text.find("\n", end + 1)
            end = following if following >= 0 else len(text)
        return line_start + rng.randint(indent, max(indent, len(line) - 1)), end
    start = rng.randint(line_start, max(line_start, line_end - 1))
    return start, min(len(text), start + rng.randint(1, 200))


class SampleMaker:
    """Turns (package, file, cursor) into token ids of at most one row."""

    def __init__(self, tokenizer, rng: random.Random, shapes: list[Shape]):
        self.shapes = shapes
        self.tokenizer = tokenizer
        self.special = special_ids(tokenizer)
        self.rng = rng

    def encode(self, text: str) -> list[int]:
        return self.tokenizer.encode(text, add_special_tokens=False).ids if text else []

    def encode_cut(self, text: str, rate: float) -> list[int]:
        """Like encode, but with some lines cut in two, mostly inside a word; flags the id after each cut."""
        pieces, start, end = [], 0, 0
        for line in text.splitlines(keepends=True):
            if self.rng.random() < rate and len(line.strip()) > 2:
                indent = len(line) - len(line.lstrip())
                inside = [i for i in range(indent + 1, len(line)) if line[i].isalnum() and line[i - 1].isalnum()]
                cut = end + (self.rng.choice(inside) if inside and self.rng.random() < 0.6 else self.rng.randint(indent, len(line) - 2))
                if cut > start:
                    pieces.append(text[start:cut])
                    start = cut
            end += len(line)
        encoded = [self.encode(piece) for piece in [*pieces, text[start:]]]
        for piece in encoded[1:]:
            if piece:
                piece[0] |= MIDDLE_FLAG
        return [token for piece in encoded for token in piece]

    def typed_length(self, prefix: str) -> int:
        """Characters before the cursor that were typed since the hole was anchored: up to a few lines, or none."""
        line = len(prefix) - (prefix.rfind("\n") + 1)
        longest = line if self.rng.random() < 0.8 else min(len(prefix), 200)
        return self.rng.randint(0, longest)

    def renaming(self, window: str) -> dict[str, str]:
        """New names for some identifiers that occur more than once, in the style of the old ones."""
        found = IDENTIFIER.findall(window)
        words = sorted({word.lower() for name in set(found) for word in WORD.findall(name) if len(word) > 2})
        names = sorted({name for name in found if words and len(name) > 3 and name not in KEYWORDS and found.count(name) > 1})
        self.rng.shuffle(names)
        renamed = {}
        for name in names[:self.rng.randint(2, 8)]:
            parts = [self.rng.choice(words) for _ in range(self.rng.randint(1, 3))]
            if name.isupper():
                renamed[name] = "_".join(parts).upper()
            elif "_" in name or name.islower():
                renamed[name] = "_".join(parts)
            else:
                joined = "".join(part.capitalize() for part in parts)
                renamed[name] = joined if name[0].isupper() else joined[0].lower() + joined[1:]
        return renamed

    def sample(self, package: str, index: PackageIndex, own: int, cursor_line: int, starts: list[int], shape: Shape) -> list[int] | None:
        """One sample with the cursor on `cursor_line`, or None when it cannot be made to fit."""
        rng, special = self.rng, self.special
        path, text = index.files[own]
        plain = rng.random() > shape.fim_rate
        above = rng.randint(0, shape.above) if rng.random() < 0.7 else shape.above
        below = 0 if rng.random() < 0.2 else rng.randint(1, shape.below)
        first = max(0, cursor_line - above)
        if plain:
            last = min(len(starts) - 2, cursor_line + 2 * shape.below)
            middle_start = middle_end = suffix_end = starts[last + 1]
        else:
            middle_start, middle_end = middle_span(text, starts[cursor_line], max(starts[cursor_line], starts[cursor_line + 1] - 1), rng)
            if middle_end <= middle_start or not text[middle_start:middle_end].strip():
                return None
            suffix_end = middle_end
            for _ in range(below):
                suffix_end = min(len(text), text.find("\n", suffix_end + 1) % (len(text) + 1))
        prefix, middle = text[starts[first]:middle_start], text[middle_start:middle_end]
        suffix = text[middle_end:suffix_end] if not plain and below else ""
        blocks = []
        if rng.random() < CONTEXT_RATE:
            blocks = index.snippets(own, prefix[-3000:] + suffix[:1000], rng.randint(1, shape.snippets), rng)
        if rng.random() < RENAME_RATE:
            renamed = self.renaming(prefix + middle + suffix)
            change = lambda part: IDENTIFIER.sub(lambda match: renamed.get(match[0], match[0]), part)
            prefix, suffix = change(prefix), change(suffix)
            middle = change(middle)
            blocks = [(name, change(snippet)) for name, snippet in blocks]

        tail_budget = ROW - 40 - (min(400, 110 * len(blocks)) if blocks else 0)
        prefix_ids, middle_ids, suffix_ids = self.encode(prefix), self.encode(middle), self.encode(suffix)
        suffix_ids = suffix_ids[:tail_budget // 3]
        if len(middle_ids) > tail_budget // 3:
            return None
        while len(prefix_ids) + len(middle_ids) + len(suffix_ids) > tail_budget:
            cut = prefix.find("\n", len(prefix) // 8) + 1
            if not cut:
                return None
            prefix = prefix[cut:]
            prefix_ids = self.encode(prefix)
        end = [special["<|endoftext|>"]]
        if shape.cut_rate:
            prefix_ids = self.encode_cut(prefix, shape.cut_rate)
        if not plain:
            middle_ids = [token | MIDDLE_FLAG for token in middle_ids]
            end = [end[0] | MIDDLE_FLAG]
        if plain:
            body = prefix_ids + (end if suffix_end >= len(text) else [])
        elif rng.random() < 0.5:
            body = ([special["<|fim_prefix|>"], special["<|fim_suffix|>"]] + suffix_ids
                    + [special["<|fim_middle|>"]] + prefix_ids + middle_ids + end)
        else:
            typed = self.typed_length(prefix) if rng.random() < ANCHOR_RATE else 0
            if typed:
                prefix_ids = self.encode_cut(prefix[:-typed], shape.cut_rate) + [special["<|fim_suffix|>"]]
                middle_ids = self.encode(prefix[-typed:]) + middle_ids
            else:
                prefix_ids = prefix_ids + [special["<|fim_suffix|>"]]
            body = ([special["<|fim_prefix|>"]] + prefix_ids + suffix_ids + [special["<|fim_middle|>"]] + middle_ids + end)
        header = [special["<|repo_name|>"]] + self.encode(f"{package}\n")
        body = [special["<|file_sep|>"]] + self.encode(f"{path}\n") + body
        encoded = [[special["<|file_sep|>"]] + self.encode(f"{name}\n{snippet}\n") for name, snippet in blocks]
        while encoded and len(header) + len(body) + sum(map(len, encoded)) > ROW:
            encoded.pop(0)
        ids = header + [token for block in encoded for token in block] + body
        return ids if len(ids) <= ROW else None

    def file_samples(self, package: str, index: PackageIndex, own: int) -> list[list[int]]:
        """Samples whose cursors walk through the file at random strides."""
        text = index.files[own][1]
        starts = [0]
        for line in text.split("\n"):
            starts.append(starts[-1] + len(line) + 1)
        starts[-1] = len(text)
        samples, line = [], self.rng.randint(3, 45)
        while line < len(starts) - 1:
            shape = self.rng.choice(self.shapes)
            made = self.sample(package, index, own, line, starts, shape)
            if made:
                samples.append(made)
                line += self.rng.randint(*shape.stride)
            else:
                line += 1
        return samples
