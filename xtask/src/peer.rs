//! `cargo xtask bench typing --peer llama-server`: the time to the first token of each key, beside llama-server with the
//! same model, context and keys, in one run, key by key in turn. Nothing is worked ahead on either side.

mod http;
mod keys;
pub mod llama;
pub mod model;
mod ours;
mod table;

use crate::{engines, paint::Paint, workspace::Workspace};
use anyhow::{Context, Result, ensure};
use keys::script;
use llama::LlamaServer;
use ours::Editor;
use std::path::{Path, PathBuf};
use table::{Table, Way};

/// How llama-server can be had.
const HOW_TO_GET: &str = "llama-server is not on PATH, nor could it be fetched. Debian has it in the package llama.cpp-tools (from Debian 14 on, \
in testing and unstable: `apt-get install llama.cpp-tools`); elsewhere build it from llama.cpp. Or name it: \
--peer llama-server=PATH";
const BUNDLED: &str = "server/models/bundled/nano.gguf";
/// Every so many keys the usual way is measured too: it reads its whole prompt each time.
const USUAL_EVERY: usize = 6;
/// Bytes of a file to type in.
const PAGE: std::ops::Range<u64> = 12_000..120_000;

/// What is to be measured.
pub struct Peer {
    /// `llama-server`, or `llama-server=PATH`.
    pub peer: String,
    pub repo: PathBuf,
    pub keys: usize,
    /// Only these models, by name; all where empty.
    pub models: Vec<String>,
    /// Only contexts of so many tokens.
    pub contexts: Vec<u32>,
    /// The peer puts the suffix before the prefix, as is right for models that were trained so.
    pub spm: bool,
    pub json: bool,
}

/// Measures, with `server` as ours.
pub fn measure(workspace: &Workspace, server: &Path, peer: &Peer, paint: Paint) -> Result<()> {
    let named = peer.peer.split_once('=').map(|(_, path)| Path::new(path));
    let fetched = || engines::fetched(workspace).inspect_err(|problem| eprintln!("{problem:#}")).ok();
    let program = llama::find(named).or_else(|| named.is_none().then(fetched).flatten());
    if program.is_none() {
        eprintln!("{}", paint.bright(HOW_TO_GET));
    }
    let folder = workspace.target.join("peer");
    std::fs::create_dir_all(&folder)?;
    let pages = pages(&peer.repo)?;
    let page = pages.first().with_context(|| format!("no file to type in below {}", peer.repo.display()))?;
    let text = std::fs::read_to_string(peer.repo.join(page))?;
    let others: Vec<(String, String)> = pages[1..]
        .iter()
        .filter_map(|path| {
            Some((path.display().to_string(), std::fs::read_to_string(peer.repo.join(path)).ok()?))
        })
        .collect();
    let bundled = workspace.root.join(BUNDLED);
    let mut tables = Vec::new();
    for (name, context) in runs(peer) {
        let file = match name {
            "bundled" => bundled.clone(),
            _ => random_model(workspace, name, context)?,
        };
        let mut theirs = match &program {
            Some(program) => {
                let log = folder.join("llama-server.log");
                Some(LlamaServer::start(program, &file, context as usize, peer.spm, &log)?)
            }
            None => None,
        };
        if let Some(theirs) = &mut theirs {
            theirs.prepare(&others, &text)?;
        }
        let (text, keys) = script(&text, peer.keys);
        let mut editor = Editor::open(server, &file, &peer.repo, page, text, &folder.join("trust-lsp.log"))?;
        let mut table = Table::new(format!("{name}, {context} tokens of context"));
        for (number, key) in keys.iter().enumerate() {
            editor.edit(key)?;
            table.note(key.kind, Way::Ours, editor.first_text()?);
            if let Some(theirs) = &theirs {
                let (text, cursor) = (editor.text(), key.cursor);
                table.note(key.kind, Way::LlamaVim, theirs.infill(text, cursor)?);
                if number % USUAL_EVERY == 0 {
                    table.note(key.kind, Way::Floor, theirs.infill(text, cursor)?);
                    table.note(key.kind, Way::Usual, theirs.usual(text, cursor)?);
                }
            }
            if number % 10 == 9 {
                eprintln!(
                    "{}",
                    paint.dim(&format!("{name}, {context}: {} of {} keys", number + 1, keys.len()))
                );
            }
        }
        editor.close()?;
        if !peer.json {
            println!("{}", table.markdown());
        }
        tables.push(table);
    }
    let _ = std::fs::remove_file(folder.join("random.gguf"));
    if peer.json {
        println!("{}", serde_json::Value::Array(tables.iter().map(Table::json).collect()));
    } else {
        println!("load average: {}", load());
    }
    Ok(())
}

/// Writes a model of random weights, by the name of its shape. It is large: whoever asked for it removes it.
pub fn random_model(workspace: &Workspace, name: &str, context: u32) -> Result<PathBuf> {
    let shape = model::SHAPES.iter().find(|shape| shape.name == name).context("no shape of that name")?;
    let folder = workspace.target.join("peer");
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("random.gguf");
    model::write(&file, *shape, context, &workspace.root.join(BUNDLED), None)?;
    Ok(file)
}

/// Models by name, each with a size of its context. The bundled one holds 1,024 tokens.
fn runs(peer: &Peer) -> Vec<(&'static str, u32)> {
    let random = model::SHAPES.iter().flat_map(|shape| [1024, 4096].map(|context| (shape.name, context)));
    let mut runs: Vec<_> = std::iter::once(("bundled", 1024)).chain(random).collect();
    let plain = |name: &str| name.replace(' ', "").to_lowercase();
    runs.retain(|(name, context)| {
        (peer.models.is_empty() || peer.models.iter().any(|wanted| plain(wanted) == plain(name)))
            && (peer.contexts.is_empty() || peer.contexts.contains(context))
    });
    runs
}

/// Sources of the repository, relative to it: the largest that is not too large first.
fn pages(repository: &Path) -> Result<Vec<PathBuf>> {
    let mut command = std::process::Command::new("git");
    command.arg("-C").arg(repository).args(["ls-files", "-z", "*.rs", "*.py", "*.ts", "*.js"]);
    let output = command.output().context("git cannot be started")?;
    ensure!(output.status.success(), "{} is no git repository", repository.display());
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let size = |name: &str| repository.join(name).metadata().map_or(0, |metadata| metadata.len());
    let mut pages: Vec<(u64, &str)> = names.split('\0').map(|name| (size(name), name)).collect();
    pages.retain(|(size, _)| PAGE.contains(size));
    pages.sort_by(|one, other| other.cmp(one));
    Ok(pages.into_iter().map(|(_, name)| name.into()).collect())
}

fn load() -> String {
    std::fs::read_to_string("/proc/loadavg").unwrap_or_default().trim().to_owned()
}
