//! `trust/models`, `trust/useModel`

use super::Backend;
use crate::library;
use crate::model_slot::NotLoaded;
use crate::protocol::{Models, TaskName, UseModelParams, UsedModel};
use crate::server::{failed, goes_on, off_task};
use std::collections::HashMap;
use std::time::Instant;
use tower_lsp::gen_lsp_types::{MessageActionItem, MessageType};
use tower_lsp::jsonrpc::{Error, Result};
use trust_config::{Settings, Target};
use trust_models::{Listing, Task};

pub async fn models(backend: &Backend) -> Result<Models> {
    let settings = backend.0.configuration.settings();
    let (meant, held) = (settings.clone(), backend.0.assistant().map(|assistant| assistant.models().held()));
    let listed = off_task(move |_| {
        let listing = match library::store().and_then(|store| Ok(store.list()?)) {
            Ok(listing) => listing,
            Err(error) => Listing { notices: vec![error.to_string()], ..Listing::default() },
        };
        library::rows(&listing, &library::chosen(&meant, &held.unwrap_or_default()))
            .map(|rows| (rows, listing.notices))
    });
    let (rows, notices) = listed.await?.map_err(|error| failed(error.to_string()))?;
    let models = rows.iter().map(library::object).collect();
    let Settings { model_path, model_chat, model_review, .. } = settings;
    Ok(Models { models, configured: model_path, chat: model_chat, review: model_review, notices })
}

/// Loads first, and changes the configuration once that went well: so what is configured is what answers.
pub async fn use_model(backend: &Backend, params: UseModelParams) -> Result<UsedModel> {
    let start = Instant::now();
    let session = &backend.0;
    let task = match params.task {
        TaskName::Completion => Task::Completion,
        TaskName::Chat => Task::Chat,
        TaskName::Review => Task::Review,
    };
    let key = trust_config::key(library::key(task)).ok_or_else(Error::internal_error)?;
    if let Some(model) = &params.model {
        let checked = key.kind.check(&model.as_str().into());
        checked.map_err(|told| Error::invalid_params(format!("`model` {told}")))?;
    }
    let unsaid = |backend: &Backend| {
        let session = backend.0.clone();
        off_task(move |_| library::said(&mut session.configuration.unsaid(), task).clone())
    };
    let mut settings = session.configuration.settings();
    *library::said(&mut settings, task) = match &params.model {
        Some(model) => model.clone(),
        None => unsaid(backend).await?,
    };
    match session.exchange_models(&settings).await {
        Ok(()) => {}
        Err(NotLoaded::Overtaken) => return Err(failed("another model was asked for meanwhile".into())),
        Err(NotLoaded::Failed(reason)) => {
            let told = session.assistant().and_then(|assistant| goes_on(assistant, task, &reason));
            return Err(failed(told.unwrap_or(reason)));
        }
    }
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    if let Some(model) = params.model.clone().filter(|_| params.save) {
        let file = session.configuration.user_file();
        let file = file.ok_or_else(|| failed("no home folder, so there is no file to write to".into()))?;
        let save = move |_: &_| {
            let target = Target { file: &file, language: None, directory: None, private: true };
            trust_config::set(target, key, &model.into()).map_err(|error| error.to_string())
        };
        off_task(save).await?.map_err(failed)?;
    }
    // What was saved needs no second word, unless something else counts for more.
    let needs_no_word = params.save && unsaid(backend).await? == *library::said(&mut settings, task);
    session.configuration.say(key, params.model.filter(|_| !needs_no_word));
    session.configuration.reread().await;
    let current = session.assistant().and_then(|assistant| assistant.model_of(task).current());
    let name = current.map(|loaded| loaded.model().card().name.clone());
    let configured = library::said(&mut session.configuration.settings(), task).clone();
    Ok(UsedModel { name, configured, milliseconds })
}

/// Has the user choose one; none where he does not.
pub async fn ask_for_model(backend: &Backend) -> Result<Option<String>> {
    let listed = models(backend).await?;
    let names = listed.models.iter().filter_map(|model| model["name"].as_str());
    let choices = names.map(|name| MessageActionItem { title: name.into(), properties: HashMap::new() });
    let message = format!("trust-lsp: which model is to answer? Now it is {}.", listed.configured);
    let choices = Some(choices.collect());
    let chosen = backend.0.lsp.show_message_request(MessageType::Info, message, choices).await?;
    Ok(chosen.map(|item| item.title))
}
