//! A public interface that changed without a test, or without a word of documentation.

use super::finding::Finding;
use super::rule::{Rule, rule};
use crate::paths::{Purpose, purpose};
use trust_changes::{Aspect, Content, FileFacts, Language, SymbolChange, Verdict};

/// What begins an attribute or a decorator, and what a comment, in the languages of which it is known what is public.
const ATTRIBUTES: [&str; 3] = ["#[", "#![", "@"];
const COMMENTS: [&str; 3] = ["//", "/*", "#"];

pub(crate) fn check(files: &[FileFacts], findings: &mut Vec<Finding>) {
    let tests = files.iter().any(|file| {
        let in_source = || file.symbols.iter().flatten().any(|symbol| symbol.path.starts_with("tests"));
        purpose(&file.change.path) == Purpose::Test || in_source()
    });
    let documents = files.iter().any(|file| purpose(&file.change.path) == Purpose::Documentation);
    for file in files.iter().filter(|file| purpose(&file.change.path) == Purpose::Source) {
        let mut tell = |id: &str, without: &str, concerns: &dyn Fn(&SymbolChange) -> bool| {
            let found = rule(id).and_then(|rule| finding(rule, file, without, concerns));
            findings.extend(found);
        };
        if !tests {
            tell("interface-untested", "no test with it", &|_| true);
        }
        if !documents {
            tell("interface-undocumented", "nothing says what it is for", &|symbol| {
                !is_documented(file, symbol)
            });
        }
    }
}

/// One for each file: more would drown the rest.
fn finding(
    rule: &'static Rule,
    file: &FileFacts,
    without: &str,
    concerns: &dyn Fn(&SymbolChange) -> bool,
) -> Option<Finding> {
    let changed = |symbol: &&SymbolChange| {
        let signature = symbol.verdict == Verdict::Changed && symbol.has(Aspect::Signature);
        symbol.public && symbol.kind.is_some() && (signature || symbol.verdict == Verdict::Added)
    };
    let mut found = file.symbols.iter().flatten().filter(changed).filter(|symbol| concerns(symbol));
    let first = found.next()?;
    let others = found.count();
    let more = if others == 0 { String::new() } else { format!(" and {others} more") };
    let message = format!("`{}`{more} changed for others to see, and {without}", first.path);
    let mut finding = Finding::new(rule, &file.change.path, first.new_lines.start, message);
    finding.symbol = Some(first.path.clone());
    Some(finding)
}

/// Whether a comment stands above a symbol, or a docstring in it.
fn is_documented(file: &FileFacts, symbol: &SymbolChange) -> bool {
    let Content::Text { new, .. } = &file.content else { return true };
    let lines = new.lines().skip(symbol.new_lines.start as usize).take(symbol.new_lines.len());
    let mut lines = lines.map(str::trim).filter(|line| !line.is_empty());
    let starts = |line: &str, with: &[&str]| with.iter().any(|start| line.starts_with(start));
    let Some(first) = lines.find(|line| !starts(line, &ATTRIBUTES)) else { return false };
    if starts(first, &COMMENTS) {
        return true;
    }
    let mut lines = std::iter::once(first).chain(lines);
    file.language == Some(Language::Python)
        && lines.by_ref().any(|line| line.ends_with(':'))
        && lines.next().is_some_and(|line| line.trim_start_matches(['r', 'R', 'u']).starts_with(['"', '\'']))
}
