//! What the project has said before, as a distribution over what comes next: the copy predictor at every token of an
//! answer, for the model to be mixed with.

use crate::Query;
use crate::belief::{BELIEF, Signs};
use crate::corpus::Corpus;
use crate::going_on::{is_open, opens};
use crate::lexer::identifiers;
use crate::site::{Shape, Site, typed_word};
use crate::wanted::Wanted;
use std::collections::HashMap;
use trust_index::FileId;
use trust_inference::{Continuation, Opinion, Prior};

/// Occurrences of the anchor looked at in other files, for each token.
const OCCURRENCES: usize = 1000;
/// How much less a match says that is one token shorter.
const SHORTER: f32 = 0.05;
/// How much more the open file says than another.
const SAME_FILE: f32 = 8.0;
/// Continuations handed on, and bytes of each: more than a token has.
const CONTINUATIONS: usize = 12;
const BYTES: usize = 40;
/// Letters of a half-typed word from which names that begin with it are looked for.
const TYPED: usize = 2;

/// The place of one query in its corpus.
pub struct Recall {
    corpus: Corpus,
    site: Site,
    wanted: Option<Wanted>,
    /// The cursor's line has to open what the next one is in.
    opens: bool,
}

/// A token that a recalled text begins with.
pub struct Recollection {
    pub token: u32,
    /// Its share of 1, and its probability by the model.
    pub share: f32,
    pub own: f32,
}

/// How texts that match as long as the longest go on, with their shares of 1.
struct Recalled {
    /// Tokens of the longest match; 0 where only the beginning of a name matched.
    matched: usize,
    /// Whether something is among them that the file wants declared or imported.
    wanted: bool,
    /// Empty for the end of the line.
    shares: Vec<(String, f32)>,
}

impl Recall {
    pub(crate) fn new(corpus: Corpus, site: Site) -> Self {
        Self { corpus, site, wanted: None, opens: false }
    }

    /// This one and what the text around the cursor asks for.
    pub(crate) fn knowing(self, query: &Query) -> Self {
        let index = self.corpus.reader.snapshot();
        let (wanted, opens) = (Wanted::new(query, &self.site, index), opens(query, &self.site));
        Self { wanted, opens, ..self }
    }

    /// What is known of the text behind the cursor and `written`.
    fn after(&self, written: &str) -> Option<Recalled> {
        let line = written.rsplit_once('\n').map(|(_, line)| line);
        if line.is_some_and(|line| line.trim().is_empty()) {
            // How deep a new line is indented is for the model to say.
            return None;
        }
        let mut found = self.corpus.matches(&self.site, written, OCCURRENCES);
        if self.site.shape == Shape::Block {
            found.retain(|one| !one.text.is_empty());
        }
        let matched = found.iter().map(|one| one.matched).max();
        let votes = matched.map(|longest| {
            let weight = |matched: usize, file: Option<FileId>| {
                SHORTER.powi((longest - matched) as i32) * if file.is_none() { SAME_FILE } else { 1.0 }
            };
            found.iter().map(|one| (one.text.as_str(), weight(one.matched, one.file))).collect()
        });
        let votes: Vec<(&str, f32)> = votes.unwrap_or_else(|| self.names(written));
        let (votes, wanted) = match &self.wanted {
            Some(wanted) => wanted.weigh(&self.site, written, votes, self.corpus.reader.snapshot()),
            None => (votes, false),
        };
        let shares = shares(votes);
        (!shares.is_empty()).then_some(Recalled { matched: matched.unwrap_or(0), wanted, shares })
    }

    /// What is seen of the place behind `written`, and the tokens that are recalled there.
    pub fn signs(&self, written: &str, opinion: &dyn Opinion) -> Option<(Signs, Vec<Recollection>)> {
        let recalled = self.after(written)?;
        let tokens = recalled.tokens(opinion, self.ends());
        Some((recalled.signs(&tokens, opinion), tokens))
    }

    /// Whether nothing follows what is recalled.
    pub fn ends(&self) -> bool {
        self.site.shape == Shape::Line
    }

    /// How the names of the open file go on that begin with the half-typed word.
    fn names(&self, written: &str) -> Vec<(&str, f32)> {
        let before = format!("{}{written}", self.site.line_before());
        let typed = typed_word(&before);
        if typed.len() < TYPED {
            return Vec::new();
        }
        let own = self.corpus.above.len().saturating_sub(self.site.typed_word().len());
        let texts = [&self.corpus.above[..own], &self.corpus.below];
        let named = |text| identifiers(text).map(move |(offset, name)| (text, offset, name));
        let longer = |name: &str| name.len() > typed.len() && name.starts_with(typed);
        // Occurrences of one name go on differently behind it; what is asked for is the name.
        let mut names: HashMap<&str, (&str, f32)> = HashMap::new();
        for (text, offset, name) in texts.into_iter().flat_map(named).filter(|(.., name)| longer(name)) {
            let rest = text[offset + typed.len()..].lines().next().unwrap_or_default();
            names.entry(name).or_insert((rest, 0.0)).1 += 1.0;
        }
        names.into_values().collect()
    }
}

impl Recalled {
    fn signs(&self, tokens: &[Recollection], opinion: &dyn Opinion) -> Signs {
        Signs { wanted: self.wanted, ..Signs::new(self.matched, tokens, opinion) }
    }

    /// The tokens that the texts begin with.
    fn tokens(&self, opinion: &dyn Opinion, ends: bool) -> Vec<Recollection> {
        let mut tokens: Vec<Recollection> = Vec::new();
        for (text, share) in &self.shares {
            let (token, own) = opinion.of(text, ends);
            match tokens.iter_mut().find(|one| one.token == token) {
                Some(one) => one.share += share,
                None => tokens.push(Recollection { token, share: *share, own }),
            }
        }
        tokens
    }
}

impl Prior for Recall {
    fn continuations(&self, written: &str, opinion: &dyn Opinion) -> Vec<Continuation> {
        let Some(recalled) = self.after(written) else { return Vec::new() };
        let ends = self.ends();
        let weight = BELIEF.weight(&recalled.signs(&recalled.tokens(opinion, ends), opinion));
        let said = |(text, share): (String, f32)| Continuation { text, ends, probability: weight * share };
        recalled.shares.into_iter().map(said).collect()
    }

    fn limits_ends(&self) -> bool {
        self.opens
    }

    fn may_end(&self, written: &str) -> bool {
        is_open(&format!("{}{written}", self.site.line_before()))
    }
}

/// The votes added up by text and brought to a sum of 1, the largest first.
fn shares(votes: Vec<(&str, f32)>) -> Vec<(String, f32)> {
    let total: f32 = votes.iter().map(|(_, weight)| weight).sum();
    let mut sums: HashMap<&str, f32> = HashMap::new();
    for (text, weight) in votes {
        *sums.entry(&text[..text.floor_char_boundary(BYTES)]).or_default() += weight / total;
    }
    let mut shares: Vec<(String, f32)> = sums.into_iter().map(|(text, sum)| (text.to_owned(), sum)).collect();
    shares.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    shares.truncate(CONTINUATIONS);
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::tests::corpus;
    use crate::site::tests::site;

    fn recall(marked: &str) -> Recall {
        let (above, below) = marked.split_once('|').unwrap();
        Recall::new(corpus(above, below), site(marked))
    }

    #[test]
    fn what_was_said_before_is_foretold_token_by_token() {
        let said = "let a = parse(input, 1)?;\nlet b = parse(output, 2)?;\n";
        let cases = [
            // (typed, written since, tokens matched, the most probable text)
            ("let a = |", "", 3, "parse(input, 1)?;"),
            ("let a = |", "parse(o", 4, "utput, 2)?;"),
            ("let a = |", "parse(output, 2)?;", 9, ""),
            ("x(par|", "", 0, "se(input, 1)?;"),
        ];
        for (typed, written, matched, expected) in cases {
            let found = recall(&format!("{said}{typed}")).after(written).unwrap();
            assert_eq!(
                (found.matched, found.shares[0].0.as_str()),
                (matched, expected),
                "{typed:?} {written:?}"
            );
            let sum: f32 = found.shares.iter().map(|(_, share)| share).sum();
            assert!((sum - 1.0).abs() < 1e-3, "{sum}");
        }
        assert!(recall(&format!("{said}unknown(|")).after("").is_none());
        assert!(recall("fn f() {\n    |\n}").after("go();\n").is_none());
    }

    struct Undecided;

    impl Opinion for Undecided {
        fn likeliest(&self) -> f32 {
            0.5
        }

        fn of(&self, _: &str, _: bool) -> (u32, f32) {
            (0, 0.5)
        }
    }

    #[test]
    fn probabilities_leave_something_to_the_model() {
        let recall = recall("self.items.push(item);\nself.items.push(|");
        let sum: f32 = recall.continuations("", &Undecided).iter().map(|one| one.probability).sum();
        assert!(sum > 0.5 && sum < 1.0, "{sum}");
    }
}
