//! What a client says of itself in `initialize`.

use crate::Workspace;
use serde_json::{Value, json};

/// `initialize` parameters in the making.
#[derive(Debug, Clone)]
pub struct Client {
    params: Value,
}

/// Where the parameters in a fixture come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A real editor said them.
    Recorded,
    /// They were written by hand, from what the client's documentation and sources say.
    Documentation,
}

impl Client {
    /// A client that can do all this server makes use of, in the folder `workspace`.
    pub fn full(workspace: &Workspace) -> Self {
        Self::without_folder().folder(&workspace.uri(""))
    }

    /// The same with no folder open.
    pub fn without_folder() -> Self {
        let capabilities = json!({
            "general": {"positionEncodings": ["utf-8", "utf-16", "utf-32"]},
            "textDocument": {
                "synchronization": {"dynamicRegistration": false},
                "completion": {"completionItem": {"snippetSupport": false, "documentationFormat": ["plaintext"]}},
                "inlineCompletion": {"dynamicRegistration": false},
            },
            "window": {"workDoneProgress": true},
            "workspace": {"workspaceFolders": true},
            "experimental": {"trustStatus": true},
        });
        let params = json!({
            "processId": std::process::id(),
            "clientInfo": {"name": "trust-tests"},
            "rootUri": null,
            "capabilities": capabilities,
            "workspaceFolders": null,
        });
        Self { params }
    }

    /// The parameters in `fixtures/clients/<name>.json`, in the folder `workspace`.
    pub fn fixture(name: &str, workspace: &Workspace) -> Self {
        Self::fixture_and_source(name, workspace).0
    }

    pub fn fixture_and_source(name: &str, workspace: &Workspace) -> (Self, Source) {
        let path = format!("{}/../fixtures/clients/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let fixture: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let source = match fixture["source"].as_str() {
            Some("recorded") => Source::Recorded,
            Some("documentation") => Source::Documentation,
            other => panic!("{path}: no source {other:?}"),
        };
        let client = Self { params: fixture["params"].clone() };
        (client.with("/processId", std::process::id()).folder(&workspace.uri("")), source)
    }

    /// Its name and version, as it says them.
    pub fn named(&self) -> String {
        let said = |key: &str| self.params["clientInfo"][key].as_str().unwrap_or_default();
        format!("{} {}", said("name"), said("version")).trim_end().to_owned()
    }

    /// Sets the value at a JSON pointer, making the objects on the way.
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let mut place = &mut self.params;
        for key in pointer.split('/').skip(1) {
            if !place.is_object() {
                *place = json!({});
            }
            place = &mut place[key];
        }
        *place = value.into();
        self
    }

    /// Removes what is at a JSON pointer.
    pub fn without(mut self, pointer: &str) -> Self {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = self.params.pointer_mut(parent).and_then(Value::as_object_mut);
        parent.and_then(|parent| parent.remove(key)).unwrap_or_else(|| panic!("nothing at {pointer}"));
        self
    }

    pub fn encodings(self, names: &[&str]) -> Self {
        self.with("/capabilities/general/positionEncodings", names)
    }

    pub fn process_id(self, id: impl Into<Value>) -> Self {
        self.with("/processId", id)
    }

    /// Opens the folder in whichever way this client knows. kakoune-lsp names folders without saying that it knows them.
    pub fn folder(self, uri: &str) -> Self {
        let client = self.with("/rootUri", uri);
        let names = client.params["workspaceFolders"].is_array();
        match names || client.supports("/workspace/workspaceFolders") {
            true => client.with("/workspaceFolders", json!([{"uri": uri, "name": "workspace"}])),
            false => client,
        }
    }

    /// Whether there is something other than false and null at a pointer into the capabilities.
    pub fn supports(&self, pointer: &str) -> bool {
        let value = self.params.pointer("/capabilities").and_then(|all| all.pointer(pointer));
        !matches!(value, None | Some(Value::Null | Value::Bool(false)))
    }

    pub fn params(&self) -> &Value {
        &self.params
    }

    /// Whether the server may send `method` to this client.
    pub(crate) fn admits(&self, method: &str) -> bool {
        match method {
            "trust/status" => self.supports("/experimental/trustStatus"),
            "trust/nextEdit" => self.supports("/experimental/trustNextEdit"),
            "window/workDoneProgress/create" => self.supports("/window/workDoneProgress"),
            "window/showDocument" => self.supports("/window/showDocument/support"),
            "workspace/configuration" => self.supports("/workspace/configuration"),
            "workspace/codeLens/refresh" => self.supports("/workspace/codeLens/refreshSupport"),
            "workspace/applyEdit" => self.supports("/workspace/applyEdit"),
            "client/registerCapability" => self.params.to_string().contains("\"dynamicRegistration\":true"),
            _ => true,
        }
    }
}
