//! Calls as a model makes them, against a workspace on the disk.

mod calls;
mod edits;
mod patches;
mod permissions;
mod reads;

use crate::{
    Answer, Ask, Call, Decision, Disk, Engine, Failure, Nobody, Permissions, Question, Workspace, builtin,
};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use trust_index::{Index, IndexOptions};
use trust_inference::CancelToken;

/// Says always the same, and remembers what it was asked.
struct Person(Decision, Mutex<Vec<String>>);

impl Person {
    fn who_says(decision: Decision) -> Self {
        Self(decision, Mutex::default())
    }

    fn asked(&self) -> Vec<String> {
        self.1.lock().unwrap().clone()
    }
}

impl Ask for Person {
    fn ask(&self, question: &Question<'_>) -> Option<Decision> {
        self.1.lock().unwrap().push(format!(
            "{} {}: {}",
            question.tool,
            question.class.name(),
            question.deed
        ));
        Some(self.0)
    }
}

struct Fixture {
    folder: TempDir,
    engine: Engine,
}

#[allow(clippy::disallowed_methods, reason = "tests make the files they need")]
impl Fixture {
    fn with(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join("work").join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        std::fs::create_dir_all(folder.path().join("work")).unwrap();
        let engine = engine(&folder.path().join("work"), Some(folder.path().join("state/permissions.json")));
        Self { folder, engine }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join("work").join(path)
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap()
    }

    fn call(&self, name: &str, arguments: Value, ask: &dyn Ask) -> Result<Answer, Failure> {
        let call = Call { name, arguments: &arguments, whole: true };
        self.engine.call(call, ask, &CancelToken::new())
    }

    /// The answer's text, or the failure's.
    fn said(&self, name: &str, arguments: Value) -> String {
        match self.call(name, arguments, &Nobody) {
            Ok(answer) => answer.text,
            Err(failure) => format!("error: {failure}"),
        }
    }

    /// The same, of what a person permits.
    fn edited(&self, name: &str, arguments: Value) -> String {
        match self.call(name, arguments, &Person::who_says(Decision::Once)) {
            Ok(answer) => answer.text,
            Err(failure) => format!("error: {failure}"),
        }
    }

    /// The hash that a reading tool's first line ends with.
    fn hash(&self, path: &str) -> String {
        let said = self.said("read_file", serde_json::json!({ "path": path }));
        said.lines().next().and_then(|line| line.rsplit(' ').next()).unwrap().to_owned()
    }
}

fn engine(root: &Path, store: Option<PathBuf>) -> Engine {
    let roots = vec![root.to_owned()];
    let options = IndexOptions { roots: roots.clone(), cache: None, on_state: Box::new(|_| ()) };
    let index = Arc::new(Index::start(options));
    assert!(index.wait_ready(Duration::from_secs(30)));
    let permissions = Permissions::new(root.canonicalize().unwrap(), store);
    Engine::new(builtin(), Workspace::new(index, Box::new(Disk::new(roots))), permissions)
}
