//! `trust-lsp models detect`: engines that answer on this machine, and what to write to use one.

use crate::net::net;
use anyhow::bail;
use std::time::{Duration, Instant};
use trust_inference::CancelToken;
use trust_wire::{Answering, Detected, Engine, Work};

const PATIENCE: Duration = Duration::from_secs(20);

pub fn detect(addresses: Vec<String>, json: bool) -> anyhow::Result<()> {
    let answers = net()?.ask(Work::Detect(addresses))?;
    let until = Instant::now() + PATIENCE;
    let found = loop {
        match answers.until(&CancelToken::new(), until) {
            Some(Answering::Detected(found)) => break found,
            Some(Answering::Failed(why)) => bail!(why),
            Some(Answering::Sent(_)) => {}
            _ => bail!("trust-net does not answer"),
        }
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(());
    }
    if found.is_empty() {
        println!("no engine answers on this machine at the usual ports; --at HOST:PORT asks elsewhere on it");
    }
    for (number, Detected { url, program, engine, models }) in found.iter().enumerate() {
        println!(
            "{program} at {url}: {}",
            if models.is_empty() { "no model".into() } else { models.join(", ") }
        );
        let engine = if *engine == Engine::LlamaServer { "llama-server" } else { "openai" };
        let name = if number == 0 { "local".into() } else { format!("local-{}", number + 1) };
        println!("  [[endpoints]]");
        println!("  name = \"{name}\"\n  url = \"{url}\"\n  class = \"loopback\"\n  engine = \"{engine}\"");
        if let (Engine::Openai, Some(model)) = (found[number].engine, models.first()) {
            println!("  model = {model:?}");
        }
        println!(
            "  # in your own file (`trust-lsp config edit`); then `trust-lsp models use endpoint:{name}`"
        );
    }
    Ok(())
}
