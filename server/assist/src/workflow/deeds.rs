//! What each kind of step does.

use super::graph::{By, Deed, Step, Template};
use super::run::{Event, Finding, Host, Value, Values};
use super::trial::Trial;
use crate::actions::{ActionError, Wish, Work, act, ask};
use crate::review::review_edit;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use trust_grammars::{Language, PARSE_LIMIT, parse_str_until, syntax_errors};
use trust_inference::CancelToken;
use trust_redact::masked;
use trust_tools::Change;

/// Findings that one step mends, at most.
const FINDINGS: usize = 20;
/// Characters of a command's output that a model is told.
const TOLD: usize = 2000;

/// Why a step gave nothing.
pub(super) enum Wrong {
    /// A verifier says no, for this reason.
    Denied(String),
    Failed(String),
}

impl From<String> for Wrong {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

pub(super) fn perform(
    step: &Step,
    (values, remark): (&Values, &str),
    host: &dyn Host,
    trial: &mut Trial<'_>,
    cancel: &CancelToken,
) -> Result<Value, Wrong> {
    let filled =
        |template: &Template| template.filled(|edge| values.get(edge).map(Value::told).unwrap_or_default());
    match &step.deed {
        Deed::Ask { prompt, model } => {
            let model = host.model(model.as_deref())?;
            let request = with_remark(&masked(filled(prompt)), remark);
            let said = ask(request, model, cancel, |said| match said.trim() {
                "" => Err("it says nothing".into()),
                said => Ok(said.to_owned()),
            });
            said.map(Value::Text).map_err(|error| Wrong::Failed(error.to_string()))
        }
        Deed::Act { action, at, instruction, model } => {
            let model = host.model(model.as_deref())?;
            let told = filled(instruction);
            let asked = Asked { host, model, remark, cancel };
            match values.get(at) {
                Some(Value::Place { path, shown, line, column }) => {
                    let wish = Wish::of(action, &told)?;
                    asked
                        .at(&wish, (path, shown), (*line, *column))
                        .map(|changes| Value::Edit(Arc::new(changes)))
                }
                Some(Value::Findings(all)) => asked.at_findings(step, all, &told),
                _ => Err(Wrong::Failed(format!("`{at}` is no place"))),
            }
        }
        Deed::Review { base } => {
            let base = filled(base);
            let base = Some(base.trim()).filter(|base| !base.is_empty());
            Ok(Value::Findings(host.review(base, cancel)?))
        }
        Deed::Call { tool, with } => {
            let with: Vec<_> = with.iter().map(|(key, value)| (key.clone(), filled(value))).collect();
            Ok(Value::Text(host.call(tool, &with, cancel)?))
        }
        Deed::Verify { of, by, .. } => {
            let Some(Value::Edit(edit)) = values.get(of) else {
                return Err(Wrong::Failed(format!("`{of}` is no edit")));
            };
            match by {
                By::Parser => parses(edit, cancel)?,
                By::Diagnostics => {
                    parses(edit, cancel)?;
                    finds_nothing(edit, cancel)?;
                }
                By::Model { prompt, model } => {
                    let model = host.model(model.as_deref())?;
                    let question = format!(
                        "{}\n\nThe change:\n```diff\n{}```\nAnswer `yes`, or `no: ` and why, in one line.",
                        masked(filled(prompt)),
                        trust_tools::unified(edit)
                    );
                    let judged = ask(question, model, cancel, judgement);
                    judged.map_err(|error| Wrong::Failed(error.to_string()))?.map_err(Wrong::Denied)?;
                }
                By::Command(command) => {
                    trial.put(edit, cancel)?;
                    let ran = host.command(filled(command).trim(), cancel)?;
                    if !ran.good {
                        let from = ran.output.len().saturating_sub(TOLD);
                        let end = &ran.output[ran.output.ceil_char_boundary(from)..];
                        return Err(Wrong::Denied(format!("the command fails:\n{}", masked(end.to_owned()))));
                    }
                }
            }
            Ok(Value::Edit(Arc::clone(edit)))
        }
    }
}

fn with_remark(request: &str, remark: &str) -> String {
    match remark {
        "" => request.to_owned(),
        remark => format!("{request}\n\nAn earlier attempt did not do: {remark}"),
    }
}

/// `Ok(Ok(()))` for yes, `Ok(Err(why))` for no; the outer error goes back to the model.
fn judgement(said: &str) -> Result<Result<(), String>, String> {
    let said = said.trim().trim_matches(['`', '*']);
    let word: String = said.chars().take_while(|c| c.is_alphabetic()).collect();
    let rest = said[word.len()..].trim_start_matches([':', ',', '.', '`', '*', ' ', '-']).trim();
    match word.to_lowercase().as_str() {
        "yes" => Ok(Ok(())),
        "no" if rest.is_empty() => Err("it says no and not why".into()),
        "no" => Ok(Err(rest.lines().next().unwrap_or_default().to_owned())),
        _ => Err("it begins with neither `yes` nor `no`".into()),
    }
}

fn parses(edit: &[Change], cancel: &CancelToken) -> Result<(), Wrong> {
    let stop = || cancel.is_cancelled();
    for change in edit {
        let Some(language) = Language::from_path(&change.path) else { continue };
        let errors =
            |text: &str| parse_str_until(language, text, PARSE_LIMIT, &stop).map(|tree| syntax_errors(&tree));
        let before = errors(change.before.as_deref().unwrap_or_default());
        match (before, errors(&change.after)) {
            (Some(before), Some(after)) if after > before => {
                return Err(Wrong::Denied(format!("{} has a syntax error more than before", change.shown)));
            }
            (Some(_), Some(_)) => {}
            _ => return Err(Wrong::Failed(format!("{} could not be parsed in time", change.shown))),
        }
    }
    Ok(())
}

/// Whether the edit adds nothing that the review would find.
fn finds_nothing(edit: &[Change], cancel: &CancelToken) -> Result<(), Wrong> {
    let found = review_edit(edit, &|| cancel.is_cancelled()).map_err(|problem| problem.to_string())?;
    if found.is_empty() {
        return Ok(());
    }
    let told = found.iter().take(FINDINGS).map(|one| {
        let line = format!("{}:{}: {} ({})", one.path, one.line + 1, one.message, one.rule.id);
        masked(line)
    });
    let mut told: Vec<String> = told.collect();
    if found.len() > FINDINGS {
        told.push(format!("and {} more", found.len() - FINDINGS));
    }
    Err(Wrong::Denied(format!("the edit adds what a review finds:\n{}", told.join("\n"))))
}

/// A model, and what an earlier attempt was told.
struct Asked<'a> {
    host: &'a dyn Host,
    model: &'a dyn trust_inference::Model,
    remark: &'a str,
    cancel: &'a CancelToken,
}

impl Asked<'_> {
    fn text(&self, path: &Path) -> Result<Arc<str>, Wrong> {
        match self.host.documents().open(path) {
            Some((text, _)) => Ok(text),
            None => match self.host.index().broker().read(path) {
                Ok(text) => Ok(text.into()),
                Err(refusal) => Err(Wrong::Failed(format!("{}: {refusal}", path.display()))),
            },
        }
    }

    fn at(
        &self,
        wish: &Wish,
        (path, shown): (&PathBuf, &str),
        (line, column): (u32, Option<u32>),
    ) -> Result<Vec<Change>, Wrong> {
        let text = self.text(path)?;
        self.edits(wish, (path, shown), &text, (line, column))
            .map_err(|error| Wrong::Failed(error.to_string()))
    }

    fn edits(
        &self,
        wish: &Wish,
        (path, shown): (&PathBuf, &str),
        text: &Arc<str>,
        (line, column): (u32, Option<u32>),
    ) -> Result<Vec<Change>, ActionError> {
        let refused = |why: String| Err(ActionError::Refused(why));
        let Some(language) = Language::from_path(path) else {
            return refused(format!("the language of {shown} is not known"));
        };
        let Some(offset) = offset(text, line, column) else {
            return refused(format!("{shown} has no line {}", line + 1));
        };
        let work = Work {
            index: self.host.index(),
            documents: self.host.documents(),
            path,
            shown,
            language,
            text,
            version: self.host.documents().open(path).map(|(_, version)| version),
            selection: offset..offset,
            remark: self.remark,
        };
        let made = act(wish, &work, self.model, self.cancel)?;
        Ok(made.changes.iter().map(crate::actions::Changed::change).collect())
    }

    /// Mends what was found, in each file from below, so that lines above stay where they were found.
    fn at_findings(&self, step: &Step, all: &[Finding], told: &str) -> Result<Value, Wrong> {
        if all.is_empty() {
            return Err(Wrong::Failed("nothing was found, so there is nothing to mend".into()));
        }
        let left = |why: String| self.host.tell(&Event::Left { step: step.name.clone(), why });
        let mut files: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        all.iter().take(FINDINGS).for_each(|one| files.entry(&one.path).or_default().push(one));
        if all.len() > FINDINGS {
            left(format!("{} findings more than {FINDINGS}", all.len() - FINDINGS));
        }
        let broker = self.host.index().broker();
        let mut edit = Vec::new();
        for (shown, mut found) in files {
            let path = broker.roots().find_map(|root| broker.allows(&root.join(shown)).ok());
            let Some(path) = path.filter(|path| path.is_file()) else {
                left(format!("{shown} may not be read"));
                continue;
            };
            let before = self.text(&path)?;
            let mut text = Arc::clone(&before);
            found.sort_by_key(|one| std::cmp::Reverse(one.line));
            for one in found {
                let message = [&one.message, told].join("\n");
                let made = self.edits(
                    &Wish::Fix(message.trim().to_owned()),
                    (&path, shown),
                    &text,
                    (one.line, None),
                );
                match made {
                    Ok(changes) => {
                        changes.into_iter().for_each(|change| text = change.after.into());
                    }
                    Err(ActionError::Cancelled) => return Err(Wrong::Failed("cancelled".into())),
                    Err(error) => left(format!("{shown}:{}: {error}", one.line + 1)),
                }
            }
            if text != before {
                let version = self.host.documents().open(&path).map(|(_, version)| version);
                let (shown, after) = (shown.to_owned(), text.to_string());
                edit.push(Change { path, shown, before: Some(before), after, version });
            }
        }
        match edit.is_empty() {
            true => Err(Wrong::Failed("nothing of what was found could be mended".into())),
            false => Ok(Value::Edit(Arc::new(edit))),
        }
    }
}

/// Where a line's text begins, or its column in characters; from 0.
fn offset(text: &str, line: u32, column: Option<u32>) -> Option<usize> {
    let start = match line {
        0 => 0,
        line => text.match_indices('\n').nth(line as usize - 1)?.0 + 1,
    };
    let line = text[start..].lines().next().unwrap_or_default();
    let first = line.len() - line.trim_start().len();
    let at = column
        .map_or(first, |column| line.char_indices().nth(column as usize).map_or(line.len(), |(at, _)| at));
    Some(start + at)
}
