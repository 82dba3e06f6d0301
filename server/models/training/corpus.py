"""Filters what gather.py fetched into one JSON-lines file per language and split, and writes the manifest.

Kept are permissively licensed, hand-written sources. Dropped are generated, minified, vendored and
duplicated files, binding crates, and training files that nearly copy a held-out one.
"""

import argparse
import collections
import fnmatch
import hashlib
import json
import pathlib
import random
import re
import tomllib

import licences

PACKAGES = pathlib.Path(__file__).with_name("packages.toml")
LANGUAGES = {
    "rust": (licences.of_crate, (".rs",)),
    "python": (licences.of_wheel, (".py",)),
    "typescript": (licences.of_npm, (".ts", ".tsx")),
}
PACKAGE_CAP = 2_500_000
FILE_CAP = 200_000
LINE_CAP = 400
DROPPED_FOLDERS = {"vendor", "vendored", "_vendor", "third_party", "_vendored", "node_modules", "testdata", "test_data", "test-data",
                   "fixtures", "snapshots", "__snapshots__", "target", "dist", "generated", "locale", "locales", "_pb2"}
TEST_PATH = re.compile(r"(^|/)(tests?|__tests__|spec|testing|benches|examples)/|[._-](test|spec)\.")
GENERATED = re.compile(r"@generated|do not edit|auto-?generated|automatically generated", re.IGNORECASE)


def normal(name: str) -> str:
    return name.lower().replace("_", "-")


def wanted(text: str, name: str) -> bool:
    """Whether a file looks hand-written and of a useful size."""
    if not 200 <= len(text.encode()) <= FILE_CAP or "\0" in text:
        return False
    if GENERATED.search(text[:2000]) or name.endswith((".d.ts", "_pb2.py", ".d.mts", ".d.cts")):
        return False
    lines = text.split("\n")
    if max(map(len, lines)) > LINE_CAP:
        return False
    # Data tables: mostly digits and punctuation.
    return sum(character.isalpha() for character in text) > 0.4 * len(re.sub(r"\s", "", text))


def package_files(folder: pathlib.Path, suffixes: tuple[str, ...]) -> list[tuple[str, str]]:
    """(path, text) of the wanted files, sources before tests, cut at the package cap."""
    paths = []
    for path in folder.rglob("*"):
        relative = path.relative_to(folder)
        if path.suffix in suffixes and path.is_file() and not DROPPED_FOLDERS & set(relative.parts[:-1]):
            paths.append((bool(TEST_PATH.search(relative.as_posix())), hashlib.md5(relative.as_posix().encode()).digest(), relative))
    files, total = [], 0
    for _, _, relative in sorted(paths):
        try:
            text = (folder / relative).read_text(encoding="utf-8").replace("\r\n", "\n").removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
        if wanted(text, relative.name):
            size = len(text.encode())
            if total + size > PACKAGE_CAP:
                continue
            total += size
            name = relative.as_posix()
            files.append((name.split("/", 1)[1] if suffixes[0] == ".ts" and "/" in name else name, text))
    return files


def long_lines(text: str) -> set[str]:
    return {line for line in map(str.strip, text.split("\n")) if len(line) >= 24}


def version_key(version: str) -> tuple:
    return tuple(int(part) if part.isdigit() else -1 for part in re.split(r"[.+-]", version))


def load_packages(root: pathlib.Path, language: str, listing: dict) -> list[dict]:
    """Every permitted package of a language at its newest fetched version, held-out ones first."""
    describe, suffixes = LANGUAGES[language]
    heldout = {normal(name) for name in listing["heldout"]}
    newest: dict[str, tuple] = {}
    for folder in sorted((root / language / "unpacked").iterdir()):
        name, version, licence = describe(folder)
        if not name or not licences.permitted(licence) or any(fnmatch.fnmatch(name, glob) for glob in listing["skip"]):
            continue
        if normal(name) not in newest or version_key(version) > version_key(newest[normal(name)][1]):
            newest[normal(name)] = (name, version, licence, folder)
    packages = [{"name": name, "version": version, "licence": licence, "folder": folder,
                 "split": "heldout" if key in heldout else "train"} for key, (name, version, licence, folder) in newest.items()]
    return sorted(packages, key=lambda package: (package["split"] != "heldout", package["name"]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=pathlib.Path, required=True, help="the folder gather.py wrote")
    parser.add_argument("--out", type=pathlib.Path, required=True, help="where <split>-<language>.jsonl go")
    parser.add_argument("--manifest", type=pathlib.Path, required=True, help="manifest part to write (tab-separated)")
    parser.add_argument("--language", choices=list(LANGUAGES), action="append")
    args = parser.parse_args()
    listing = tomllib.loads(PACKAGES.read_text())
    args.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for language in args.language or LANGUAGES:
        seen: set[str] = set()
        heldout_lines: set[str] = set()
        entries: dict[str, list] = collections.defaultdict(list)
        for package in load_packages(args.raw, language, listing[language]):
            count = size = 0
            for path, text in package_files(package["folder"], LANGUAGES[language][1]):
                digest = hashlib.sha256(text.encode()).hexdigest()
                lines = long_lines(text)
                if digest in seen:
                    continue
                if package["split"] == "heldout":
                    heldout_lines |= lines
                elif lines and len(lines & heldout_lines) > max(0.4 * len(lines), 3):
                    continue
                seen.add(digest)
                entries[package["split"]].append({"package": package["name"], "path": path, "text": text})
                count, size = count + 1, size + len(text.encode())
            if count:
                rows.append((package["name"], language, package["version"], package["licence"], count, size, package["split"]))
        for split, items in entries.items():
            random.Random(1).shuffle(items)
            with open(args.out / f"{split}-{language}.jsonl", "w") as file:
                file.writelines(json.dumps(item) + "\n" for item in items)
            print(language, split, len({item["package"] for item in items}), "packages", len(items), "files",
                  sum(len(item["text"].encode()) for item in items), "bytes")
    with open(args.manifest, "w") as file:
        file.write("package\tecosystem\tversion\tlicence\tfiles\tbytes\tsplit\n")
        file.writelines("\t".join(map(str, row)) + "\n" for row in sorted(rows, key=lambda row: (row[1], row[6], row[0].lower())))


if __name__ == "__main__":
    main()
