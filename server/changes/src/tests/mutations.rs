//! Changes of a known kind, made on real files.

use super::places::{body_of, matching};
use tree_sitter::Node;
use trust_grammars::{Definition, Language, outline_of, parse_str};

pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rename,
    Move,
    Signature,
    Body,
    Comment,
    Whitespace,
    Split,
    Merge,
    Add,
    Remove,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::Rename,
        Self::Move,
        Self::Signature,
        Self::Body,
        Self::Comment,
        Self::Whitespace,
        Self::Split,
        Self::Merge,
        Self::Add,
        Self::Remove,
    ];
}

/// A change: both sides, the symbol it is about (its name on the new side, or the old one's where it is gone),
/// and the other symbol it names.
pub struct Change {
    pub kind: Kind,
    pub old: String,
    pub new: String,
    pub name: String,
    pub other: String,
}

pub struct Source<'a> {
    pub language: Language,
    pub text: &'a str,
}

impl Source<'_> {
    /// A change of `kind` at a place that `random` chooses; `None` where the file has no fitting one there.
    pub fn change(&self, kind: Kind, random: &mut Random) -> Option<Change> {
        let tree = parse_str(self.language, self.text, std::time::Duration::from_secs(5))?;
        if tree.root_node().has_error() {
            return None;
        }
        let found = outline_of(self.language, &tree, self.text).definitions;
        let callables: Vec<&Definition> = found.iter().filter(|at| self.is_plain(at, &found)).collect();
        let at = callables.get(random.below(callables.len()))?;
        let name = self.text.get(at.name.clone())?.to_owned();
        let body = body_of(tree.root_node(), at)?;
        let change = |new: String, name: &str, other: &str| {
            Some(Change {
                kind,
                old: self.text.to_owned(),
                new,
                name: name.to_owned(),
                other: other.to_owned(),
            })
        };
        match kind {
            Kind::Rename => {
                let fresh = format!("{name}_anew");
                change(self.replace_word(&name, &fresh), &fresh, &name)
            }
            Kind::Move => {
                let siblings: Vec<&Definition> =
                    found.iter().filter(|found| found.parent == at.parent).collect();
                let place = siblings.iter().position(|sibling| sibling.item == at.item)?;
                let target = random.below(siblings.len());
                // Over one neighbour it would be the neighbour that moved as well.
                if target.abs_diff(place) < 3 || target == 0 {
                    return None;
                }
                let own = self.lines(at)?;
                let goal = self.lines(siblings.get(target)?)?;
                let block = self.text.get(own.clone())?.to_owned() + "\n";
                if own.start >= goal.start && own.start < goal.end || self.shares_lines(&siblings) {
                    return None;
                }
                let mut new = self.text.to_owned();
                if goal.start > own.start {
                    new.insert_str(goal.end, &format!("\n{block}"));
                    new.replace_range(own, "");
                } else {
                    new.replace_range(own, "");
                    new.insert_str(goal.start, &block);
                }
                change(new, &name, &name)
            }
            Kind::Signature => {
                let heading = self.text.get(at.signature.clone())?;
                let open = heading.find('(')?;
                let close = matching(heading, open)?;
                let inside = heading.get(open + 1..close)?.trim_end();
                let extra = match self.language {
                    Language::Rust => "added_one: u32",
                    Language::Python => "added_one=None",
                    Language::JavaScript => "addedOne",
                    _ => "addedOne?: number",
                };
                if inside.contains("**") || inside.contains("...") || inside.contains('*') {
                    return None;
                }
                let comma = if inside.trim().is_empty() || inside.ends_with(',') { "" } else { ", " };
                let mut new = self.text.to_owned();
                new.insert_str(at.signature.start + open + 1 + inside.len(), &format!("{comma}{extra}"));
                change(new, &name, &name)
            }
            Kind::Body | Kind::Comment | Kind::Whitespace => {
                let first = body.named_child(0)?;
                let line = self.line_start(first.start_byte())?;
                let indent = self.text.get(line..first.start_byte())?;
                if !indent.trim().is_empty() {
                    return None;
                }
                let comment =
                    format!("{indent}{} a remark of no consequence\n", self.language.line_comment());
                let statement = match self.language {
                    Language::Rust => format!("{indent}let inserted_value = 17;\n"),
                    Language::Python => format!("{indent}inserted_value = 17\n"),
                    _ => format!("{indent}const insertedValue = 17;\n"),
                };
                // Before a documentation string nothing can stand but layout.
                let docs = self.language == Language::Python && first.kind() == "expression_statement";
                let text = match kind {
                    Kind::Whitespace => "\n".to_owned(),
                    Kind::Comment => comment,
                    _ if docs => return None,
                    _ => statement,
                };
                let mut new = self.text.to_owned();
                new.insert_str(line, &text);
                change(new, &name, &name)
            }
            Kind::Split | Kind::Merge => {
                let children: Vec<Node> =
                    (0..body.named_child_count()).filter_map(|at| body.named_child(at as u32)).collect();
                if children.len() < 4 {
                    return None;
                }
                let first = 1 + random.below(children.len() - 3);
                let (from, to) = (children.get(first)?, children.get(children.len() - 2)?);
                let rows = to.end_position().row - from.start_position().row + 1;
                let start = self.line_start(from.start_byte())?;
                let end = self.line_end(to.end_byte())?;
                let part = self.text.get(start..end)?;
                let solid = part
                    .lines()
                    .filter(|line| line.chars().filter(|c| c.is_alphanumeric()).count() > 3)
                    .count();
                if rows < 4 || solid < 4 || self.text.get(start..from.start_byte())?.trim() != "" {
                    return None;
                }
                let own = self.lines(at)?;
                let outer = self.text.get(self.line_start(at.item.start)?..at.item.start)?;
                let outer: String = outer.chars().take_while(|c| c.is_whitespace()).collect();
                let indent: String = part.chars().take_while(|c| c.is_whitespace() && *c != '\n').collect();
                let member = at.parent.is_some();
                let (call, piece) = match self.language {
                    Language::Rust => (
                        format!("{indent}the_split_part();\n"),
                        format!("\n{outer}fn the_split_part() {{\n{part}{outer}}}\n"),
                    ),
                    Language::Python => (
                        format!("{indent}the_split_part()\n"),
                        format!("\n{outer}def the_split_part():\n{part}"),
                    ),
                    _ if member => (
                        format!("{indent}this.the_split_part();\n"),
                        format!("\n{outer}the_split_part() {{\n{part}{outer}}}\n"),
                    ),
                    _ => (
                        format!("{indent}the_split_part();\n"),
                        format!("\n{outer}function the_split_part() {{\n{part}{outer}}}\n"),
                    ),
                };
                let mut new = self.text.to_owned();
                let tail =
                    if self.text.get(..own.end)?.ends_with('\n') { piece } else { format!("\n{piece}") };
                new.insert_str(own.end, &tail);
                new.replace_range(start..end, &call);
                let split = change(new, "the_split_part", &name)?;
                if kind == Kind::Split {
                    return Some(split);
                }
                Some(Change { kind, old: split.new, new: split.old, name: split.name, other: split.other })
            }
            Kind::Add | Kind::Remove => {
                let own = self.lines(at)?;
                let mut less = self.text.to_owned();
                less.replace_range(own, "");
                let (old, new) = if kind == Kind::Add {
                    (less, self.text.to_owned())
                } else {
                    (self.text.to_owned(), less)
                };
                Some(Change { kind, old, new, name: name.clone(), other: name })
            }
        }
    }
}
