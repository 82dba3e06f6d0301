//! `trust-lsp audit show` and `stats`

use super::{Which, folder, reader};
use crate::audit::{line, object};
use clap::Args;
use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};
use trust_audit::{Content, Entry, Filter, Row, rfc3339, summary};

/// Files that statistics name, the most used first.
const FILES: usize = 10;

#[derive(Args)]
pub struct Show {
    /// One entry, by its number.
    #[arg(value_name = "SEQ")]
    seq: Option<u64>,
    /// How many of the newest; 0 shows all.
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
    /// What was asked and answered too, where it is kept.
    #[arg(long)]
    content: bool,
    /// Print JSON: an array of entries.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
pub struct Stats {
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    which: Which,
}

pub fn run(command: &Show) -> anyhow::Result<()> {
    let Some(reader) = reader(&folder()?)? else {
        if command.json {
            println!("[]");
        }
        return Ok(());
    };
    let filter = Filter { seq: command.seq, ..command.which.filter()? };
    let mut shown: VecDeque<(Row, Option<Content>)> = VecDeque::new();
    reader.each(|row| {
        let wanted = match &row.entry {
            Some(entry) => filter.takes(row.seq, entry),
            None => command.seq == Some(row.seq),
        };
        if wanted {
            let content = if command.content { reader.content(&row)? } else { None };
            shown.push_back((row, content));
            if command.last > 0 && shown.len() > command.last {
                shown.pop_front();
            }
        }
        Ok(())
    })?;
    if command.json {
        let all: Vec<Value> = shown.iter().map(|(row, content)| object(row, content.as_ref())).collect();
        println!("{:#}", Value::from(all));
        return Ok(());
    }
    for (row, content) in &shown {
        print(row, content.as_ref(), command.seq.is_some());
    }
    if shown.is_empty() {
        eprintln!("trust-lsp: no entry is like that");
    }
    Ok(())
}

fn print(row: &Row, content: Option<&Content>, whole: bool) {
    println!("{}", line(row));
    let Some(entry) = &row.entry else { return };
    if whole {
        print_whole(row, entry);
    }
    if let Some(Content { asked, answer }) = content {
        for (what, text) in [("asked", asked), ("answer", answer)] {
            if let Some(text) = text {
                println!("         {what}:");
                text.lines().for_each(|line| println!("         | {line}"));
            }
        }
    }
}

fn print_whole(row: &Row, entry: &Entry) {
    let say = |what: &str, text: &str| println!("         {what:<10}{text}");
    say("id", &entry.id);
    if let Some(of) = &entry.of {
        say("of", of);
    }
    say(
        "who",
        &format!("{} (user {}), with {}", entry.actor.by.name(), entry.actor.user, entry.actor.client),
    );
    if let Some(workspace) = &entry.workspace {
        say("workspace", workspace);
    }
    if let Some(sha256) = entry.model.as_ref().and_then(|model| model.sha256.as_ref()) {
        say("model", &format!("sha256 {sha256}"));
    }
    for file in &entry.files {
        say("file", &format!("{}  sha256 {}", file.path, file.sha256.as_deref().unwrap_or("unknown")));
    }
    if let Some(request) = &entry.request {
        let of = request.id.as_deref().map(|id| format!(", {id} in sent.jsonl")).unwrap_or_default();
        say("asked", &format!("{} ({}), {} secrets masked{of}", request.host, request.class, request.masked));
    }
    let sizes = &entry.sizes;
    say("tokens", &format!("{} of the prompt, {} of the answer", sizes.prompt_tokens, sizes.answer_tokens));
    let sent =
        entry.sent_bytes.map_or_else(|| "see sent.jsonl for what was".into(), |bytes| bytes.to_string());
    say("bytes", &format!("{} asked, {} answered, {sent} sent", sizes.asked_bytes, sizes.answer_bytes));
    say("took", &format!("{} ms", sizes.milliseconds));
    say("privacy", &entry.privacy);
    say("leaf", &row.leaf);
}

pub fn stats(command: &Stats) -> anyhow::Result<()> {
    let Some(reader) = reader(&folder()?)? else {
        if command.json {
            println!("{{}}");
        }
        return Ok(());
    };
    let found = summary(&reader, &command.which.filter()?)?;
    if command.json {
        println!("{:#}", serde_json::to_value(&found)?);
        return Ok(());
    }
    let at = |time: Option<u64>| time.map_or("-".into(), |time| rfc3339(time)[..19].replace('T', " "));
    println!("{} entries from {} to {}", found.entries, at(found.first), at(found.last));
    println!("{} erased, {} lost, {} bytes sent\n", found.erased, found.lost, found.sent_bytes);
    let row = |counts: &BTreeMap<String, u64>| {
        counts.iter().map(|(what, count)| format!("{count} {what}")).collect::<Vec<_>>().join(", ")
    };
    for (feature, actions) in &found.by_action {
        println!("  {feature:<16}{}", row(actions));
    }
    for (feature, counts) in &found.summed {
        println!("  {:<16}{}", format!("{feature}, all"), row(counts));
    }
    println!();
    for (model, count) in &found.by_model {
        println!("  model   {model}: {} entries, {} tokens", count.entries, count.answer_tokens);
    }
    println!("  clients {}", row(&found.by_client));
    if !found.by_host.is_empty() {
        println!("  hosts   {}", row(&found.by_host));
    }
    if !found.by_permission.is_empty() {
        println!("  tools   {}", row(&found.by_permission));
    }
    let mut files: Vec<(&String, &u64)> = found.by_file.iter().collect();
    files.sort_by_key(|(path, count)| (std::cmp::Reverse(**count), *path));
    files.iter().take(FILES).for_each(|(path, count)| println!("  {count:>7} {path}"));
    Ok(())
}
