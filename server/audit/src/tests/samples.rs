//! Logs for tests.

use crate::{Action, Actor, By, Content, Entry, Feature, FileUsed, Folder, Log, Record, Sizes};
use tempfile::TempDir;

pub fn entry(number: u64) -> Entry {
    Entry {
        id: format!("p-{number}"),
        time: 1_000_000 * number,
        actor: Actor { user: "1000".into(), client: "test 1".into(), by: By::Person },
        feature: Feature::Completion,
        action: Action::Shown,
        of: None,
        workspace: Some("/p".into()),
        model: None,
        privacy: "strict".into(),
        files: vec![FileUsed { path: format!("src/file_{number}.rs"), sha256: Some("00".into()) }],
        sizes: Sizes { answer_tokens: number, ..Sizes::default() },
        tool: None,
        request: None,
        sent_bytes: Some(0),
        counts: Default::default(),
        note: None,
        erased: None,
    }
}

pub fn record(number: u64) -> Record {
    Record { entry: entry(number), content: None }
}

/// Said in the content of entry `number`.
pub fn said(number: u64) -> String {
    format!("canary_said_{number}_")
}

pub fn with_content(number: u64) -> Record {
    let content = Content { asked: Some(said(number)), answer: None };
    Record { entry: entry(number), content: Some(content) }
}

/// A log of `count` entries in commits of seven, each third with a content.
pub fn log(count: u64) -> (TempDir, Folder) {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("audit"));
    let mut log = Log::open(&folder).unwrap();
    let records: Vec<Record> = (0..count)
        .map(|number| if number % 3 == 0 { with_content(number) } else { record(number) })
        .collect();
    for chunk in records.chunks(7) {
        log.append(chunk).unwrap();
    }
    (home, folder)
}

/// All bytes of the files in the folder but for keys.
pub fn bytes(folder: &Folder) -> Vec<u8> {
    let files = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path());
    let kept = files.filter(|path| path.extension().is_none_or(|extension| extension != "key"));
    kept.flat_map(|path| std::fs::read(path).unwrap()).collect()
}

pub fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
