//! `codeAction/resolve`: the model makes the edit only when its action was chosen; and which of these actions are offered.

use super::Backend;
use super::execute_command::{CHAT, EDIT};
use super::inline_completion::accepted;
use super::model_edit::{Chosen, Proposed, is_on, make, site};
use crate::acting::readable;
use crate::server::Document;
use crate::server::off_task;
use serde_json::json;
use std::sync::Arc;
use tower_lsp::gen_lsp_types::{
    CodeAction, CodeActionKind, CodeActionResponse, CodeActionTag, Command, Diagnostic, Message, Range, Uri,
};
use tower_lsp::jsonrpc::{Error, Result};
use trust_assist::actions::{Wish, offer};

/// Findings of checkers that are offered to be mended, at most, and the longest title.
const FIXES: usize = 3;
const TITLE: usize = 60;

/// The actions of the model for what stands at `range`, of the kinds that are wanted.
pub async fn offers(
    backend: &Backend,
    (uri, document): (&Uri, &Document),
    range: Range,
    diagnostics: &[Diagnostic],
    wants: impl Fn(&CodeActionKind) -> bool,
) -> Result<Vec<CodeActionResponse>> {
    let session = &backend.0;
    let client = session.client();
    let can = client.resolves_actions || client.applies_edits;
    let Some(assistant) = session.assistant().filter(|_| is_on(session) && can) else {
        return Ok(Vec::new());
    };
    if ![CodeActionKind::QuickFix, CodeActionKind::RefactorRewrite, CodeActionKind::Empty].iter().any(&wants)
    {
        return Ok(Vec::new());
    }
    let own = Arc::clone(session);
    let (assistant, there, encoding) = (assistant.clone(), document.clone(), client.encoding);
    let found = off_task(move |_| {
        let site = site(&there, range, encoding).ok()?;
        readable(&assistant, &site.path, &site.text).ok()?;
        let offer = offer(site.language, &site.text, &site.selection);
        Some((offer, site.language, own.configuration.user_actions()))
    });
    let Some((offer, language, (user_actions, problems))) = found.await? else { return Ok(Vec::new()) };
    problems.into_iter().for_each(|problem| session.warn(problem));
    let version = Some(document.version);
    let offered = |title: String, wish: &Wish, diagnostic: Option<&Diagnostic>| {
        let is_fix = matches!(wish, Wish::Fix(_));
        let kind = if is_fix { CodeActionKind::QuickFix } else { CodeActionKind::RefactorRewrite };
        let range = diagnostic.map_or(range, |one| one.range);
        let (wish, message) = (wish.word().to_owned(), wish.instruction().to_owned());
        let chosen = serde_json::to_value(Chosen { wish, uri: uri.clone(), version, range, message }).ok();
        // An editor that does not come back for the edit is sent it.
        let (data, command) = match client.resolves_actions {
            true => (chosen, None),
            false => (None, chosen.map(|chosen| command(&title, EDIT, chosen))),
        };
        let diagnostics = diagnostic.map(|one| vec![one.clone()]);
        let tags = client.tags_actions.then(|| vec![CodeActionTag::LLMGenerated]);
        match client.code_action_literals {
            true => CodeAction {
                title,
                kind: Some(kind),
                diagnostics,
                data,
                tags,
                command,
                ..CodeAction::default()
            }
            .into(),
            false => command.unwrap_or_default().into(),
        }
    };
    let mut all: Vec<CodeActionResponse> = Vec::new();
    if wants(&CodeActionKind::QuickFix) && offer.symbol.is_some() {
        all.extend(diagnostics.iter().take(FIXES).filter(|one| !words_of(one).trim().is_empty()).map(
            |one| {
                let message = words_of(one);
                let title: String = message.lines().next().unwrap_or_default().chars().take(TITLE).collect();
                offered(format!("Fix with the model: {title}"), &Wish::Fix(message.into()), Some(one))
            },
        ));
    }
    if wants(&CodeActionKind::RefactorRewrite) {
        let wishes = offer.wishes(language);
        all.extend(
            wishes.into_iter().map(|(title, wish)| offered(format!("{title} with the model"), &wish, None)),
        );
        if offer.symbol.is_some() {
            all.extend(
                user_actions.into_iter().map(|own| offered(own.title, &Wish::Rewrite(own.instruction), None)),
            );
        }
    }
    if let Some(symbol) = offer.symbol.filter(|_| wants(&CodeActionKind::Empty)) {
        let title = format!("Explain `{}` with the model", symbol.name);
        let asked =
            json!({ "message": format!("What does `{}` do?", symbol.name), "uri": uri, "range": range });
        let command = command(&title, CHAT, asked);
        let tags = client.tags_actions.then(|| vec![CodeActionTag::LLMGenerated]);
        all.push(match client.code_action_literals {
            true => CodeAction { title, command: Some(command), tags, ..CodeAction::default() }.into(),
            false => command.into(),
        });
    }
    Ok(all)
}

fn command(title: &str, name: &str, argument: serde_json::Value) -> Command {
    Command { title: title.into(), tooltip: None, command: name.into(), arguments: Some(vec![argument]) }
}

fn words_of(diagnostic: &Diagnostic) -> &str {
    match &diagnostic.message {
        Message::String(text) => text,
        Message::MarkupContent(content) => &content.value,
    }
}

pub async fn resolve_action(backend: &Backend, action: CodeAction) -> Result<CodeAction> {
    let chosen = action.data.clone().map(serde_json::from_value::<Chosen>);
    let Some(Ok(chosen)) = chosen else {
        return Err(Error::invalid_params("the action is not one that this server offered"));
    };
    let Proposed { edit, previews, id } = make(backend, chosen, true).await?;
    let data = (!previews.is_empty()).then(|| json!({ "previews": previews }));
    Ok(CodeAction { edit: Some(edit), data, command: Some(accepted(id)), ..action })
}
