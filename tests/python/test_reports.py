"""Reports of reviews against schemas: of SARIF 2.1.0 the part that is written here, and what reviewdog reads.

Both are closed, where the originals let unknown names through, so a misspelt one is found."""

import json
import os
import pathlib
import subprocess

import jsonschema
import pytest
from conftest import binary

TEXT = {"type": "string", "minLength": 1}
NUMBER = {"type": "integer", "minimum": 1}


def closed(properties: dict, required: list[str]) -> dict:
    return {"type": "object", "additionalProperties": False, "properties": properties, "required": required}


def several(items: dict) -> dict:
    return {"type": "array", "items": items}


LEVEL = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = closed({"text": TEXT, "markdown": TEXT}, ["text"])
URI = {"type": "string", "pattern": r"^[A-Za-z0-9/._~%-]+$"}
RULE = closed(
    {
        "id": TEXT,
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "defaultConfiguration": closed({"level": LEVEL}, ["level"]),
    },
    ["id"],
)
PLACE = closed(
    {
        "artifactLocation": closed({"uri": URI, "uriBaseId": {"const": "SRCROOT"}}, ["uri"]),
        "region": closed({name: NUMBER for name in ["startLine", "startColumn", "endColumn"]}, ["startLine"]),
    },
    ["artifactLocation", "region"],
)
RESULT = closed(
    {
        "ruleId": TEXT,
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": LEVEL,
        "message": MESSAGE,
        "locations": several(
            closed(
                {"physicalLocation": PLACE, "logicalLocations": several(closed({"fullyQualifiedName": TEXT}, []))},
                ["physicalLocation"],
            )
        ),
        "partialFingerprints": {"type": "object", "additionalProperties": TEXT},
    },
    ["ruleId", "message", "locations", "partialFingerprints"],
)
DRIVER = closed({"name": TEXT, "version": TEXT, "rules": several(RULE)}, ["name"])
RUN = closed(
    {
        "tool": closed({"driver": DRIVER}, ["driver"]),
        "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
        "originalUriBaseIds": {"type": "object", "additionalProperties": closed({"description": MESSAGE}, [])},
        "results": several(RESULT),
    },
    ["tool", "results"],
)
SARIF = closed(
    {"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": several(RUN)}, ["version", "runs"]
)

POSITION = closed({"line": NUMBER, "column": NUMBER}, ["line"])
DIAGNOSTIC = closed(
    {
        "message": TEXT,
        "location": closed(
            {"path": TEXT, "range": closed({"start": POSITION, "end": POSITION}, ["start"])}, ["path"]
        ),
        "severity": {"enum": ["ERROR", "WARNING", "INFO"]},
        "source": closed({"name": TEXT}, ["name"]),
        "code": closed({"value": TEXT}, ["value"]),
    },
    ["message", "location"],
)
RDJSON = closed(
    {"source": closed({"name": TEXT}, ["name"]), "diagnostics": several(DIAGNOSTIC)}, ["diagnostics"]
)


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """Something staged that every kind of finding is in: with columns, without, with a symbol, in an odd path."""
    folder = tmp_path / "repository"
    (folder / "x é%").mkdir(parents=True)
    (folder / "Cargo.toml").write_text('[dependencies]\nserde = "1.0.1"\n')
    (folder / "Cargo.lock").write_text("x\n")
    git(folder, "init", "-q", ".")
    git(folder, "add", "-A")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "First")
    (folder / "Cargo.toml").write_text('[dependencies]\nserde = "1.0.2"\n')
    (folder / "x é%" / "a.rs").write_text('pub fn f() {\n    g("é").unwrap();\n    dbg!("\\"");\n}\n')
    (folder / "a.txt").write_text("<<<<<<< HEAD\n")
    git(folder, "add", "-A")
    return folder


def git(folder: pathlib.Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})


def review(folder: pathlib.Path, form: str) -> str:
    command = [binary(), "review", "--format", form]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def test_sarif(repository: pathlib.Path) -> None:
    report = json.loads(review(repository, "sarif"))
    jsonschema.validate(report, SARIF)
    assert len(report["runs"][0]["results"]) == 5
    result = report["runs"][0]["results"][0]
    for field, wrong in [("level", "bad"), ("ruleID", "x"), ("message", "text")]:
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**report, "runs": [{**report["runs"][0], "results": [{**result, field: wrong}]}]}, SARIF)


def test_rdjson(repository: pathlib.Path) -> None:
    report = json.loads(review(repository, "rdjson"))
    jsonschema.validate(report, RDJSON)
    lines = [json.loads(line) for line in review(repository, "rdjsonl").splitlines()]
    assert len(lines) == len(report["diagnostics"]) == 5
    for line in lines:
        jsonschema.validate(line, DIAGNOSTIC)
    # Reviewdog's columns count bytes.
    starts = [one["location"]["range"]["start"] for one in report["diagnostics"] if one["code"]["value"] == "new-panic"]
    assert starts == [{"line": 2, "column": 12}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"diagnostics": [{"message": "m", "file": "a"}]}, RDJSON)
