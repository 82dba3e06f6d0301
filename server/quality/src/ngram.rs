//! A 6-gram over code tokens, counted on the other files of the package and on the open one: what copying without
//! a network can do. The longest known context decides (Brants et al. 2007, without its discount).

use std::collections::HashMap;

const ORDER: usize = 6;
const TOKENS: usize = 40;

#[derive(Default)]
pub struct Ngram {
    names: HashMap<String, u32>,
    texts: Vec<String>,
    counts: HashMap<Vec<u32>, HashMap<u32, i32>>,
}

impl Ngram {
    pub fn learn(&mut self, text: &str) {
        self.count(text, 1);
    }

    /// Undoes [`Self::learn`] of the same text.
    pub fn forget(&mut self, text: &str) {
        self.count(text, -1);
    }

    fn count(&mut self, text: &str, change: i32) {
        let ids: Vec<u32> = tokens(text).map(|token| self.id(token)).collect();
        for (at, &id) in ids.iter().enumerate() {
            for length in 0..ORDER.min(at + 1) {
                *self.counts.entry(ids[at - length..at].to_vec()).or_default().entry(id).or_default() +=
                    change;
            }
        }
    }

    /// The most probable rest of the line after `before`, `cache` being of the open file.
    pub fn rest_of_line(&self, cache: &Self, before: &str) -> String {
        let word =
            before.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        let (before, mut typed) = before.split_at(before.len() - word);
        let mut context: Vec<String> = tokens(before).map(str::to_string).collect();
        let mut text = String::new();
        for _ in 0..TOKENS {
            let Some(next) = self.next(cache, &context, typed) else { break };
            if next.contains('\n') {
                break;
            }
            text.push_str(&next[typed.len()..]);
            typed = "";
            context.push(next);
        }
        text
    }

    fn next(&self, cache: &Self, context: &[String], typed: &str) -> Option<String> {
        (0..ORDER.min(context.len() + 1)).rev().find_map(|length| {
            let mut votes: HashMap<&str, i32> = HashMap::new();
            // What the open file says counts more: it is nearer.
            for (counts, weight) in [(self, 1), (cache, 4)] {
                let ids: Option<Vec<u32>> = context[context.len() - length..]
                    .iter()
                    .map(|token| counts.names.get(token).copied())
                    .collect();
                let Some(found) = ids.and_then(|ids| counts.counts.get(&ids)) else { continue };
                for (id, count) in found.iter().filter(|(_, count)| **count > 0) {
                    let token = counts.texts[*id as usize].as_str();
                    if token.starts_with(typed) {
                        *votes.entry(token).or_default() += weight * count;
                    }
                }
            }
            let best = votes.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
            best.map(|(token, _)| token.to_string())
        })
    }

    fn id(&mut self, token: &str) -> u32 {
        if let Some(id) = self.names.get(token) {
            return *id;
        }
        let id = self.texts.len() as u32;
        self.names.insert(token.to_string(), id);
        self.texts.push(token.to_string());
        id
    }
}

/// Words, runs of white space within a line, line breaks with the indentation behind them, and single signs.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let end = if word(first) {
            rest.find(|c: char| !word(c))
        } else if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace())
        } else {
            Some(first.len_utf8())
        };
        let (token, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        Some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on_as_before() {
        let (mut project, mut cache) = (Ngram::default(), Ngram::default());
        project.learn("let document = documents.get(&uri)?;\nlet total = 1;\n");
        cache.learn("let total = 2;\n");
        let cases = [
            ("let document = documents.", "get(&uri)?;"),
            ("let document = docu", "ments.get(&uri)?;"),
            ("let total = ", "2;"),
        ];
        for (before, expected) in cases {
            assert_eq!(project.rest_of_line(&cache, before), expected, "{before:?}");
        }
        project.forget("let document = documents.get(&uri)?;\nlet total = 1;\n");
        assert_eq!(project.rest_of_line(&Ngram::default(), "let document = "), "");
    }
}
