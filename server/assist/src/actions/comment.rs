//! Words as the documentation of a symbol, in the comments of its language. The code itself stays as it is.

use super::Site;
use super::reply::{fenced, indented};
use std::ops::Range;
use trust_index::{Language, plain_documentation};

/// The longest documentation, in characters, and the longest line of it.
const LONGEST: usize = 800;
const WIDTH: usize = 96;

/// Where the comment goes, and the comment.
pub(super) fn documented(site: &Site<'_>, said: &str) -> Result<(Range<usize>, String), String> {
    // Some answer with a comment, some with a block.
    let said = fenced(said).unwrap_or_else(|| said.to_owned());
    let words = plain_documentation(&said).split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() || words.chars().count() > LONGEST {
        return Err(format!("its length is {} characters, of at most {LONGEST}", words.chars().count()));
    }
    let text = site.text;
    let item = &site.target.item;
    let line = text[..item.start].rfind('\n').map_or(0, |at| at + 1);
    let own = &text[line..item.start];
    let indent = &own[..own.len() - own.trim_start().len()];
    if site.language == Language::Python {
        return docstring(site, &words, indent);
    }
    let comment = match site.language {
        Language::Rust | Language::CSharp => lines(&words, "/// "),
        Language::Go => lines(&words, "// "),
        Language::Ruby | Language::Bash => lines(&words, "# "),
        Language::Lua => lines(&words, "--- "),
        _ => format!("/**\n{}\n */", lines(&words.replace("*/", "* /"), " * ")),
    };
    // Above what stands before it on its line, such as `pub` or `export`.
    let at = line + indent.len();
    Ok((at..at, format!("{}\n{indent}", indented(&comment, indent))))
}

/// The first statement of a body that begins on a line of its own.
fn docstring(site: &Site<'_>, words: &str, outer: &str) -> Result<(Range<usize>, String), String> {
    let text = site.text;
    let rest = &text[site.target.signature.end..site.target.item.end];
    let at = rest.find('\n').map(|end| site.target.signature.end + end + 1);
    let at = at.ok_or("its body stands on the line of its name, where a docstring cannot")?;
    let body = text[at..].lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let indent = &body[..body.len() - body.trim_start().len()];
    if indent.len() <= outer.len() {
        return Err("its body stands on the line of its name, where a docstring cannot".into());
    }
    let words = lines(&words.replace("\"\"\"", "'''").replace('\\', "/"), "");
    let quoted = match words.contains('\n') || words.ends_with('"') {
        false => format!("\"\"\"{words}\"\"\""),
        true => format!("\"\"\"{words}\n\"\"\""),
    };
    Ok((at..at, format!("{indent}{}\n", indented(&quoted, indent))))
}

/// Broken into lines that each begin so.
fn lines(words: &str, begin: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut().filter(|line| line.chars().count() + 1 + word.chars().count() <= WIDTH) {
            Some(line) => {
                line.push(' ');
                line.push_str(word);
            }
            None => lines.push(format!("{begin}{word}")),
        }
    }
    lines.join("\n")
}
