//! One sentence of fact for each symbol, and for each file that has none.

use trust_changes::{Aspect, Content, FileFacts, Mode, Status, SymbolChange, Verdict, word};

/// What happened to a symbol, without a full stop. It begins with a verb, since the subject is the change.
pub fn symbol_sentence(file: &FileFacts, symbol: &SymbolChange) -> String {
    if symbol.kind.is_none() {
        return outside(file, symbol);
    }
    let what = named(symbol);
    let name = format!("`{}`", symbol.path);
    let first = match &symbol.verdict {
        Verdict::Added => format!("adds {}{what}", if symbol.public { "public " } else { "" }),
        Verdict::Removed => format!("removes {what}"),
        Verdict::Renamed { from } => format!("renames {} `{from}` to {name}", word(symbol.kind)),
        Verdict::Moved { from } if *from == symbol.path => format!("moves {what} within the file"),
        Verdict::Moved { from }
            if from.contains('/')
                || from.contains('.')
                    && !from.contains("::")
                    && from.ends_with(extension(&file.change.path)) =>
        {
            format!("moves {what} here from {from}")
        }
        Verdict::Moved { from } => format!("moves {} `{from}` to {name}", word(symbol.kind)),
        Verdict::Split { from } => format!("splits {what} off from `{from}`"),
        Verdict::Merged { into } => format!("merges {what} into `{into}`"),
        Verdict::Changed => String::new(),
    };
    let also = aspects(symbol, first.is_empty());
    match (first.is_empty(), also) {
        (true, Some(also)) => also,
        (true, None) => format!("changes {what}"),
        (false, Some(also)) if !matches!(symbol.verdict, Verdict::Split { .. } | Verdict::Merged { .. }) => {
            format!("{first}, {also}")
        }
        (false, _) => first,
    }
}

/// The aspects in words, of which a full sentence names the symbol.
fn aspects(symbol: &SymbolChange, full: bool) -> Option<String> {
    let what = if full { named(symbol) } else { "it".into() };
    let lines = format!("+{} -{}", symbol.added, symbol.removed);
    let of = |thing: &str| {
        if full { format!("changes the {thing} of {what}") } else { format!("changes its {thing}") }
    };
    let only = |thing: &str| {
        if full { format!("changes only the {thing} of {what}") } else { format!("changes its {thing}") }
    };
    let mut said = Vec::new();
    if symbol.has(Aspect::Signature) {
        let from_to = match (&symbol.old_signature, &symbol.new_signature) {
            (Some(old), Some(new)) if old != new => format!(": `{}` to `{}`", brief(old), brief(new)),
            _ => String::new(),
        };
        said.push(of("signature") + &from_to);
    }
    if symbol.has(Aspect::Body) {
        said.push(if said.is_empty() {
            format!("{} ({lines})", of("body"))
        } else {
            format!("changes its body ({lines})")
        });
    }
    if symbol.has(Aspect::Attributes) {
        said.push(if said.is_empty() { of("attributes") } else { "changes its attributes".into() });
    }
    if said.is_empty() && symbol.has(Aspect::Documentation) {
        said.push(only("comments"));
    }
    if said.is_empty() && symbol.has(Aspect::Whitespace) {
        said.push(only("layout"));
    }
    (!said.is_empty()).then(|| said.join(", "))
}

fn named(symbol: &SymbolChange) -> String {
    format!("{} `{}`", word(symbol.kind), symbol.path)
}

fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// Signatures that are long are quoted by their ends.
fn brief(signature: &str) -> String {
    const LONGEST: usize = 160;
    let count = signature.chars().count();
    if count <= LONGEST {
        return signature.to_owned();
    }
    let head: String = signature.chars().take(LONGEST / 2).collect();
    let tail: String = signature.chars().skip(count - LONGEST / 2).collect();
    format!("{head} … {tail}")
}

/// What changed outside of definitions: imports alone, or anything.
fn outside(file: &FileFacts, symbol: &SymbolChange) -> String {
    let lines = format!("+{} -{}", symbol.added, symbol.removed);
    if symbol.has(Aspect::Body) {
        let all = file.hunks.iter().flat_map(|hunk| hunk.added.iter().chain(&hunk.removed));
        let mut imports = all.filter(|line| is_import(line)).peekable();
        let only = imports.peek().is_some() && imports.count() as u32 >= symbol.added.max(symbol.removed);
        let what = if only { "imports" } else { "code outside definitions" };
        format!("changes {what} ({lines})")
    } else if symbol.has(Aspect::Documentation) {
        format!("changes only comments outside definitions ({lines})")
    } else {
        format!("changes only the layout outside definitions ({lines})")
    }
}

pub(crate) fn is_import(line: &str) -> bool {
    let line = line.trim_start();
    let line = line.strip_prefix("pub ").unwrap_or(line);
    ["use ", "import ", "from ", "export * from", "mod ", "extern crate", "} from"]
        .iter()
        .any(|start| line.starts_with(start))
}

/// What there is to say of the file as a whole: its status, modes, and why its text is not shown.
pub fn file_sentences(file: &FileFacts) -> Vec<String> {
    let mut said = Vec::new();
    let change = &file.change;
    match change.status {
        Status::Added => said.push("is new".to_owned()),
        Status::Deleted => said.push("is deleted".to_owned()),
        Status::Renamed => said.push(format!("was {}", change.old_path.as_deref().unwrap_or_default())),
        Status::Conflicted => said.push("is in conflict".to_owned()),
        Status::Modified => {}
    }
    if let (Some(old), Some(new)) = change.modes()
        && old != new
    {
        said.push(match (old, new) {
            (Mode::Regular, Mode::Executable) => "becomes executable".into(),
            (Mode::Executable, Mode::Regular) => "is executable no longer".into(),
            (old, new) => format!("was a {}, is a {}", old.name(), new.name()),
        });
    }
    if file.line_endings {
        said.push("has other line endings".into());
    }
    let size = |bytes: &Option<u64>| bytes.map_or("nothing".to_owned(), |bytes| format!("{bytes} bytes"));
    let commit =
        |id: &Option<String>| id.as_ref().map_or("none".to_owned(), |id| id.chars().take(12).collect());
    match &file.content {
        Content::Text { .. } => {}
        Content::Binary { old, new } => said.push(format!("is binary, {} to {}", size(old), size(new))),
        Content::TooLarge { bytes } => said.push(format!("is too large to compare, {bytes} bytes")),
        Content::Stored => said.push("is kept by git LFS, outside the repository".into()),
        Content::Submodule { old, new } => {
            said.push(format!("is a submodule, commit {} to {}", commit(old), commit(new)));
        }
        Content::Withheld { by } => said.push(format!("is not read: excluded by {by}")),
        Content::Missing => said.push("has a text that is not here".into()),
        Content::Unread { why } => said.push(format!("was not read: {why}")),
    }
    said
}
