//! How a repository's messages look, learned from the newest of them.

use super::compose::SIGNED;
use super::ticket::{Ticket, is_ticket};
use super::verbs::{Tense, tense_of};
use std::collections::HashMap;
use trust_changes::Message;

/// The longest subject, in characters.
pub const MAX_SUBJECT: usize = 72;
/// The share of subjects, in percent, that makes a habit.
const HABIT: usize = 50;
/// One subject in so many with backticks makes that a habit too: not every subject names something.
const QUOTES: usize = 10;
/// Fewer messages than these teach nothing.
const FEW: usize = 5;
/// One subject in so many with an area that is no word alone makes areas of words too, which may be types otherwise.
const AREAS: usize = 5;
/// The longest area, in characters.
const AREA: usize = 40;
/// What is shorter than this is not asked of a subject, however short others are.
const SHORT: usize = 50;

/// Whether subjects begin with a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `type(scope): description`
    Conventional,
    Plain,
}

/// The first letter of a description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Upper,
    Lower,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Style {
    pub form: Form,
    /// The types in use, the most frequent first.
    pub types: Vec<String>,
    /// Whether subjects begin with what they are about, as in `net/http: description`.
    pub areas: bool,
    /// Whether types come with a scope more often than not.
    pub scoped: bool,
    pub case: Case,
    pub tense: Tense,
    pub full_stop: bool,
    /// Whether names stand between backticks.
    pub quotes: bool,
    /// Whether more than every third message has a body.
    pub body: bool,
    /// How messages name their tickets, if most of them do.
    pub ticket: Option<Ticket>,
    /// The length that nine of ten subjects keep to, in characters.
    pub length: usize,
    /// Whether messages end with a `Signed-off-by` line.
    pub sign_off: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            form: Form::Plain,
            types: Vec::new(),
            areas: false,
            scoped: false,
            case: Case::Upper,
            tense: Tense::Imperative,
            full_stop: false,
            quotes: true,
            body: true,
            ticket: None,
            length: MAX_SUBJECT,
            sign_off: false,
        }
    }
}

/// A subject that begins with a type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    pub kind: String,
    pub scope: Option<String>,
    pub breaking: bool,
    pub description: String,
}

/// Reads `type(scope)!: description`. What stands before the colon has to look like a type: one short word in
/// lower case, so that `Merge: x` or `Note: y` are none; a capital that begins it is forgiven.
pub fn parse_typed(subject: &str) -> Option<Typed> {
    let (head, description) = subject.split_once(": ")?;
    let (head, breaking) = head.strip_suffix('!').map_or((head, false), |head| (head, true));
    let (kind, scope) = match head.split_once('(') {
        Some((kind, scope)) => (kind, Some(scope.strip_suffix(')')?.trim().to_owned())),
        None => (head, None),
    };
    let kind = kind.trim();
    let word =
        !kind.is_empty() && kind.len() <= 12 && kind.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let first = kind.chars().next().is_some_and(|c| c.is_ascii_uppercase());
    let forgiven = first && KNOWN.contains(&kind.to_lowercase().as_str());
    (word || forgiven).then(|| Typed {
        kind: kind.to_lowercase(),
        scope: scope.filter(|scope| !scope.is_empty()),
        breaking,
        description: description.trim().to_owned(),
    })
}

/// Reads `area: description`, of which the area is a path, a name, or several after commas.
pub fn parse_area(subject: &str) -> Option<(&str, &str)> {
    let (area, description) = subject.split_once(": ")?;
    let fits = |c: char| c.is_alphanumeric() || "/-_.,*".contains(c);
    let named = area.split(", ").all(|part| part.contains(char::is_alphabetic) && part.chars().all(fits));
    (named && area.chars().count() <= AREA && !is_ticket(area)).then_some((area, description.trim()))
}

/// The types of the Conventional Commits and their usual company.
pub(crate) const KNOWN: [&str; 14] = [
    "feat", "fix", "docs", "style", "refactor", "perf", "test", "build", "ci", "chore", "revert", "internal",
    "minor", "feature",
];

impl Style {
    pub fn learn(messages: &[Message]) -> Self {
        let messages: Vec<&Message> = messages.iter().filter(|message| !message.merge).collect();
        if messages.len() < FEW {
            return Self::default();
        }
        let habit = |count: usize, of: usize| count * 100 > of * HABIT;
        let typed: Vec<Typed> = messages.iter().filter_map(|message| parse_typed(&message.subject)).collect();
        let known = typed.iter().filter(|typed| KNOWN.contains(&typed.kind.as_str())).count();
        let area = |message: &&&Message| {
            parse_typed(&message.subject).is_none() && parse_area(&message.subject).is_some()
        };
        let paths = messages.iter().filter(area).count();
        let areas = paths * AREAS > messages.len()
            && !habit(known, messages.len())
            && habit(paths + typed.len() - known, messages.len());
        let is_typed = habit(typed.len(), messages.len()) && !areas;
        let form = if is_typed { Form::Conventional } else { Form::Plain };
        let ticket = Ticket::learn(&messages);
        let descriptions: Vec<&str> = match form {
            Form::Conventional => typed.iter().map(|typed| typed.description.as_str()).collect(),
            Form::Plain if areas => {
                messages.iter().filter_map(|message| Some(parse_area(&message.subject)?.1)).collect()
            }
            Form::Plain => messages.iter().map(|message| message.subject.as_str()).collect(),
        };
        let without = |text| ticket.as_ref().map_or(text, |ticket| ticket.without(text));
        let descriptions: Vec<&str> = descriptions.into_iter().map(without).collect();
        let count = |test: &dyn Fn(&str) -> bool| descriptions.iter().filter(|text| test(text)).count();
        let upper = count(&|text| text.starts_with(char::is_uppercase));
        let lower = count(&|text| text.starts_with(char::is_lowercase));
        let mut types: HashMap<&str, usize> = HashMap::new();
        typed.iter().for_each(|typed| *types.entry(typed.kind.as_str()).or_default() += 1);
        let mut types: Vec<(&str, usize)> = types.into_iter().collect();
        types.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        let with = |test: &dyn Fn(&Message) -> bool| messages.iter().filter(|message| test(message)).count();
        Self {
            form,
            types: types.into_iter().filter(|_| !areas).map(|(kind, _)| kind.to_owned()).collect(),
            areas,
            scoped: habit(typed.iter().filter(|typed| typed.scope.is_some()).count(), typed.len()),
            case: if lower > upper { Case::Lower } else { Case::Upper },
            tense: tense_of(&descriptions),
            full_stop: habit(count(&|text| text.ends_with('.')), descriptions.len()),
            quotes: with(&|message| message.subject.contains('`')) * QUOTES > messages.len(),
            body: with(&|message| !prose(&message.body).is_empty()) * 3 > messages.len(),
            ticket,
            length: length(&messages),
            sign_off: habit(with(&|message| message.body.contains(SIGNED)), messages.len()),
        }
    }
}

/// The body without trailers.
fn prose(body: &str) -> String {
    let trailer =
        |line: &str| line.split_once(": ").is_some_and(|(key, _)| key.contains('-') && !key.contains(' '));
    body.lines().filter(|line| !trailer(line)).collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// What nine of ten subjects are no longer than, between [`SHORT`] and [`MAX_SUBJECT`].
fn length(messages: &[&Message]) -> usize {
    let mut all: Vec<usize> = messages.iter().map(|message| message.subject.chars().count()).collect();
    all.sort_unstable();
    all.get(all.len() * 9 / 10).copied().unwrap_or(MAX_SUBJECT).clamp(SHORT, MAX_SUBJECT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(subjects: &[&str]) -> Vec<Message> {
        let message = |subject: &&str| Message {
            commit: String::new(),
            subject: (*subject).to_owned(),
            body: String::new(),
            merge: false,
        };
        subjects.iter().map(message).collect()
    }

    #[test]
    fn types_are_read() {
        let cases = [
            ("fix: a", Some(("fix", None, false, "a"))),
            ("feat(core)!: b c", Some(("feat", Some("core"), true, "b c"))),
            ("Fix: a", Some(("fix", None, false, "a"))),
            ("Note: a", None),
            ("a b: c", None),
            ("fix:a", None),
            ("no colon", None),
            ("feat(): a", Some(("feat", None, false, "a"))),
            ("feat(x: a", None),
        ];
        for (subject, expected) in cases {
            let found = parse_typed(subject);
            let found = found
                .as_ref()
                .map(|t| (t.kind.as_str(), t.scope.as_deref(), t.breaking, t.description.as_str()));
            assert_eq!(found, expected, "{subject}");
        }
    }

    #[test]
    fn a_style_is_what_most_messages_have() {
        let typed = Style::learn(&messages(&[
            "fix(a): b",
            "feat(b): c",
            "fix(a): d",
            "chore: e",
            "Merge x",
            "fix(c): f",
        ]));
        assert_eq!((typed.form, typed.scoped, typed.case), (Form::Conventional, true, Case::Lower));
        assert_eq!(typed.types, ["fix", "chore", "feat"]);
        let plain =
            Style::learn(&messages(&["Added a.", "Fixed b.", "Removed c.", "Renamed d.", "Changed e."]));
        assert_eq!(
            (plain.form, plain.case, plain.tense, plain.full_stop),
            (Form::Plain, Case::Upper, Tense::Past, true)
        );
        let tickets =
            Style::learn(&messages(&["AB-1 added a", "AB-2 fixed b", "AB-3: c", "AB-4 moved d", "e"]));
        assert_eq!((tickets.case, tickets.tense), (Case::Lower, Tense::Past), "of what is behind the ticket");
        assert!(tickets.ticket.is_some());
        assert_eq!(Style::learn(&messages(&["one"])), Style::default());
    }

    #[test]
    fn areas_are_told_from_types() {
        let cases: [(&[&str], bool); 6] = [
            (
                &["net/http: fix a", "cmd/go: add b", "runtime: drop c", "net/http: mend d", "all: see e"],
                true,
            ),
            (&["README: say a", "asyncio.tasks: fix b", "x86/mm: drop c", "kvm_main: d", "Update e"], true),
            (&["fix: a", "feat: b", "fix(core): c", "docs: d", "net/http: e"], false),
            (&["core: a", "parser: b", "core: c", "cli: d", "core: e"], false),
            (&["AB-1: a", "AB-2: b", "AB-3: c", "AB-4: d", "AB-5: e"], false),
            (&["Say what: a", "Add b", "Note: c", "Fix d", "Drop e"], false),
        ];
        for (subjects, expected) in cases {
            let style = Style::learn(&messages(subjects));
            assert_eq!(style.areas, expected, "{subjects:?}");
            assert!(!expected || style.form == Form::Plain && style.types.is_empty(), "{subjects:?}");
        }
        let style = Style::learn(&messages(cases[0].0));
        assert_eq!((style.case, style.tense), (Case::Lower, Tense::Imperative), "of what is behind the area");
        assert_eq!(parse_area("net/http, net/url: a: b"), Some(("net/http, net/url", "a: b")));
        assert_eq!(parse_area("net/http and more: a"), None);
    }

    #[test]
    fn a_subject_is_as_long_as_others_are() {
        let of = |length: usize, count: usize| vec!["x".repeat(length); count];
        let cases = [
            (of(20, 30), 50),
            (of(60, 30), 60),
            (of(90, 30), 72),
            ([of(30, 19), of(90, 1)].concat(), 50),
            ([of(55, 16), of(65, 4)].concat(), 65),
        ];
        for (subjects, expected) in cases {
            let subjects: Vec<&str> = subjects.iter().map(String::as_str).collect();
            assert_eq!(Style::learn(&messages(&subjects)).length, expected, "{subjects:?}");
        }
    }
}
