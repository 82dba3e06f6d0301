//! The tools that every workspace has. Each is one file: what it takes, and what it does.

mod apply_patch;
mod diagnostics;
mod edit_symbol;
mod find_symbol;
mod outline;
mod read_file;
mod references;
mod replace_lines;
mod repository_map;
mod run_command;
mod search_text;
mod symbol_source;

pub use repository_map::map;
pub use run_command::{Commands, reduced, run_command};

use crate::lines::{Lines, hash};
use crate::{File, Registry, Tool};

pub fn builtin() -> Registry {
    Registry::new(tools())
}

/// All of them, for a registry that has more.
pub(crate) fn tools() -> Vec<Tool> {
    vec![
        Tool::changing("apply_patch", apply_patch::plan),
        Tool::reading("diagnostics", diagnostics::run),
        Tool::changing("edit_symbol", edit_symbol::plan),
        Tool::reading("find_symbol", find_symbol::run),
        Tool::reading("outline", outline::run),
        Tool::reading("read_file", read_file::run),
        Tool::reading("references", references::run),
        Tool::changing("replace_lines", replace_lines::plan),
        Tool::reading("repository_map", repository_map::run),
        Tool::reading("search_text", search_text::run),
        Tool::reading("symbol_source", symbol_source::run),
    ]
}

/// Lines of a file with their numbers, as many as fit, below a line that says which they are and their hash.
fn numbered(file: &File, first: usize, last: usize, limit: usize) -> crate::Answer {
    let lines = Lines::of(&file.text);
    let mut page = crate::Page::new(limit.saturating_sub(200));
    (first..=last).for_each(|line| page.push(&format!("{line}\t{}", lines.line(line))));
    let shown = first + page.shown();
    let to = shown.saturating_sub(1).max(first);
    let body = page.finish(&format!("go on with first_line {shown}"));
    let (total, part) = (lines.count(), hash(lines.slice(first..=to)));
    let mut text = match total {
        0 => format!("{}: empty, hash {}\n", file.shown, file.hash()),
        _ if first == 1 && to == total => format!("{}: {total} lines, hash {}\n", file.shown, file.hash()),
        _ => format!(
            "{}: lines {first} to {to} of {total}, hash of these {part}, of the file {}\n",
            file.shown,
            file.hash()
        ),
    };
    text.push_str(&body.text);
    crate::Answer { text, more: body.more }
}
