//! A burst of typing at one place: what its prompts have in common, so that each key only adds to the last one.
//!
//! The window around the cursor and the quoted blocks are chosen once, where the burst is anchored. What is typed from
//! there on goes to the prompt's end. After an edit above it goes on from there. It is anchored anew after a jump, an edit
//! behind the hole, some lines, or while nobody types (`Completer::prepare`). An index that grows meanwhile changes nothing before somebody pauses.

use crate::Query;
use crate::context::{Block, Context, Room};
use crate::prompt::{self, Window};
use crate::site::Site;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use trust_index::Snapshot;
use trust_inference::{FimLayout, Model, Prompt};

/// Lines that the cursor may move from where the blocks were chosen, or the window was.
const LINES: usize = 8;
/// Tokens that the prompt may grow by before it is anchored anew.
const GROWTH: usize = 160;
/// Tokens of quotations, at most: about 4,000 bytes. More cost more time to read than they tell.
const QUOTED: usize = 1_300;
/// Whoever types nothing for so long has ended a burst, as far as it goes by what the index holds.
const PAUSE: Duration = Duration::from_secs(2);
/// Bytes of closing signs that an editor has added behind the cursor, or that were typed over, since.
const CLOSED: usize = 4;

#[derive(Default, Clone)]
pub(crate) struct Burst {
    choice: Option<Choice>,
    anchor: Option<Anchor>,
    /// When the last prompt was asked for.
    asked: Option<Instant>,
}

/// The blocks chosen last.
#[derive(Clone)]
struct Choice {
    path: PathBuf,
    line: usize,
    /// How many files the index held: it has gone on where it holds others now.
    files: usize,
    blocks: Arc<Vec<Block>>,
}

#[derive(Clone)]
struct Anchor {
    path: PathBuf,
    /// The document's line that the window begins with, and the one that the cursor was on.
    first_line: usize,
    line: usize,
    window: Window,
    blocks: Arc<Vec<Block>>,
    /// Those of the blocks that there was room for, as the prompt quotes them.
    quoted: Vec<String>,
}

/// Whom a prompt is for.
pub(crate) struct Reader<'a> {
    pub(crate) model: &'a dyn Model,
    pub(crate) layout: FimLayout,
    pub(crate) context: &'a dyn Context,
    pub(crate) index: &'a Snapshot,
    /// Tokens that the prompt may have.
    pub(crate) room: usize,
}

impl Reader<'_> {
    /// Tokens left for quotations, beside the window and what will be typed.
    fn left(&self, place: &prompt::Place<'_>, window: &Window) -> usize {
        self.room.saturating_sub(GROWTH + prompt::cost(self.model, place, window, &[]))
    }
}

impl Burst {
    /// The prompt for `query`: the last one, longer, where the burst goes on.
    pub(crate) fn prompt(&mut self, reader: &Reader<'_>, query: &Query, site: &Site) -> Prompt {
        let blocks = self.blocks(reader, query, site);
        let place = prompt::Place { repository: &query.repository, path: &query.relative };
        let fits = |window: &Window, quoted: &[String]| {
            prompt::cost(reader.model, &place, window, quoted) <= reader.room
        };
        if let Some(anchor) = self.anchor.as_ref().filter(|anchor| Arc::ptr_eq(&anchor.blocks, &blocks)) {
            if let Some(window) = anchor.continued(query, site)
                && fits(&window, &anchor.quoted)
            {
                return prompt::render(reader.layout, &place, &window, &anchor.quoted);
            }
            if let Some(moved) = anchor.moved(query, site).filter(|moved| fits(&moved.window, &moved.quoted))
            {
                let prompt = prompt::render(reader.layout, &place, &moved.window, &moved.quoted);
                self.anchor = Some(moved);
                return prompt;
            }
        }
        let (window, first_line) = prompt::window(reader.model, site, reader.room);
        let quoted = prompt::quoted(reader.model, &blocks, reader.left(&place, &window));
        let prompt = prompt::render(reader.layout, &place, &window, &quoted);
        let line = query.text.line_of(query.offset);
        let anchor =
            |first_line| Anchor { path: query.path.clone(), first_line, line, window, blocks, quoted };
        self.anchor = first_line.map(anchor);
        prompt
    }

    /// Whether the burst will soon have to be anchored anew, or what stands behind its hole has changed, or the index has
    /// gone on.
    pub(crate) fn has_drifted(&self, query: &Query, site: &Site, index: &Snapshot) -> bool {
        let is_stale = self.choice.as_ref().is_some_and(|choice| choice.files != index.files());
        is_stale
            || self.anchor.as_ref().is_none_or(|anchor| {
                let moved = query.text.line_of(query.offset).abs_diff(anchor.line);
                moved > LINES / 2
                    || !is_same(&site.after, &anchor.window.suffix)
                    || anchor.continued(query, site).is_none()
            })
    }

    /// The files that blocks of the last prompt are from.
    pub(crate) fn quoted_files(&self) -> Vec<String> {
        let blocks = self.choice.iter().flat_map(|choice| choice.blocks.iter());
        let mut files: Vec<String> = blocks.map(|block| block.path.clone()).collect();
        files.sort_unstable();
        files.dedup();
        files
    }

    /// The same blocks, and no anchor, as after a pause.
    pub(crate) fn released(&self) -> Self {
        Self { choice: self.choice.clone(), anchor: None, asked: None }
    }

    fn blocks(&mut self, reader: &Reader<'_>, query: &Query, site: &Site) -> Arc<Vec<Block>> {
        let (line, files) = (query.text.line_of(query.offset), reader.index.files());
        let last = self.asked.replace(Instant::now());
        let types = !query.invoked && last.is_some_and(|last| last.elapsed() < PAUSE);
        if let Some(choice) = &self.choice
            && choice.path == query.path
            && choice.line.abs_diff(line) <= LINES
            && (choice.files == files || types)
        {
            return choice.blocks.clone();
        }
        let (window, _) = prompt::window(reader.model, site, reader.room);
        let place = prompt::Place { repository: &query.repository, path: &query.relative };
        let cost = |text: &str| reader.model.count_tokens(text);
        let room = Room { most: reader.left(&place, &window).min(QUOTED), cost: &cost };
        let mut blocks = reader.context.blocks(query, &site.before, &site.after, reader.index, room);
        if let Some(last) = self.choice.take().filter(|choice| choice.path == query.path) {
            blocks = in_last_order(blocks, &last.blocks);
        }
        let blocks = Arc::new(blocks);
        self.choice = Some(Choice { path: query.path.clone(), line, files, blocks: blocks.clone() });
        blocks
    }
}

/// What was quoted last in its order, then what is new: a prompt is read anew from its first difference on.
fn in_last_order(mut blocks: Vec<Block>, last: &[Block]) -> Vec<Block> {
    blocks.sort_by_key(|block| last.iter().position(|other| other == block).unwrap_or(last.len()));
    blocks
}

impl Anchor {
    /// The window with what was typed since, if nothing else happened in it.
    fn continued(&self, query: &Query, site: &Site) -> Option<Window> {
        let line = query.text.line_of(query.offset);
        if self.path != query.path || line > self.line + LINES {
            return None;
        }
        let typed = site.text_from(self.first_line)?.strip_prefix(self.window.head.as_str())?;
        let behind = match line == self.line {
            true => closed_or_not(&site.after, &self.window.suffix),
            false => is_same(&site.after, &self.window.suffix),
        };
        behind.then(|| Window { typed: typed.into(), ..self.window.clone() })
    }

    /// The anchor after an edit above the hole. The window begins and ends where it did, so that what stands before the edit, in
    /// the layout that ends with the prefix the suffix too, is not read again; nothing is where the edit was above the window.
    fn moved(&self, query: &Query, site: &Site) -> Option<Self> {
        let Window { head, suffix, .. } = &self.window;
        if self.path != query.path || head.is_empty() || !is_same(&site.after, suffix) {
            return None;
        }
        let line = query.text.line_of(query.offset);
        if let Some((first_line, typed)) = found(site, head) {
            let anchored = (self.line + first_line).checked_sub(self.first_line)?;
            let window = Window { typed: typed.into(), ..self.window.clone() };
            let near = (anchored..=anchored + LINES).contains(&line);
            return near.then(|| Self { first_line, line: anchored, window, ..self.clone() });
        }
        let prefix = site.text_from(self.first_line)?;
        let begins = |text: &str| text.lines().next().is_some_and(|first| head.lines().next() == Some(first));
        if line.abs_diff(self.line) > LINES || !begins(prefix) {
            return None;
        }
        let (head, typed) = prefix.split_at(prefix.rfind('\n').map_or(0, |index| index + 1));
        let window = Window { head: head.into(), typed: typed.into(), suffix: suffix.clone() };
        Some(Self { line, window, ..self.clone() })
    }
}

/// The document's line that `head` begins with now, and what stands between it and the cursor.
fn found<'a>(site: &'a Site, head: &str) -> Option<(usize, &'a str)> {
    let start = site.before.rfind(head)?;
    let above = &site.before[..start];
    let starts_line = if above.is_empty() { site.first_line == 0 } else { above.ends_with('\n') };
    let first_line = site.first_line + above.matches('\n').count();
    starts_line.then(|| (first_line, &site.before[start + head.len()..]))
}

/// Whether the text behind the cursor is what it was.
fn is_same(after: &str, suffix: &str) -> bool {
    after.starts_with(suffix) && (!suffix.is_empty() || after.is_empty())
}

/// The same, but for closing signs that an editor has added or that were typed over.
fn closed_or_not(after: &str, suffix: &str) -> bool {
    let closing = |text: &str| {
        let signs = [')', ']', '}', '>', '"', '\'', '`', ';', ','];
        (text.len() - text.trim_start_matches(signs).len()).min(CLOSED)
    };
    (0..=closing(after)).any(|added| is_same(&after[added..], suffix))
        || (1..=closing(suffix)).any(|over| is_same(after, &suffix[over..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::query;
    use trust_index::{Index, IndexOptions};
    use trust_inference::scripted::ScriptedModel;
    use trust_inference::{ModelCard, Piece};

    /// Quotes how often it was asked.
    struct Counting(std::sync::atomic::AtomicUsize);

    impl Context for Counting {
        fn blocks(&self, _: &Query, _: &str, _: &str, _: &Snapshot, _: Room) -> Vec<Block> {
            let asked = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            vec![Block { path: "b.rs".into(), text: format!("block {asked}") }]
        }
    }

    fn text(prompt: &Prompt) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Control(control) => format!("<{control:?}>"),
        };
        prompt.0.iter().map(piece).collect()
    }

    #[test]
    fn what_was_quoted_before_stays_in_front() {
        let blocks = |names: &str| -> Vec<Block> {
            let block = |name: char| Block { path: name.into(), text: name.into() };
            names.chars().map(block).collect()
        };
        for (last, new, expected) in
            [("", "ab", "ab"), ("abc", "cab", "abc"), ("abc", "xca", "acx"), ("ab", "yx", "yx")]
        {
            assert_eq!(in_last_order(blocks(new), &blocks(last)), blocks(expected), "{last} {new}");
        }
    }

    #[test]
    fn an_index_that_grows_while_somebody_types_changes_no_prompt() {
        let folder = tempfile::tempdir().unwrap();
        #[allow(clippy::disallowed_methods, reason = "tests write the files they need")]
        std::fs::write(folder.path().join("a.rs"), "fn a() {}\n").unwrap();
        let index = |roots: Vec<PathBuf>| {
            let index = Index::start(IndexOptions { roots, cache: None, on_state: Box::new(|_| ()) });
            assert!(index.wait_ready(Duration::from_secs(20)));
            index.snapshot()
        };
        let (few, more) = (index(Vec::new()), index(vec![folder.path().into()]));
        assert_ne!(few.files(), more.files());
        let card =
            ModelCard { name: "s".into(), parameters: 0, context_length: 512, fim: Some(FimLayout::Spm) };
        let (model, context) = (ScriptedModel::new(card, ""), Counting(0.into()));
        let reader =
            |index| Reader { model: &model, layout: FimLayout::Spm, context: &context, index, room: 400 };
        let mut burst = Burst::default();
        // What is typed, with which index, whether after a pause or by somebody who asks, and how often blocks were chosen.
        let steps = [
            ("l", &few, false, false, 1),
            ("le", &more, false, false, 1),
            ("let", &more, false, false, 1),
            ("let x", &more, true, false, 2),
            ("let x ", &few, false, false, 2),
            ("let x ", &few, false, true, 3),
        ];
        for (typed, index, pauses, invoked, expected) in steps {
            if pauses {
                burst.asked = Instant::now().checked_sub(PAUSE);
            }
            let query = Query { invoked, ..query(&format!("fn f() {{\n    {typed}|\n}}\n")) };
            let site = Site::new(&query);
            burst.prompt(&reader(index), &query, &site);
            assert_eq!(context.0.load(std::sync::atomic::Ordering::Relaxed), expected, "{typed:?}");
            // While nobody types, what has grown is read.
            let files = burst.choice.as_ref().map(|choice| choice.files);
            let is_stale = files != Some(index.files());
            assert_eq!(burst.has_drifted(&query, &site, index), is_stale, "{typed:?}");
            let mut ahead = burst.released();
            ahead.prompt(&reader(index), &query, &site);
            let chosen = context.0.swap(expected, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(chosen - expected, usize::from(is_stale), "{typed:?}");
        }
    }

    #[test]
    fn what_is_edited_above_is_read_again_from_there_on() {
        let lines: String = (0..100).map(|line| format!("    line_{line}();\n")).collect();
        let card =
            ModelCard { name: "s".into(), parameters: 0, context_length: 512, fim: Some(FimLayout::Spm) };
        let (model, context) = (ScriptedModel::new(card, ""), Counting(0.into()));
        let index = Index::start(IndexOptions { roots: Vec::new(), cache: None, on_state: Box::new(|_| ()) });
        let index = index.snapshot();
        let reader =
            Reader { model: &model, layout: FimLayout::Spm, context: &context, index: &index, room: 400 };
        let mut burst = Burst::default();
        let mut above = lines;
        let query_in = |above: &str| query(&format!("{above}    x|\n    two();\n}}\n"));
        let first = query_in(&above);
        let mut last = text(&burst.prompt(&reader, &first, &Site::new(&first)));
        assert!(!last.contains("line_1()") && last.contains("line_99()"), "{last}");
        // What is replaced by what, and what the prompts have in common up to there; all of it where that is above the window.
        let steps = [
            ("    line_0();\n", "use b;\n    line_0();\n", None),
            ("line_95();", "line_95(1);", Some("line_95(")),
            ("line_97();\n", "line_97();\n    more();\n", Some("line_97();\n    ")),
            ("line_98();", "", Some("line_97();\n    more();\n    ")),
            ("use b;\n", "", None),
        ];
        for (old, new, expected) in steps {
            above = above.replacen(old, new, 1);
            let asked = query_in(&above);
            let prompt = text(&burst.prompt(&reader, &asked, &Site::new(&asked)));
            match expected {
                None => assert_eq!(prompt, last, "{new:?}"),
                Some(expected) => {
                    let shared = last.bytes().zip(prompt.bytes()).take_while(|(a, b)| a == b).count();
                    assert!(last[..shared].ends_with(expected), "{new:?}\n{last}\n{prompt}");
                    assert!(prompt.contains("line_99();\n    x") && prompt.contains("two"), "{prompt}");
                }
            }
            last = prompt;
        }
        // A jump, and an edit behind the hole, anchor it anew.
        for marked in ["    line_0();\n    x|\n    line_1();\n", "    line_0();\n    x|\n    three();\n"] {
            let asked = query(marked);
            let prompt = text(&burst.prompt(&reader, &asked, &Site::new(&asked)));
            assert!(prompt.contains("line_0") && !prompt.contains("line_99"), "{prompt}");
        }
    }

    #[test]
    fn typing_only_appends() {
        let above = "use a;\nfn f() {\n    one();\n";
        let below = "\n    two();\n}\n";
        let steps = [
            ("", "", true),
            ("    le", "", true),
            ("    let x", "", true),
            ("    let", "", true),
            ("    let y = g(", ")", true),
            ("    let y = g(a", ")", true),
            ("    let y = g(a)", "", true),
            ("    let y = g(a);\n    h", "", true),
            ("    let y = g(a);\n    h", "}", false),
            ("    let y = g(a);\n    h1", "}", true),
            ("    let y = g(a);\n    h1}", "", true),
            ("    let y = g(a);\n    h1}\n", "", false),
            (&"    k();\n".repeat(12), "", false),
            ("    // elsewhere\n", "\n    three();", false),
        ];
        for layout in [FimLayout::Spm, FimLayout::Psm] {
            let card = ModelCard { name: "s".into(), parameters: 0, context_length: 512, fim: Some(layout) };
            let (model, context) = (ScriptedModel::new(card, ""), Counting(0.into()));
            let index =
                Index::start(IndexOptions { roots: Vec::new(), cache: None, on_state: Box::new(|_| ()) });
            let index = index.snapshot();
            let reader = Reader { model: &model, layout, context: &context, index: &index, room: 400 };
            let mut burst = Burst::default();
            let mut last = String::new();
            for (typed, behind, appends) in steps {
                let query = query(&format!("{above}{typed}|{behind}{below}"));
                let prompt = text(&burst.prompt(&reader, &query, &Site::new(&query)));
                let shared = last.bytes().zip(prompt.bytes()).take_while(|(a, b)| a == b).count();
                let grew = shared + 12 >= last.len();
                assert_eq!(grew, appends, "{layout:?} {typed:?} {behind:?}\n{last}\n{prompt}");
                assert!(prompt.contains(typed.lines().last().unwrap_or_default()), "{prompt}");
                last = prompt;
            }
            // Asked for blocks at the start and after twelve lines, and after coming back from there.
            assert_eq!(context.0.load(std::sync::atomic::Ordering::Relaxed), 3);
        }
    }
}
