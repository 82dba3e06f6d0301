//! How a model spells its calls of tools: data, from which history, grammar and parser are made.

use serde_json::Value;

/// What stands before and after something.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Around {
    pub open: String,
    pub close: String,
}

impl Around {
    pub fn new(open: impl Into<String>, close: impl Into<String>) -> Self {
        Self { open: open.into(), close: close.into() }
    }
}

/// The calls of one turn: `section.open (call.open BODY call.close) separator … section.close`.
#[derive(Debug, Clone, PartialEq)]
pub struct CallFormat {
    pub section: Around,
    pub call: Around,
    pub separator: String,
    pub body: Body,
    pub ids: Ids,
    /// A turn may hold several calls.
    pub parallel: bool,
}

/// A call between its marks.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// An object with the name and the arguments among its members.
    Json(Vec<Member>),
    /// `NAME between {arguments}`, or `NAME before_id ID between {arguments}`.
    Named { before_id: Option<String>, between: String },
    /// `NAME after_name`, then each argument.
    Tagged(Tagged),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Member {
    Name(String),
    Arguments(String),
    Id(String),
    Constant(String, Value),
}

/// Arguments one by one: `before_key KEY after_key VALUE after_value`, with `joiner` between them. Strings and other
/// values may differ in what surrounds them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    pub after_name: String,
    pub before_key: String,
    pub string: Around,
    pub other: Around,
    pub joiner: String,
    pub values: Values,
}

/// How values are spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Values {
    /// Strings as they are, everything else as JSON.
    Raw,
    /// Literals of Python: strings escaped, `True`, `False` and `None`.
    Python,
    /// Strings as they are, between marks, also within lists and objects, whose keys have no quotes.
    Marked,
}

/// What a call's id looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Ids {
    /// Nine letters and digits, the strictest that any template asks for.
    #[default]
    Nine,
    /// `functions.NAME:INDEX`: the id says which tool is called.
    Named,
}

impl Ids {
    pub fn id(self, name: &str, index: usize) -> String {
        match self {
            Self::Nine => format!("call{index:05}"),
            Self::Named => format!("functions.{name}:{index}"),
        }
    }
}

impl CallFormat {
    /// All that marks calls off from text. What users say is never tokenised as one of these.
    pub fn markers(&self) -> Vec<String> {
        let mut markers = vec![&self.section.open, &self.section.close, &self.call.open, &self.call.close];
        match &self.body {
            Body::Json(_) => {}
            Body::Named { before_id, between } => {
                markers.extend(before_id);
                markers.push(between);
            }
            Body::Tagged(tagged) => markers.extend([
                &tagged.after_name,
                &tagged.before_key,
                &tagged.string.open,
                &tagged.string.close,
            ]),
        }
        markers.into_iter().flat_map(|marker| tags(marker)).collect()
    }

    /// What a call of a tool `NAME` looks like, for people.
    pub fn example(&self) -> String {
        let body = match &self.body {
            Body::Json(members) => {
                let member = |one: &Member| match one {
                    Member::Name(key) => format!("\"{key}\": NAME"),
                    Member::Arguments(key) => format!("\"{key}\": {{...}}"),
                    Member::Id(key) => format!("\"{key}\": ID"),
                    Member::Constant(key, value) => format!("\"{key}\": {value}"),
                };
                format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
            }
            Body::Named { before_id, between } => {
                let id = before_id.as_ref().map_or(String::new(), |before| format!("{before}ID"));
                format!("NAME{id}{between}{{...}}")
            }
            Body::Tagged(tagged) => format!(
                "NAME{}{}KEY{}VALUE{}",
                tagged.after_name, tagged.before_key, tagged.string.open, tagged.string.close
            ),
        };
        let parts = [&self.section.open, &self.call.open, &body, &self.call.close, &self.section.close];
        parts.map(String::as_str).concat().replace('\n', "\\n")
    }

    /// The mark at which text ends and a call begins, and what follows it before the call itself. The mark is empty where
    /// there is none.
    pub(crate) fn opening(&self) -> (String, String) {
        let whole = format!("{}{}", self.section.open, self.call.open);
        let whole = whole.trim_start();
        match tags(whole).into_iter().next().and_then(|tag| Some(whole.find(&tag)? + tag.len())) {
            Some(end) => (whole[..end].into(), whole[end..].into()),
            None => (whole.trim().into(), String::new()),
        }
    }
}

/// The parts of a marker that look like tokens of their own.
pub(crate) fn tags(marker: &str) -> Vec<String> {
    let mut tags = Vec::new();
    for (open, close) in [('<', '>'), ('[', ']')] {
        let mut rest = marker;
        while let Some(start) = rest.find(open) {
            let Some(length) = rest[start..].find(close) else { break };
            tags.push(rest[start..=start + length].to_string());
            rest = &rest[start + length + 1..];
        }
    }
    tags
}
