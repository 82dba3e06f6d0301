//! What a question names: by its spelling, since a question is English with names of code in it.

use trust_grammars::identifiers;

/// Words that name nothing, and words about code that name it only by chance.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "about", "all", "and", "any", "are", "argument", "because", "between", "call", "called", "caller",
    "callers", "calls", "can", "change", "class", "code", "could", "define", "defined", "defines",
    "definition", "description", "difference", "does", "each", "enum", "error", "every", "explain", "file",
    "files", "find", "for", "from", "function", "functions", "has", "have", "here", "how", "implementation",
    "implemented", "into", "its", "line", "list", "made", "make", "many", "mean", "means", "method",
    "methods", "module", "name", "names", "not", "one", "over", "parameter", "please", "project",
    "reference", "references", "return", "returned", "returns", "same", "see", "should", "show", "struct",
    "summary", "tell", "test", "tests", "than", "that", "the", "their", "them", "then", "there", "these",
    "they", "thing", "this", "those", "trait", "type", "types", "use", "used", "uses", "using", "variable",
    "was", "what", "when", "where", "which", "who", "why", "will", "with", "work", "works", "would", "you",
    "your",
];
/// Words of a question that are looked at.
const MOST: usize = 48;

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Question {
    /// Names that are spelled as code is, or quoted as such, in their order.
    pub names: Vec<String>,
    /// The other words that may say something, in their order.
    pub words: Vec<String>,
    /// It asks where something is used, too.
    pub uses: bool,
    /// It speaks of what was spoken of before.
    pub goes_on: bool,
}

impl Question {
    pub fn new(text: &str) -> Self {
        const USES: &[&str] = &[
            "call",
            "called",
            "caller",
            "callers",
            "calls",
            "reference",
            "references",
            "use",
            "used",
            "uses",
            "using",
        ];
        let mut question = Self::default();
        for (nth, range) in identifiers(text).take(MOST).enumerate() {
            let (word, small) = (&text[range.clone()], text[range.clone()].to_lowercase());
            question.goes_on |=
                matches!(small.as_str(), "it" | "its" | "that" | "them" | "they" | "this" | "there");
            question.uses |= USES.contains(&small.as_str());
            let (before, behind) = (&text[..range.start], &text[range.end..]);
            let quoted = before.matches('`').count() % 2 == 1;
            let joined = before.ends_with("::") || behind.starts_with("::") || behind.starts_with('(');
            if quoted || joined || is_code(word, nth == 0 || ends_sentence(before)) {
                push(&mut question.names, word);
            } else if word.len() > 2 && !COMMON.contains(&small.as_str()) {
                push(&mut question.words, word);
            }
        }
        question
    }

    /// Names that two words beside each other may be written as.
    pub fn joined(&self) -> Vec<String> {
        let capital = |word: &str| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        };
        let pairs = self.words.windows(2).flat_map(|pair| {
            let [one, two] = [pair[0].to_lowercase(), pair[1].to_lowercase()];
            [format!("{one}_{two}"), capital(&one) + &capital(&two), one.clone() + &capital(&two)]
        });
        pairs.collect()
    }

    /// The names and words with what each counts for in a search for lines like it.
    pub fn weighted(&self) -> Vec<(String, f32)> {
        let mut query: Vec<(String, f32)> = self.names.iter().map(|name| (name.clone(), 2.0)).collect();
        query.extend(self.joined().into_iter().map(|name| (name, 2.0)));
        for word in &self.words {
            query.extend(forms(word).into_iter().map(|form| (form, 1.0)));
        }
        query
    }
}

fn push(into: &mut Vec<String>, word: &str) {
    if !into.iter().any(|known| known == word) {
        into.push(word.to_owned());
    }
}

fn ends_sentence(before: &str) -> bool {
    before.trim_end().ends_with(['.', '?', '!', ':', '\n'])
}

/// Whether a word is written as no English word is. `first` is one that begins with a capital letter anyway.
fn is_code(word: &str, first: bool) -> bool {
    let inner = word.char_indices().skip(1).any(|(_, letter)| letter.is_uppercase());
    let small = word.chars().any(char::is_lowercase);
    let has = |part: fn(char) -> bool| word.chars().any(part);
    let capital = word.starts_with(char::is_uppercase);
    has(|letter| letter == '_')
        || has(|letter| letter.is_ascii_digit())
        || inner && small
        || capital && small && !first
}

/// The forms in which a word is likely to stand in code and its comments.
fn forms(word: &str) -> Vec<String> {
    let small = word.to_lowercase();
    let stem =
        ["ing", "ed", "es", "s"].iter().find_map(|end| small.strip_suffix(end).filter(|stem| stem.len() > 2));
    let mut forms = vec![word.to_owned(), small.clone(), format!("{small}s")];
    forms.extend(stem.map(str::to_owned));
    forms.extend(stem.map(|stem| format!("{stem}e")));
    forms.sort();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_words() {
        let cases: [(&str, &[&str], &[&str]); 8] = [
            ("Where is Widget used?", &["Widget"], &[]),
            ("Widget or gadget?", &[], &["Widget", "gadget"]),
            ("what does parse_header do", &["parse_header"], &[]),
            ("what calls `run`?", &["run"], &[]),
            ("how does retry policy work", &[], &["retry", "policy"]),
            ("is run() fast, and a::b?", &["run", "a", "b"], &["fast"]),
            ("where is HTTP handled", &[], &["HTTP", "handled"]),
            ("", &[], &[]),
        ];
        for (text, names, words) in cases {
            let question = Question::new(text);
            assert_eq!((question.names, question.words), (words_of(names), words_of(words)), "{text}");
        }
        assert!(Question::new("who calls it?").uses && Question::new("who calls it?").goes_on);
        assert!(!Question::new("what is Widget?").uses);
        assert_eq!(Question::new("retry policy").joined(), ["retry_policy", "RetryPolicy", "retryPolicy"]);
        assert_eq!(forms("parsing"), ["pars", "parse", "parsing", "parsings"]);
    }

    fn words_of(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| word.to_string()).collect()
    }
}
