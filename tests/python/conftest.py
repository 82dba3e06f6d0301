"""Sessions with the built server, driven by a client this project has no hand in (pytest-lsp on pygls)."""

import os
import pathlib
import sys

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities
from pytest_lsp import make_test_lsp_client

# Recorded by pytest-lsp; of these, VS Code and Neovim have inline completion in their newest versions.
CLIENTS = ["visual_studio_code", "neovim", "emacs"]
WITH_INLINE = CLIENTS[:2]
FILE = "sum.rs"
TEXT = "fn add(left: i32, right: i32) -> i32 {\n    left + \n}\n"


def binary() -> str:
    """TRUST_LSP_BIN, else the debug build of this repository."""
    default = pathlib.Path(__file__).parents[2] / "target" / "debug" / "trust-lsp"
    path = pathlib.Path(os.environ.get("TRUST_LSP_BIN", default))
    if not path.is_file():
        sys.exit(f"no server to test at {path}: build it (cargo build) or set TRUST_LSP_BIN")
    return str(path)


@pytest.fixture(params=CLIENTS)
def editor(request) -> str:
    return request.param


@pytest_asyncio.fixture
async def client(editor: str, tmp_path: pathlib.Path):
    """An initialized session in a workspace with one file; it must end by itself, with exit code 0."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / FILE).write_text(TEXT)
    capabilities = client_capabilities(editor)
    if editor in WITH_INLINE:
        capabilities.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    client = make_test_lsp_client()
    client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    command = [binary(), "--stdio", "--scripted-model", "right", "--scripted-delay-ms", "300"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    await client.start_io(*command, env=environment)
    server = client._server
    folder = types.WorkspaceFolder(uri=workspace.as_uri(), name="workspace")
    params = types.InitializeParams(
        capabilities=capabilities,
        process_id=os.getpid(),
        root_uri=workspace.as_uri(),
        workspace_folders=[folder],
    )
    client.workspace = workspace
    client.server_capabilities = (await client.initialize_session(params)).capabilities
    yield client
    await client.shutdown_session()
    assert await server.wait() == 0
    await client.stop()
    assert client.error is None
    assert client.messages == [], "messages that would pop up before the user"
