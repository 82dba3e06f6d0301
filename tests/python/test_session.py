"""One editing session, as three editors would have it."""

import asyncio

import pytest
from conftest import FILE
from conftest import TEXT
from conftest import WITH_INLINE
from lsprotocol import types
from pygls.exceptions import JsonRpcRequestCancelled
from pytest_lsp import LanguageClient

CURSOR = types.Position(line=1, character=11)
INLINE = types.TEXT_DOCUMENT_INLINE_COMPLETION


def open_file(client: LanguageClient) -> str:
    uri = (client.workspace / FILE).as_uri()
    item = types.TextDocumentItem(uri=uri, language_id="rust", version=1, text=TEXT)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    return uri


def insert(client: LanguageClient, uri: str, version: int, at: types.Position, text: str) -> None:
    change = types.TextDocumentContentChangePartial(range=types.Range(start=at, end=at), text=text)
    identifier = types.VersionedTextDocumentIdentifier(uri=uri, version=version)
    params = types.DidChangeTextDocumentParams(text_document=identifier, content_changes=[change])
    client.text_document_did_change(params)


def inline_params(uri: str, at: types.Position) -> types.InlineCompletionParams:
    context = types.InlineCompletionContext(trigger_kind=types.InlineCompletionTriggerKind.Automatic)
    document = types.TextDocumentIdentifier(uri=uri)
    return types.InlineCompletionParams(text_document=document, position=at, context=context)


def items(answer) -> list:
    return list(getattr(answer, "items", answer) or [])


async def completion(client: LanguageClient, uri: str, at: types.Position) -> list:
    document = types.TextDocumentIdentifier(uri=uri)
    params = types.CompletionParams(text_document=document, position=at)
    return items(await client.text_document_completion_async(params))


async def ready(client: LanguageClient) -> None:
    while True:
        status = await client.protocol.send_request_async("trust/status", {})
        if status.model.state != "loading":
            return
        await asyncio.sleep(0.02)


async def test_a_session_from_open_to_shutdown(client: LanguageClient, editor: str):
    await ready(client)
    uri = open_file(client)
    after = types.Position(line=1, character=CURSOR.character + 2)
    if editor in WITH_INLINE:
        assert client.server_capabilities.inline_completion_provider
        (first,) = items(await client.text_document_inline_completion_async(inline_params(uri, CURSOR)))
        assert first.insert_text.endswith("right")
        insert(client, uri, 2, CURSOR, "ri")
        (rest,) = items(await client.text_document_inline_completion_async(inline_params(uri, after)))
        assert rest.insert_text.endswith("ght")
    else:
        assert client.server_capabilities.completion_provider
        (first,) = await completion(client, uri, CURSOR)
        assert first.text_edit.new_text.endswith("right")
        insert(client, uri, 2, CURSOR, "ri")
        (rest,) = await completion(client, uri, after)
        assert rest.text_edit.new_text.endswith("ght")
    identifier = types.TextDocumentIdentifier(uri=uri)
    client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=identifier))


async def test_both_routes_may_be_asked(client: LanguageClient):
    await ready(client)
    uri = open_file(client)
    await completion(client, uri, CURSOR)
    await client.text_document_inline_completion_async(inline_params(uri, CURSOR))


async def test_a_cancelled_request_is_answered_as_cancelled(client: LanguageClient):
    await ready(client)
    uri = open_file(client)
    request = client.protocol.send_request_async(INLINE, inline_params(uri, CURSOR), msg_id="mine")
    request = asyncio.create_task(request)
    await asyncio.sleep(0.1)
    client.cancel_request(types.CancelParams(id="mine"))
    with pytest.raises(JsonRpcRequestCancelled):
        await asyncio.wait_for(request, 5)
