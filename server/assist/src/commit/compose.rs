//! A message put together: the topic from the facts, the form from the style, and a check at the end.

use super::classify::Classifier;
use super::grounding::{Facts, ungrounded};
use super::scope::{Scopes, fallback};
use super::style::{Case, Form, MAX_SUBJECT, ticket_in};
use super::topic::{Topic, topics};
use super::verbs::{Tense, conjugate};
use super::{History, Style};
use crate::explain::symbol_sentence;
use trust_changes::{FileFacts, Verdict};

/// The most lines of a body.
const BODY_LINES: usize = 12;
/// The width of a body, in characters.
const WIDTH: usize = 72;

/// How a line begins that signs a message off.
pub const SIGNED: &str = "Signed-off-by: ";

/// What is asked for beside the changes.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// In place of the form that the history has.
    pub form: Option<Form>,
    /// The branch, which may name a ticket.
    pub branch: Option<String>,
    /// Who signs off, as `NAME <ADDRESS>`, where the history's messages are signed off.
    pub signer: Option<String>,
}

/// A proposed message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Draft {
    pub subject: String,
    /// With the line that signs it off, where the history has such; empty for none.
    pub body: String,
    #[serde(rename = "type")]
    pub kind: Option<String>,
    pub scope: Option<String>,
}

impl Draft {
    pub fn message(&self) -> String {
        if self.body.is_empty() { self.subject.clone() } else { format!("{}\n\n{}", self.subject, self.body) }
    }
}

/// The best message; `None` where nothing changed.
pub fn draft(files: &[FileFacts], history: &History, request: &Request) -> Option<Draft> {
    drafts(files, history, request, 1).into_iter().next()
}

/// Several messages, the best first: other topics, then other types.
pub fn drafts(files: &[FileFacts], history: &History, request: &Request, count: usize) -> Vec<Draft> {
    if files.is_empty() {
        return Vec::new();
    }
    let style = &history.style;
    let form = request.form.unwrap_or(style.form);
    let ranked = Classifier::learn(&history.examples).rank(files, &style.types);
    let paths: Vec<&str> = files.iter().map(|file| file.change.path.as_str()).collect();
    let touched: Vec<_> = files.iter().map(|file| (file.change.path.clone(), file.change.status)).collect();
    let scope = Scopes::learn(&history.examples).of(&touched);
    let untaught = history.examples.iter().all(|example| example.scope.is_none());
    let scope = scope.or_else(|| fallback(&paths).filter(|_| style.scoped && untaught));
    let facts = Facts::of(files);
    let topics = topics(files);
    let kinds: Vec<Option<&String>> =
        if form == Form::Conventional { ranked.iter().take(2).map(Some).collect() } else { vec![None] };
    let mut drafts: Vec<Draft> = Vec::new();
    for kind in kinds {
        for topic in &topics {
            let subject = subject(topic, kind, scope.as_deref(), style, request, &facts);
            if drafts.iter().all(|draft| draft.subject != subject) {
                let body = if style.body { body(files, &facts) } else { String::new() };
                let body = signed(body, request.signer.as_ref().filter(|_| style.sign_off));
                let scope = scope.clone().filter(|_| form == Form::Conventional);
                drafts.push(Draft { subject, body, kind: kind.cloned(), scope });
            }
            if drafts.len() >= count {
                return drafts;
            }
        }
    }
    drafts
}

/// The longest wording of the topic that fits and names nothing that is not there.
fn subject(
    topic: &Topic,
    kind: Option<&String>,
    scope: Option<&str>,
    style: &Style,
    request: &Request,
    facts: &Facts,
) -> String {
    let ticket = style.ticket.as_ref().and_then(|prefix| {
        let (found, number) = ticket_in(request.branch.as_deref()?)?;
        (found == *prefix).then(|| format!("{found}{number} "))
    });
    let heads = [
        kind.zip(scope).map(|(kind, scope)| format!("{kind}({scope}): ")),
        kind.map(|kind| format!("{kind}: ")),
        ticket.filter(|_| kind.is_none()),
    ];
    // A scope that leaves no room for anything else is left out.
    let room =
        |head: &String| head.chars().count() + plain(topic.verb, style.tense).chars().count() < MAX_SUBJECT;
    let head = heads.into_iter().flatten().find(room).unwrap_or_default();
    let stop = if style.full_stop { "." } else { "" };
    let fits = |text: &str| head.chars().count() + text.chars().count() + stop.len() <= MAX_SUBJECT;
    let mut wordings = topic.objects.iter().map(|object| {
        let text = format!("{} {object}", conjugate(topic.verb, style.tense));
        if style.quotes { text } else { text.replace('`', "") }
    });
    let sound = |text: &String| fits(text) && ungrounded(text, facts).is_empty();
    let text = wordings.find(sound).unwrap_or_else(|| plain(topic.verb, style.tense));
    format!(
        "{head}{}{stop}",
        cased(
            &text,
            if kind.is_some() && style.form != Form::Conventional { Case::Lower } else { style.case }
        )
    )
}

fn signed(body: String, signer: Option<&String>) -> String {
    let trailer = signer.map(|signer| format!("{SIGNED}{signer}"));
    let parts = [Some(body).filter(|body| !body.is_empty()), trailer];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// What is true of every change.
fn plain(verb: &str, tense: Tense) -> String {
    format!("{} code", conjugate(verb, tense))
}

/// With its first letter as the history has it, unless that is part of a name.
fn cased(text: &str, case: Case) -> String {
    let mut letters = text.chars();
    match (letters.next(), case) {
        (Some(first), Case::Upper) => first.to_uppercase().chain(letters).collect(),
        (Some(first), Case::Lower) => first.to_lowercase().chain(letters).collect(),
        (None, _) => String::new(),
    }
}

/// What happened, symbol by symbol, where that is more than the subject says.
fn body(files: &[FileFacts], facts: &Facts) -> String {
    let mut said: Vec<(usize, String)> = Vec::new();
    for file in files {
        for symbol in
            file.symbols.iter().flatten().filter(|symbol| symbol.kind.is_some() && !symbol.is_cosmetic())
        {
            let member = symbol.verdict == Verdict::Added && symbol.path != symbol.name;
            let sentence = symbol_sentence(file, symbol);
            // How many lines is not for a message.
            let sentence = sentence.split(" (+").next().unwrap_or_default().to_owned();
            said.push((crate::explain::kind_rank(symbol) + usize::from(member), sentence));
        }
        if file.symbols.is_none() {
            said.push((7, format!("changes {}", file.change.path)));
        }
    }
    if said.len() < 2 {
        return String::new();
    }
    said.sort_by_key(|(rank, _)| *rank);
    let mut lines: Vec<String> = said
        .into_iter()
        .map(|(_, sentence)| sentence)
        .filter(|text| ungrounded(text, facts).is_empty())
        .collect();
    lines.dedup();
    let more = lines.len() > BODY_LINES;
    lines.truncate(BODY_LINES);
    let mut text: Vec<String> = lines.iter().map(|line| wrap(line)).collect();
    if more {
        text.push("- and more".into());
    }
    text.join("\n")
}

/// A list's item in lines of [`WIDTH`].
fn wrap(text: &str) -> String {
    let mut lines = vec![String::from("-")];
    for word in text.split_whitespace() {
        let full = lines.last().is_some_and(|line| line.chars().count() + 1 + word.chars().count() > WIDTH);
        if full {
            lines.push(" ".into());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}
