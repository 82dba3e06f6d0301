//! `trust-lsp audit verify`

use super::folder;
use anyhow::{Context, bail};
use clap::Args;
use std::path::PathBuf;
use trust_audit::{Folder, Report, Verifier, verify};

#[derive(Args)]
pub struct Verify {
    /// Compare with a checkpoint that was kept elsewhere (repeatable).
    #[arg(long, value_name = "FILE")]
    against: Vec<PathBuf>,
    /// Verify with this public key, as `signing.pub` has it, instead of the one in the folder.
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Verify the log in this folder, such as a copy of somebody else's.
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print the newest checkpoint alone, to be kept elsewhere, if the log verifies.
    #[arg(long, conflicts_with = "json")]
    print: bool,
    /// Print a JSON object.
    #[arg(long)]
    json: bool,
}

pub fn run(command: &Verify) -> anyhow::Result<()> {
    let folder = match &command.folder {
        Some(path) => Folder::at(path.clone()),
        None => folder()?,
    };
    let key = match &command.key {
        Some(text) => Some(Verifier::parse(text.trim()).context("--key is no public key of a log")?),
        None => None,
    };
    let mut others = Vec::new();
    for path in &command.against {
        #[allow(clippy::disallowed_methods, reason = "a file that the user named, no workspace file")]
        let note = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
        others.push((path.display().to_string(), note));
    }
    let report = verify(&folder, key.as_ref(), &others)?;
    let wrong = report.findings.len();
    if command.json {
        println!("{:#}", serde_json::to_value(&report)?);
    } else if command.print && wrong == 0 {
        print!("{}", report.newest);
    } else {
        print_report(&report);
    }
    match wrong {
        0 => Ok(()),
        1 => bail!("the log is not what was written"),
        count => bail!("the log is not what was written: {count} findings"),
    }
}

fn print_report(report: &Report) {
    let Report { entries, erased, contents, checkpoints, key, lost, findings, .. } = report;
    findings.iter().for_each(|finding| println!("WRONG   {finding}"));
    if findings.is_empty() {
        println!("whole   {entries} entries, as {checkpoints} signed checkpoints have them");
    }
    println!("erased  {erased}, as the log says; {contents} contents are kept");
    if *lost > 0 {
        println!("lost    {lost} entries could not be written when they came, as the log says");
    }
    println!("key     {key}");
    println!(
        "\nThis shows what was changed by whoever has not the key. Who has it, or put the whole folder back as it was\n\
         once, is found out by a checkpoint that was kept elsewhere: --print gives one, --against compares."
    );
}
