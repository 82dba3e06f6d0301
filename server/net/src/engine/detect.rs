//! Engines that answer on this machine, by what each of them alone answers to.

use crate::egress::{Address, Egress, Outgoing, To};
use serde_json::Value;
use std::time::Duration;
use trust_inference::CancelToken;
use trust_wire::{Answering, Detected, Engine};

/// How long each may take.
const PATIENCE: Duration = Duration::from_millis(300);
/// Bytes of an answer that are read.
const MOST: u64 = 1 << 20;
/// Where they listen if nobody says otherwise.
const PORTS: [u16; 5] = [8080, 11434, 1234, 8000, 30000];

/// A path that tells an engine, the field that its answer has there, and what it speaks to us.
const SIGNS: [(&str, &str, &str, Engine); 7] = [
    ("/props", "default_generation_settings", "llama-server", Engine::LlamaServer),
    ("/api/version", "version", "Ollama", Engine::Openai),
    ("/api/v1/models", "models", "LM Studio", Engine::Openai),
    // Before its version 0.4.
    ("/api/v0/models", "data", "LM Studio", Engine::Openai),
    ("/model_info", "model_path", "SGLang", Engine::Openai),
    // Its older name.
    ("/get_model_info", "model_path", "SGLang", Engine::Openai),
    ("/version", "version", "vLLM", Engine::Openai),
];

/// Asks the usual ports, or these addresses; `tell` hears of each request. An address that is not of this machine answers nothing.
pub fn detect(
    egress: &Egress,
    addresses: &[String],
    cancel: &CancelToken,
    tell: &(dyn Fn(Answering) + Sync),
) -> Vec<Detected> {
    let usual = || PORTS.map(|port| format!("127.0.0.1:{port}")).to_vec();
    let asked = if addresses.is_empty() { usual() } else { addresses.to_vec() };
    std::thread::scope(|scope| {
        let all: Vec<_> = asked.iter().map(|at| scope.spawn(move || one(egress, at, cancel, tell))).collect();
        all.into_iter().filter_map(|one| one.join().ok().flatten()).collect()
    })
}

fn one(
    egress: &Egress,
    at: &str,
    cancel: &CancelToken,
    tell: &(dyn Fn(Answering) + Sync),
) -> Option<Detected> {
    let url = format!("http://{at}");
    let leaving = |departure| tell(Answering::Sent(departure));
    let get = |path: &str| -> Option<Value> {
        let address: Address = format!("{url}{path}").parse().ok()?;
        let out = Outgoing {
            to: To::Detect,
            purpose: "detect",
            address: &address,
            headers: &[],
            body: None,
            leaving: Some(&leaving),
            first: PATIENCE,
            stall: PATIENCE,
        };
        let mut answer = egress.send(&out, cancel).ok().filter(|answer| answer.status() == 200)?;
        serde_json::from_str(&answer.text(MOST).ok()?).ok()
    };
    let models = get("/v1/models")?;
    let ids = models["data"].as_array()?.iter().filter_map(|model| model["id"].as_str());
    let models = ids.map(str::to_owned).collect();
    let told =
        SIGNS.iter().find(|(path, field, ..)| get(path).is_some_and(|answer| !answer[*field].is_null()));
    let (program, engine) = told.map_or(("OpenAI-compatible", Engine::Openai), |sign| (sign.2, sign.3));
    Some(Detected { url, program: program.into(), engine, models })
}
