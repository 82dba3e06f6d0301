//! A pull request described: title, what changed by kind, symbols, risks, tests, and the modules it touches.

use crate::Changes;
use crate::commit::{History, Request, draft};
use crate::explain::{kind_of, summary, symbol_sentence};
use crate::paths::{Purpose, purpose};
use crate::review::{Review, Severity};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use trust_changes::{Aspect, FileFacts, SymbolChange, Verdict};

/// The most rows of the table of symbols, and the most modules in the diagram.
const ROWS: usize = 60;
const MODULES: usize = 25;

/// As Markdown, the title its heading; `subjects` are the branch's own commits, the newest first.
pub fn describe(changes: &Changes, subjects: &[String], history: &History, review: &Review) -> String {
    let title = match subjects {
        [only] => only.clone(),
        _ => draft(&changes.files, history, &Request::default())
            .map_or_else(|| "Nothing".into(), |draft| draft.subject),
    };
    let mut text = format!("# {title}\n\n");
    let summary = summary(changes);
    let _ = writeln!(text, "{} files, +{} -{}.", changes.files.len(), summary.added, summary.removed);
    for (kind, count) in &summary.kinds {
        let _ = writeln!(text, "- {count} {kind}");
    }
    symbols(&mut text, changes);
    risks(&mut text, changes, review);
    tests(&mut text, changes);
    diagram(&mut text, changes);
    text
}

fn symbols(text: &mut String, changes: &Changes) {
    let all =
        changes.files.iter().flat_map(|file| file.symbols.iter().flatten().map(move |symbol| (file, symbol)));
    let mut rows: Vec<(usize, &FileFacts, &SymbolChange)> = all
        .filter(|(_, symbol)| symbol.kind.is_some() && !symbol.is_cosmetic())
        .map(|(file, symbol)| (kind_of(symbol).0, file, symbol))
        .collect();
    if rows.is_empty() {
        return;
    }
    // What others can see comes first.
    rows.sort_by_key(|(rank, _, symbol)| (!symbol.public, *rank));
    text.push_str("\n## Symbols\n\n| symbol | what | file |\n|---|---|---|\n");
    let cell = |text: &str| text.replace('|', "\\|");
    for (_, file, symbol) in rows.iter().take(ROWS) {
        let (what, path) = (symbol_sentence(file, symbol), &file.change.path);
        let _ = writeln!(text, "| `{}` | {} | {} |", cell(&symbol.path), cell(&what), cell(path));
    }
    if rows.len() > ROWS {
        let names: BTreeSet<String> =
            rows.iter().skip(ROWS).map(|(.., symbol)| format!("`{}`", symbol.path)).collect();
        let _ = writeln!(
            text,
            "\nAnd {} more: {}.",
            rows.len() - ROWS,
            names.into_iter().collect::<Vec<_>>().join(", ")
        );
    }
}

fn risks(text: &mut String, changes: &Changes, review: &Review) {
    let mut notes: Vec<String> = Vec::new();
    for (file, symbol) in
        changes.files.iter().flat_map(|file| file.symbols.iter().flatten().map(move |s| (file, s)))
    {
        let breaks = matches!(symbol.verdict, Verdict::Removed | Verdict::Renamed { .. })
            || symbol.has(Aspect::Signature);
        if symbol.public && breaks && purpose(&file.change.path) == Purpose::Source {
            notes.push(format!("Others may use it: {}", symbol_sentence(file, symbol)));
        }
    }
    let severe = review.findings.iter().filter(|finding| finding.severity > Severity::Information);
    notes.extend(severe.map(|finding| {
        format!("{}:{}: {} ({})", finding.path, finding.line + 1, finding.message, finding.rule.id)
    }));
    let withheld =
        changes.files.iter().filter(|file| matches!(file.content, trust_changes::Content::Withheld { .. }));
    notes.extend(withheld.map(|file| format!("{} changed and was not read", file.change.path)));
    text.push_str("\n## Risks\n\n");
    if notes.is_empty() {
        text.push_str("None that the rules know of.\n");
    }
    notes.iter().for_each(|note| text.push_str(&format!("- {note}\n")));
}

fn tests(text: &mut String, changes: &Changes) {
    let files: Vec<&FileFacts> =
        changes.files.iter().filter(|file| purpose(&file.change.path) == Purpose::Test).collect();
    let inside = changes
        .files
        .iter()
        .flat_map(|file| file.symbols.iter().flatten())
        .filter(|symbol| symbol.path.starts_with("tests::"));
    let inside = inside.count();
    text.push_str("\n## Tests\n\n");
    for file in &files {
        let _ = writeln!(text, "- {} +{} -{}", file.change.path, file.added, file.removed);
    }
    if inside > 0 {
        let _ = writeln!(text, "- {inside} symbols in the `tests` modules of source files");
    }
    if files.is_empty() && inside == 0 {
        text.push_str("No test changed.\n");
    }
}

/// The touched folders, or the files of the only one, and an arrow from each to those whose changed symbols its own changes mention.
fn diagram(text: &mut String, changes: &Changes) {
    let folder = |file: &FileFacts| {
        file.change.path.rsplit_once('/').map_or_else(|| ".".to_owned(), |(folder, _)| folder.to_owned())
    };
    let known = || changes.files.iter().filter(|file| file.language.is_some());
    let folders: BTreeSet<String> = known().map(folder).collect();
    let mut modules: BTreeMap<String, Vec<&FileFacts>> = BTreeMap::new();
    for file in known() {
        let name = if folders.len() > 1 { folder(file) } else { file.change.path.clone() };
        modules.entry(name).or_default().push(file);
    }
    if modules.is_empty() {
        return;
    }
    let names = |files: &[&FileFacts]| -> BTreeSet<String> {
        let symbols = files.iter().flat_map(|file| file.symbols.iter().flatten());
        symbols
            .filter(|symbol| symbol.name.len() > 4 && !symbol.is_cosmetic())
            .map(|symbol| symbol.name.clone())
            .collect()
    };
    let words = |files: &[&FileFacts]| -> BTreeSet<String> {
        let lines = files.iter().flat_map(|file| &file.hunks).flat_map(|hunk| &hunk.added);
        lines
            .flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '_'))
            .map(str::to_owned)
            .collect()
    };
    let shown: Vec<(&str, BTreeSet<String>, BTreeSet<String>)> = modules
        .iter()
        .take(MODULES)
        .map(|(module, files)| (module.as_str(), names(files), words(files)))
        .collect();
    text.push_str("\n## Modules\n\n```mermaid\ngraph LR\n");
    for (at, (module, ..)) in shown.iter().enumerate() {
        let _ = writeln!(text, "  m{at}[\"{}\"]", label(module));
    }
    for (from, (_, own, uses)) in shown.iter().enumerate() {
        for (to, (_, names, _)) in shown.iter().enumerate().filter(|(to, _)| *to != from) {
            if names.iter().any(|name| uses.contains(name) && !own.contains(name)) {
                let _ = writeln!(text, "  m{from} --> m{to}");
            }
        }
    }
    text.push_str("```\n");
    if modules.len() > MODULES {
        let rest: Vec<&str> = modules.keys().skip(MODULES).map(String::as_str).collect();
        let _ = writeln!(text, "\nNot drawn: {}.", rest.join(", "));
    }
}

/// A path in quotes of Mermaid's: what would end them, or mean something in them, as the number of its character.
fn label(path: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._- ".contains(c);
    path.chars().map(|c| if plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn paths_are_labels_whatever_stands_in_them() {
        let cases = [
            ("src/app-core/v1.2", "src/app-core/v1.2"),
            ("a\"]; b", "a#34;#93;#59; b"),
            ("(group)/[id]", "#40;group#41;/#91;id#93;"),
            ("caf\u{e9}", "caf\u{e9}"),
            ("#1", "#35;1"),
        ];
        for (path, expected) in cases {
            assert_eq!(label(path), expected, "{path}");
        }
    }
}
