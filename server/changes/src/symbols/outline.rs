//! One side of a file: its symbols, each with what is its own (members are their own symbols).

use super::shorten::{Shortened, shorten};
use super::tokens::{Tokens, hash};
use crate::{Hunk, Stop};
use std::collections::HashMap;
use std::ops::Range;
use tree_sitter::Tree;
use trust_grammars::{
    Definition, DefinitionKind, Language, PARSE_LIMIT, outline_of, parse_replaced, parse_str_until,
};

/// What says how a symbol is used. The value of a constant or a field is its body.
fn heading(source: &str, definition: &Definition) -> Range<usize> {
    let Range { start, end } = definition.signature.clone();
    if !matches!(definition.kind, DefinitionKind::Constant | DefinitionKind::Field) {
        return start..end;
    }
    let behind = source.get(definition.name.end.clamp(start, end)..end).unwrap_or_default();
    let (mut depth, mut last) = (0_i32, ' ');
    for (at, sign) in behind.char_indices() {
        match sign {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            // No arrow, and no comparison.
            '=' if depth <= 0
                && !matches!(last, '=' | '<' | '>' | '!')
                && !behind[at + 1..].starts_with(['=', '>']) =>
            {
                return start..end - behind.len() + at;
            }
            _ => {}
        }
        last = sign;
    }
    start..end
}

/// Stands for a symbol's own name among its tokens.
const OWN_NAME: u64 = 1;

#[derive(Clone)]
pub(crate) struct Symbol {
    pub kind: Option<DefinitionKind>,
    pub name: String,
    pub path: String,
    pub parent: Option<usize>,
    /// White space folded.
    pub signature: String,
    /// Lines with documentation and attributes.
    pub lines: Range<u32>,
    pub public: bool,
    /// Hashes of what is its own: signature and body without its name, attributes, comments, all as it stands.
    pub heading: u64,
    pub body: u64,
    pub attributes: u64,
    pub comments: u64,
    pub raw: u64,
    /// The own text, for counting lines.
    pub text: String,
    /// Sorted hashes of the code, members too, own name aside.
    pub tokens: Vec<u64>,
    /// A hash of the same in order.
    pub whole: u64,
}

impl Symbol {
    /// One that is the same on both sides; its `lines` hold what is above it too.
    pub fn untouched(
        language: Language,
        definition: &Definition,
        source: &str,
        lines: Range<u32>,
        all: &[&str],
    ) -> Self {
        let text: String =
            all.get(lines.start as usize..lines.end as usize).unwrap_or_default().iter().copied().collect();
        let name = source.get(definition.name.clone()).unwrap_or_default().to_owned();
        let (whole, public) = (hash(&text), is_public(language, source, definition, &name));
        Self {
            kind: Some(definition.kind),
            path: name.clone(),
            name,
            parent: None,
            signature: fold(source.get(heading(source, definition)).unwrap_or_default()),
            lines,
            public,
            heading: whole,
            body: whole,
            attributes: whole,
            comments: whole,
            raw: whole,
            text: String::new(),
            tokens: Vec::new(),
            whole,
        }
    }

    /// The same at other lines.
    pub fn at(&self, lines: &Range<u32>) -> Self {
        Self { lines: lines.clone(), ..self.clone() }
    }
}

pub(crate) struct Outline {
    /// In the order in which they begin; the last stands for what is in no definition.
    pub symbols: Vec<Symbol>,
}

impl Outline {
    /// `None` where parsing takes too long, or `stop` says so.
    pub fn of(language: Language, source: &str, stop: Stop) -> Option<Self> {
        let tree = parse_str_until(language, source, PARSE_LIMIT, stop)?;
        Self::in_tree(language, &tree, source, stop)
    }

    /// Both sides of a change, of which the new one is parsed by way of the old.
    pub fn both(
        language: Language,
        old: &str,
        new: &str,
        hunks: &[Hunk],
        stop: Stop,
    ) -> Option<(Self, Self)> {
        if let Some(short) = shorten(language, old, new, hunks, stop) {
            let Shortened { old, new, hunks } = short;
            let (before, after) = Self::of_both(language, &old.text, &new.text, hunks.into_iter(), stop)?;
            return Some((old.whole(before), new.whole(after)));
        }
        let replaced = hunks.iter().map(|hunk| (hunk.old.clone(), hunk.new.clone()));
        Self::of_both(language, old, new, replaced, stop)
    }

    fn of_both(
        language: Language,
        old: &str,
        new: &str,
        replaced: impl Iterator<Item = (Range<u32>, Range<u32>)>,
        stop: Stop,
    ) -> Option<(Self, Self)> {
        let tree = parse_str_until(language, old, PARSE_LIMIT, stop)?;
        let before = Self::in_tree(language, &tree, old, stop)?;
        let tree = parse_replaced(language, (tree, old), new, replaced, PARSE_LIMIT, stop)?;
        Some((before, Self::in_tree(language, &tree, new, stop)?))
    }

    /// Puts symbols that are in no other between the others, in the order of their lines.
    pub fn insert(&mut self, others: Vec<Symbol>) {
        let rest = self.symbols.pop();
        let mut places = Vec::with_capacity(self.symbols.len());
        let mut all: Vec<Symbol> = Vec::with_capacity(self.symbols.len() + others.len() + 1);
        let mut others = others.into_iter().peekable();
        for mut symbol in std::mem::take(&mut self.symbols) {
            // A member stands behind its parent, so that only what is in no other has something before it.
            while symbol.parent.is_none()
                && others.peek().is_some_and(|other| other.lines.start < symbol.lines.start)
            {
                all.extend(others.next());
            }
            places.push(all.len());
            symbol.parent = symbol.parent.and_then(|parent| places.get(parent).copied());
            all.push(symbol);
        }
        all.extend(others);
        all.extend(rest);
        self.symbols = all;
    }

    fn in_tree(language: Language, tree: &Tree, source: &str, stop: Stop) -> Option<Self> {
        let found = without_fields(outline_of(language, tree, source).definitions);
        let tokens = Tokens::of(language, tree, source);
        let starts: Vec<usize> = found.iter().map(|found| leading(tree, source, found)).collect();
        let breaks = source.match_indices('\n').map(|(at, _)| at).collect();
        let mut members: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        found.iter().enumerate().for_each(|(at, found)| members.entry(found.parent).or_default().push(at));
        let file =
            Build { language, source, tokens: &tokens, found: &found, starts: &starts, breaks, members };
        let mut symbols = Vec::with_capacity(found.len() + 1);
        for at in 0..found.len() {
            if stop() {
                return None;
            }
            symbols.extend(file.symbol(at));
        }
        symbols.push(file.rest());
        Some(Self { symbols })
    }
}

/// Fields and variants count as what their type consists of: a change of one is a change of the type.
fn without_fields(definitions: Vec<Definition>) -> Vec<Definition> {
    let kept = |one: &Definition| !matches!(one.kind, DefinitionKind::Field | DefinitionKind::Variant);
    let mut places = Vec::new();
    let mut found: Vec<Definition> = Vec::new();
    for mut definition in definitions {
        definition.parent = definition.parent.and_then(|parent| places.get(parent).copied().flatten());
        places.push(kept(&definition).then_some(found.len()));
        found.extend(Some(definition).filter(kept));
    }
    found
}

struct Build<'a> {
    language: Language,
    source: &'a str,
    tokens: &'a Tokens,
    found: &'a [Definition],
    /// Where each symbol begins with its documentation and attributes.
    starts: &'a [usize],
    /// Where lines end, and which definitions are in which.
    breaks: Vec<usize>,
    members: HashMap<Option<usize>, Vec<usize>>,
}

impl Build<'_> {
    fn symbol(&self, at: usize) -> Option<Symbol> {
        let definition = self.found.get(at)?;
        let start = *self.starts.get(at)?;
        let item = definition.item.clone();
        let whole = start..item.end;
        let name = self.source.get(definition.name.clone())?.to_owned();
        let own = self.own(whole.clone(), Some(at));
        let heading = heading(self.source, definition);
        let name_hash = hash(name.as_str());
        let named = |range: &Range<usize>| {
            self.tokens
                .within(range)
                .iter()
                .map(move |token| if token.hash == name_hash { OWN_NAME } else { token.hash })
        };
        let body: Vec<u64> =
            own.iter().flat_map(|part| named(&(part.start.max(heading.end)..part.end))).collect();
        let mut all: Vec<u64> = named(&(heading.start..item.end)).collect();
        let in_order = hash(&all);
        all.sort_unstable();
        let mut symbol = self.common(own, Some(definition.kind), name);
        symbol.path = self.path(at);
        symbol.parent = definition.parent;
        symbol.signature = fold(self.source.get(heading.clone()).unwrap_or_default());
        symbol.lines = self.lines(&whole);
        symbol.public = is_public(self.language, self.source, definition, &symbol.name);
        symbol.heading = hash(named(&heading).collect::<Vec<_>>());
        symbol.body = hash(body);
        symbol.attributes = hash(
            self.tokens.within(&(start..heading.start)).iter().map(|token| token.hash).collect::<Vec<_>>(),
        );
        symbol.tokens = all;
        symbol.whole = in_order;
        Some(symbol)
    }

    /// What belongs to no definition, as a symbol without a kind.
    fn rest(&self) -> Symbol {
        let own = self.own(0..self.source.len(), None);
        let code: Vec<u64> =
            own.iter().flat_map(|part| self.tokens.within(part)).map(|token| token.hash).collect();
        let mut symbol = self.common(own, None, String::new());
        symbol.body = hash(&code);
        symbol
    }

    fn common(&self, own: Vec<Range<usize>>, kind: Option<DefinitionKind>, name: String) -> Symbol {
        let text: String = own.iter().filter_map(|part| self.source.get(part.clone())).collect();
        let comments = own.iter().flat_map(|part| self.tokens.comments_within(part));
        let comments: Vec<String> =
            comments.map(|comment| fold(self.source.get(comment.clone()).unwrap_or_default())).collect();
        Symbol {
            kind,
            name,
            path: String::new(),
            parent: None,
            signature: String::new(),
            lines: 0..0,
            public: false,
            heading: 0,
            body: 0,
            attributes: 0,
            comments: hash(comments),
            raw: hash(text.trim()),
            text,
            tokens: Vec::new(),
            whole: 0,
        }
    }

    /// The parts of `whole` that are not inside a member; `of` is the holder, `None` the file.
    fn own(&self, whole: Range<usize>, of: Option<usize>) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut at = whole.start;
        let members = self.members.get(&of).map(Vec::as_slice).unwrap_or_default();
        for (member, start) in
            members.iter().filter_map(|at| Some((self.found.get(*at)?, self.starts.get(*at)?)))
        {
            if *start > at {
                parts.push(at..(*start).min(whole.end));
            }
            at = at.max(member.item.end);
        }
        if at < whole.end {
            parts.push(at..whole.end);
        }
        parts
    }

    fn path(&self, at: usize) -> String {
        let mut names = Vec::new();
        let mut next = Some(at);
        while let Some(definition) = next.and_then(|at| self.found.get(at)) {
            names.push(self.source.get(definition.name.clone()).unwrap_or_default());
            next = definition.parent;
        }
        names.reverse();
        names.join(if self.language == Language::Rust { "::" } else { "." })
    }

    fn lines(&self, range: &Range<usize>) -> Range<u32> {
        let line = |at: usize| self.breaks.partition_point(|end| *end < at) as u32;
        line(range.start)..line(range.end) + 1
    }
}

/// Whether it is for everybody; see [`super::SymbolChange`].
fn is_public(language: Language, source: &str, definition: &Definition, name: &str) -> bool {
    let heading = source.get(definition.signature.clone()).unwrap_or_default();
    let line = source.get(..definition.item.start).and_then(|before| before.rsplit('\n').next());
    match language {
        Language::Rust => heading.starts_with("pub "),
        Language::Python => !name.starts_with('_') || name.starts_with("__"),
        Language::TypeScript | Language::Tsx | Language::JavaScript => {
            let member = definition.parent.is_some();
            let hidden =
                heading.starts_with("private ") || heading.starts_with("protected ") || name.starts_with('#');
            if member {
                !hidden
            } else {
                heading.contains("export ") || line.unwrap_or_default().contains("export")
            }
        }
        Language::Go => name.starts_with(char::is_uppercase),
        // A file's own, by the language's default or by its word.
        Language::C | Language::Cpp => !heading.contains("static ") && definition.parent.is_none(),
        Language::Java | Language::CSharp => heading.contains("public "),
        Language::Php | Language::Kotlin => !heading.contains("private ") && !heading.contains("protected "),
        _ => false,
    }
}

/// Where a symbol begins with the comments, attributes and decorators right above it.
fn leading(tree: &Tree, source: &str, definition: &Definition) -> usize {
    let item = definition.item.clone();
    let Some(mut node) = tree.root_node().descendant_for_byte_range(item.start, item.end) else {
        return item.start;
    };
    while let Some(parent) = node.parent().filter(|parent| {
        matches!(parent.kind(), "decorated_definition" | "export_statement") || parent.byte_range() == item
    }) {
        node = parent;
    }
    let mut start = node.start_byte();
    while let Some(before) = node.prev_sibling() {
        let kind = before.kind();
        let leads = kind.contains("comment") || matches!(kind, "attribute_item" | "decorator");
        let gap = source.get(before.end_byte()..start).unwrap_or_default();
        // A doc comment's node ends after its line end, where the grammar says so.
        let line_ends = gap.matches('\n').count()
            + usize::from(source.get(..before.end_byte()).is_some_and(|text| text.ends_with('\n')));
        // A comment behind code on the same line belongs to that code.
        let line =
            source.get(..before.start_byte()).and_then(|text| text.rsplit('\n').next()).unwrap_or_default();
        if !leads || line_ends > 1 || !line.trim().is_empty() || before.kind() == "inner_attribute_item" {
            break;
        }
        let text = source.get(before.byte_range()).unwrap_or_default();
        if text.starts_with("//!") || text.starts_with("#!") && before.start_byte() == 0 {
            break;
        }
        start = before.start_byte();
        node = before;
    }
    start
}

pub(crate) fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
