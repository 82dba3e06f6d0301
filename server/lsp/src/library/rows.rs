//! The models that there are, as they are listed.

use super::{BUNDLED, Chosen};
use crate::model_slot::ModelChoice;
use serde_json::{Value, json};
use trust_gguf::GgufError;
use trust_models::{BUNDLED_NAME, Entry, Kept, Listing, Recorded, Task, bundled_facts, bundled_sha256};

/// A model that there is.
pub struct Row {
    pub name: String,
    pub sha256: String,
    /// Bytes of its file.
    pub size: u64,
    pub facts: Recorded,
    /// Where it is from, in words.
    pub origin: String,
    /// The tasks that have it.
    pub tasks: Vec<Task>,
    /// What the store says of it; nothing of the bundled one.
    pub entry: Option<Entry>,
}

/// The bundled model and those of the store, and which of them the tasks have.
///
/// # Errors
/// None, as long as the program is what was built.
pub fn rows(listing: &Listing, chosen: &Chosen) -> Result<Vec<Row>, GgufError> {
    let facts = bundled_facts()?;
    let tasks = |has: &dyn Fn(&ModelChoice) -> bool| {
        Task::ALL.into_iter().filter(|task| has(&super::choice(&chosen.of(*task).said))).collect()
    };
    let mut rows = vec![Row {
        name: BUNDLED_NAME.into(),
        sha256: bundled_sha256(),
        size: facts.size_bytes,
        facts: Recorded::from(&facts),
        origin: BUNDLED.into(),
        tasks: tasks(&|choice| matches!(choice, ModelChoice::Bundled)),
        entry: None,
    }];
    for entry in &listing.entries {
        let from = entry.origin.as_ref().map_or("(found)".into(), |origin| origin.display().to_string());
        rows.push(Row {
            name: entry.name.clone(),
            sha256: entry.sha256.clone(),
            size: entry.size_bytes,
            facts: entry.facts.clone(),
            origin: if entry.kept == Kept::Copy { from } else { format!("{from} (linked)") },
            tasks: tasks(&|choice| matches!(choice, ModelChoice::Named(name) if *name == entry.name)),
            entry: Some(entry.clone()),
        });
    }
    Ok(rows)
}

/// A model as the command line and our own requests tell it.
pub fn object(row: &Row) -> Value {
    json!({
        "name": row.name,
        "bundled": row.entry.is_none(),
        "inUse": row.tasks.contains(&Task::Completion),
        "tasks": row.tasks.iter().map(|task| task.name()).collect::<Vec<_>>(),
        "sha256": row.sha256,
        "sizeBytes": row.size,
        "origin": row.entry.as_ref().and_then(|entry| entry.origin.clone()),
        "imported": row.entry.as_ref().map(|entry| entry.imported),
        "kept": row.entry.as_ref().map(|entry| entry.kept),
        "facts": row.facts,
    })
}
