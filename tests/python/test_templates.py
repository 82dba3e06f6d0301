"""What is for editors that no test runs (JetBrains', Sublime Text): each file is what its reader takes, by a schema; and the
schemas refuse what a reader would."""

import copy
import json
import pathlib

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).parents[2]
EDITORS = ROOT / "editors"
FILES = [
    ("lsp4ij-template", "jetbrains/template.json"),
    ("sublime-servers", "sublime/LanguageServers.sublime-settings"),
    ("sublime-commands", "sublime/Trust.sublime-commands"),
]
# A place in the file, and what must not stand there; "-" is a key that is taken away.
WRONG = [
    ("jetbrains/template.json", ["name"], 7),
    ("jetbrains/template.json", ["name"], "-"),
    ("jetbrains/template.json", ["programArgs"], "trust-lsp --stdio"),
    ("jetbrains/template.json", ["programArgs", "default"], ["trust-lsp", "--stdio"]),
    ("jetbrains/template.json", ["programArgs", "linux"], "trust-lsp --stdio"),
    ("jetbrains/template.json", ["fileTypeMappings"], {}),
    ("jetbrains/template.json", ["fileTypeMappings", 0, "fileType", "patterns"], "*.rs"),
    ("jetbrains/template.json", ["fileTypeMappings", 0, "fileType", "patterns"], []),
    ("jetbrains/template.json", ["fileTypeMappings", 0, "languageId"], "-"),
    ("jetbrains/template.json", ["fileTypeMappings", 0, "languageId"], "Rust"),
    ("jetbrains/template.json", ["expandConfiguration"], "true"),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "enabled"], "yes"),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "command"], "trust-lsp --stdio"),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "command"], []),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "selector"], "-"),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "selector"], "source.rust |"),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "initializationOptions"], {}),
    ("sublime/LanguageServers.sublime-settings", ["trust-lsp", "diagnostics_mode"], "all"),
    ("sublime/Trust.sublime-commands", [0, "command"], "lsp_run"),
    ("sublime/Trust.sublime-commands", [0, "args", "session_name"], "trust"),
    ("sublime/Trust.sublime-commands", [0, "args", "command_name"], "-"),
    ("sublime/Trust.sublime-commands", [0, "args", "command_args"], ["$document"]),
    ("sublime/Trust.sublime-commands", [0, "args", "command_args"], "$document_id"),
]
SETTINGS = [
    ({}, True),
    ({"other": 1}, True),
    ({"trust": {"model": {"threads": 2}, "completion": {"enable": False}}}, True),
    ({"trust": {"model": {"threads": "two"}}}, False),
    ({"trust": {"model": {"thread": 2}}}, False),
    ({"trust": {"completion": False}}, False),
    ({"trust": {"privacy": "closed"}}, False),
    # What counts in files only is not offered.
    ({"trust": {"endpoints": []}}, False),
]


def read(path: str):
    return json.loads((EDITORS / path).read_text())


def validator(name: str) -> jsonschema.Draft7Validator:
    schema = json.loads((ROOT / "fixtures" / "schemas" / f"{name}.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


@pytest.mark.parametrize(("schema", "path"), FILES)
def test_each_file_is_what_its_reader_takes(schema: str, path: str):
    assert [error.message for error in validator(schema).iter_errors(read(path))] == []


@pytest.mark.parametrize(("path", "place", "wrong"), WRONG)
def test_what_a_reader_would_stumble_over_is_refused(path: str, place: list, wrong):
    schema = next(schema for schema, of in FILES if of == path)
    file = copy.deepcopy(read(path))
    *way, last = place
    inner = file
    for step in way:
        inner = inner[step]
    if wrong == "-":
        del inner[last]
    else:
        inner[last] = wrong
    assert not validator(schema).is_valid(file)


def test_what_lsp4ij_has_for_settings_is_a_schema_of_ours():
    schema = read("jetbrains/settings.schema.json")
    jsonschema.Draft7Validator.check_schema(schema)
    judge = jsonschema.Draft7Validator(schema)
    for settings, is_valid in SETTINGS:
        assert judge.is_valid(settings) == is_valid, settings
    # Of a template's folder it reads these, and no other.
    known = ["README.md", "clientSettings.json", "experimental.json", "initializationOptions.json", "installer.json", "settings.json"]
    files = {path.name for path in (EDITORS / "jetbrains").iterdir()}
    assert files <= {*known, "settings.schema.json", "template.json"}
    # Nothing is said before somebody says it.
    assert read("jetbrains/initializationOptions.json") == {}
