//! What llama.cpp makes of files, to be compared with another implementation of the same model:
//! `parity MODEL.gguf FILE...` prints a JSON line a file with its token ids and the mean negative
//! log-likelihood (nats) of the first 1,024 of them.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a command line tool for developers")]

use std::path::Path;
use trust_engine::{Engine, EngineOptions};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().ok_or("usage: parity MODEL.gguf FILE...")?;
    let engine = Engine::load(Path::new(&model), EngineOptions::default())?;
    for file in arguments {
        let tokens = engine.tokenize(&std::fs::read_to_string(&file)?);
        let nll = engine.mean_nll(&tokens[..tokens.len().min(1024)])?;
        println!("{}", serde_json::json!({ "file": file, "tokens": tokens, "nll": nll }));
    }
    Ok(())
}
