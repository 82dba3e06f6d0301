//! Where did the text before a place stand before, and how did it go on there? What the copy predictor and the
//! recall have in common: the open file, what was deleted lately, and the index, searched from the last identifier on.

use crate::Query;
use crate::brackets::closing;
use crate::deletions::deleted;
use crate::lexer::{first_token, identifiers, is_word, last_token};
use crate::site::{Shape, Site, typed_word, unix_lines};
use std::sync::Arc;
use std::time::Instant;
use trust_index::{FileId, Reader, Snapshot};
use trust_inference::CancelToken;

/// Tokens compared at most.
const LONGEST: usize = 32;
/// Bytes of the open file searched on either side of the cursor.
pub(crate) const SAME_FILE: usize = 512 << 10;
/// Lines taken for a block.
const BLOCK_LINES: usize = 6;

/// The texts that are searched.
pub(crate) struct Corpus {
    /// The open file before and behind the cursor.
    pub(crate) above: String,
    pub(crate) below: String,
    /// What was deleted lately, the newest first.
    deleted: Vec<String>,
    /// Of the other files. It asks the rules again before it gives a text away.
    pub(crate) reader: Reader<Arc<Snapshot>>,
    own: Option<FileId>,
    cancel: CancelToken,
}

/// A place where the text before the cursor stands too.
pub(crate) struct Match {
    /// How it goes on there, as it would be written here: empty where the line was over there.
    pub(crate) text: String,
    /// Tokens before the cursor that matched.
    pub(crate) matched: usize,
    /// `None` for the open file, and for what was deleted.
    pub(crate) file: Option<FileId>,
}

impl Corpus {
    pub(crate) fn new(query: &Query, index: &Arc<Snapshot>) -> Self {
        let start = query.offset.saturating_sub(SAME_FILE);
        Self {
            above: unix_lines(query.text.slice(start..query.offset)),
            below: unix_lines(query.text.slice(query.offset..query.offset + SAME_FILE)),
            deleted: deleted(query, Instant::now()),
            reader: Reader::new(Arc::clone(index)),
            own: index.file(&query.path),
            cancel: query.cancel.clone(),
        }
    }

    /// All matches of the place behind `site` and then `written`, from at most `limit` occurrences in other files; those
    /// found so far once the query is cancelled.
    pub(crate) fn matches(&self, site: &Site, written: &str, limit: usize) -> Vec<Match> {
        let Some(place) = Place::new(site, written) else { return Vec::new() };
        let mut found = Vec::new();
        // The place itself is no earlier occurrence.
        let own_bytes = site.before.len().saturating_sub(place.anchor);
        let open = [&self.above[..self.above.len().saturating_sub(own_bytes)], &self.below];
        for text in open.into_iter().chain(self.deleted.iter().map(String::as_str)) {
            let places = identifiers(text).filter(|(_, word)| *word == place.word());
            found.extend(places.filter_map(|(offset, _)| place.matches(text, offset, None)));
        }
        if self.cancel.is_cancelled() {
            return found;
        }
        for (file, offset) in self.reader.occurrences(place.word(), limit) {
            if self.cancel.is_cancelled() {
                break;
            }
            if let Some(text) = self.reader.text(file).filter(|_| Some(file) != self.own) {
                found.extend(place.matches(&text, offset, Some(file)));
            }
        }
        found
    }
}

/// What is looked for: the last whole identifier and all that follows it.
struct Place<'a> {
    before: String,
    /// What stands behind the cursor on its line.
    rest: &'a str,
    shape: Shape,
    /// Where the identifier begins in `before`, and where it ends.
    anchor: usize,
    anchor_end: usize,
}

impl<'a> Place<'a> {
    fn new(site: &'a Site, written: &str) -> Option<Self> {
        let before = format!("{}{written}", site.before);
        // A word at the end may be half typed: the anchor is the one before it.
        let mut end = before.len() - typed_word(&before).len();
        loop {
            let (start, token) = last_token(&before.as_bytes()[..end])?;
            if is_word(token[0]) && !token[0].is_ascii_digit() {
                let anchor_end = start + token.len();
                let rest = site.line_after().trim_end();
                return Some(Self { before, rest, shape: site.shape, anchor: start, anchor_end });
            }
            end = start;
        }
    }

    fn word(&self) -> &str {
        &self.before[self.anchor..self.anchor_end]
    }

    /// Compares `text`, in which the anchor stands at `offset`, with the text before the place.
    fn matches(&self, text: &str, offset: usize, file: Option<FileId>) -> Option<Match> {
        let mut ours = &self.before.as_bytes()[self.anchor..];
        let mut theirs = text.as_bytes().get(offset..)?;
        let mut matched = 0;
        while let Some((token, end)) = first_token(ours) {
            let (other, other_end) = first_token(theirs)?;
            let at_cursor = end == ours.len();
            let half_typed = at_cursor && is_word(token[0]) && matched > 0;
            if token == other {
                theirs = &theirs[other_end..];
            } else if half_typed && other.starts_with(token) {
                theirs = &theirs[other_end - other.len() + token.len()..];
            } else {
                return None;
            }
            ours = &ours[end..];
            matched += 1;
        }
        let (mut ours, mut theirs_before) =
            (&self.before.as_bytes()[..self.anchor], &text.as_bytes()[..offset]);
        while matched < LONGEST {
            match (last_token(ours), last_token(theirs_before)) {
                (Some((start, token)), Some((other_start, other))) if token == other => {
                    ours = &ours[..start];
                    theirs_before = &theirs_before[..other_start];
                    matched += 1;
                }
                _ => break,
            }
        }
        self.continuation(text, text.len() - theirs.len()).map(|text| Match { text, matched, file })
    }

    /// What of `text`, in which a match ends at `end`, is to be shown.
    fn continuation(&self, text: &str, end: usize) -> Option<String> {
        let blank = self.before.len() - self.before.trim_end().len();
        let mut rest = &text[end..];
        if blank > 0 {
            // White space at the cursor must have been white space there, and a line break a line break.
            let skipped = rest.len() - rest.trim_start().len();
            let breaks = |text: &str| text.contains('\n');
            if skipped == 0 || breaks(&self.before[self.before.len() - blank..]) != breaks(&rest[..skipped]) {
                return None;
            }
            rest = &rest[skipped..];
        }
        let first = rest.lines().next().unwrap_or_default().trim_end();
        // What goes on there as here ends here.
        let first = first.strip_suffix(self.rest).unwrap_or(first);
        if self.shape == Shape::Line || first.is_empty() {
            return Some(first.to_string());
        }
        let line = text[..text.len() - rest.len()].rsplit('\n').next().unwrap_or_default();
        let own_line = self.before.rsplit('\n').next().unwrap_or_default();
        Some(block(indentation(own_line), indentation(line), rest))
    }
}

pub(crate) fn indentation(line: &str) -> &str {
    &line[..line.len() - line.trim_start().len()]
}

/// The first lines of `rest`, the first of which was indented by `margin`: those that are indented no less, and
/// the one that closes what they opened, as far as all that they open is closed. They are moved to the indentation of
/// the cursor, `indent`.
fn block(indent: &str, margin: &str, rest: &str) -> String {
    let mut lines = rest.lines().map(str::trim_end);
    let mut text = lines.next().unwrap_or_default().to_string();
    let mut balanced = text.len();
    for line in lines.take(BLOCK_LINES - 1) {
        let Some(inside) = line.strip_prefix(margin).filter(|inside| !inside.is_empty()) else { break };
        if inside.starts_with([')', ']', '}']) && closing(&text).is_empty() {
            break;
        }
        text.push('\n');
        text.push_str(indent);
        text.push_str(inside);
        if closing(&text).is_empty() {
            balanced = text.len();
        }
    }
    text.truncate(balanced);
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::site::tests::{query, site};
    use crate::{EditLog, Edited};
    use std::time::Duration;
    use trust_index::{Index, IndexOptions};
    use trust_text::Text;

    /// A corpus of nothing but an open file.
    pub(crate) fn corpus(above: &str, below: &str) -> Corpus {
        let index = Index::start(IndexOptions { roots: Vec::new(), cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(10)));
        Corpus {
            above: above.into(),
            below: below.into(),
            deleted: Vec::new(),
            reader: Reader::new(index.snapshot()),
            own: None,
            cancel: CancelToken::new(),
        }
    }

    #[test]
    fn what_was_cut_elsewhere_goes_on_as_it_did() {
        let (text, mut log) = (Text::new("let a = parse(input, 1)?;\nlet b = 2;\n"), EditLog::default());
        log.record(&text, Some(0..26), "", Instant::now());
        let log = Arc::new(log);
        let index = Index::start(IndexOptions { roots: Vec::new(), cache: None, on_state: Box::new(|_| ()) });
        // Whether it was cut in the document itself, and where the cursor is.
        let cases = [
            (false, "let a = |", Some("parse(input, 1)?;")),
            (false, "let a = parse(|);", Some("input, 1)?;")),
            (false, "let b = |", None),
            (true, "let b = 2;\nlet a = |", Some("parse(input, 1)?;")),
            (true, "let b = 2;\n", None),
        ];
        for (own, marked, expected) in cases {
            let marked = if marked.contains('|') { marked.to_owned() } else { format!("|{marked}") };
            let edited = vec![Edited { path: "/p/b.rs".into(), own, log: log.clone() }];
            let corpus = Corpus::new(&crate::Query { edited, ..query(&marked) }, &index.snapshot());
            let found = corpus.matches(&site(&marked), "", 100);
            let found = found.first().map(|one| (one.text.as_str(), one.file));
            assert_eq!(found, expected.map(|text| (text, None)), "{own} {marked:?}");
        }
    }
}
