//! The check that a message names nothing but what is in the diff.

use std::collections::HashSet;
use trust_changes::FileFacts;
use trust_redact::{detector, holds_mask};

/// Every word, path and number that the diff holds.
pub struct Facts {
    words: HashSet<String>,
    paths: HashSet<String>,
}

impl Facts {
    pub fn of(files: &[FileFacts]) -> Self {
        let (mut words, mut paths) = (HashSet::new(), HashSet::new());
        let mut take = |text: &str| words.extend(split(text).map(str::to_owned));
        for file in files {
            for hunk in &file.hunks {
                hunk.added.iter().chain(&hunk.removed).for_each(|line| take(line));
            }
            for symbol in file.symbols.iter().flatten() {
                take(&symbol.path);
                [&symbol.old_signature, &symbol.new_signature]
                    .into_iter()
                    .flatten()
                    .for_each(|text| take(text));
            }
            for path in [Some(&file.change.path), file.change.old_path.as_ref()].into_iter().flatten() {
                take(path);
                let mut part = path.as_str();
                paths.insert(path.clone());
                while let Some((folder, _)) = part.rsplit_once('/') {
                    paths.insert(folder.to_owned());
                    part = folder;
                }
                paths.extend(path.split('/').map(str::to_owned));
            }
        }
        Self { words, paths }
    }

    fn has(&self, name: &str) -> bool {
        self.paths.contains(name) || split(name).all(|word| self.words.contains(word))
    }
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').filter(|word| !word.is_empty())
}

/// The names in `message` that are not in the diff. A name is what stands between backticks, looks like an
/// identifier or a path, or has a digit.
pub fn ungrounded(message: &str, facts: &Facts) -> Vec<String> {
    let mut missing: Vec<String> = Vec::new();
    for (at, part) in message.split('`').enumerate() {
        let quoted = at % 2 == 1;
        if quoted {
            if !facts.has(part) {
                missing.push(part.to_owned());
            }
            continue;
        }
        for raw in part.split_whitespace() {
            let word = raw.trim_matches(|c: char| !c.is_alphanumeric() && c != '_');
            if (is_name(word) || is_called(raw)) && !facts.has(word) {
                missing.push(word.to_owned());
            }
        }
    }
    missing
}

/// Whether what a model says of a change holds no secret and no mask, names only what is in the diff, and signs for nobody.
///
/// # Errors
/// What is wrong with it, for the model.
pub(crate) fn check(text: &str, facts: &Facts) -> Result<(), String> {
    if tells_a_secret(text) || text.contains("**") {
        return Err("a secret is named, or its mask".into());
    }
    if text.to_lowercase().contains("-by:") {
        return Err("who signs is not yours to say".into());
    }
    let missing = ungrounded(text, facts);
    if missing.is_empty() { Ok(()) } else { Err(format!("the diff does not have {}", missing.join(", "))) }
}

/// Whether a secret stands in a text, or what stands in place of one.
pub(crate) fn tells_a_secret(text: &str) -> bool {
    holds_mask(text) || !detector().find(text).is_empty()
}

/// `parse()` is a name, whatever it looks like.
fn is_called(word: &str) -> bool {
    word.split_once("()").is_some_and(|(name, _)| name.ends_with(char::is_alphanumeric))
}

fn is_name(word: &str) -> bool {
    // Several of what is written in capitals: no name.
    let word = word.strip_suffix('s').filter(|word| word.chars().all(char::is_uppercase)).unwrap_or(word);
    if ["e.g", "i.e"].contains(&word) {
        return false;
    }
    let inner = word.chars().skip(1).collect::<String>();
    word.contains(['_', '/']) && word.chars().any(char::is_alphanumeric)
        || word.contains("::")
        || word.chars().any(|c| c.is_ascii_digit())
        || word.split_once('.').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty())
        || inner.contains(char::is_uppercase) && word.contains(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words() {
        for name in ["a_b", "a::b", "src/x", "camelCase", "HttpServer", "v2", "17", "a.rs"] {
            assert!(is_name(name), "{name}");
        }
        for word in ["Add", "the", "README", "it's", "well-known", "e", "URLs", "e.g", "s"] {
            assert!(!is_name(word), "{word}");
        }
        assert!(is_called("parse()") && is_called("(parse().") && !is_called("word(s)") && !is_called("()"));
    }
}
