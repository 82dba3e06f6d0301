//! Review by code: rules on added lines and changed symbols; and beside it, told apart, what a model says (`model.rs`). What a line says is judged only where it is
//! new: moved, re-wrapped and re-indented code is nobody's fault.

mod callers;
mod calls;
mod finding;
mod fix;
mod house;
mod interface;
mod line_rules;
mod lines;
mod manifest;
mod model;
mod patterns;
pub mod report;
mod rule;
mod signature;
mod since;
mod tests_gone;
mod unread;

use house::Verdict;

pub use callers::leads_here;
pub use finding::{Baseline, Finding};
pub use fix::{Fix, fix};
pub use house::{AGENTS, HouseRules, PLACE};
pub use model::{Judged, model_findings};
pub use rule::{MODEL, RULES, Rule, Severity, UNREAD, rule};
pub use since::Since;

use crate::Changes;
use std::collections::HashMap;
use std::path::PathBuf;
use trust_changes::{Before, Content, Problem, Reader, Repository, Scope, Stop, between};
use trust_tools::Change;

/// What to report.
#[derive(Debug, Clone, Default)]
pub struct Options {
    pub max_findings: Option<usize>,
    pub baseline: Baseline,
    pub house: HouseRules,
    /// What changed since it was reviewed last: nothing else is reported.
    pub since: Option<Since>,
}

/// Says which files hold a name, by their canonical paths, so that only those are read.
pub type Holders<'a> = &'a (dyn Fn(&str) -> Vec<PathBuf> + Sync);

/// Asks a model about the changes, and tells it what the house asks.
pub type Judge<'a> = &'a dyn Fn(&Changes, &HouseRules) -> Judged;

/// What a review may ask beside the changes themselves.
#[derive(Clone, Copy, Default)]
pub struct Aids<'a> {
    pub holders: Option<Holders<'a>>,
    pub judge: Option<Judge<'a>>,
}

/// The outcome of a review.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Review {
    /// By path and line.
    pub findings: Vec<Finding>,
    /// Left out as more than asked for; the least severe.
    pub left_out: usize,
    /// Found, and not among [`Self::findings`]: what was left out, and what is known from the baseline.
    pub others: Vec<Finding>,
    /// Known from the baseline, and suppressed in the code with a reason.
    pub known: usize,
    pub suppressed: usize,
    /// Found in what was reviewed before, where only what changed since is reported.
    pub earlier: Option<usize>,
    pub files: usize,
    /// More than are looked into for callers.
    pub not_searched: usize,
    /// Changed symbols that a model was asked about in part or not at all, where one was.
    pub not_judged: usize,
    /// The team whose rules hold beside the repository's, and how many findings only these left out.
    pub team: Option<String>,
    pub left_out_for_team: usize,
}

/// Reviews `changes`. `repository` is asked for what else it tracks.
pub fn review(repository: &Repository, changes: &Changes, reader: &dyn Reader, options: &Options) -> Review {
    review_telling(repository, changes, reader, options, Aids::default(), &|| false, &|_| ())
}

/// The same, and tells what was found in each file as it is found; what concerns several files, and which findings are
/// more than asked for, is known only at the end. Where `stop` says so, what was found until then is the review.
pub fn review_telling(
    repository: &Repository,
    changes: &Changes,
    reader: &dyn Reader,
    options: &Options,
    aids: Aids,
    stop: Stop,
    tell: &dyn Fn(&[Finding]),
) -> Review {
    let team = options.house.team().map(str::to_owned);
    let earlier = options.since.as_ref().map(|_| 0);
    let mut review = Review { files: changes.files.len(), team, earlier, ..Review::default() };
    let moved = lines::removed_anywhere(&changes.files);
    let ignoring = unread::touches_ignoring(&changes.files);
    let secrets = changes.files.iter().flat_map(|file| file.secrets.removed.iter().copied()).collect();
    for file in &changes.files {
        if stop() {
            return review;
        }
        let mut found = Vec::new();
        line_rules::check(file, (&moved, &secrets), &mut found);
        tests_gone::check(file, &changes.files, &mut found);
        unread::check(file, ignoring, &mut found);
        let found = settle(found, changes, options, &mut review);
        if !found.is_empty() {
            tell(&found);
        }
        review.findings.extend(found);
    }
    let tracked = repository.tracked();
    let mut found = Vec::new();
    interface::check(&changes.files, &mut found);
    // What is no tree has no lock.
    if let Ok(before) = Before::of(repository, &changes.scope) {
        manifest::check(&changes.files, &|path| before.text(path).ok().flatten(), &mut found);
    }
    review.not_searched =
        callers::check(repository, changes, &tracked, reader, aids.holders, stop, &mut found);
    let found = settle(found, changes, options, &mut review);
    review.findings.extend(found);
    if let Some(judge) = aids.judge {
        let Judged { findings: mut found, not_shown } = match &options.since {
            Some(since) => judge(&since.narrow(changes), &options.house),
            None => judge(changes, &options.house),
        };
        review.not_judged = not_shown;
        // What code has found there already is not said twice.
        found.retain(|one| {
            review.findings.iter().all(|known| (&known.path, known.line) != (&one.path, one.line))
        });
        let found = settle(found, changes, options, &mut review);
        review.findings.extend(found);
    }
    if let Some(most) = options.max_findings.filter(|most| *most < review.findings.len()) {
        review.left_out = review.findings.len() - most;
        review.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let rest = review.findings.split_off(most);
        review.others.extend(rest);
    }
    review.findings.sort_by(|a, b| (&a.path, a.line, a.rule.id).cmp(&(&b.path, b.line, b.rule.id)));
    for finding in &mut review.findings {
        let file = changes.files.iter().find(|file| file.change.path == finding.path);
        if let Some((file, Content::Text { new, .. })) = file.map(|file| (file, &file.content)) {
            finding.fix = fix(finding, file.language, new);
        }
    }
    review
}

/// What the rules that need no repository find in an edit that is in no file yet: in what it adds to each, and tests that it removes.
///
/// # Errors
/// [`Problem::Cancelled`].
pub fn review_edit(edit: &[Change], stop: Stop) -> Result<Vec<Finding>, Problem> {
    let facts = |one: &Change| between(&one.shown, one.before.as_deref(), &one.after, stop);
    let files = edit.iter().map(facts).collect::<Result<Vec<_>, _>>()?;
    let changes = Changes { scope: Scope::Unstaged, files, callers: None, untracked: Vec::new() };
    let moved = lines::removed_anywhere(&changes.files);
    let secrets = changes.files.iter().flat_map(|file| file.secrets.removed.iter().copied()).collect();
    let mut found = Vec::new();
    for file in &changes.files {
        line_rules::check(file, (&moved, &secrets), &mut found);
        tests_gone::check(file, &changes.files, &mut found);
    }
    Ok(settle(found, &changes, &Options::default(), &mut Review::default()))
}

/// Callers, in lines that a change does not touch, of what it renamed, removed or gave other parameters: a sentence each.
pub fn callers_left_behind(
    repository: &Repository,
    changes: &Changes,
    reader: &dyn Reader,
    holders: Option<Holders>,
    stop: Stop,
) -> Vec<String> {
    let mut found = Vec::new();
    let not_searched =
        callers::check(repository, changes, &repository.tracked(), reader, holders, stop, &mut found);
    let mut told: Vec<String> = found.into_iter().map(|finding| finding.message).collect();
    if not_searched > 0 {
        told.push(format!("{not_searched} more files were not searched for callers"));
    }
    if !callers::leads_here(repository, &changes.scope) {
        let why = "these changes end in another commit than is checked out";
        told.push(format!("files that did not change were not searched for callers: {why}"));
    }
    told
}

/// Those that are to be reported, in order, each with its fingerprint; the others are counted. A rule's findings
/// come all at once, so that what stands twice in a symbol can be told apart by its number.
fn settle(
    mut found: Vec<Finding>,
    changes: &Changes,
    options: &Options,
    review: &mut Review,
) -> Vec<Finding> {
    found.retain_mut(|finding| {
        let verdict = options.house.judge(finding);
        review.left_out_for_team += usize::from(verdict == Verdict::LeaveOutForTeam);
        verdict == Verdict::Report
    });
    found.retain(|finding: &Finding| {
        let file = changes.files.iter().find(|file| file.change.path == finding.path);
        let quiet = file.is_some_and(|file| lines::is_suppressed(file, finding.line, finding.rule.id));
        review.suppressed += usize::from(quiet);
        !quiet
    });
    found.sort_by(|a, b| (&a.path, a.line, a.rule.id).cmp(&(&b.path, b.line, b.rule.id)));
    found.dedup_by(|a, b| (&a.path, a.line, a.rule.id) == (&b.path, b.line, b.rule.id));
    let mut seen: HashMap<String, usize> = HashMap::new();
    for finding in &mut found {
        let number = seen.entry(finding.identity()).or_default();
        finding.seal(*number);
        *number += 1;
    }
    found.retain(|finding| {
        let is_known = options.baseline.has(finding);
        if is_known {
            review.known += 1;
            review.others.push(finding.clone());
        }
        !is_known
    });
    if let Some(since) = &options.since {
        found.retain(|finding| {
            let is_new = since.has(finding);
            if !is_new {
                review.earlier = review.earlier.map(|count| count + 1);
                review.others.push(finding.clone());
            }
            is_new
        });
    }
    found
}
