"""`trust-lsp acp` with the client of the Agent Client Protocol's own Python library."""

import asyncio
import json
import os
import pathlib

import acp
import pytest
from acp import schema
from conftest import binary

TEXT = "pub struct Widget {\n    sides: u32,\n}\n\npub fn draw() -> u32 {\n    3\n}\n"
CHANGED = TEXT.replace("    3\n", "    4\n")
NEXT = "\x1e"


def call(name: str, **arguments) -> str:
    return f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>"


READ = call("read_file", path="widget.rs")
EDIT = call("edit_symbol", path="widget.rs", symbol="draw", source="pub fn draw() -> u32 {\n    4\n}\n")


class Editor(acp.Client):
    """Notes what it is told, and answers each question the same."""

    def __init__(self, option: str | None = None):
        self.option, self.asked, self.updates, self.seen = option, [], [], asyncio.Event()

    async def session_update(self, session_id, update, **kwargs) -> None:
        self.updates.append(update)
        self.seen.set()

    async def request_permission(self, session_id, tool_call, options, **kwargs):
        self.asked.append((tool_call, options))
        self.seen.set()
        if self.option is None:
            await asyncio.sleep(600)
        if self.option == "cancelled":
            return schema.RequestPermissionResponse(outcome=schema.DeniedOutcome(outcome="cancelled"))
        outcome = schema.AllowedOutcome(outcome="selected", option_id=self.option)
        return schema.RequestPermissionResponse(outcome=outcome)

    def of(self, kind: type) -> list:
        return [update for update in self.updates if isinstance(update, kind)]

    def said(self) -> str:
        return "".join(update.content.text for update in self.of(schema.AgentMessageChunk))


@pytest.fixture
def project(tmp_path: pathlib.Path) -> pathlib.Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "widget.rs").write_text(TEXT)
    return folder


def agent(editor: Editor, project: pathlib.Path, *replies: str, delay: int = 0):
    home = project.parent
    environment = {**os.environ, "XDG_CACHE_HOME": str(home / "cache"), "XDG_STATE_HOME": str(home / "state")}
    words = ["acp", "--scripted-model", NEXT.join(replies), "--scripted-delay-ms", str(delay)] if replies else ["acp"]
    return acp.spawn_agent_process(editor, binary(), *words, env=environment, cwd=str(project))


async def begin(connection, project: pathlib.Path) -> str:
    greeting = await connection.initialize(protocol_version=acp.PROTOCOL_VERSION)
    assert greeting.protocol_version == 1 and greeting.agent_info.name == "trust-lsp"
    assert not greeting.agent_capabilities.load_session
    return (await connection.new_session(cwd=str(project), mcp_servers=[])).session_id


async def ask(connection, session: str, text: str = "What is Widget?"):
    return await asyncio.wait_for(connection.prompt(session_id=session, prompt=[acp.text_block(text)]), 60)


async def test_without_a_model_that_converses_places_are_the_answer(project: pathlib.Path) -> None:
    editor = Editor()
    async with agent(editor, project) as (connection, _):
        answer = await ask(connection, await begin(connection, project))
    assert answer.stop_reason == "end_turn"
    assert "[1] widget.rs:1-3, struct" in editor.said() and "not made to converse" in editor.said()


async def test_a_call_is_shown_with_what_came_of_it(project: pathlib.Path) -> None:
    editor = Editor()
    async with agent(editor, project, READ, "It has sides [1].", "Still.") as (connection, _):
        session = await begin(connection, project)
        assert (await ask(connection, session)).stop_reason == "end_turn"
        [start], [end] = editor.of(schema.ToolCallStart), editor.of(schema.ToolCallProgress)
        assert (start.kind, start.status, start.title) == ("read", "in_progress", "read_file widget.rs")
        assert (end.status, end.tool_call_id) == ("completed", start.tool_call_id)
        assert "sides: u32" in end.content[0].content.text and "It has sides [1]." in editor.said()
        assert (await ask(connection, session, "and now?")).stop_reason == "end_turn"
        assert editor.said().endswith("Still.")
        other = await connection.new_session(cwd=str(project), mcp_servers=[])
        assert other.session_id != session


@pytest.mark.parametrize(
    ("option", "text", "status"),
    [("allow_once", CHANGED, "completed"), ("reject_once", TEXT, "failed"), ("cancelled", TEXT, "failed")],
)
async def test_a_change_is_asked_about(project: pathlib.Path, option: str, text: str, status: str) -> None:
    editor = Editor(option)
    async with agent(editor, project, EDIT, "Well.") as (connection, _):
        assert (await ask(connection, await begin(connection, project))).stop_reason == "end_turn"
    [(tool, options)] = editor.asked
    assert "+    4" in tool.content[0].content.text and tool.kind == "edit"
    assert [option.kind for option in options] == ["allow_once", "allow_always", "reject_once", "reject_always"]
    assert (project / "widget.rs").read_text() == text
    assert editor.of(schema.ToolCallProgress)[-1].status == status


async def test_cancelling_ends_an_answer_and_a_question(project: pathlib.Path) -> None:
    for replies, delay in [(("Words.",), 30_000), ((EDIT, "Well."), 0)]:
        editor = Editor()
        async with agent(editor, project, *replies, delay=delay) as (connection, _):
            session = await begin(connection, project)
            prompt = asyncio.create_task(ask(connection, session))
            while not (editor.asked if delay == 0 else editor.updates):
                editor.seen.clear()
                await asyncio.wait_for(editor.seen.wait(), 60)
            await connection.cancel(session_id=session)
            assert (await asyncio.wait_for(prompt, 30)).stop_reason == "cancelled"
        assert (project / "widget.rs").read_text() == TEXT


async def test_what_goes_wrong_is_told(project: pathlib.Path) -> None:
    editor = Editor()
    async with agent(editor, project) as (connection, _):
        session = await begin(connection, project)
        for work in [
            connection.new_session(cwd="relative", mcp_servers=[]),
            connection.new_session(cwd=str(project / "nowhere"), mcp_servers=[]),
            connection.prompt(session_id="session-9", prompt=[acp.text_block("?")]),
            ask(connection, session, "  "),
        ]:
            with pytest.raises(acp.RequestError) as error:
                await work
            assert error.value.code == -32602
        with pytest.raises(acp.RequestError) as error:
            await connection.load_session(cwd=str(project), session_id=session, mcp_servers=[])
        assert error.value.code == -32601
        assert (await ask(connection, session)).stop_reason == "end_turn"
