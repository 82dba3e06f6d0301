//! Every key that may be set. The table below is the only place that knows them: types, documentation, schema and the
//! settings of VS Code are made from it.

use crate::key::{Change, Key, Kind, Reach, Safety};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Of each key: its documentation, the field's name and type, the default, the name, what it takes, whether a workspace
/// that is not trusted may set it, whether a change is heard at once, and how far it reaches.
macro_rules! settings {
    ($($(#[doc = $doc:literal])+
    $field:ident: $type:ty = $default:expr, $name:literal, $kind:expr, $safety:ident, $change:ident, $reach:ident;)+) => {
        /// What holds at one place, or in general.
        #[derive(Debug, Clone, PartialEq)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        /// All keys, in the order of the documentation.
        pub static KEYS: &[Key] = &[$(Key {
            name: $name,
            documentation: concat!($($doc, "\n"),+),
            kind: $kind,
            default: || json!($default),
            safety: Safety::$safety,
            change: Change::$change,
            reach: Reach::$reach,
        },)+];

        impl Settings {
            /// The keys whose values are others there.
            pub fn differences(&self, other: &Self) -> Vec<&'static str> {
                let mut names = Vec::new();
                $(if self.$field != other.$field {
                    names.push($name);
                })+
                names
            }

            /// Of the values that `of` finds for each key.
            pub(crate) fn collect(mut of: impl FnMut(&'static Key) -> Value) -> Self {
                let mut keys = KEYS.iter();
                Self { $($field: typed::<$type>(keys.next(), &mut of),)+ }
            }
        }
    };
}

settings! {
    /// Complete at all.
    completion_enable: bool = true,
        "completion.enable", Kind::Bool { wrong: None }, Safe, AtOnce, Places;
    /// How long somebody who types waits for a completion, in milliseconds. What comes later is not shown.
    completion_deadline: u64 = 1500,
        "completion.deadline", Kind::Integer { least: 50, most: 20_000 }, Safe, AtOnce, Places;
    /// The same for somebody who asked for a completion.
    completion_deadline_invoked: u64 = 6000,
        "completion.deadlineInvoked", Kind::Integer { least: 50, most: 60_000 }, Safe, AtOnce, Places;
    /// How long a completion waits for the next key of a fast typist, in milliseconds, at most. It never waits at the start
    /// of a line, after `.`, `(` and their like, or for somebody who types slowly.
    pace_delay: u64 = 50,
        "pace.delay", Kind::Integer { least: 0, most: 1_000 }, Safe, AtOnce, Session;
    /// Work out what is likely to be asked next while nobody types.
    pace_work_ahead: bool = true,
        "pace.workAhead", Kind::Bool { wrong: None }, Off, AtOnce, Session;
    /// Work ahead while the machine runs on its battery too, and wait no longer there for the next key.
    pace_on_battery: bool = false,
        "pace.onBattery", Kind::Bool { wrong: Some(false) }, Off, AtOnce, Session;
    /// Percent of the time that may go into work ahead.
    pace_cpu_budget: u64 = 50,
        "pace.cpuBudget", Kind::Integer { least: 0, most: 100 }, Unsafe, AtOnce, Session;
    /// Complete in comments and strings too while somebody types.
    comments_and_strings: bool = true,
        "commentsAndStrings", Kind::Bool { wrong: None }, Safe, AtOnce, Places;
    /// Hold back, while somebody types, what costs its reader more on average than it saves. Switched off, whatever is found and
    /// fits its place is shown.
    gate_enable: bool = true,
        "gate.enable", Kind::Bool { wrong: None }, Safe, AtOnce, Places;
    /// Added to the probabilities from which a completion is shown (`trust-lsp gate show`): more is quieter.
    gate_shift: f64 = 0.0,
        "gate.shift", Kind::Number { least: -0.25, most: 0.45 }, Safe, AtOnce, Places;
    /// Let the gate learn from what is accepted and rejected.
    adapt: bool = true,
        "adapt", Kind::Bool { wrong: None }, Off, AtOnce, Session;
    /// Count on this machine how completions fare. The counts hold no code, and never leave the machine.
    statistics: bool = true,
        "statistics", Kind::Bool { wrong: Some(false) }, Off, AtOnce, Session;
    /// Keep what the model has read from one start to the next, in the user's cache folder. Switched off, what was kept
    /// is taken away.
    keep_cache: bool = true,
        "keepCache", Kind::Bool { wrong: Some(false) }, Off, AtOnce, Session;
    /// Show over each symbol who changed it last, from git.
    last_change_lens: bool = false,
        "codeLens.lastChange", Kind::Bool { wrong: None }, Off, AtOnce, Session;
    /// Offer code actions that a model makes: document a symbol, simplify it, mend what a checker says of it.
    actions_model: bool = true,
        "actions.model", Kind::Bool { wrong: Some(false) }, Off, AtOnce, Session;
    /// Let the bundled model make them too. It completes code, and was not made to follow instructions.
    actions_bundled_model: bool = false,
        "actions.bundledModel", Kind::Bool { wrong: None }, Off, AtOnce, Session;
    /// Have a model word commit messages and say what changes are for, where one is in use that follows instructions; the
    /// bundled one is never asked. What it says is checked against the change, and what cannot be used is said by code.
    git_model: bool = true,
        "git.model", Kind::Bool { wrong: Some(false) }, Off, AtOnce, Session;
    /// Answer definitions, references, hovers and symbols: `on`, `off`, or `auto`, which is on in languages for which the
    /// client lets it be known that no other server answers. Or a table of these by language, where `*` stands for the rest.
    navigation: ByLanguage = "auto",
        "navigation", Kind::ChoiceByLanguage(&["auto", "on", "off"]), Safe, AtStart, Session;
    /// The languages that the client has another server for; what `auto` of `navigation` goes by.
    other_servers: Option<Vec<String>> = Option::<Vec<String>>::None,
        "otherServers", Kind::Texts, Safe, AtStart, Session;
    /// The model that completes, and does all else where no other is named: `bundled`, `none`, the name of one in the store
    /// (`trust-lsp models list`), a GGUF file by its absolute path (`~/` is the home folder), `endpoint:NAME`, an engine elsewhere
    /// (docs/network.md), or `auto`: the one of the bundled and the store's that `trust-lsp models recommend` puts first,
    /// if it was measured here and keeps up with typing beside all else that runs.
    model_path: String = "bundled",
        "model.path", Kind::Model { words: &["bundled", "none", "auto"] }, Unsafe, AtOnce, Session;
    /// The model that converses, makes edits and words changes: `same` as `model.path`, or another, named as there. It is loaded when
    /// it is first asked.
    model_chat: String = "same",
        "model.chat", Kind::Model { words: &["same", "bundled", "none", "auto"] }, Unsafe, AtOnce, Session;
    /// The model that takes part in reviews: `same` as `model.chat`, or another, named as there.
    model_review: String = "same",
        "model.review", Kind::Model { words: &["same", "bundled", "none", "auto"] }, Unsafe, AtOnce, Session;
    /// Tokens that the model holds at once, at most what it was trained for. Its KV cache in memory grows with them.
    model_context: u64 = 4096,
        "model.context", Kind::Integer { least: 64, most: 131_072 }, Unsafe, AtOnce, Session;
    /// The same of the models of `model.chat` and `model.review`, where those are others; 0 is as many as `model.context`.
    model_chat_context: u64 = 0,
        "model.chatContext", Kind::Integer { least: 0, most: 131_072 }, Unsafe, AtOnce, Session;
    /// Threads that the model runs on; 0 chooses by its size.
    model_threads: u64 = 0,
        "model.threads", Kind::Integer { least: 0, most: 256 }, Unsafe, AtOnce, Session;
    /// Layers of the model that a GPU computes, at most and as far as they fit into its memory, where trust-lsp was built for
    /// one (`trust-lsp doctor` lists them); 0 leaves all of them to the processor.
    model_gpu_layers: u64 = 1000,
        "model.gpuLayers", Kind::Integer { least: 0, most: 1000 }, Unsafe, AtOnce, Session;
    /// How the model is told of the hole that it fills: `spm` (what is behind first, then what is typed, so that a key costs one
    /// token) or `psm`, as it was trained; `auto` goes by its file, and takes `psm` where that says nothing.
    model_layout: String = "auto",
        "model.layout", Kind::Choice(&["auto", "psm", "spm"]), Unsafe, AtOnce, Session;
    /// The form in which models of your own call tools, where what their chat template renders misleads: `HASH=FORM`, with the template's
    /// hash as `trust-lsp models show` prints it, and `hermes`, `json`, `llama-3`, `mistral`, `granite` or `words` (docs/models.md).
    /// Counts where `command.enable` does.
    model_dialects: Vec<String> = Vec::<String>::new(),
        "model.dialects", Kind::Texts, Unsafe, AtStart, Session;
    /// Minutes without a query after which the model's memory is given back; 0 keeps it. The next query loads it again, and
    /// waits for that.
    model_idle_unload: f64 = 0.0,
        "model.idleUnload", Kind::Number { least: 0.0, most: 1440.0 }, Unsafe, AtOnce, Session;
    /// Megabytes that this process may hold; 0 sets no limit of its own. Where it holds more, and where the system says that memory is
    /// short, the model's memory is given back once nobody has asked it for half a minute, as by `model.idleUnload`. A model that
    /// needs more is not chosen by `auto`; one that was chosen by name is loaded, and warned of.
    model_memory_budget: u64 = 0,
        "model.memoryBudget", Kind::Integer { least: 0, most: 1_048_576 }, Unsafe, AtOnce, Session;
    /// Threads that the index is built on, at most as many as there are cores; 0 is one for each core, up to eight. On Linux those
    /// that do nothing else have a lower priority, so that completions come first.
    index_threads: u64 = 0,
        "index.threads", Kind::Integer { least: 0, most: 256 }, Unsafe, AtOnce, Session;
    /// A file of rules that find more secrets than are known here, in the shape that gitleaks reads, by its absolute path;
    /// or `none`. What is found is masked wherever a text is quoted.
    secret_rules: String = "none",
        "secrets.rules", Kind::Path { words: &["none"] }, Unsafe, AtStart, Session;
    /// Keep an audit log on this machine: which feature was used when, by which client, on which files (paths and hashes),
    /// with which model, and what became of the answer. No code, and nothing that was said. It never leaves the machine.
    audit_enabled: bool = true,
        "audit.enabled", Kind::Bool { wrong: Some(false) }, Unsafe, AtOnce, Session;
    /// Keep what was asked and answered in it too, secrets masked, each sealed with a key of its own.
    audit_content: bool = false,
        "audit.content", Kind::Bool { wrong: Some(false) }, Off, AtOnce, Session;
    /// Days after which what an entry says is erased; 0 keeps it. Six months are the least that rules for logs of AI systems ask
    /// for.
    audit_retention_days: u64 = 184,
        "audit.retentionDays", Kind::Integer { least: 0, most: 36_500 }, Unsafe, AtOnce, Session;
    /// What may leave this machine. `strict`: nothing, and no program that could send anything is started. `moderate`: downloads
    /// that you ask for, and requests to engines that you configured on this machine or in your team. `open`: to those elsewhere too.
    /// The program beside this one that sends is started with it, so what is wider than at the start waits for the next start;
    /// `strict` is heard at once (`trust-lsp privacy status`, docs/network.md).
    privacy: String = "strict",
        "privacy", Kind::Restriction(&["strict", "moderate", "open"]), Off, AtOnce, Session;
    /// Engines elsewhere: `name`, `url` (up to where `/v1` begins), `class` (`loopback`, `team` or `cloud`), and where there is
    /// something to say of it, `engine` (`openai` or `llama-server`), `model`, `context` in tokens, `keyVariable`, the variable of the
    /// environment that holds its key, and `tools`, whether its model may call those that read. Counts where `network.allow` does.
    endpoints: Vec<Value> = Vec::<Value>::new(),
        "endpoints", Kind::Endpoints, Unsafe, AtStart, Session;
    /// Hosts that a download may be led to by the one that you named; `*.` stands for any part before. Counts in the machine's
    /// and the user's file, the environment and flags only.
    network_allow: Vec<String> = ["huggingface.co", "*.huggingface.co", "*.hf.co"],
        "network.allow", Kind::Texts, Unsafe, AtStart, Session;
    /// Where `hf:` models are looked for, in this order: Hugging Face, or mirrors of it. Counts where `network.allow` does.
    network_hubs: Vec<String> = ["https://huggingface.co"],
        "network.hubs", Kind::Texts, Unsafe, AtStart, Session;
    /// Offer the tool `run_command` to models and at the terminal (docs/tools.md). Each command is asked about. Counts where
    /// `network.allow` does, but for flags.
    command_enable: bool = false,
        "command.enable", Kind::Bool { wrong: Some(false) }, Unsafe, AtStart, Session;
    /// What must hold a command, or a server: `bubblewrap`; `any`, that or else Landlock with a filter of system calls; or `none`, which runs it
    /// where there is neither, with all the rights that you have. Counts where `command.enable` does.
    command_sandbox: String = "any",
        "command.sandbox", Kind::Restriction(&["bubblewrap", "any", "none"]), Unsafe, AtStart, Session;
    /// Folders that a command may read beside the workspace and the system's, such as `~/.cargo` and `~/.rustup`. Counts where
    /// `command.enable` does.
    command_readable: Vec<String> = Vec::<String>::new(),
        "command.readable", Kind::Texts, Unsafe, AtStart, Session;
    /// Servers of the Model Context Protocol whose tools models may call: `name`, `command`, and where there is something to say of
    /// it, `arguments`, `environment`, `write` (they may change files of the workspace), `readable` (folders beside it) and `tools`
    /// (the names of those that are offered). Each is started in a sandbox, after a consent for the workspace (docs/tools.md).
    /// Counts where `command.enable` does.
    servers: Vec<Value> = Vec::<Value>::new(),
        "servers", Kind::Servers, Unsafe, AtStart, Session;
    /// The folder of your team's configuration, by its absolute path: a manifest that is signed, and what it lists (docs/team.md).
    /// Nothing is fetched; keep it up to date by your own means. Counts in the machine's and the user's file only.
    team_source: String = "none",
        "team.source", Kind::Path { words: &["none"] }, Unsafe, AtOnce, Session;
    /// The minisign key that the team's manifest is signed with: the line of `minisign.pub` that begins with `RW`. Counts in the
    /// machine's and the user's file only.
    team_key: String = "",
        "team.key", Kind::Text, Unsafe, AtOnce, Session;
    /// The profile in use: one of those that the machine's, the team's or the user's file defines under `[profiles.NAME]`. Set for a
    /// language or a directory it counts there as if what it says stood there: in general and for languages, of the keys that may be
    /// set so.
    profile: String = "",
        "profile", Kind::Text, Unsafe, AtOnce, Places;
}

impl Default for Settings {
    fn default() -> Self {
        Self::collect(|key| (key.default)())
    }
}

/// One choice for all languages, or one for each by its id, `*` for the rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum ByLanguage {
    All(String),
    Each(BTreeMap<String, String>),
}

impl Default for ByLanguage {
    fn default() -> Self {
        Self::Each(BTreeMap::new())
    }
}

/// The key of this name.
pub fn key(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// What was checked by the key's kind has its type.
fn typed<T: DeserializeOwned + Default>(
    key: Option<&'static Key>,
    of: &mut impl FnMut(&'static Key) -> Value,
) -> T {
    key.map(of).and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_default_is_what_its_key_takes_and_reaches_its_field() {
        for key in KEYS {
            let default = (key.default)();
            assert!(default.is_null() || key.kind.check(&default).is_ok(), "{}", key.name);
            assert!(KEYS.iter().filter(|other| other.name == key.name).count() == 1);
            assert!(!key.documentation.trim().is_empty());
        }
        let settings = Settings::default();
        assert!(settings.completion_enable && settings.statistics && !settings.last_change_lens);
        assert_eq!((settings.completion_deadline, settings.model_context), (1500, 4096));
        assert_eq!(settings.model_path, "bundled");
        assert_eq!(settings.navigation, ByLanguage::All("auto".into()));
        assert_eq!(settings.other_servers, None);
        assert_eq!(settings.privacy, "strict");
        assert!(settings.audit_enabled && !settings.audit_content);
        let other = Settings { audit_content: true, adapt: false, ..Settings::default() };
        assert_eq!(settings.differences(&other), ["adapt", "audit.content"]);
        assert!(settings.differences(&settings).is_empty());
        assert_eq!(settings.network_hubs, ["https://huggingface.co"]);
    }
}
