"""The extension as Zed loads it, a WebAssembly component, in a host that plays Zed: `cargo xtask test --only zed`.

The host offers what `extension.wit` of zed_extension_api 0.7 (version 0.6.0 of the interface) says and this extension uses;
with anything else it does not start, so that a new use of the interface is noticed here.
"""

import json
import os

import pytest
from wasmtime import Config, Engine, Store, WasiConfig
from wasmtime.component import Component, Linker, ResourceHost, ResourceType, Variant

WORKTREE = 1
"""The type of the host's resources called worktree."""
NUMBER = 7
"""Which worktree."""


class Zed:
    """An editor with one worktree: its settings, its path and its environment."""

    def __init__(self, engine, component, folder, settings=None, programs=(), environment=()):
        self.settings, self.programs, self.environment = settings, dict(programs), list(environment)
        self.asked = []
        self.store = Store(engine)
        wasi = WasiConfig()
        # The interface's own start changes into the folder that Zed gives each extension.
        wasi.env = [("PWD", "/work")]
        wasi.preopen_dir(str(folder), "/work")
        self.store.set_wasi(wasi)
        linker = Linker(engine)
        linker.add_wasip2()
        with linker.root() as root:
            for number, name in enumerate(["worktree", "project", "key-value-store"], WORKTREE):
                root.add_resource(name, ResourceType.host(number), lambda _store, _number: None)
            root.add_func("get-settings", self.get_settings)
            root.add_func("[method]worktree.id", self.of_worktree(lambda: NUMBER))
            root.add_func("[method]worktree.which", self.of_worktree(self.programs.get))
            root.add_func("[method]worktree.shell-env", self.of_worktree(lambda: self.environment))
        self.instance = linker.instantiate(self.store, component)
        self.call("init-extension")

    def get_settings(self, _store, location, category, key):
        self.asked.append((location.__dict__["worktree-id"], category, key))
        return Variant("err", "no settings") if self.settings is None else Variant("ok", self.settings)

    def of_worktree(self, answer):
        def method(store, worktree, *arguments):
            worktree.drop(store)
            return answer(*arguments)

        return method

    def call(self, name, *arguments):
        function = self.instance.get_func(self.store, self.instance.get_export_index(self.store, name))
        try:
            return function(self.store, *arguments)
        finally:
            function.post_return(self.store)

    def of_server(self, what):
        return self.call(f"language-server-{what}", "trust-lsp", ResourceHost.own(NUMBER, WORKTREE))

    def command(self):
        """(program, arguments, environment), or the error."""
        answer = self.of_server("command")
        return answer if isinstance(answer, str) else (answer.command, answer.args, answer.env)

    def configuration(self):
        answer = self.of_server("workspace-configuration")
        assert answer.tag == "ok", answer.payload
        return None if answer.payload is None else json.loads(answer.payload)


@pytest.fixture(scope="session")
def compiled():
    engine = Engine(Config())
    return engine, Component.from_file(engine, os.environ["TRUST_ZED_EXTENSION"])


@pytest.fixture
def zed(compiled, tmp_path):
    return lambda settings=None, **more: Zed(*compiled, tmp_path, settings, **more)


PATH = {"programs": {"trust-lsp": "/usr/bin/trust-lsp"}}


def test_the_program_on_the_path_speaks_over_its_pipes(zed):
    editor = zed("{}", **PATH, environment=[("HOME", "/home/a"), ("PATH", "/usr/bin")])
    assert editor.command() == ("/usr/bin/trust-lsp", ["--stdio"], [("HOME", "/home/a"), ("PATH", "/usr/bin")])
    assert editor.asked == [(NUMBER, "lsp", "trust-lsp")]


def test_the_program_that_the_settings_name_is_taken(zed):
    binary = {"path": "/opt/trust-lsp", "arguments": ["--stdio", "--model", "m.gguf"], "env": {"TRUST_LOG": "debug"}}
    editor = zed(json.dumps({"binary": binary}), **PATH, environment=[("HOME", "/home/a")])
    assert editor.command() == ("/opt/trust-lsp", binary["arguments"], [("HOME", "/home/a"), ("TRUST_LOG", "debug")])


def test_arguments_alone_are_those_of_the_program_on_the_path(zed):
    editor = zed(json.dumps({"binary": {"arguments": ["--stdio", "--log", "debug"]}}), **PATH)
    assert editor.command() == ("/usr/bin/trust-lsp", ["--stdio", "--log", "debug"], [])


def test_without_a_program_it_is_said_what_to_do(zed):
    expected = "there is no trust-lsp on the path: add it, or name it in the settings as lsp.trust-lsp.binary.path"
    assert zed("{}").command() == expected


@pytest.mark.parametrize("settings", [None, "", "[]", '{"binary": 7}', "{", '{"binary": {"path": []}}'])
def test_settings_that_cannot_be_read_are_as_good_as_none(zed, settings):
    editor = zed(settings, **PATH)
    assert editor.command()[:2] == ("/usr/bin/trust-lsp", ["--stdio"])
    assert editor.configuration() is None


def test_the_configuration_is_a_section(zed):
    keys = {"privacy": {"mode": "strict"}, "model": {"threads": 2}}
    assert zed(json.dumps({"settings": keys})).configuration() == {"trust": keys}
    assert zed("{}").configuration() is None
