//! `trust-lsp models`: the models that there are, which one is used and why, and what they are.

mod bench;
mod catalogue;
mod detect;
mod elsewhere;
mod in_use;
mod list;
mod pick;
mod pull;
mod quantize;
mod recommend;
mod show;
mod stock;

use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use trust_config::ENDPOINT;
use trust_engine::Quantisation;

pub const EXAMPLES: &str = "\
Examples:
  trust-lsp models list                     those that there are; the one in use has a star
  trust-lsp models import ~/qwen.gguf       check it, and copy it into the store
  trust-lsp models import ~/qwen.gguf --link --name qwen
  trust-lsp models pull hf:OWNER/REPO/FILE.gguf    fetch it (in the privacy modes `moderate` and `open`), and take it in
  trust-lsp models catalogue --task completion     models that others publish; `pull NAME` fetches one
  trust-lsp models detect                   engines that answer on this machine, and how to use one
  trust-lsp models use qwen                 writes `model.path = \"qwen\"` into your file; running servers switch
  trust-lsp models use bundled
  trust-lsp models verify                   read every file, and compare it with what was imported
  trust-lsp models remove qwen
  trust-lsp models pick                     choose from a list
  trust-lsp models bench qwen               how fast it is here, and what memory it takes
  trust-lsp models recommend --task chat    which one is fit for it here, and why
  trust-lsp models quantize qwen --to Q4_K_M
  trust-lsp models show                     the bundled model
  trust-lsp models show qwen --json

The dialect that `show` names is how a model is told of tools and how it calls them. It is read off the chat template in
the file, and tried at once; a model that knows no tools is told of them in words. docs/models.md says more.";

#[derive(Args)]
pub struct Command {
    #[command(subcommand)]
    command: Action,
}

#[derive(Subcommand)]
enum Action {
    /// The models that there are.
    List {
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say what is known of a model.
    Show {
        /// A name, or a GGUF file.
        #[arg(value_name = "NAME|PATH", default_value = crate::library::BUNDLED)]
        model: String,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Check a GGUF file, and take it into the store.
    Import {
        #[arg(value_name = "PATH")]
        path: PathBuf,
        /// Instead of the name that its own facts give it.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Link to the file instead of copying it.
        #[arg(long)]
        link: bool,
    },
    /// Fetch a model, check it, and take it into the store. Run again, it goes on where it was.
    Pull {
        /// A name of the catalogue, hf:OWNER/REPOSITORY/FILE.gguf[@REVISION], https://…, or file:///…
        #[arg(value_name = "SOURCE")]
        source: String,
        /// Instead of the name that its own facts give it.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// What its SHA-256 must be; without it, what its host says counts, if it says so.
        #[arg(long, value_name = "HEX")]
        sha256: Option<String>,
    },
    /// Models that others publish, whether they would fit here, and how to get them. Nothing is fetched.
    Catalogue {
        /// One task only.
        #[arg(long, value_enum)]
        task: Option<recommend::Asked>,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Say which engines answer on this machine (in the privacy modes `moderate` and `open`).
    Detect {
        /// Instead of the usual ports (repeatable); of this machine only.
        #[arg(long, value_name = "HOST:PORT")]
        at: Vec<String>,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Read files whole, and say what is broken.
    Verify {
        /// One model only.
        #[arg(value_name = "NAME")]
        name: Option<String>,
    },
    /// Take a model out of the store.
    Remove {
        #[arg(value_name = "NAME")]
        name: String,
        /// The one in use too.
        #[arg(long)]
        force: bool,
    },
    /// Choose one from a list, as `use` does by name.
    Pick {
        /// For what; the one that completes does all else where nothing more is said.
        #[arg(long = "for", value_name = "TASK", value_enum, default_value = "completion")]
        task: recommend::Asked,
    },
    /// Measure how fast a model reads and writes on this machine; it is kept beside the store.
    Bench {
        /// The one in use by default.
        #[arg(value_name = "NAME|PATH")]
        model: Option<String>,
        /// Print a JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Say which model is fit for what on this machine, and why.
    Recommend {
        /// One task only.
        #[arg(long, value_enum)]
        task: Option<recommend::Asked>,
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Make a smaller model of one, and say what it lost.
    Quantize {
        #[arg(value_name = "NAME|PATH")]
        model: String,
        /// F16, Q8_0, Q6_K, Q5_K_M, Q4_K_M or Q4_0.
        #[arg(long, value_name = "KIND")]
        to: Quantisation,
        /// Instead of the name that its own facts give it.
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Choose a model from now on, in your own file.
    Use {
        #[arg(value_name = "NAME|PATH|bundled|none|auto")]
        model: String,
        /// For what; the one that completes does all else where nothing more is said.
        #[arg(long = "for", value_name = "TASK", value_enum, default_value = "completion")]
        task: recommend::Asked,
    },
}

impl Command {
    /// Whether it asks for something that only `trust-net` can do.
    pub fn needs_the_net(&self) -> bool {
        match &self.command {
            Action::Pull { .. } | Action::Detect { .. } => true,
            Action::Show { model, .. } => model.starts_with(ENDPOINT),
            _ => false,
        }
    }
}

pub fn run(command: Command) -> ExitCode {
    super::end(match command.command {
        Action::List { json } => list::list(json),
        Action::Show { model, json } => match model.strip_prefix(ENDPOINT) {
            Some(name) => elsewhere::show(name, json),
            None => show::show(&model, json),
        },
        Action::Import { path, name, link } => stock::import(&path, name.as_deref(), link),
        Action::Pull { source, name, sha256 } => pull::pull(&source, name.as_deref(), sha256.as_deref()),
        Action::Catalogue { task, json } => catalogue::catalogue(task, json),
        Action::Detect { at, json } => detect::detect(at, json),
        Action::Verify { name } => stock::verify(name.as_deref()),
        Action::Remove { name, force } => stock::remove(&name, force),
        Action::Pick { task } => pick::pick(task.task()),
        Action::Bench { model, json } => bench::bench(model.as_deref(), json),
        Action::Recommend { task, json } => recommend::recommend(task, json),
        Action::Quantize { model, to, name } => quantize::quantize(&model, to, name.as_deref()),
        Action::Use { model, task } => in_use::choose(&model, task.task()),
    })
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// A number of weights as people read it.
fn weights(count: u64) -> String {
    match count {
        0..100_000_000 => format!("{:.1} M", count as f64 / 1e6),
        100_000_000..1_000_000_000 => format!("{} M", count / 1_000_000),
        _ => format!("{:.1} B", count as f64 / 1e9),
    }
}
