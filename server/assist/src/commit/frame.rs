//! What stands around a description in a subject: type and scope, or an area, and a ticket before it, a ticket and a full stop behind it.

use super::Style;
use super::style::{Case, Form, MAX_SUBJECT};

/// The least room, in characters, that a description is left.
const LEAST: usize = 16;

pub(super) struct Frame<'a> {
    pub style: &'a Style,
    pub kind: Option<&'a str>,
    /// Without a type the area, which stands alone.
    pub scope: Option<String>,
    /// The ticket of the branch, with what stands beside it.
    pub front: Option<String>,
    pub end: Option<String>,
}

impl Frame<'_> {
    /// What stands before a description of so many characters, and behind it. A ticket or a scope that leaves it no room is
    /// left out.
    fn around(&self, description: usize) -> Option<(String, String)> {
        let stop = if self.style.full_stop { "." } else { "" };
        let scoped = self.scope.as_deref().map(|scope| match self.kind {
            Some(kind) => format!("{kind}({scope}): "),
            None => format!("{scope}: "),
        });
        let typed = self.kind.map_or_else(String::new, |kind| format!("{kind}: "));
        let (front, end) =
            (self.front.as_deref().unwrap_or_default(), self.end.as_deref().unwrap_or_default());
        let heads = [(scoped, front, end), (Some(typed), front, end), (Some(String::new()), "", "")];
        heads.into_iter().find_map(|(head, front, end)| {
            let (head, tail) = (format!("{}{front}", head?), format!("{end}{stop}"));
            let around = head.chars().count() + tail.chars().count();
            (around + description <= MAX_SUBJECT).then_some((head, tail))
        })
    }

    /// The room that a description has, in characters.
    pub fn room(&self) -> usize {
        let (head, tail) = self.around(LEAST).unwrap_or_default();
        MAX_SUBJECT - head.chars().count() - tail.chars().count()
    }

    /// The subject of a description; `None` where it is too long for all that is to stand around it.
    pub fn put(&self, description: &str) -> Option<String> {
        let (head, tail) = self.around(LEAST)?;
        let typed = self.kind.is_some() && self.style.form != Form::Conventional;
        let text = cased(description, if typed { Case::Lower } else { self.style.case });
        (text.chars().count() <= self.room()).then(|| format!("{head}{text}{tail}"))
    }
}

/// With its first letter as the history has it, unless that is part of a name.
fn cased(text: &str, case: Case) -> String {
    let mut letters = text.chars();
    let first = letters.next();
    let name = letters.clone().next().is_some_and(char::is_uppercase);
    match (first, case) {
        (Some(first), Case::Upper) => first.to_uppercase().chain(letters).collect(),
        (Some(first), Case::Lower) if !name => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}
