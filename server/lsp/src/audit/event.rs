//! Something that happened, as it is told; and the entry that is made of it on the writer's thread.

use super::Holds;
use crate::stats::Done;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use trust_audit::{
    Action, Actor, Content, Entry, Feature, FileUsed, ModelUsed, Record, Requested, Sizes, ToolUsed,
    text_hash,
};
use trust_index::{FileBroker, Index};
use trust_redact::masked;
use trust_text::Text;

/// Files that one entry names.
const FILES: usize = 200;
/// Bytes of what was said that are kept of each side.
const SAID: usize = 256 << 10;

/// A file that something was made of.
pub enum File {
    /// A text as an editor has it.
    Open(String, Text),
    /// One that is read again, if the rules let it be: by its path from the root, and where.
    Read(String, Arc<dyn Fn(&str) -> Option<String> + Send + Sync>),
}

impl File {
    fn used(self) -> Option<FileUsed> {
        let (path, sha256) = match self {
            Self::Open(path, text) => (path, hash(&text)),
            Self::Read(path, read) => {
                let text = read(&path)?;
                (path, text_hash(std::iter::once(text.as_bytes())))
            }
        };
        Some(FileUsed { path: masked(path), sha256: Some(sha256) })
    }
}

fn hash(text: &Text) -> String {
    let mut at = 0;
    text_hash(std::iter::from_fn(|| {
        let chunk = text.chunk_from(at);
        at += chunk.len();
        (!chunk.is_empty()).then_some(chunk)
    }))
}

/// Files of a workspace by their paths from its root, read by the broker of their index.
pub fn files_of(index: &Arc<Index>, paths: impl IntoIterator<Item = String>) -> Vec<File> {
    let index = Arc::clone(index);
    let read: Arc<dyn Fn(&str) -> Option<String> + Send + Sync> = Arc::new(move |path| {
        let broker = index.broker();
        let found = broker.roots().map(|root| root.join(path)).find(|path| path.is_file())?;
        broker.read(&found).ok()
    });
    paths.into_iter().map(|path| File::Read(path, Arc::clone(&read))).collect()
}

/// The event, whose fields are set one after another.
pub struct Event {
    feature: Feature,
    action: Action,
    of: Option<String>,
    workspace: Option<PathBuf>,
    model: Option<ModelUsed>,
    files: Vec<File>,
    sizes: Sizes,
    tool: Option<ToolUsed>,
    request: Option<Requested>,
    sent: Option<u64>,
    counts: Vec<(String, u64)>,
    note: Option<String>,
    content: Content,
    timed: bool,
}

impl Event {
    pub fn new(feature: Feature, action: Action) -> Self {
        Self {
            feature,
            action,
            of: None,
            workspace: None,
            model: None,
            files: Vec::new(),
            sizes: Sizes::default(),
            tool: None,
            request: None,
            sent: None,
            counts: Vec::new(),
            note: None,
            content: Content::default(),
            timed: false,
        }
    }

    /// What it cost, where somebody waited for it.
    pub(super) fn done(&self) -> Option<Done> {
        self.timed.then(|| Done {
            feature: self.feature.name(),
            model: self.model.as_ref().map_or("none", |model| &model.name).to_owned(),
            milliseconds: self.sizes.milliseconds,
            prompt: self.sizes.prompt_tokens,
            answer: self.sizes.answer_tokens,
        })
    }

    /// What became of an earlier one.
    pub fn of(self, id: Option<String>) -> Self {
        Self { of: id, ..self }
    }

    pub fn within(self, workspace: Option<PathBuf>) -> Self {
        Self { workspace, ..self }
    }

    pub fn model(self, name: Option<String>) -> Self {
        Self { model: name.map(|name| ModelUsed { name, sha256: None }), ..self }
    }

    pub fn hashed_model(self, model: ModelUsed) -> Self {
        Self { model: Some(model), ..self }
    }

    pub fn files(mut self, files: Vec<File>) -> Self {
        self.files.extend(files);
        self
    }

    /// Files of the repository at `root`.
    pub fn repository(self, root: &Path, paths: impl IntoIterator<Item = String>) -> Self {
        let broker = FileBroker::new(vec![root.to_owned()]);
        let own = root.to_owned();
        let read: Arc<dyn Fn(&str) -> Option<String> + Send + Sync> =
            Arc::new(move |path| broker.read(&own.join(path)).ok());
        let files = paths.into_iter().map(|path| File::Read(path, Arc::clone(&read))).collect();
        self.within(Some(root.to_owned())).files(files)
    }

    /// Tokens of the prompt and of the answer, as far as a model had a part in it.
    pub fn tokens(mut self, prompt: u32, answer: u32) -> Self {
        (self.sizes.prompt_tokens, self.sizes.answer_tokens) = (prompt.into(), answer.into());
        self
    }

    pub fn took(mut self, time: Duration) -> Self {
        self.timed = true;
        self.sizes.milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX >> 11);
        self
    }

    pub fn tool(self, tool: ToolUsed) -> Self {
        Self { tool: Some(tool), ..self }
    }

    pub fn request(self, request: Requested) -> Self {
        Self { request: Some(request), ..self }
    }

    /// Bytes that left this machine for it.
    pub fn sent(self, bytes: u64) -> Self {
        Self { sent: Some(bytes), ..self }
    }

    pub fn counted(self, counts: Vec<(String, u64)>) -> Self {
        Self { counts, ..self }
    }

    pub fn note(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    /// What was asked and answered: their sizes, and where the user wants it themselves.
    pub fn said(mut self, asked: &str, answer: &str) -> Self {
        (self.sizes.asked_bytes, self.sizes.answer_bytes) = (asked.len() as u64, answer.len() as u64);
        let kept = |text: &str| (!text.is_empty()).then(|| text[..text.floor_char_boundary(SAID)].to_owned());
        self.content = Content { asked: kept(asked), answer: kept(answer) };
        self
    }

    /// Its model as `find` knows it.
    pub(super) fn with_model(self, find: impl FnOnce(ModelUsed) -> ModelUsed) -> Self {
        Self { model: self.model.map(find), ..self }
    }

    pub(super) fn into_record(self, id: String, time: u64, actor: Actor, holds: &Holds) -> Record {
        let mut files: Vec<FileUsed> = self.files.into_iter().take(FILES).filter_map(File::used).collect();
        files.sort();
        files.dedup_by(|one, other| one.path == other.path);
        let workspace = self.workspace.or_else(|| holds.workspace.clone());
        let entry = Entry {
            id,
            time,
            actor,
            feature: self.feature,
            action: self.action,
            of: self.of,
            workspace: workspace.map(|folder| masked(folder.to_string_lossy().into_owned())),
            model: self.model,
            privacy: holds.privacy.clone(),
            files,
            sizes: self.sizes,
            tool: self.tool,
            request: self.request,
            // In strict mode there is nobody who could send anything.
            sent_bytes: self.sent.or((holds.privacy == "strict").then_some(0)),
            counts: self.counts.into_iter().collect(),
            note: self.note.map(masked),
            erased: None,
        };
        let Content { asked, answer } = self.content;
        let said = asked.is_some() || answer.is_some();
        let content =
            (holds.content && said).then(|| Content { asked: asked.map(masked), answer: answer.map(masked) });
        Record { entry, content }
    }
}
