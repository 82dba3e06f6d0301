"""Decides whether a package's declared licence is one of the permissive ones that we train on.

Reads Cargo.toml, a wheel's METADATA and package.json. Unknown or missing means no.
"""

import email.parser
import json
import pathlib
import re
import tomllib

PERMITTED = {"MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "Zlib", "PSF-2.0", "Python-2.0", "Unlicense", "0BSD"}

# What Python packages without a licence expression write in free text or as a classifier.
FREE_TEXT = {
    "mit": "MIT", "mit license": "MIT", "the mit license": "MIT", "the mit license (mit)": "MIT",
    "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache-2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0", "apache software license": "Apache-2.0", "apache license": "Apache-2.0",
    "bsd": "BSD-3-Clause", "bsd license": "BSD-3-Clause", "3-clause bsd license": "BSD-3-Clause",
    "new bsd": "BSD-3-Clause", "new bsd license": "BSD-3-Clause", "bsd 3-clause license": "BSD-3-Clause",
    "isc": "ISC", "isc license": "ISC", "isc license (iscl)": "ISC", "zlib/libpng license": "Zlib",
    "python software foundation license": "PSF-2.0", "psf": "PSF-2.0", "the unlicense (unlicense)": "Unlicense",
}


def permitted(expression: str) -> bool:
    """Evaluates an SPDX expression: OR needs one permitted side, AND needs both."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))
    position = 0

    def peek() -> str:
        return tokens[position] if position < len(tokens) else ""

    def take() -> str:
        nonlocal position
        position += 1
        return tokens[position - 1] if position <= len(tokens) else ""

    def term() -> bool:
        token = take()
        if token == "(":
            value = either()
            take()
        else:
            value = token in PERMITTED
        if peek().upper() == "WITH":
            take()
            # An exception only ever adds permissions, but we know just this one.
            value = take() == "LLVM-exception" and value
        return value

    def both() -> bool:
        value = term()
        while peek().upper() == "AND":
            take()
            value = term() and value
        return value

    def either() -> bool:
        value = both()
        while peek().upper() == "OR":
            take()
            value = both() or value
        return value

    result = bool(tokens) and either()
    return result and position == len(tokens)


def of_crate(folder: pathlib.Path) -> tuple[str, str, str]:
    """Name, version and licence expression of an unpacked crate; the licence is empty when not declared."""
    package = tomllib.loads((folder / "Cargo.toml").read_text(errors="replace")).get("package", {})
    return package.get("name", ""), str(package.get("version", "")), str(package.get("license", ""))


def of_wheel(folder: pathlib.Path) -> tuple[str, str, str]:
    """Name, version and licence of an unpacked wheel, from the expression, else the classifiers, else free text."""
    metadata_path = next(folder.glob("*.dist-info/METADATA"))
    metadata = email.parser.HeaderParser().parsestr(metadata_path.read_text(errors="replace"))
    name, version = metadata["Name"], metadata["Version"]
    if metadata["License-Expression"]:
        return name, version, metadata["License-Expression"]
    prefix = "License :: OSI Approved :: "
    classified = [c.removeprefix(prefix) for c in metadata.get_all("Classifier", []) if c.startswith(prefix)]
    names = classified or [metadata["License"] or ""]
    known = [FREE_TEXT.get(text.strip().lower(), text if text.strip() in PERMITTED else "") for text in names]
    return name, version, " AND ".join(known) if all(known) else ""


def of_npm(folder: pathlib.Path) -> tuple[str, str, str]:
    """Name, version and licence of an unpacked npm package."""
    package = json.loads(next(folder.glob("*/package.json")).read_text(errors="replace"))
    declared = package.get("license", "")
    return package.get("name", ""), package.get("version", ""), declared if isinstance(declared, str) else ""
