//! `trust-lsp models import`, `verify` and `remove`: what changes the store, or reads all of it.

use super::in_use::InUse;
use super::size;
use crate::assistant::cache_folder;
use crate::audit;
use crate::cli::meter::Meter;
use crate::library::{self, BUNDLED};
use anyhow::bail;
use std::path::Path;
use trust_audit::Action;
use trust_models::{BUNDLED_NAME, Kept, Task, Wanted};

pub fn import(path: &Path, name: Option<&str>, link: bool) -> anyhow::Result<()> {
    let store = library::store()?;
    let mut meter = Meter::new(format!("import {}", path.display()));
    let done = store.import(path, Wanted { name, link, ..Wanted::default() }, &mut |step| {
        meter.step(step.done, step.total)
    });
    meter.end();
    let done = done?;
    let entry = done.entry;
    let how = match entry.kept {
        Kept::Copy => "",
        Kept::HardLink => ", a second name of the same file: whoever writes to the one changes the other",
        Kept::SymbolicLink => ", a link to the file, which must stay where it is",
    };
    println!("{} ({}, sha256 {}){how}", entry.name, size(entry.size_bytes), entry.sha256);
    audit::models_changed(Action::Changed, format!("imported {}, sha256 {}", entry.name, entry.sha256));
    if !done.others.is_empty() {
        eprintln!("trust-lsp: the same model is called {} too", done.others.join(", "));
    }
    Ok(())
}

pub fn verify(name: Option<&str>) -> anyhow::Result<()> {
    let bundled = |name: &str| [BUNDLED, BUNDLED_NAME].contains(&name);
    let mut broken = 0;
    let mut say = |name: &str, result: Result<(), String>| match result {
        Ok(()) => println!("whole   {name}"),
        Err(error) => {
            broken += 1;
            println!("BROKEN  {name}: {error}");
        }
    };
    if name.is_none_or(bundled) {
        // Laying it out compares it, and mends it.
        let laid_out = trust_models::bundled(cache_folder().as_deref());
        say(BUNDLED_NAME, laid_out.map(drop).map_err(|error| error.to_string()));
    }
    if !name.is_some_and(bundled) {
        let store = library::store()?;
        let listing = store.list()?;
        listing.notices.iter().for_each(|notice| eprintln!("trust-lsp: {notice}"));
        let entries = match name {
            Some(name) => vec![store.find(name)?],
            None => listing.entries,
        };
        for entry in entries {
            let mut meter = Meter::new(format!("verify {}", entry.name));
            let result = store.verify(&entry, &mut |step| meter.step(step.done, step.total));
            meter.end();
            say(&entry.name, result.map_err(|error| error.to_string()));
        }
    }
    match broken {
        0 => Ok(()),
        1 => bail!("one model is broken"),
        count => bail!("{count} models are broken"),
    }
}

pub fn remove(name: &str, force: bool) -> anyhow::Result<()> {
    let store = library::store()?;
    if [BUNDLED, BUNDLED_NAME].contains(&name) {
        bail!("{name} is a part of the program");
    }
    store.find(name)?;
    let in_use = InUse::here()?;
    if let Some(task) = Task::ALL.into_iter().find(|task| in_use.value(*task) == name)
        && !force
    {
        let why = in_use.why(task);
        bail!("{name} is in use ({why}); `trust-lsp models use` another first, or say --force");
    }
    let removed = store.remove(name)?;
    audit::models_changed(Action::Changed, format!("removed {name}"));
    match removed.others.as_slice() {
        [] => println!("removed {name} ({})", size(removed.entry.size_bytes)),
        others => println!("removed {name}; its file stays, as {}", others.join(", ")),
    }
    Ok(())
}
