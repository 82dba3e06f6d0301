//! Which model each task has, as the configuration says it: `same` is the one of another task, and `auto` the one that is best
//! here and now.
//!
//! *Invariant:* `auto` takes a model of this machine, never an engine elsewhere: nothing leaves by a choice that nobody made.

use super::{BUNDLED, budget, context, rows, store};
use std::collections::HashMap;
use trust_config::Settings;
use trust_gguf::GgufError;
use trust_models::{
    BUNDLED_NAME, Candidate, Conditions, Listing, Machine, Measured, Task, Verdict, need, recommend, select,
};

/// The word for whatever is best here and now.
const AUTO: &str = "auto";
/// The word for the model of another task.
const SAME: &str = "same";

/// What a task has.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct One {
    /// As `model.path` says it, and neither `same` nor `auto`.
    pub said: String,
    /// It has what another task has.
    pub is_same: bool,
    /// What spoke for it, where nobody chose it.
    pub why: Option<String>,
}

/// What the tasks have, in the order of [`Task::ALL`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Chosen([One; 3]);

impl Chosen {
    pub fn of(&self, task: Task) -> &One {
        &self.0[task as usize]
    }
}

/// Whether any task has what is best at the moment, so that another moment may have another model.
pub fn is_automatic(settings: &Settings) -> bool {
    [&settings.model_path, &settings.model_chat, &settings.model_review].contains(&&AUTO.to_owned())
}

/// What the settings mean at this moment; `held` are the names of models in memory. Reads the store's manifest where something
/// is `auto`.
pub fn chosen(settings: &Settings, held: &[String]) -> Chosen {
    let found = is_automatic(settings).then(|| found(held));
    choose(settings, found.unwrap_or_default(), Conditions::here)
}

/// The bundled model and those of the store.
fn found(held: &[String]) -> Vec<Candidate> {
    let listing = match store().map(|store| store.list()) {
        Ok(Ok(listing)) => listing,
        Ok(Err(error)) => Listing { notices: vec![error.to_string()], ..Listing::default() },
        Err(error) => Listing { notices: vec![error.to_string()], ..Listing::default() },
    };
    listing.notices.iter().for_each(|notice| tracing::warn!(notice));
    let candidates = candidates(&listing, &Chosen::default()).unwrap_or_default();
    let hold = |candidate: Candidate| {
        let held = candidate.bundled || held.contains(&candidate.name);
        Candidate { held, in_use: held, ..candidate }
    };
    candidates.into_iter().map(hold).collect()
}

/// The bundled model and those of the store, with what was measured of them here, and which the tasks have.
///
/// # Errors
/// None, as long as the program is what was built.
pub fn candidates(listing: &Listing, chosen: &Chosen) -> Result<Vec<Candidate>, GgufError> {
    let measured = store().map(|store| store.measured(&Machine::this())).unwrap_or_default();
    let measured: HashMap<String, Measured> =
        measured.into_iter().map(|one| (one.sha256.clone(), one)).collect();
    let rows = rows(listing, chosen)?.into_iter();
    let candidate = |row: super::Row| Candidate {
        measured: measured.get(&row.sha256).cloned(),
        name: row.name,
        size_bytes: row.size,
        bundled: row.entry.is_none(),
        in_use: row.tasks.contains(&Task::Completion),
        held: false,
        facts: row.facts,
    };
    Ok(rows.map(candidate).collect())
}

fn choose(settings: &Settings, mut all: Vec<Candidate>, here: impl Fn(u64) -> Conditions) -> Chosen {
    let mut taken = 0;
    let mut best = |task: Task| {
        let context = context(settings, task);
        let mut conditions = here(context);
        conditions.available = conditions.available.map(|bytes| bytes.saturating_sub(taken));
        (conditions.budget, conditions.taken) = (budget(settings), taken);
        let verdicts = recommend(all.clone(), task, conditions);
        let Verdict { candidate, reasons, .. } = select(&verdicts, task)?;
        // What one task has, the next finds in memory.
        for other in all.iter_mut().filter(|other| other.name == candidate.name && !other.held) {
            taken += need(candidate.size_bytes, &candidate.facts, context);
            other.held = true;
        }
        let said = if candidate.name == BUNDLED_NAME { BUNDLED.into() } else { candidate.name.clone() };
        Some(One { said, is_same: false, why: Some(reasons.join("; ")) })
    };
    let mut of = |task: Task, said: &str, other: Option<&One>| match (said, other) {
        (AUTO, other) => best(task).unwrap_or_else(|| One {
            said: other.map_or(BUNDLED.into(), |other| other.said.clone()),
            is_same: other.is_some(),
            why: Some(format!("no model of the store is fit for {}", task.name())),
        }),
        (SAME, Some(other)) => One { is_same: true, ..other.clone() },
        (said, _) => One { said: said.into(), is_same: false, why: None },
    };
    let completion = of(Task::Completion, &settings.model_path, None);
    let chat = of(Task::Chat, &settings.model_chat, Some(&completion));
    let review = of(Task::Review, &settings.model_review, Some(&chat));
    // What is the same as the conversation's is the same as the completion's only if that is.
    let review = One { is_same: review.is_same && chat.is_same, ..review };
    Chosen([completion, chat, review])
}

#[cfg(test)]
mod tests {
    use super::*;
    use trust_models::{Recorded, bundled_facts};

    fn candidate(name: &str, bytes: u64, fills: bool, chats: bool) -> Candidate {
        let mut facts = Recorded::from(&bundled_facts().unwrap());
        facts.title = Some(name.into());
        (facts.parameters, facts.fill_in_the_middle, facts.chat_template) = (bytes, fills, chats);
        facts.kv_bytes_per_token = Some(1_000);
        let bundled = name == BUNDLED_NAME;
        Candidate {
            name: name.into(),
            size_bytes: bytes,
            facts,
            measured: None,
            bundled,
            in_use: false,
            held: bundled,
        }
    }

    fn settings(path: &str, chat: &str, review: &str) -> Settings {
        Settings {
            model_path: path.into(),
            model_chat: chat.into(),
            model_review: review.into(),
            ..Settings::default()
        }
    }

    #[test]
    fn each_task_has_what_is_said_of_it_of_another_or_what_is_best_now() {
        let all = || {
            vec![
                candidate(BUNDLED_NAME, 7_000_000, true, true),
                candidate("coder", 2_000_000_000, true, true),
                candidate("talker", 3_000_000_000, false, true),
            ]
        };
        let (much, little) = (16_000_000_000, 3_000_000_000);
        let tiny = 20_000_000;
        type Case = ([&'static str; 3], u64, [(&'static str, bool); 3]);
        let cases: [Case; 10] = [
            (["bundled", "same", "same"], much, [("bundled", false), ("bundled", true), ("bundled", true)]),
            (["coder", "same", "same"], much, [("coder", false), ("coder", true), ("coder", true)]),
            (["coder", "talker", "same"], much, [("coder", false), ("talker", false), ("talker", false)]),
            (
                ["none", "endpoint:team", "none"],
                much,
                [("none", false), ("endpoint:team", false), ("none", false)],
            ),
            // Nothing was measured, so nobody waits for it at a key; a conversation may.
            (["auto", "auto", "auto"], much, [("bundled", false), ("talker", false), ("talker", false)]),
            (["bundled", "auto", "same"], little, [("bundled", false), ("coder", false), ("coder", false)]),
            (["bundled", "auto", "same"], tiny, [("bundled", false), ("bundled", true), ("bundled", true)]),
            (["coder", "same", "auto"], much, [("coder", false), ("coder", true), ("talker", false)]),
            (
                ["/m.gguf", "/m.gguf", "same"],
                much,
                [("/m.gguf", false), ("/m.gguf", false), ("/m.gguf", false)],
            ),
            (["none", "same", "same"], much, [("none", false), ("none", true), ("none", true)]),
        ];
        for ([path, chat, review], bytes, expected) in cases {
            let here = |context| Conditions { context, available: Some(bytes), ..Conditions::default() };
            let chosen = choose(&settings(path, chat, review), all(), here);
            let found = Task::ALL.map(|task| (chosen.of(task).said.as_str(), chosen.of(task).is_same));
            assert_eq!(found, expected, "{path} {chat} {review}");
            for (task, said) in Task::ALL.into_iter().zip([path, chat, review]) {
                assert_eq!(
                    said == AUTO,
                    chosen.of(task).why.is_some() && said != SAME,
                    "{task:?} {chosen:?}"
                );
            }
        }
    }

    #[test]
    fn a_smaller_form_of_the_bundled_model_is_taken_for_no_conversation() {
        let mut smaller = candidate("trust-nano-q4_0", 4_700_000, true, true);
        smaller.facts.title = Some(BUNDLED_NAME.into());
        let all = vec![candidate(BUNDLED_NAME, 7_000_000, true, true), smaller];
        let here = |context| Conditions { context, ..Conditions::default() };
        for (path, same) in [("auto", "bundled"), ("trust-nano-q4_0", "trust-nano-q4_0")] {
            let chosen = choose(&settings(path, "auto", "auto"), all.clone(), here);
            for task in [Task::Chat, Task::Review] {
                let One { said, is_same, why } = chosen.of(task);
                assert_eq!((said.as_str(), *is_same), (same, true), "{path} {task:?}");
                assert!(why.as_ref().unwrap().contains("no model of the store is fit"), "{why:?}");
            }
        }
    }

    #[test]
    fn what_one_task_takes_the_next_does_not_find() {
        let all = vec![
            candidate(BUNDLED_NAME, 7_000_000, true, true),
            candidate("talker", 3_000_000_000, false, true),
            candidate("judge", 2_900_000_000, false, true),
        ];
        let here = |context| Conditions { context, available: Some(4_500_000_000), ..Conditions::default() };
        let chosen = choose(&settings("bundled", "auto", "auto"), all, here);
        let (chat, review) = (chosen.of(Task::Chat), chosen.of(Task::Review));
        assert_eq!((chat.said.as_str(), review.said.as_str()), ("talker", "talker"));
        assert!(review.why.as_ref().unwrap().contains("which it has already"));
    }

    #[test]
    fn nothing_is_chosen_that_takes_more_than_the_budget() {
        let all = || {
            vec![
                candidate(BUNDLED_NAME, 7_000_000, true, true),
                candidate("talker", 3_000_000_000, false, true),
                candidate("small", 1_000_000_000, false, true),
            ]
        };
        for (megabytes, chat, review) in [
            (0, "talker", "talker"),
            (3_500, "talker", "talker"),
            (1_500, "small", "small"),
            (500, "bundled", "bundled"),
        ] {
            let settings = Settings { model_memory_budget: megabytes, ..settings("bundled", "auto", "auto") };
            let here =
                |context| Conditions { context, available: Some(16_000_000_000), ..Conditions::default() };
            let chosen = choose(&settings, all(), here);
            let said = [Task::Chat, Task::Review].map(|task| chosen.of(task).said.as_str());
            assert_eq!(said, [chat, review], "{megabytes} MB");
        }
    }
}
