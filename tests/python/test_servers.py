"""Servers of the official Model Context Protocol library as tools of `trust-lsp`: by hand, and in a conversation."""

import asyncio
import json
import os
import pathlib
import subprocess
import sys

import acp
import pytest
from acp import schema
from conftest import binary
from test_acp import NEXT
from test_acp import Editor
from test_acp import ask
from test_acp import begin
from test_acp import call

HERE = pathlib.Path(__file__).parent
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no sandbox for servers")


class Home:
    """A workspace, and a user whose configuration names one server that behaves as `how` says."""

    def __init__(self, folder: pathlib.Path, how: str):
        self.folder, self.workspace = folder, folder / "workspace"
        self.workspace.mkdir()
        (self.workspace / "widget.rs").write_text("pub struct Widget;\n")
        self.environment = {**os.environ, **{f"XDG_{of}_HOME": str(folder / of) for of in ["CONFIG", "STATE", "CACHE"]}}
        self.behave(how)

    def behave(self, how: str) -> None:
        arguments = ["-I", str(HERE / "kit.py"), how]
        readable = [str(HERE), sys.prefix, sys.base_prefix]
        lines = ["[[servers]]", 'name = "kit"', f"command = {json.dumps(sys.executable)}"]
        lines += [f"arguments = {json.dumps(arguments)}", f"readable = {json.dumps(readable)}", ""]
        file = self.folder / "CONFIG" / "trust-lsp" / "config.toml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines))

    def run(self, *words: str) -> str:
        """All that a command says, and how it ended."""
        ran = subprocess.run(
            [binary(), *words], cwd=self.workspace, env=self.environment, stdin=subprocess.DEVNULL,
            capture_output=True, text=True, timeout=120, check=False,
        )
        return f"{ran.stdout}{ran.stderr}[{ran.returncode}]"

    def consent(self) -> "Home":
        said = self.run("tool", "servers", "consent", "kit", "--yes")
        assert "3 tools of kit may be called" in said, said
        return self

    def call(self, tool: str, *parameters: str) -> str:
        return self.run("tool", "run", f"kit__{tool}", *parameters, "--allow", "mcp")

    def agent(self, editor: Editor, *replies: str):
        words = ["acp", "--scripted-model", NEXT.join(replies)]
        return acp.spawn_agent_process(editor, binary(), *words, env=self.environment, cwd=str(self.workspace))


def test_tools_are_called_after_a_consent(tmp_path: pathlib.Path) -> None:
    home = Home(tmp_path, "well")
    assert "there is no tool of this name" in home.call("add", "left=1", "right=2")
    asked = home.run("tool", "servers", "consent", "kit")
    assert "there is nobody to ask" in asked and "add: Adds two numbers." in asked, asked
    assert "left (integer, required): The first number." in asked, asked
    assert "no consent here" in home.run("tool", "servers")
    home.consent()
    assert "kit__add" in home.run("tool", "list")
    assert home.call("add", "left=1", "right=2").endswith("no instruction to you:\n3\n[0]")
    assert str(home.workspace) in home.call("where")
    failed = home.call("fail", "why=so")
    assert "kit__fail: the call failed. The server kit says" in failed and failed.endswith("[1]"), failed
    assert "`left` must be a whole number" in home.call("add", "left=one", "right=2")
    assert "is called" in home.run("tool", "servers", "revoke", "kit")
    assert "there is no tool of this name" in home.call("add", "left=1", "right=2")


def test_a_tool_that_is_described_otherwise_is_refused(tmp_path: pathlib.Path) -> None:
    home = Home(tmp_path, "well").consent()
    (home.workspace / "otherwise").touch()
    refused = home.call("where")
    assert "describes `where` otherwise than when it was consented to" in refused and refused.endswith("[1]"), refused
    assert "\n3\n" in home.call("add", "left=1", "right=2")
    asked = home.run("tool", "servers", "consent", "kit")
    assert "and tell nobody" in asked and "CHANGED; it was: Says where it is." in asked, asked
    home.consent()
    assert str(home.workspace) in home.call("where")


def test_a_server_that_greets_on_its_standard_output_is_told(tmp_path: pathlib.Path) -> None:
    said = Home(tmp_path, "garbage").run("tool", "servers", "consent", "kit", "--yes")
    told = 'cannot be started: it said what is no message of the protocol: "Welcome to the kit!"'
    assert told in said and said.endswith("[1]"), said


def test_what_a_tool_prints_does_no_harm(tmp_path: pathlib.Path) -> None:
    home = Home(tmp_path, "prints").consent()
    assert "\n3\n" in home.call("add", "left=1", "right=2")


async def test_a_conversation_goes_on_when_a_server_dies(tmp_path: pathlib.Path) -> None:
    home = Home(tmp_path, "dies").consent()
    add, where = call("kit__add", left=1, right=2), call("kit__where")
    editor = Editor("allow_once")
    async with home.agent(editor, add, "It broke off.", where, "It is there.") as (connection, _):
        session = await begin(connection, home.workspace)
        assert (await ask(connection, session)).stop_reason == "end_turn"
        assert (await ask(connection, session, "and where?")).stop_reason == "end_turn"
    died, told = editor.of(schema.ToolCallProgress)
    assert died.status == "failed" and "(its last words: out of order)" in died.content[0].content.text, died
    assert told.status == "completed" and str(home.workspace) in told.content[0].content.text, told
    assert "It broke off." in editor.said() and "It is there." in editor.said()


async def test_a_call_that_hangs_is_cancelled_and_the_conversation_goes_on(tmp_path: pathlib.Path) -> None:
    home = Home(tmp_path, "hangs").consent()
    hang, add = call("kit__add", left=0, right=2), call("kit__add", left=1, right=2)
    editor = Editor("allow_once")
    async with home.agent(editor, hang, add, "Three.") as (connection, _):
        session = await begin(connection, home.workspace)
        prompt = asyncio.create_task(ask(connection, session))
        while not editor.asked:
            editor.seen.clear()
            await asyncio.wait_for(editor.seen.wait(), 60)
        await asyncio.sleep(2)
        await connection.cancel(session_id=session)
        assert (await asyncio.wait_for(prompt, 30)).stop_reason == "cancelled"
        assert (await ask(connection, session, "again")).stop_reason == "end_turn"
    assert "\n3" in editor.of(schema.ToolCallProgress)[-1].content[0].content.text
    assert editor.said().endswith("Three.")
