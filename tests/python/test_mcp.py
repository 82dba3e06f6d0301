"""`trust-lsp mcp` with the official client of the Model Context Protocol, in both lifecycles: with a handshake, and without."""

import asyncio
import os
import pathlib
import subprocess

import jsonschema
import pytest
from conftest import binary
from mcp import Client
from mcp import MCPError
from mcp import StdioServerParameters

TEXT = "/// Says.\npub fn salute(name: &str) {\n    print(name)\n}\n"


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """One commit, and a staged change that a review points at."""
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "lib.rs").write_text(TEXT)
    (folder / ".trustignore").write_text("hidden.rs\n")
    (folder / "hidden.rs").write_text("fn canary() {}\n")
    git(folder, "init", "-q", ".")
    git(folder, "add", "lib.rs")
    git(folder, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-qm", "First")
    (folder / "lib.rs").write_text(TEXT.replace("print(name)", "print(name).unwrap()"))
    git(folder, "add", "lib.rs")
    return folder


def git(folder: pathlib.Path, *words: str) -> None:
    subprocess.run(["git", *words], cwd=folder, check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null"})


@pytest.fixture(params=["legacy", "auto"])
def server(request, repository: pathlib.Path, tmp_path: pathlib.Path) -> Client:
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "XDG_STATE_HOME": str(tmp_path / "state")}
    parameters = StdioServerParameters(
        command=binary(), args=["mcp", "--root", str(repository)], env=environment, cwd=str(repository)
    )
    return Client(parameters, mode=request.param, read_timeout_seconds=60)


async def text(client: Client, name: str, **arguments) -> str:
    result = await client.call_tool(name, arguments)
    assert not result.is_error, result
    return "".join(block.text for block in result.content)


async def test_a_session(server: Client) -> None:
    async with server as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {"outline", "symbol_source", "references", "explain_diff", "review_diff"} <= tools.keys()
        for tool in tools.values():
            assert tool.annotations.read_only_hint and tool.description
            jsonschema.Draft202012Validator.check_schema(tool.input_schema)
        assert "2-4\tpub fn salute(name: &str)" in await text(client, "outline", path="lib.rs")
        assert "1\t/// Says.\n2\tpub fn salute" in await text(client, "symbol_source", symbol="salute")
        assert "lib.rs:2" in await text(client, "references", symbol="salute", limit=5)
        assert "salute" in await text(client, "explain_diff", staged=True)
        assert "new-panic" in await text(client, "review_diff")
        assert "First" in await text(client, "symbol_history", path="lib.rs", line=2)


async def test_what_goes_wrong(server: Client) -> None:
    async with server as client:
        for arguments, told in [
            ({}, "`path` is required"),
            ({"path": 7}, "`path` must be a text"),
            ({"path": "hidden.rs"}, "excluded by hidden.rs"),
            ({"path": "../../etc/passwd"}, "is not read"),
            ({"path": "lip.rs"}, "did you mean `lib.rs`?"),
        ]:
            result = await client.call_tool("read_file", arguments)
            assert result.is_error and told in result.content[0].text, result
        with pytest.raises(MCPError) as error:
            await client.call_tool("edit_symbol", {"path": "lib.rs", "symbol": "salute", "source": ""})
        assert error.value.code == -32602
        assert "no line holds this text" in await text(client, "search_text", text="canary")


async def test_many_calls_at_once(server: Client) -> None:
    async with server as client:
        await text(client, "outline", path="lib.rs")
        calls = [text(client, "read_file", path="lib.rs", first_line=1 + at % 4, last_line=4) for at in range(8)]
        answers = await asyncio.gather(*calls)
        assert [f"\n{1 + at % 4}\t" in answer for at, answer in enumerate(answers)] == [True] * 8
