//! Judges the content of messages: each is read into the typed message of the protocol, written again, and
//! must come out equal. An unknown field, a null for an absent field, or a wrong type does not survive that.

use crate::trust_messages as ours;
use gen_lsp_types as lsp;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

type Verdict = Result<(), String>;

/// The answer to a request of ours.
pub fn check_result(method: &str, result: &Value) -> Verdict {
    match method {
        "initialize" => request_result::<lsp::InitializeRequest>(result),
        "shutdown" => request_result::<lsp::ShutdownRequest>(result),
        "textDocument/completion" => request_result::<lsp::CompletionRequest>(result),
        "completionItem/resolve" => request_result::<lsp::CompletionResolveRequest>(result),
        "textDocument/inlineCompletion" => request_result::<lsp::InlineCompletionRequest>(result),
        "textDocument/codeAction" => request_result::<lsp::CodeActionRequest>(result),
        "codeAction/resolve" => request_result::<lsp::CodeActionResolveRequest>(&without_notes(result)?),
        "textDocument/definition" => request_result::<lsp::DefinitionRequest>(result),
        "textDocument/references" => request_result::<lsp::ReferencesRequest>(result),
        "textDocument/documentSymbol" => request_result::<lsp::DocumentSymbolRequest>(result),
        "textDocument/codeLens" => request_result::<lsp::CodeLensRequest>(result),
        "textDocument/hover" => request_result::<lsp::HoverRequest>(result),
        "workspace/executeCommand" => request_result::<lsp::ExecuteCommandRequest>(result),
        "workspace/textDocumentContent" => request_result::<lsp::TextDocumentContentRequest>(result),
        "workspace/symbol" => request_result::<lsp::WorkspaceSymbolRequest>(result),
        "trust/status" => same::<ours::Status>(result),
        "trust/models" => same::<ours::Models>(result),
        "trust/useModel" => same::<ours::UsedModel>(result),
        "trust/profiles" => same::<ours::Profiles>(result),
        "trust/audit" => same::<ours::AuditLog>(result),
        "trust/lastCompletion" => same::<Option<ours::LastCompletion>>(result),
        "trust/nextEdit" => same::<Option<ours::NextEdit>>(result),
        "trust/explainDiff" => same::<ours::DiffExplanation>(result),
        "trust/explainHistory" => same::<ours::HistoryExplanation>(result),
        "trust/commitMessage" => same::<ours::CommitMessages>(result),
        "trust/review" => same::<ours::Review>(result),
        "trust/chat" => same::<ours::ChatAnswer>(result),
        "trust/debug/text" => same::<ours::DebugText>(result),
        // A method that does not exist has no right answer but an error.
        _ => Err(format!("an answer to {method}, which no rule here judges: {result}")),
    }
}

/// The library takes any edit for one without an annotation, so those are judged here, and taken away.
fn without_notes(holder: &Value) -> Result<Value, String> {
    let mut plain = holder.clone();
    let notes = holder["edit"]["changeAnnotations"].clone();
    for change in
        plain.pointer_mut("/edit/documentChanges").and_then(Value::as_array_mut).into_iter().flatten()
    {
        for edit in change.get_mut("edits").and_then(Value::as_array_mut).into_iter().flatten() {
            let note = edit.as_object_mut().and_then(|edit| edit.remove("annotationId"));
            if let Some(note) = note.filter(|note| !note.as_str().is_some_and(|note| notes[note].is_object()))
            {
                return Err(format!("the annotation {note}, which is not among {notes}"));
            }
        }
    }
    Ok(plain)
}

/// A notification from the server.
pub fn check_notification(method: &str, params: Option<&Value>) -> Verdict {
    let params = params.unwrap_or(&Value::Null);
    match method {
        "window/logMessage" => notification_params::<lsp::LogMessageNotification>(params),
        "window/showMessage" => notification_params::<lsp::ShowMessageNotification>(params),
        "$/progress" => notification_params::<lsp::ProgressNotification>(params),
        "$/logTrace" => notification_params::<lsp::LogTraceNotification>(params),
        "telemetry/event" => Err("telemetry, which this server must never send".into()),
        "textDocument/publishDiagnostics" => {
            notification_params::<lsp::PublishDiagnosticsNotification>(params)
        }
        "trust/status" => same::<ours::Status>(params),
        "trust/nextEdit" => same::<ours::NextEdit>(params),
        _ => Err(format!("the notification {method}, which no rule here judges: {params}")),
    }
}

/// A request from the server.
pub fn check_request(method: &str, params: Option<&Value>) -> Verdict {
    let params = params.unwrap_or(&Value::Null);
    match method {
        "window/workDoneProgress/create" => request_params::<lsp::WorkDoneProgressCreateRequest>(params),
        "window/showMessageRequest" => request_params::<lsp::ShowMessageRequest>(params),
        "window/showDocument" => request_params::<lsp::ShowDocumentRequest>(params),
        "client/registerCapability" => request_params::<lsp::RegistrationRequest>(params),
        "client/unregisterCapability" => request_params::<lsp::UnregistrationRequest>(params),
        "workspace/configuration" => request_params::<lsp::ConfigurationRequest>(params),
        "workspace/codeLens/refresh" => request_params::<lsp::CodeLensRefreshRequest>(params),
        "workspace/applyEdit" => request_params::<lsp::ApplyWorkspaceEditRequest>(&without_notes(params)?),
        _ => Err(format!("the request {method}, which no rule here judges: {params}")),
    }
}

/// What a client sends first.
pub fn check_initialize_params(params: &Value) -> Verdict {
    same::<lsp::InitializeParams>(params)
}

fn request_result<R: lsp::Request>(value: &Value) -> Verdict {
    same::<R::Result>(value)
}

fn request_params<R: lsp::Request>(value: &Value) -> Verdict {
    same::<R::Params>(value)
}

fn notification_params<N: lsp::Notification>(value: &Value) -> Verdict {
    same::<N::Params>(value)
}

fn same<T: DeserializeOwned + Serialize>(value: &Value) -> Verdict {
    let typed: T = serde_json::from_value(value.clone()).map_err(|error| format!("{error} in {value}"))?;
    let again = serde_json::to_value(&typed).map_err(|error| error.to_string())?;
    if &again == value {
        Ok(())
    } else {
        Err(format!("sent     {value}\nbut only {again} is in the protocol"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn messages_are_judged() {
        let item = json!({"insertText": "x"});
        let ok = [
            check_result("shutdown", &json!(null)),
            check_result("textDocument/inlineCompletion", &json!([item])),
            check_result("textDocument/inlineCompletion", &json!({"items": [item]})),
            check_result("initialize", &json!({"capabilities": {"inlineCompletionProvider": true}})),
            check_notification("window/logMessage", Some(&json!({"type": 2, "message": "m"}))),
        ];
        ok.into_iter().for_each(|verdict| verdict.unwrap());
        let bad = [
            check_result("shutdown", &json!({})),
            check_result("textDocument/inlineCompletion", &json!([{"insertText": "x", "filterText": null}])),
            check_result("textDocument/inlineCompletion", &json!([{"insertText": "x", "extra": 1}])),
            check_result("initialize", &json!({"capabilities": {"inlineCompletion": true}})),
            check_result("trust/unknown", &json!(null)),
            check_notification("window/logMessage", Some(&json!({"message": "m"}))),
            check_notification("trust/status", Some(&json!({"model": {"state": "ready"}}))),
        ];
        bad.into_iter().for_each(|verdict| assert!(verdict.is_err()));
    }
}
