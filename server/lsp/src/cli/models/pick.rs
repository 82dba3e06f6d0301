//! `trust-lsp models pick`: a list to choose from; with numbers where there is no terminal.

use super::in_use::{InUse, choose};
use super::list::able;
use super::{size, weights};
use crate::library::{self, rows};
use anyhow::{Context, bail};
use dialoguer::Select;
use dialoguer::theme::ColorfulTheme;
use std::io::{BufRead, IsTerminal};
use trust_models::{Listing, Task};

pub fn pick(task: Task) -> anyhow::Result<()> {
    let in_use = InUse::here()?;
    let listing = match library::store() {
        Ok(store) => store.list()?,
        Err(error) => Listing { notices: vec![error.to_string()], ..Listing::default() },
    };
    listing.notices.iter().for_each(|notice| eprintln!("trust-lsp: {notice}"));
    let rows = rows(&listing, &in_use.chosen)?;
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let star = if row.tasks.contains(&task) { '*' } else { ' ' };
            let facts = &row.facts;
            format!(
                "{star} {:width$}  {:>7}  {:<7} {:>8}  {}",
                row.name,
                weights(facts.parameters),
                facts.quantisation,
                size(row.size),
                able(row)
            )
        })
        .collect();
    let chosen = if std::io::stdin().is_terminal() && std::io::stderr().is_terminal() {
        Select::with_theme(&ColorfulTheme::default())
            .with_prompt(format!("Which model for {} from now on? (Esc leaves it as it is)", task.name()))
            .items(&lines)
            .default(rows.iter().position(|row| row.tasks.contains(&task)).unwrap_or_default())
            .interact_opt()
            .context("the terminal")?
    } else {
        by_number(&lines, |typed| rows.iter().position(|row| row.name == typed))?
    };
    match chosen.and_then(|index| rows.get(index)) {
        Some(row) => choose(&row.name, task),
        None => {
            eprintln!("trust-lsp: {} is in use as before", in_use.value(task));
            Ok(())
        }
    }
}

/// A number or a name, in a line of its own; none of an empty line.
fn by_number(lines: &[String], named: impl Fn(&str) -> Option<usize>) -> anyhow::Result<Option<usize>> {
    for (number, line) in lines.iter().enumerate() {
        eprintln!("{:>3} {line}", number + 1);
    }
    eprintln!("trust-lsp: which one? a number or a name; an empty line leaves it as it is");
    let mut typed = String::new();
    std::io::stdin().lock().read_line(&mut typed)?;
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let number = typed.parse::<usize>().ok().filter(|number| (1..=lines.len()).contains(number));
    match number.map(|number| number - 1).or_else(|| named(typed)) {
        Some(index) => Ok(Some(index)),
        None => bail!("{typed:?} is none of these"),
    }
}
