//! What this process tells the audit log: one log a user, one writer a process. Whoever has something to tell calls
//! [`record`] or [`count`] from where it happens, and goes on: nothing is hashed, written or waited for there.
//!
//! *Invariant:* no code and nothing that was said is told, but as `content`, which is masked, and dropped unless the user
//! wants it kept. What the rules exclude by the time that it is hashed is not named.

mod departures;
mod entries;
mod event;
mod model;
mod tally;
mod tools;

pub use departures::{Download, left};
pub use entries::{line, newest, object};
pub use event::{Event, File, files_of};
use model::Models;
pub use model::use_model;
pub use tools::watch;

use crate::assistant::state_folder;
use crate::stats;
use arc_swap::{ArcSwap, ArcSwapOption};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tally::Tally;
use trust_audit::{
    Action, Actor, By, Cutoff, Entry, Feature, Filter, Folder, Options, Trouble, What, Writer,
};
use trust_config::Settings;
use trust_wire::Departure;

const DAY: u64 = 24 * 60 * 60 * 1_000_000;

static LOG: ArcSwapOption<Audit> = ArcSwapOption::const_empty();

/// The log of this process.
struct Audit {
    writer: ArcSwapOption<Writer>,
    folder: Folder,
    /// Drawn by chance: entries of this process begin with it.
    process: String,
    entries: AtomicU64,
    holds: ArcSwap<Holds>,
    models: Models,
    tally: Tally,
    trouble: Arc<dyn Fn(Trouble) + Send + Sync>,
}

/// What holds for all entries of now.
#[derive(Debug, Clone, PartialEq)]
struct Holds {
    client: String,
    by: By,
    workspace: Option<PathBuf>,
    privacy: String,
    content: bool,
    retention_days: u64,
}

/// Where the log lies; nowhere for a user without a home.
pub fn folder() -> Option<Folder> {
    state_folder().map(|state| Folder::at(state.join("audit")))
}

/// Begins to record, if the settings say so. `client`: the program whose user asks, with its version. `trouble` is told where
/// entries cannot be written.
pub fn start(
    settings: &Settings,
    (client, by): (String, By),
    workspace: Option<PathBuf>,
    trouble: Arc<dyn Fn(Trouble) + Send + Sync>,
) {
    stats::begin(settings.statistics);
    let (Some(folder), Ok(process)) = (folder(), trust_audit::random::<6>()) else { return };
    let holds = Holds { client, by, workspace, ..Holds::of(settings) };
    let audit = Audit {
        writer: ArcSwapOption::empty(),
        folder,
        process: trust_audit::hex(&process),
        entries: AtomicU64::new(0),
        holds: ArcSwap::from_pointee(holds),
        models: Models::default(),
        tally: Tally::default(),
        trouble,
    };
    audit.write(settings.audit_enabled);
    LOG.store(Some(Arc::new(audit)));
}

/// Goes on as the settings say from now on.
pub fn change(settings: &Settings) {
    if LOG.load().is_some() {
        stats::begin(settings.statistics);
    }
    let Some(audit) = LOG.load_full() else { return };
    let holds = audit.holds.load_full();
    let Holds { client, by, workspace, .. } = (*holds).clone();
    audit.holds.store(Arc::new(Holds { client, by, workspace, ..Holds::of(settings) }));
    match (audit.writer.load().is_some(), settings.audit_enabled) {
        (true, false) => {
            record(Event::new(Feature::Audit, Action::Ended));
            audit.write(false);
        }
        (false, true) => {
            audit.write(true);
            record(Event::new(Feature::Audit, Action::Began));
        }
        _ => {}
    }
}

/// The program that asks says who it is.
pub fn told_client(client: String) {
    if let Some(audit) = LOG.load_full() {
        let holds = (**audit.holds.load()).clone();
        if holds.client != client {
            audit.holds.store(Arc::new(Holds { client, ..holds }));
        }
    }
}

/// Records that the user changed something of the configuration, or consented to something.
pub fn configured(action: Action, what: impl Into<String>) {
    record(Event::new(Feature::Configuration, action).note(what));
}

/// Records that the user changed what models there are, or which is used.
pub fn models_changed(action: Action, what: impl Into<String>) {
    record(Event::new(Feature::Model, action).note(what));
}

/// Records that something happened; the id of its entry, for what becomes of it. `None` where nothing is recorded.
pub fn record(event: Event) -> Option<String> {
    // What it cost is counted whether it is recorded or not.
    if let Some(done) = event.done() {
        stats::worked(done);
    }
    let audit = LOG.load_full()?;
    audit.sum_up(false);
    audit.record(event)
}

/// Counts what happens too often for an entry each; an entry a minute sums it up.
pub fn count(feature: Feature, what: &str) {
    add(|tally| tally.add(feature, what));
}

/// The same of a request that leaves.
fn count_request(departure: &Departure) {
    add(|tally| tally.add_request(departure));
}

fn add(what: impl FnOnce(&Tally)) {
    if let Some(audit) = LOG.load_full().filter(|audit| audit.writer.load().is_some()) {
        what(&audit.tally);
        audit.sum_up(false);
    }
}

/// Writes what is left, for as long as `patience`: half of it for the hashes that entries wait for.
pub fn finish(patience: Duration) {
    stats::finish(patience);
    let until = Instant::now() + patience;
    if let Some(audit) = LOG.load_full() {
        audit.models.wait(patience / 2);
    }
    let patience = until.saturating_duration_since(Instant::now());
    let Some(audit) = LOG.swap(None) else { return };
    audit.sum_up(true);
    if let Some(writer) = audit.writer.swap(None) {
        // Whoever records at this moment has the writer too.
        let written = match Arc::try_unwrap(writer) {
            Ok(writer) => writer.close(patience),
            Err(writer) => writer.flush(patience),
        };
        // What cannot be written is told by the writer; it may only be slow.
        if !written {
            tracing::warn!("the last entries of the audit log are not written yet");
        }
    }
}

/// What is told of trouble with the log.
pub fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Failing(why) => format!("the audit log is not written, which changes nothing else: {why}"),
        Trouble::Recovered { lost: 0 } => "the audit log is written again; nothing is missing in it".into(),
        Trouble::Recovered { lost } => {
            format!("the audit log is written again; {lost} entries are missing, as it says")
        }
        Trouble::Lost { entries, why } => format!("{entries} entries of the audit log are lost: {why}"),
    }
}

impl Holds {
    fn of(settings: &Settings) -> Self {
        Self {
            client: String::new(),
            by: By::Person,
            workspace: None,
            privacy: settings.privacy.clone(),
            content: settings.audit_content,
            retention_days: settings.audit_retention_days,
        }
    }
}

impl Audit {
    /// Has the writer begin or end.
    fn write(&self, on: bool) {
        let start = || {
            let trouble = Arc::clone(&self.trouble);
            let options = Options {
                trouble: Box::new(move |what| trouble(what)),
                daily: Box::new(sweep),
                ..Options::of(self.folder.clone())
            };
            Writer::start(options).inspect_err(|error| tracing::error!(%error, "nothing is audited")).ok()
        };
        self.writer.store(if on { start().map(Arc::new) } else { None });
    }

    fn sum_up(&self, all: bool) {
        for event in self.tally.due(all) {
            self.record(event);
        }
    }

    fn record(&self, event: Event) -> Option<String> {
        let writer = self.writer.load_full()?;
        let number = self.entries.fetch_add(1, Ordering::Relaxed) + 1;
        let id = format!("{}-{number}", self.process);
        let event = event.with_model(|used| self.models.hashed(used, &id));
        let (holds, folder, own) = (self.holds.load_full(), self.folder.clone(), id.clone());
        let time = trust_audit::now();
        let make = move || {
            let actor = Actor { user: folder.user(), client: holds.client.clone(), by: holds.by };
            Some(event.into_record(own, time, actor, &holds))
        };
        writer.record(make).then_some(id)
    }
}

/// Who erases, for the entry that tells of it.
pub fn eraser() -> Entry {
    let now = trust_audit::now();
    let holds = LOG.load_full().map(|audit| (**audit.holds.load()).clone());
    let holds = holds.unwrap_or_else(|| Holds::of(&Settings::default()));
    let user = folder().map(|folder| folder.user()).unwrap_or_default();
    let actor = Actor { user, client: holds.client.clone(), by: holds.by };
    let process = trust_audit::random::<6>().map(|bytes| trust_audit::hex(&bytes)).unwrap_or_default();
    Event::new(Feature::Audit, Action::Erased).into_record(format!("{process}-0"), now, actor, &holds).entry
}

/// Erases what is older than it is to be kept. Runs on the writer's thread.
fn sweep() {
    let Some(audit) = LOG.load_full() else { return };
    let holds = audit.holds.load_full();
    let now = trust_audit::now();
    let oldest = now.checked_sub(holds.retention_days.saturating_mul(DAY));
    let Some(before) = oldest.filter(|_| holds.retention_days > 0) else { return };
    let cutoff = Cutoff {
        what: What::Records,
        which: Filter { before: Some(before), ..Filter::default() },
        asked: false,
    };
    let actor = Actor { user: audit.folder.user(), client: holds.client.clone(), by: By::Program };
    let id = format!("{}-retention-{now}", audit.process);
    let event = Event::new(Feature::Audit, Action::Erased);
    let by: Entry = event.into_record(id, now, actor, &holds).entry;
    match trust_audit::erase(&audit.folder, &cutoff, &by) {
        Ok(done) if done.entries > 0 => {
            tracing::info!(entries = done.entries, "old audit entries are erased")
        }
        Ok(_) => {}
        Err(error) => tracing::warn!(%error, "old audit entries are not erased"),
    }
}
