//! Tickets: the prefix of their numbers, and where in a message they stand, learned from the messages; the number is in the
//! name of the branch.

use super::style::parse_typed;
use std::collections::HashMap;
use std::ops::Range;
use trust_changes::Message;

/// The share of messages, in percent, that makes a habit.
const HABIT: usize = 50;
/// The most characters of brackets, colons and blanks beside a ticket; and of the word before it in a body.
const BESIDE: usize = 3;
const WORD: usize = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Spot {
    /// Before the description.
    Front,
    /// Behind it.
    End,
    /// In place of a scope.
    Scope,
    /// A line of the body.
    Body,
}

/// How messages name a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Such as `ABC-`.
    prefix: String,
    spot: Spot,
    before: String,
    after: String,
}

impl Ticket {
    /// What most messages have.
    pub(crate) fn learn(messages: &[&Message]) -> Option<Self> {
        let mut all: HashMap<(String, Spot, String, String), usize> = HashMap::new();
        for found in messages.iter().filter_map(|message| Self::of(message)) {
            *all.entry((found.prefix, found.spot, found.before, found.after)).or_default() += 1;
        }
        let mut prefixes: HashMap<&str, usize> = HashMap::new();
        for ((prefix, ..), count) in &all {
            *prefixes.entry(prefix).or_default() += count;
        }
        let (prefix, count) = prefixes.into_iter().max_by_key(|(prefix, count)| (*count, *prefix))?;
        if count * 100 <= messages.len() * HABIT {
            return None;
        }
        let prefix = prefix.to_owned();
        let alike = all.into_iter().filter(|((found, ..), _)| *found == prefix);
        // Of shapes that are as frequent always the same one.
        let ((prefix, spot, before, after), _) =
            alike.max_by(|a, b| a.1.cmp(&b.1).then_with(|| (&b.0.2, &b.0.3).cmp(&(&a.0.2, &a.0.3))))?;
        Some(Self { prefix, spot, before, after })
    }

    fn of(message: &Message) -> Option<Self> {
        let typed = parse_typed(&message.subject);
        if let Some(scope) = typed.as_ref().and_then(|typed| typed.scope.as_deref())
            && let Some((place, prefix)) = found(scope)
            && place.len() == scope.len()
        {
            return Some(Self { prefix, spot: Spot::Scope, before: String::new(), after: String::new() });
        }
        let description = typed.as_ref().map_or(message.subject.as_str(), |typed| typed.description.as_str());
        let description = description.trim_end_matches('.');
        if let Some((place, prefix)) = found(description) {
            let (front, end) = (description.get(..place.start)?, description.get(place.end..)?);
            let plain = |text: &str| text.chars().count() <= BESIDE && !text.contains(char::is_alphanumeric);
            let sign = |c: char| !c.is_alphanumeric() && !matches!(c, '`' | '"' | '\'');
            if plain(front) {
                let after: String = end.chars().take_while(|c| sign(*c)).take(BESIDE).collect();
                return Some(Self { prefix, spot: Spot::Front, before: front.into(), after });
            }
            if plain(end) {
                let before: String = front.chars().rev().take_while(|c| sign(*c)).take(BESIDE).collect();
                let before = before.chars().rev().collect();
                return Some(Self { prefix, spot: Spot::End, before, after: end.into() });
            }
        }
        message.body.lines().find_map(|line| {
            let (place, prefix) = found(line)?;
            let (before, after) = (line.get(..place.start)?, line.get(place.end..)?);
            let alone = before.chars().count() <= WORD && after.trim_end_matches('.').trim().is_empty();
            alone.then(|| Self { prefix, spot: Spot::Body, before: before.into(), after: String::new() })
        })
    }

    /// The ticket that a branch names, as messages have it, if it is to stand there.
    pub(crate) fn at(&self, spot: Spot, branch: Option<&str>) -> Option<String> {
        let number = number(branch.filter(|_| spot == self.spot)?, &self.prefix)?;
        Some(format!("{}{}{number}{}", self.before, self.prefix, self.after))
    }

    /// A description without its ticket.
    pub(crate) fn without<'a>(&self, description: &'a str) -> &'a str {
        let place = found(description).filter(|(_, prefix)| *prefix == self.prefix).map(|(place, _)| place);
        let rest = place.and_then(|place| match self.spot {
            Spot::Front => description.get(place.end..),
            Spot::End => description.get(..place.start),
            Spot::Scope | Spot::Body => None,
        });
        rest.unwrap_or(description).trim_matches(|c: char| !c.is_alphanumeric() && !matches!(c, '`' | '.'))
    }
}

/// Whether a scope is a ticket, which no other change has.
pub(crate) fn is_ticket(scope: &str) -> bool {
    found(scope).is_some_and(|(place, _)| place.len() == scope.len())
}

/// The first ticket in a text, such as `ABC-12`: where it stands, and its prefix.
fn found(text: &str) -> Option<(Range<usize>, String)> {
    let mut at = 0;
    for part in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '-') {
        let start = at;
        at += part.len();
        let Some((prefix, number)) = part.split_once('-') else { continue };
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let letters =
            prefix.len() >= 2 && prefix.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if letters && prefix.starts_with(|c: char| c.is_ascii_uppercase()) && digits > 0 {
            return Some((start..start + prefix.len() + 1 + digits, format!("{prefix}-")));
        }
    }
    None
}

/// The number behind a prefix in the name of a branch, in which it may be written small.
fn number(branch: &str, prefix: &str) -> Option<String> {
    let (lower, prefix) = (branch.to_ascii_lowercase(), prefix.to_ascii_lowercase());
    lower.match_indices(&prefix).find_map(|(at, _)| {
        let inside = lower.get(..at).is_some_and(|before| before.ends_with(|c: char| c.is_alphanumeric()));
        let behind = lower.get(at + prefix.len()..)?;
        let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
        let whole = !behind.get(digits..)?.starts_with(|c: char| c.is_alphanumeric());
        (!inside && digits > 0 && whole).then(|| behind.get(..digits).unwrap_or_default().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str, body: &str) -> Message {
        Message { commit: String::new(), subject: subject.into(), body: body.into(), merge: false }
    }

    #[test]
    fn tickets_are_written_where_they_were() {
        let branch = Some("feature/abc-123-more");
        let cases = [
            ("ABC-1 Do a", "", Spot::Front, Some("ABC-123 ")),
            ("[ABC-1] Do a", "", Spot::Front, Some("[ABC-123] ")),
            ("ABC-1: do a", "", Spot::Front, Some("ABC-123: ")),
            ("Do a (ABC-1)", "", Spot::End, Some(" (ABC-123)")),
            ("Do a, see ABC-1.", "", Spot::End, Some(" ABC-123")),
            ("fix: ABC-1 do a", "", Spot::Front, Some("ABC-123 ")),
            ("fix(ABC-1): do a", "", Spot::Scope, Some("ABC-123")),
            ("Do a", "Why.\n\nRefs: ABC-1", Spot::Body, Some("Refs: ABC-123")),
            ("Do a", "What ABC-1 says is long and no line of its own.", Spot::Body, None),
            ("Mend ABC-1 for all", "", Spot::Front, None),
            ("Use UTF-8 here", "", Spot::Front, None),
        ];
        for (subject, body, spot, expected) in cases {
            let all = vec![message(subject, body); 5];
            let learned = Ticket::learn(&all.iter().collect::<Vec<_>>());
            let written = learned.as_ref().and_then(|ticket| ticket.at(spot, branch));
            assert_eq!(written.as_deref(), expected, "{subject} {body}: {learned:?}");
        }
        let few = [message("ABC-1 a", ""), message("b", ""), message("c", "")];
        assert_eq!(Ticket::learn(&few.iter().collect::<Vec<_>>()), None, "not most of them");
    }

    #[test]
    fn branches_name_numbers() {
        let cases = [
            ("feature/ABC-12-x", Some("12")),
            ("abc-12", Some("12")),
            ("xabc-12", None),
            ("abc-12x", None),
            ("abc-x", None),
            ("main", None),
            ("abc-x-abc-7", Some("7")),
        ];
        for (branch, expected) in cases {
            assert_eq!(number(branch, "ABC-").as_deref(), expected, "{branch}");
        }
    }

    #[test]
    fn descriptions_are_learned_from_without_their_tickets() {
        let cases = [
            ("[AB-1] Do a", "[AB-2] do b.", "do b."),
            ("Do a (AB-1)", "do b (AB-2)", "do b"),
            ("AB-1: Do a", "do b", "do b"),
            ("AB-1 Do a", "AB-2 `b` goes", "`b` goes"),
        ];
        for (example, text, expected) in cases {
            let all = vec![message(example, ""); 5];
            let ticket = Ticket::learn(&all.iter().collect::<Vec<_>>()).unwrap();
            assert_eq!(ticket.without(text), expected, "{example}");
        }
        assert!(is_ticket("AB-1") && !is_ticket("core") && !is_ticket("AB-1-core"));
    }
}
