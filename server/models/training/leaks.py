"""Proves that nothing held out is in the training files: no package by any version or spelling of its name, and no
file that shares more than 40 % of its longer lines with a held-out one. Prints the files that share most.
"""

import argparse
import json
import pathlib
import sys
import tomllib

from corpus import LANGUAGES, PACKAGES, long_lines, normal

LIMIT = 0.4
FEW = 3


def named(manifest: pathlib.Path, listing: dict) -> list[str]:
    """Rows of the manifest that train on a package which is to be held out."""
    rows = [line.split("\t") for line in manifest.read_text().splitlines()[1:]]
    heldout = {(language, normal(name)) for language in LANGUAGES for name in listing[language]["heldout"]}
    return ["\t".join(row) for row in rows if row[6] == "train" and (row[1], normal(row[0])) in heldout]


def shares(corpus: pathlib.Path, language: str) -> list[tuple[float, str]]:
    """The share of its longer lines that each training file has in common with held-out files, largest first."""
    read = lambda split: map(json.loads, open(corpus / f"{split}-{language}.jsonl"))
    known = {line for item in read("heldout") for line in long_lines(item["text"])}
    found = []
    for item in read("train"):
        lines = long_lines(item["text"])
        common = len(lines & known)
        if common > FEW:
            found.append((common / len(lines), f"{item['package']} {item['path']}"))
    return sorted(found, reverse=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--manifest", type=pathlib.Path, required=True)
    args = parser.parse_args()
    leaks = named(args.manifest, tomllib.loads(PACKAGES.read_text()))
    for language in LANGUAGES:
        found = shares(args.corpus, language)
        print(f"{language}: {len(found)} training files share more than {FEW} longer lines with held-out ones, {sum(share > 0.2 for share, _ in found)} more than 20 %")
        for share, name in found[:5]:
            print(f"  {100 * share:.0f} % {name}")
        leaks += [name for share, name in found if share > LIMIT]
    if leaks:
        sys.exit("held out and yet trained on:\n" + "\n".join(leaks))


if __name__ == "__main__":
    main()
