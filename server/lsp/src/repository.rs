//! Git for the command line and the server alike: a repository, its broker, and what `trust-assist` makes of
//! them. Blocking; handlers call it from a thread for such work.

mod editor;
mod tree;
pub mod voice;

pub use tree::{Tree, index_of_commit};

pub use editor::{Place, explain_region, history, is_changed, last_change, placed};

use crate::audit::{self, Event};
use crate::net::Ledger;
use std::path::{Path, PathBuf};
use std::time::Instant;
use trust_assist::commit::{Draft, Form, Request, draft_each, drafts, groups, learn, worded};
use trust_assist::review::{
    AGENTS, Aids, Finding, Holders, HouseRules, Judge, Options, PLACE, Review, Since, callers_left_behind,
    review, review_telling as assist_review,
};
use trust_assist::{Broker, Changes, Speaker, describe, explain, gather, gather_telling};
use trust_audit::{Action, Feature};
use trust_changes::{Before, FileFacts, Head, Problem, Repository, Scope, Status, messages_since};
use trust_index::{Index, Phase};
use trust_inference::CancelToken;
use voice::{First, Voice, Words};

/// Which files an index knows to hold a name; `None` where it does not know all of the repository that `folder` is in.
pub fn holders(index: &Index, folder: &Path) -> Option<impl Fn(&str) -> Vec<PathBuf> + Send + Sync + use<>> {
    let state = index.state();
    let repository = Repository::open(folder).ok()?;
    let mut roots = index.broker().roots().filter_map(|root| root.canonicalize().ok());
    let whole = state.phase == Phase::Ready && !state.cut;
    let inside = roots.any(|root| repository.root().starts_with(root));
    let snapshot = (whole && inside).then(|| index.snapshot())?;
    Some(move |name: &str| snapshot.files_with(name).map(Path::to_owned).collect())
}

/// The changes of `scope` in the repository of `tree`, with the callers that were left behind if `callers` says so; see [`gather_telling`].
pub fn changes(
    tree: Tree,
    scope: Scope,
    callers: bool,
    holders: Option<Holders>,
    cancel: &CancelToken,
    tell: &(dyn Fn(&FileFacts, usize, usize) + Sync),
) -> Result<Changes, Problem> {
    let start = Instant::now();
    let repository = tree.open()?;
    let broker = Broker::new(repository.root().to_owned());
    let mut changes = gather_telling(&repository, scope, &broker, cancel, tell)?;
    if callers {
        let stop = || cancel.is_cancelled();
        changes.callers = Some(callers_left_behind(&repository, &changes, &broker, holders, &stop));
    }
    audit::record(event(Feature::Explain, &repository, &changes, start));
    Ok(changes)
}

/// What a model says of changes, told file by file; none where none is to be asked. Why there are no words stands in them.
pub fn in_words(
    tree: Tree,
    changes: &Changes,
    voice: &Voice,
    cancel: &CancelToken,
    tell: &mut dyn FnMut(usize, &explain::Words),
) -> Result<Option<explain::Words>, Problem> {
    let (start, repository) = (Instant::now(), tree.open()?);
    if changes.files.is_empty() {
        return Ok(None);
    }
    let loaded = match (voice.model)(repository.root()) {
        Ok(Some(loaded)) => loaded,
        Ok(None) => return Ok(None),
        Err(note) => return Ok(Some(explain::Words::none("The model", note))),
    };
    let (speaker, ledger) = (Speaker::awaited(loaded.model(), voice.deadline, cancel), Ledger::default());
    let words = ledger.during(|| explain::words(changes, speaker, tell));
    if cancel.is_cancelled() {
        return Err(Problem::Cancelled);
    }
    let said: Vec<&str> = words.said().collect();
    audit::record(
        event(Feature::Explain, &repository, changes, start)
            .model(Some(words.model.clone()))
            .sent(ledger.take())
            .said("", &said.join("\n")),
    );
    Ok(Some(words))
}

/// What the audit log hears of an answer about these changes.
fn event(feature: Feature, repository: &Repository, changes: &Changes, start: Instant) -> Event {
    let paths = changes.files.iter().map(|file| file.change.path.clone());
    Event::new(feature, Action::Answered).repository(repository.root(), paths).took(start.elapsed())
}

/// What to commit, and how to call it.
pub struct Proposal {
    pub drafts: Vec<Draft>,
    /// How many parts have nothing to do with each other.
    pub parts: usize,
    /// With `split`: for each of them its files and its message.
    pub groups: Vec<(Vec<String>, Draft)>,
    /// Of a model that was asked.
    pub words: Words,
}

/// What is asked of [`commit_message`].
#[derive(Default)]
pub struct Asked {
    /// For the last commit as amended, not only for what is staged.
    pub amend: bool,
    pub form: Option<Form>,
    /// How many messages.
    pub count: usize,
    pub split: bool,
}

/// Messages for what is staged, or for the last commit as amended. Raised while the history is learned from or a model asked,
/// `cancel` makes them plainer; raised before, there are none.
pub fn commit_message(
    tree: Tree,
    asked: Asked,
    voice: Option<(Voice, First)>,
    cancel: &CancelToken,
) -> Result<Proposal, Problem> {
    let start = Instant::now();
    let Asked { amend, form, count, split } = asked;
    let repository = tree.open()?;
    let broker = Broker::new(repository.root().to_owned());
    let scope = if amend { Scope::Amend } else { Scope::Staged };
    let changes = gather(&repository, scope, &broker, cancel)?;
    let conflicts = changes.files.iter().filter(|file| file.change.status == Status::Conflicted);
    let conflicts: Vec<String> = conflicts.map(|file| file.change.path.clone()).collect();
    if !conflicts.is_empty() {
        return Err(Problem::Conflicts(conflicts));
    }
    let history = learn(&repository, "HEAD", &|| cancel.is_cancelled())?;
    let branch = match repository.head()? {
        Head::Branch(name) => Some(name),
        Head::Detached | Head::Unborn => None,
    };
    let request = Request { form, branch, signer: repository.committer() };
    let mut proposed = drafts(&changes.files, &history, &request, count);
    let (mut words, ledger) = (Words::default(), Ledger::default());
    if let Some((voice, first)) = voice.filter(|_| !proposed.is_empty()) {
        first(&proposed);
        match (voice.model)(repository.root()) {
            Err(why) => words.note = Some(why),
            Ok(None) => {}
            Ok(Some(loaded)) => {
                let speaker = Speaker::awaited(loaded.model(), voice.deadline, cancel);
                let found = ledger.during(|| worded(&changes.files, &history, &request, count, speaker));
                let model = Some(loaded.model().card().name.clone());
                proposed = found.drafts;
                words = Words { model, not_shown: found.not_shown, note: found.why_not };
            }
        }
    }
    let (found, mut split_up) = (groups(&changes.files), Vec::new());
    let parts = found.len();
    if split {
        let file = |at: usize| changes.files.get(at).cloned();
        let of = |group: Vec<usize>| -> Vec<FileFacts> { group.into_iter().filter_map(file).collect() };
        let found: Vec<Vec<FileFacts>> = found.into_iter().map(of).collect();
        for (files, draft) in found.iter().zip(draft_each(&found, &history, &request)) {
            let paths = files.iter().map(|file| file.change.path.clone()).collect();
            split_up.extend(draft.map(|draft| (paths, draft)));
        }
    }
    let messages: Vec<String> = proposed.iter().map(Draft::message).collect();
    let event = event(Feature::CommitMessage, &repository, &changes, start).said("", &messages.join("\n\n"));
    audit::record(match &words.model {
        Some(model) => event.model(Some(model.clone())).sent(ledger.take()),
        None => event,
    });
    Ok(Proposal { drafts: proposed, parts, groups: split_up, words })
}

/// Reviews what is staged, or everything since `base`.
pub fn review_changes(
    tree: Tree,
    base: Option<&str>,
    options: Options,
    judge: Option<Judge>,
    cancel: &CancelToken,
) -> Result<Review, Problem> {
    let (scope, aids) = (scope_of(base, false), Aids { judge, ..Aids::default() });
    review_telling(tree, scope, options, aids, cancel, &|_, _| (), &|_| ()).map(|(review, ..)| review)
}

/// What changed from a commit that was reviewed to the one that is checked out.
pub fn changed_since(tree: Tree, last: &str, cancel: &CancelToken) -> Result<Since, Problem> {
    let repository = tree.open()?;
    let broker = Broker::new(repository.root().to_owned());
    let scope = Scope::Range(last.to_owned(), "HEAD".to_owned());
    gather(&repository, scope, &broker, cancel).map(Since::of)
}

/// What a review looks at: everything since `base`, else what is staged, or what is not.
pub fn scope_of(base: Option<&str>, unstaged: bool) -> Scope {
    match base {
        Some(base) => Scope::Since(base.to_owned(), "HEAD".to_owned()),
        None if unstaged => Scope::Unstaged,
        None => Scope::Staged,
    }
}

/// Reviews by the house rules of the revision that is compared with, and by the team's. Tells how many files are read, of how many, and
/// what is found in each. Gives what was reviewed, and the working tree, too.
pub fn review_telling(
    tree: Tree,
    scope: Scope,
    mut options: Options,
    aids: Aids,
    cancel: &CancelToken,
    read: &(dyn Fn(usize, usize) + Sync),
    found: &dyn Fn(&[Finding]),
) -> Result<(Review, Changes, PathBuf), Problem> {
    let start = Instant::now();
    let repository = tree.open()?;
    let broker = Broker::new(repository.root().to_owned());
    let tree = Before::of(&repository, &scope)?;
    let before = |place: &str| tree.text(place).map(Option::unwrap_or_default);
    options.house = crate::prompts::ruled(HouseRules::of(&before(AGENTS)?, &before(PLACE)?));
    let changes = gather_telling(&repository, scope, &broker, cancel, &|_, at, of| read(at, of))?;
    let stop = || cancel.is_cancelled();
    let review = assist_review(&repository, &changes, &broker, &options, aids, &stop, found);
    if cancel.is_cancelled() {
        return Err(Problem::Cancelled);
    }
    audit::record(event(Feature::Review, &repository, &changes, start));
    Ok((review, changes, repository.root().to_owned()))
}

/// Describes what the branch has that `base` has not.
pub fn describe_branch(folder: &Path, base: &str, cancel: &CancelToken) -> Result<String, Problem> {
    let start = Instant::now();
    let repository = Repository::open(folder)?;
    let broker = Broker::new(repository.root().to_owned());
    let scope = Scope::Since(base.to_owned(), "HEAD".to_owned());
    let changes = gather(&repository, scope, &broker, cancel)?;
    let review = review(&repository, &changes, &broker, &Options::default());
    let own = messages_since(&repository, base, "HEAD")?;
    let subjects: Vec<String> = own.into_iter().map(|message| message.subject).collect();
    let history = learn(&repository, base, &|| cancel.is_cancelled())?;
    let described = describe(&changes, &subjects, &history, &review);
    audit::record(event(Feature::Explain, &repository, &changes, start).said("", &described));
    Ok(described)
}
