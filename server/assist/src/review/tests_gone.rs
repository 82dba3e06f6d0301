//! Tests that are gone.

use super::finding::Finding;
use super::rule::rule;
use crate::paths::{Purpose, purpose};
use trust_changes::{Content, FileFacts, Status, SymbolChange, Verdict};

pub(crate) fn check(file: &FileFacts, all: &[FileFacts], findings: &mut Vec<Finding>) {
    let Some(rule) = rule("test-removed") else { return };
    // With a whole file goes what it tested, or the reader sees it.
    if file.change.status == Status::Deleted {
        return;
    }
    for symbol in file.symbols.iter().flatten().filter(|symbol| symbol.verdict == Verdict::Removed) {
        if !is_test(file, symbol) || comes_back(symbol, all) {
            continue;
        }
        // It stands where the lines around it are now.
        let before = file.hunks.iter().find(|hunk| {
            hunk.old.contains(&symbol.old_lines.start) || hunk.old.start >= symbol.old_lines.start
        });
        let line = before.map_or(0, |hunk| hunk.new.start);
        let mut finding =
            Finding::new(rule, &file.change.path, line, format!("the test `{}` was removed", symbol.path));
        finding.symbol = Some(symbol.path.clone());
        findings.push(finding);
    }
}

fn is_test(file: &FileFacts, symbol: &SymbolChange) -> bool {
    let in_file = purpose(&file.change.path) == Purpose::Test;
    let python = in_file && symbol.name.starts_with("test");
    let rust = match &file.content {
        Content::Text { old, .. } => {
            let first = symbol.old_lines.start as usize;
            let attributes = old.lines().skip(first).take(4).take_while(|line| !line.contains("fn "));
            file.language == Some(trust_grammars::Language::Rust)
                && attributes.into_iter().any(|line| line.contains("test]") || line.contains("test("))
        }
        _ => false,
    };
    python || rust
}

/// Whether another part of the change has a new symbol of that name.
fn comes_back(symbol: &SymbolChange, all: &[FileFacts]) -> bool {
    let symbols = all.iter().flat_map(|file| file.symbols.iter().flatten());
    symbols.into_iter().any(|other| other.name == symbol.name && other.verdict != Verdict::Removed)
}
