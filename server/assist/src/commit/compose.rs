//! A message put together: the topic from the facts, the form from the style, and a check at the end.

use super::classify::Classifier;
use super::frame::Frame;
use super::grounding::{Facts, tells_a_secret, ungrounded};
use super::scope::{Scopes, fallback};
use super::style::Form;
use super::ticket::Spot;
use super::topic::{Topic, topics};
use super::verbs::{Tense, conjugate};
use super::{History, Style};
use crate::explain::symbol_sentence;
use std::cell::OnceCell;
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
    /// Who found the words.
    pub source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    Code,
    Model,
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
    drafts_by(&Taught::by(history), files, request, count)
}

/// The best message for each of several changes; the history teaches once.
pub fn draft_each(changes: &[Vec<FileFacts>], history: &History, request: &Request) -> Vec<Option<Draft>> {
    let taught = Taught::by(history);
    changes.iter().map(|files| drafts_by(&taught, files, request, 1).into_iter().next()).collect()
}

fn drafts_by(taught: &Taught, files: &[FileFacts], request: &Request, count: usize) -> Vec<Draft> {
    if files.is_empty() {
        return Vec::new();
    }
    let ground = Ground::by(taught, files, request);
    let mut drafts: Vec<Draft> = Vec::new();
    for kind in ground.kinds.iter().take(2) {
        let frame = ground.frame(kind.as_deref());
        for topic in &ground.topics {
            let subject = subject(topic, &frame, &ground.facts);
            if drafts.iter().all(|draft| draft.subject != subject) {
                drafts.push(ground.draft(subject, frame.kind, String::new(), Source::Code));
            }
            if drafts.len() >= count {
                return drafts;
            }
        }
    }
    drafts
}

/// What a history teaches of types and scopes.
struct Taught<'a> {
    history: &'a History,
    scopes: Scopes,
    /// Learned where messages have types.
    kinds: OnceCell<Classifier>,
}

impl<'a> Taught<'a> {
    fn by(history: &'a History) -> Self {
        Self { history, scopes: Scopes::learn(&history.examples), kinds: OnceCell::new() }
    }

    fn kinds(&self) -> &Classifier {
        self.kinds.get_or_init(|| Classifier::learn(&self.history.examples))
    }
}

/// What all messages for a change have in common.
pub(super) struct Ground<'a> {
    files: &'a [FileFacts],
    style: &'a Style,
    request: &'a Request,
    pub facts: Facts,
    topics: Vec<Topic>,
    /// The types, the most probable first; one that is none where messages have none.
    pub kinds: Vec<Option<String>>,
    scope: Option<String>,
}

impl<'a> Ground<'a> {
    pub fn of(files: &'a [FileFacts], history: &'a History, request: &'a Request) -> Self {
        Self::by(&Taught::by(history), files, request)
    }

    fn by(taught: &Taught<'a>, files: &'a [FileFacts], request: &'a Request) -> Self {
        let history = taught.history;
        let style = &history.style;
        let form = request.form.unwrap_or(style.form);
        let paths: Vec<&str> = files.iter().map(|file| file.change.path.as_str()).collect();
        let touched: Vec<_> =
            files.iter().map(|file| (file.change.path.clone(), file.change.status)).collect();
        let scope = taught.scopes.of(&touched);
        let untaught = history.examples.iter().all(|example| example.scope.is_none());
        let scope = scope.or_else(|| fallback(&paths).filter(|_| style.scoped && untaught));
        let kinds = match form {
            Form::Conventional => taught.kinds().rank(files, &style.types).into_iter().map(Some).collect(),
            Form::Plain => vec![None],
        };
        let facts = Facts::of(files);
        let areas = style.areas && request.form.is_none();
        // An area may be a path, and a path has to be there.
        let scope =
            scope.filter(|scope| form == Form::Conventional || areas && ungrounded(scope, &facts).is_empty());
        Self { files, style, request, facts, topics: topics(files), kinds, scope }
    }

    /// What stands around a description of this type.
    pub fn frame<'b>(&'b self, kind: Option<&'b str>) -> Frame<'b> {
        let ticket = |spot| self.style.ticket.as_ref()?.at(spot, self.request.branch.as_deref());
        Frame {
            style: self.style,
            kind,
            scope: ticket(Spot::Scope).filter(|_| kind.is_some()).or_else(|| self.scope.clone()),
            front: ticket(Spot::Front),
            end: ticket(Spot::End),
        }
    }

    /// The whole of a message. The reason, where there is one, stands above what happened.
    pub fn draft(&self, subject: String, kind: Option<&str>, reason: String, source: Source) -> Draft {
        let style = self.style;
        let facts = if style.body { body(self.files, &self.facts) } else { String::new() };
        let ticket =
            style.ticket.as_ref().and_then(|ticket| ticket.at(Spot::Body, self.request.branch.as_deref()));
        let signer = self.request.signer.as_ref().filter(|_| style.sign_off);
        let signed = signer.map(|signer| format!("{SIGNED}{signer}"));
        let trailers: Vec<String> = ticket.into_iter().chain(signed).collect();
        let parts = [reason, facts, trailers.join("\n")];
        let body: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        let kind = kind.map(str::to_owned);
        Draft { subject, body: body.join("\n\n"), kind, scope: self.scope.clone(), source }
    }

    pub fn has_bodies(&self) -> bool {
        self.style.body
    }
}

/// The longest wording of the topic that is as short as others are, else one that fits, and names nothing that is not there.
fn subject(topic: &Topic, frame: &Frame, facts: &Facts) -> String {
    let wordings = topic.objects.iter().map(|object| {
        let text = format!("{} {object}", conjugate(topic.verb, frame.style.tense));
        if frame.style.quotes { text } else { text.replace('`', "") }
    });
    let sound = wordings.filter(|text| ungrounded(text, facts).is_empty() && !tells_a_secret(text));
    let fit: Vec<String> = sound.filter_map(|text| frame.put(&text)).collect();
    let usual = fit.iter().find(|subject| subject.chars().count() <= frame.style.length);
    usual.or(fit.first()).cloned().unwrap_or_else(|| {
        let plain = plain(topic.verb, frame.style.tense);
        frame.put(&plain).unwrap_or(plain)
    })
}

/// What is true of every change.
fn plain(verb: &str, tense: Tense) -> String {
    format!("{} code", conjugate(verb, tense))
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
    let mut lines: Vec<String> = Vec::new();
    for (_, sentence) in said {
        // One more than there is room for says that there are more.
        if lines.len() > BODY_LINES {
            break;
        }
        let is_new = lines.last() != Some(&sentence);
        if is_new && ungrounded(&sentence, facts).is_empty() && !tells_a_secret(&sentence) {
            lines.push(sentence);
        }
    }
    let more = lines.len() > BODY_LINES;
    lines.truncate(BODY_LINES);
    let mut text: Vec<String> = lines.iter().map(|line| wrap("-", " ", line)).collect();
    if more {
        text.push("- and more".into());
    }
    text.join("\n")
}

/// Text in lines of [`WIDTH`]; what the first begins with, and the others.
pub(super) fn wrap(first: &str, others: &str, text: &str) -> String {
    let mut lines = vec![String::from(first)];
    for word in text.split_whitespace() {
        let full = lines.last().is_some_and(|line| line.chars().count() + 1 + word.chars().count() > WIDTH);
        if full {
            lines.push(others.into());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines.join("\n")
}
