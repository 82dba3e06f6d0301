//! What programs say of their versions.

use anyhow::{Context, Result, bail, ensure};
use std::{path::PathBuf, process::Command};

/// The first line that a program prints.
pub fn first_line(command: &mut Command) -> Result<String> {
    let program = PathBuf::from(command.get_program());
    let output = command.output().with_context(|| format!("cannot run {}", program.display()))?;
    ensure!(
        output.status.success(),
        "{} fails: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8_lossy(&output.stdout).lines().next().unwrap_or_default().to_owned())
}

/// The first two parts of the number in a line such as `NVIM v0.12.4`.
pub fn number(line: &str) -> Result<(u32, u32)> {
    let words = line.split_whitespace().filter(|word| word.contains('.'));
    let word = words.map(|word| word.trim_start_matches(|c: char| !c.is_ascii_digit())).next();
    let mut parts = word.unwrap_or_default().split('.').map_while(|part| part.parse().ok());
    match (parts.next(), parts.next()) {
        (Some(major), Some(minor)) => Ok((major, minor)),
        _ => bail!("no version in `{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        let cases = [
            ("NVIM v0.12.4", (0, 12)),
            ("helix 25.07.1 (079a789e)", (25, 7)),
            ("Kakoune 2022.10.31-1", (2022, 10)),
            ("HeadlessChrome/148.0.7778.167 built on Debian", (148, 0)),
        ];
        for (line, expected) in cases {
            assert_eq!(number(line).unwrap(), expected, "{line}");
        }
        for line in ["NVIM", "Kakoune unknown", "tmux 3.3a", "v.", ""] {
            assert!(number(line).is_err(), "{line}");
        }
    }
}
