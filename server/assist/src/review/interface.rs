//! A public interface that changed without a test.

use super::finding::Finding;
use super::rule::rule;
use crate::paths::{Purpose, purpose};
use trust_changes::{Aspect, FileFacts, SymbolChange, Verdict};

pub(crate) fn check(files: &[FileFacts], findings: &mut Vec<Finding>) {
    let Some(rule) = rule("interface-untested") else { return };
    let tests = files.iter().any(|file| {
        let in_source = || file.symbols.iter().flatten().any(|symbol| symbol.path.starts_with("tests"));
        purpose(&file.change.path) == Purpose::Test || in_source()
    });
    if tests {
        return;
    }
    let concerns = |symbol: &&SymbolChange| {
        let signature = symbol.verdict == Verdict::Changed && symbol.has(Aspect::Signature);
        symbol.public && symbol.kind.is_some() && (signature || symbol.verdict == Verdict::Added)
    };
    for file in files.iter().filter(|file| purpose(&file.change.path) == Purpose::Source) {
        // One for each file: more would drown the rest.
        let mut found = file.symbols.iter().flatten().filter(concerns);
        let Some(first) = found.next() else { continue };
        let others = found.count();
        let more = if others == 0 { String::new() } else { format!(" and {others} more") };
        let message = format!("`{}`{more} changed for others to see, and no test with it", first.path);
        let mut finding = Finding::new(rule, &file.change.path, first.new_lines.start, message);
        finding.symbol = Some(first.path.clone());
        findings.push(finding);
    }
}
