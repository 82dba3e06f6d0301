"""Chooses snippets of other files of a package for a window, as the server does at completion time.

Two kinds: 20-line chunks, and definition snippets (the signature lines of what the window names).
Both are ranked by the summed inverse document frequency of the identifiers shared with the window.
"""

import collections
import math
import random
import re

IDENTIFIER = re.compile(r"[A-Za-z_]\w{2,}")
CHUNK_LINES = 20
COMMON = 150
DEFINITION = {
    "rust": re.compile(r'^\s*(?:pub(?:\([^)]*\))?\s+)?(?:(?:const|async|unsafe|default|extern "C")\s+)*'
                       r"(?:fn|struct|enum|union|trait|type|const|static|macro_rules!)\s+(\w+)"),
    "python": re.compile(r"^\s*(?:async\s+)?(?:def|class)\s+(\w+)"),
    "typescript": re.compile(r"^\s*(?:export\s+)?(?:default\s+)?(?:(?:declare|abstract|async|public|private|protected|static)\s+)*"
                             r"(?:function\*?|class|interface|type|enum|const)\s+(\w+)"),
}
BODY = re.compile(r"\b(?:struct|enum|union|interface|type|trait)\b")


def signature(lines: list[str], start: int) -> str:
    """The definition's head from `start`; for data types also the first fields."""
    limit = 8 if BODY.search(lines[start]) else 4
    indent = len(lines[start]) - len(lines[start].lstrip())
    taken = []
    for line in lines[start:start + limit]:
        taken.append(line)
        end = line.rstrip()
        if limit == 4 and end.endswith(("{", ":", ";", "=", "=>")):
            break
        if limit == 8 and (end.endswith(";") and len(taken) == 1 or end.startswith(" " * indent + "}") or "}" in end and "{" in end):
            break
    return "\n".join(taken)


class PackageIndex:
    """Identifier postings over the chunks and definitions of one package's files."""

    def __init__(self, files: list[tuple[str, str]], language: str):
        self.files = files
        self.chunks: list[tuple[int, str]] = []
        self.definitions: dict[str, list[tuple[int, str]]] = collections.defaultdict(list)
        self.postings: dict[str, list[int]] = collections.defaultdict(list)
        for number, (_, text) in enumerate(files):
            lines = text.split("\n")
            for start in range(0, len(lines), CHUNK_LINES):
                chunk = "\n".join(lines[start:start + CHUNK_LINES]).strip("\n")
                for name in set(IDENTIFIER.findall(chunk)):
                    self.postings[name].append(len(self.chunks))
                self.chunks.append((number, chunk))
            for position, line in enumerate(lines):
                match = DEFINITION[language].match(line)
                if match and len(match[1]) > 2 and (language == "rust" or not line.startswith("        ")):
                    self.definitions[match[1]].append((number, signature(lines, position)))

    def weight(self, name: str) -> float:
        return math.log((len(self.chunks) + 1) / (len(self.postings.get(name, ())) + 1))

    def snippets(self, own: int, window: str, count: int, rng: random.Random) -> list[tuple[str, str]]:
        """Up to `count` (path, snippet) pairs from files other than `own`, best last."""
        names = set(IDENTIFIER.findall(window))
        scores: collections.Counter[int] = collections.Counter()
        ranked_definitions = []
        for name in names:
            found = self.postings.get(name, ())
            weight = self.weight(name)
            if len(found) <= COMMON:
                for chunk in found:
                    if self.chunks[chunk][0] != own:
                        scores[chunk] += weight
            places = self.definitions.get(name, ())
            if 0 < len(places) <= 4:
                ranked_definitions += [(weight, number, text) for number, text in places if number != own]
        ranked_definitions.sort(key=lambda item: item[0], reverse=True)
        definitions = [(weight, number, text) for weight, number, text in ranked_definitions[:3 * count]]
        chunks = [(score, *self.chunks[chunk]) for chunk, score in scores.most_common(count)]
        blocks = []
        while len(blocks) < count and (definitions or chunks):
            if definitions and (not chunks or rng.random() < 0.5):
                weight, number, text = definitions.pop(0)
                same = [item for item in definitions if item[1] == number][:2]
                definitions = [item for item in definitions if item not in same]
                # Signatures are short; scale so that a named definition competes with a whole chunk.
                blocks.append((4 * weight, number, "\n".join([text] + [item[2] for item in same])))
            else:
                blocks.append(chunks.pop(0))
        blocks.sort(key=lambda block: block[0])
        return [(self.files[number][0], text) for _, number, text in blocks]
