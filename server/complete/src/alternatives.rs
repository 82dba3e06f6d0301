//! Other texts for a place, for somebody who asked: what the sources proposed beside the one that is shown.

use crate::corpus::Corpus;
use crate::neutral::Syntax;
use crate::secrets::may_show;
use crate::site::Site;
use crate::tidy::{Draft, tidy};
use crate::{Alternative, Query, Source, copy, gate};

/// Texts that are chosen among beside the first, and how many of them may be what stands elsewhere.
const CHOICE: usize = 9;
const COPIES: usize = 5;
/// What a text is worth that breaks the syntax of its place, beside one that does not.
const BREAKING: f32 = 0.05;

/// What was proposed; nothing where nobody asked.
#[derive(Default)]
pub(crate) struct Alternatives {
    asked: bool,
    proposed: Vec<Alternative>,
}

impl Alternatives {
    /// With what stands at other places like this one, if `copies` says so.
    pub(crate) fn new(query: &Query, corpus: &Corpus, site: &Site, copies: bool) -> Self {
        let mut found = Self { asked: query.invoked, proposed: Vec::new() };
        let copies = if query.invoked && copies { copy::all(corpus, site, COPIES) } else { Vec::new() };
        copies.iter().for_each(|copied| found.add(&copied.text, Source::Copy, gate::probability_of(copied)));
        found
    }

    pub(crate) fn add(&mut self, text: &str, source: Source, probability: f32) {
        if self.asked {
            self.proposed.push(Alternative { text: text.to_owned(), replaces: 0, source, probability });
        }
    }

    /// Those that differ from `shown` and from each other, and break nothing; the more probable first.
    pub(crate) fn fitting(
        mut self,
        query: &Query,
        (site, syntax): (&Site, &Syntax),
        shown: &str,
    ) -> Vec<Alternative> {
        self.proposed.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        let mut kept: Vec<Alternative> = Vec::new();
        for proposed in self.proposed {
            if kept.len() == CHOICE || query.cancel.is_cancelled() {
                break;
            }
            let Ok(tidied) = tidy(site, &proposed.text) else { continue };
            let worth = |one: &Draft| gate::worth_showing(&one.text).is_some() && may_show(site, &one.text);
            let Some(Draft { text, replaces }) = syntax.neutral(site, &tidied, true).filter(worth) else {
                continue;
            };
            if !same(&text, shown) && kept.iter().all(|other| !same(&text, &other.text)) {
                // Of a text that had to be cut somebody meant more.
                let whole = if text == tidied.text { 1.0 } else { BREAKING };
                let probability = whole * proposed.probability;
                kept.push(Alternative { text, replaces, probability, ..proposed });
            }
        }
        kept.sort_by(|a, b| b.probability.total_cmp(&a.probability));
        kept
    }
}

/// How much a text is worth at its place: less where it would have to be cut.
pub(crate) fn fits(site: &Site, syntax: &Syntax, text: &str) -> f32 {
    let tidied = tidy(site, text).ok();
    let whole = tidied.is_some_and(|tidied| syntax.neutral(site, &tidied, true) == Some(tidied));
    if whole { 1.0 } else { BREAKING }
}

/// Whether two texts differ in nothing but white space.
fn same(a: &str, b: &str) -> bool {
    a.split_whitespace().eq(b.split_whitespace())
}
