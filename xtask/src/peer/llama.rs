//! llama-server as editors drive it: by llama.vim's requests, and by the prefix, suffix and middle that most other
//! clients send. One token is asked for each time: how long the first one takes is what is measured.

use super::http::call;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a model may take to load.
const LOADING: Duration = Duration::from_secs(180);
/// llama.vim's defaults: lines before and after the cursor, tokens of an answer, and the chunks of its ring.
const LINES_BEFORE: usize = 256;
const LINES_AFTER: usize = 64;
const PREDICTED: usize = 128;
const CHUNKS: usize = 16;
const CHUNK_LINES: usize = 64;
/// The batch that its documentation recommends.
const BATCH: usize = 1024;

/// What a request took.
#[derive(Debug, Clone, Copy)]
pub struct Took {
    pub time: Duration,
    /// Tokens of the prompt that were read anew.
    pub read: u64,
}

pub struct LlamaServer {
    child: Child,
    port: u16,
    context: usize,
    /// The ring: pieces of other files.
    extra: Vec<Value>,
    tokens_per_byte: f64,
}

/// The program: the one that is named, or the first on `PATH`.
pub fn find(named: Option<&Path>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = || std::env::split_paths(&path).map(|folder| folder.join("llama-server"));
    named
        .map(Path::to_owned)
        .into_iter()
        .chain(found().filter(|_| named.is_none()))
        .find(|path| path.is_file())
}

impl LlamaServer {
    /// Serves `model` with a prompt cache for each of the two ways, `context` tokens each.
    /// `spm` has it put the suffix before the prefix.
    pub fn start(program: &Path, model: &Path, context: usize, spm: bool, log: &Path) -> Result<Self> {
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let batch = batch(context).to_string();
        let log = File::create(log)?;
        let child = Command::new(program)
            .arg("-m")
            .arg(model)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "-np", "2"])
            .args(["-c", &(2 * context).to_string(), "-b", &batch, "-ub", &batch])
            .args(["--cache-reuse", "256"])
            .args(spm.then_some("--spm-infill"))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let mut server = Self { child, port, context, extra: Vec::new(), tokens_per_byte: 0.0 };
        let start = Instant::now();
        while call(port, "/health", None).is_err() {
            if let Some(status) = server.child.try_wait()? {
                bail!("{} left with {status}", program.display());
            }
            if start.elapsed() > LOADING {
                bail!("{} was not ready within {} s", program.display(), LOADING.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(server)
    }

    /// Fills the ring with pieces of `others`, and counts tokens as `text` has them.
    pub fn prepare(&mut self, others: &[(String, String)], text: &str) -> Result<()> {
        let tokens = call(self.port, "/tokenize", Some(&json!({ "content": text })))?;
        let count = tokens["tokens"].as_array().context("no tokens")?.len();
        self.tokens_per_byte = count as f64 / text.len().max(1) as f64;
        // What the server leaves of its context to them. (It counts with the tokens of an answer; here it is asked for
        // one only, and would take more.)
        let mut left = self.context.saturating_sub(batch(self.context) + 2 * PREDICTED) as f64;
        for (name, text) in others.iter().take(CHUNKS) {
            let chunk = text.lines().take(CHUNK_LINES).collect::<Vec<_>>().join("\n") + "\n";
            left -= chunk.len() as f64 * self.tokens_per_byte * 1.1;
            if left < 0.0 {
                break;
            }
            self.extra.push(json!({ "filename": name, "text": chunk }));
        }
        Ok(())
    }

    /// As llama.vim asks at `cursor` in `text`.
    pub fn infill(&self, text: &str, cursor: usize) -> Result<Took> {
        let parts = LocalContext::at(text, cursor);
        let request = json!({
            "id_slot": 0,
            "input_prefix": parts.prefix,
            "input_suffix": parts.suffix,
            "input_extra": self.extra,
            "prompt": parts.middle,
            "n_predict": 1,
            "n_indent": parts.indent,
            "top_k": 40,
            "top_p": 0.90,
            "samplers": ["top_k", "top_p", "infill"],
            "stream": false,
            "cache_prompt": true,
            "t_max_prompt_ms": 500,
            "t_max_predict_ms": 250,
        });
        self.ask("/infill", &request)
    }

    /// As most clients ask: what fits before and after the cursor, one after the other, then the middle.
    pub fn usual(&self, text: &str, cursor: usize) -> Result<Took> {
        let room = (self.context - PREDICTED) as f64 / self.tokens_per_byte * 0.95;
        let start = text.floor_char_boundary(cursor.saturating_sub((room * 0.75) as usize));
        let end = text.floor_char_boundary((cursor + (room * 0.25) as usize).min(text.len()));
        let (prefix, suffix) = (&text[start..cursor], &text[cursor..end]);
        let prompt = format!("<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>");
        let request = json!({
            "id_slot": 1, "prompt": prompt, "n_predict": 1, "temperature": 0, "stream": false, "cache_prompt": true,
        });
        self.ask("/completion", &request)
    }

    fn ask(&self, path: &str, request: &Value) -> Result<Took> {
        let start = Instant::now();
        let answer = call(self.port, path, Some(request))?;
        let time = start.elapsed();
        Ok(Took { time, read: answer["timings"]["prompt_n"].as_u64().context("no timings")? })
    }
}

impl Drop for LlamaServer {
    fn drop(&mut self) {
        // Both fail harmlessly when the process has left by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Tokens read at a time, and with `/infill` those of the text around the cursor: they have to fit with an answer.
fn batch(context: usize) -> usize {
    BATCH.min(context - PREDICTED)
}

/// What llama.vim sends of the text around the cursor.
#[derive(Debug, PartialEq, Eq)]
struct LocalContext {
    prefix: String,
    middle: String,
    suffix: String,
    indent: usize,
}

impl LocalContext {
    fn at(text: &str, cursor: usize) -> Self {
        let (before, after) = text.split_at(cursor);
        let start = before.rfind('\n').map_or(0, |index| index + 1);
        let (above, mut left) = before.split_at(start);
        let end = after.find('\n').unwrap_or(after.len());
        let (mut right, below) = after.split_at(end);
        let indent = left.len() - left.trim_start().len();
        let blank = format!("{left}{right}").trim().is_empty();
        if blank {
            (left, right) = ("", "");
        }
        let above: Vec<&str> = above.lines().collect();
        let above = &above[above.len().saturating_sub(LINES_BEFORE)..];
        let below: Vec<&str> = below.trim_start_matches('\n').lines().take(LINES_AFTER).collect();
        Self {
            prefix: format!("{}\n", above.join("\n")),
            middle: left.to_owned(),
            suffix: format!("{right}\n{}\n", below.join("\n")),
            indent: if blank { 0 } else { indent },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_the_cursor_comes_last() {
        let cases = [
            ("a\n  b|c\nd\n", ("a\n", "  b", "c\nd\n", 2)),
            ("a\n    |\nd\n", ("a\n", "", "\nd\n", 0)),
            ("|", ("\n", "", "\n\n", 0)),
        ];
        for (marked, (prefix, middle, suffix, indent)) in cases {
            let cursor = marked.find('|').unwrap();
            let found = LocalContext::at(&marked.replace('|', ""), cursor);
            let (prefix, middle, suffix) = (prefix.into(), middle.into(), suffix.into());
            assert_eq!(found, LocalContext { prefix, middle, suffix, indent }, "{marked:?}");
        }
    }
}
