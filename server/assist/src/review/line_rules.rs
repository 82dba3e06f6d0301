//! The rules on added lines of one file.

use super::finding::Finding;
use super::lines::{Source, fold, symbol_at};
use super::patterns::{PATTERNS, Place, columns};
use super::rule::rule;
use crate::paths::{Purpose, purpose};
use std::collections::HashSet;
use trust_changes::{FileFacts, Hunk};
use trust_grammars::Language;

/// `moved`: the lines that were removed somewhere, and the hashes of those of them that held a secret.
pub(crate) fn check(
    file: &FileFacts,
    (moved, moved_secrets): (&HashSet<&str>, &HashSet<u64>),
    findings: &mut Vec<Finding>,
) {
    let Some(source) = Source::of(file) else { return };
    let is_test = purpose(&file.change.path) == Purpose::Test;
    for hunk in &file.hunks {
        for (at, text) in hunk.added.iter().enumerate() {
            let line = hunk.new.start + at as u32;
            let mut report = |id: &str, column: Option<(usize, usize)>, message: String, quoted: String| {
                let Some(rule) = rule(id) else { return };
                let mut finding = Finding::new(rule, &file.change.path, line, message);
                let count = |byte: usize| text.get(..byte).map_or(0, |text| text.chars().count() as u32);
                finding.columns = column.map(|(start, end)| (count(start), count(end)));
                finding.bytes = column.map(|(start, end)| (start as u32, end as u32));
                finding.symbol = symbol_at(file, line).map(|symbol| symbol.path.clone());
                finding.text = quoted;
                findings.push(finding);
            };
            let secret = file.secrets.added.iter().find(|secret| secret.line == line);
            if let Some(secret) = secret.filter(|secret| !moved_secrets.contains(&secret.hash)) {
                let end = text.trim_end().len();
                let message = format!("this looks like {}", secret.what);
                // What only its mask has in common with a line that is gone is another secret than the one that stood there.
                let exchanged = hunk.removed.iter().any(|old| fold(old) == fold(text));
                let quoted = if exchanged { format!("{} exchanged", fold(text)) } else { fold(text) };
                report("secret-added", Some((secret.column, end)), message, quoted);
            }
            let marker = ["<<<<<<< ", ">>>>>>> ", "||||||| "].iter().any(|start| text.starts_with(start));
            if marker {
                report("merge-marker", None, "a marker of a merge conflict was left in".into(), fold(text));
            }
            let Some(language) = file.language.filter(|_| !moved.contains(text.trim())) else { continue };
            if symbol_at(file, line).is_some_and(trust_changes::SymbolChange::is_cosmetic) {
                continue;
            }
            for pattern in PATTERNS.iter().filter(|pattern| pattern.languages.contains(&language)) {
                let found = columns(text, pattern.text);
                let place = found.into_iter().find(|column| source.is_prose(line, *column) == (false, false));
                let Some(column) = place.filter(|_| is_new(hunk, pattern.text)) else { continue };
                let tests = is_test || language == Language::Rust && source.in_tests(line);
                let counts = match pattern.place {
                    Place::Code => !tests,
                    Place::Anywhere => true,
                    Place::Tests => tests,
                };
                if counts {
                    report(
                        pattern.rule,
                        Some((column, column + pattern.text.len())),
                        pattern.says.into(),
                        fold(text),
                    );
                }
            }
            if let Some(message) = swallowed(language, text, source.line(line + 1))
                && source.is_prose(line, text.len() - text.trim_start().len()) == (false, false)
                && !is_test
            {
                report("error-swallowed", None, message.into(), fold(text));
            }
        }
    }
}

/// Whether the hunk has more of it than it had before.
fn is_new(hunk: &Hunk, text: &str) -> bool {
    let count = |lines: &[String]| lines.iter().map(|line| columns(line, text).len()).sum::<usize>();
    count(&hunk.added) > count(&hunk.removed)
}

/// Whether a line, with the next, takes an error and does nothing.
fn swallowed(language: Language, text: &str, next: &str) -> Option<&'static str> {
    let squeezed: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let next = next.trim();
    match language {
        Language::Rust => {
            let arm = ["Err(_)=>{}", "Err(_)=>()", "Err(_e)=>{}", "Err(_)=>{},"]
                .iter()
                .any(|arm| squeezed.contains(arm));
            let open = squeezed.ends_with("Err(_)=>{") && next.starts_with('}');
            (arm || open).then_some("the error is dropped here")
        }
        Language::Python => {
            let except = squeezed.starts_with("except") && squeezed.ends_with(':');
            let here =
                squeezed.starts_with("except") && (squeezed.ends_with(":pass") || squeezed.ends_with(":..."));
            (here || except && (next == "pass" || next == "...")).then_some("the exception is dropped here")
        }
        Language::Go => {
            let open = squeezed.ends_with("iferr!=nil{") && next == "}";
            (open || squeezed.ends_with("iferr!=nil{}")).then_some("the error is dropped here")
        }
        Language::Ruby => {
            let trimmed = text.trim();
            let clause = (trimmed == "rescue" || trimmed.starts_with("rescue ")) && next == "end";
            (clause || trimmed.ends_with(" rescue nil")).then_some("the exception is dropped here")
        }
        Language::TypeScript
        | Language::Tsx
        | Language::JavaScript
        | Language::Java
        | Language::Kotlin
        | Language::CSharp
        | Language::Php
        | Language::Cpp => {
            // A name that says it is meant to be.
            let meant = ["ignored", "ignore", "expected", "unused", "_"];
            let named = |word: &str| meant.contains(&word);
            let clause = text.get(text.find("catch")?..)?;
            if clause.split(|c: char| !c.is_alphanumeric() && c != '_').any(named) {
                return None;
            }
            let at = squeezed.find("catch")?;
            let rest = squeezed.get(at..)?;
            let empty = rest == "catch{}" || rest.starts_with("catch(") && rest.contains("){}");
            let open = rest == "catch{" || rest.starts_with("catch(") && rest.ends_with("){");
            (empty || open && next.starts_with('}')).then_some("the exception is dropped here")
        }
        _ => None,
    }
}
