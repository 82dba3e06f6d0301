//! `trust-lsp models pull`: fetched by `trust-net`, looked at here, and taken into the store if it is what it should be.

use super::size;
use crate::audit::Download;
use crate::cli::meter::Meter;
use crate::library;
use crate::net::net;
use anyhow::{Context, bail};
use std::path::Path;
use trust_audit::{Action, ModelUsed};
use trust_inference::CancelToken;
use trust_models::{Listed, StoreError, Wanted};
use trust_wire::{Answering, PullOrder, Pulled, Source, Work};

pub fn pull(source: &str, name: Option<&str>, sha256: Option<&str>) -> anyhow::Result<()> {
    let listed = Listed::named(source);
    let written = listed.map_or(source, |listed| listed.source);
    let name = name.or(listed.map(|listed| listed.name));
    let source: Source = written.parse().with_context(|| strange(written))?;
    if let Some(hash) = sha256
        && !(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    {
        bail!("{hash:?} is no sha256: it has 64 hexadecimal digits");
    }
    let (sha256, by_whom) = due(listed.and_then(|listed| listed.sha256), sha256)?;
    let store = library::store()?;
    // What lies on this machine needs nobody who fetches.
    if let Source::File(path) = &source {
        let mut meter = Meter::new(format!("import {}", path.display()));
        let wanted = Wanted { name, sha256, ..Wanted::default() };
        let done = store.import(path, wanted, &mut |step| meter.step(step.done, step.total));
        meter.end();
        return told(&Download::default(), &done?.entry, sha256.map(|_| "as you said"));
    }
    let net = net()?;
    let origin = source.to_string();
    let place = store.fetching(&origin)?;
    let order = PullOrder {
        source: origin.clone(),
        folder: place.folder().to_owned(),
        sha256: sha256.map(str::to_owned),
    };
    let answers = net.ask(Work::Pull(order))?;
    let mut meter = Meter::new(format!("pull {}", source.file_name()));
    let mut download = Download::default();
    let pulled = loop {
        match answers.next(&CancelToken::new()) {
            Some(Answering::Progress { done, total }) => {
                download.came(done);
                meter.step(done, total.unwrap_or(done));
            }
            Some(Answering::Sent(departure)) => download.left(departure),
            Some(Answering::Note(note)) => {
                meter.end();
                eprintln!("trust-lsp: {note}");
            }
            Some(Answering::Pulled(pulled)) => break Ok(pulled),
            Some(Answering::Failed(why)) => break Err(anyhow::anyhow!(why)),
            // Of other works.
            Some(_) => {}
            None => break Err(crate::net::Absent::Gone.into()),
        }
    };
    meter.end();
    let pulled = pulled.inspect_err(|_| {
        download.ended(Action::Failed, None, format!("{} was not fetched", source.file_name()));
    })?;
    download.is_whole(&pulled);
    let Pulled { file, sha256: said, .. } = pulled;
    let (expected, by) = match (sha256, said.as_deref()) {
        (Some(own), _) => (Some(own), Some(by_whom)),
        (None, Some(said)) => (Some(said), Some("as its host said")),
        (None, None) => (None, None),
    };
    let mut meter = Meter::new(format!("check {}", source.file_name()));
    let wanted = Wanted { name, made_from: Some(Path::new(&origin)), sha256: expected, ..Wanted::default() };
    let done = store.import(&file, wanted, &mut |step| meter.step(step.done, step.total));
    meter.end();
    match done {
        Ok(done) => {
            place.end();
            told(&download, &done.entry, by)
        }
        // Fetched again it may be right; kept it would be wrong for ever.
        Err(error @ (StoreError::Other { .. } | StoreError::Invalid { .. })) => {
            place.end();
            let (sha256, why) = match &error {
                StoreError::Other { expected, found, .. } => {
                    (Some(found.clone()), format!("its sha256 should be {expected}"))
                }
                StoreError::Invalid { error, .. } => (None, error.to_string()),
                other => (None, other.to_string()),
            };
            let model = ModelUsed { name: source.file_name().to_owned(), sha256 };
            download.ended(Action::Refused, Some(model), format!("thrown away: {why}"));
            Err(error).with_context(|| format!("{origin}: what came was thrown away"))
        }
        Err(error) => {
            let what = format!("{} was fetched and not taken in: {error}", source.file_name());
            download.ended(Action::Failed, None, what);
            Err(error.into())
        }
    }
}

/// What the file's SHA-256 must be, and who says so: the catalogue's cannot be overruled.
fn due<'a>(known: Option<&'a str>, said: Option<&'a str>) -> anyhow::Result<(Option<&'a str>, &'static str)> {
    match (known, said) {
        (Some(known), Some(said)) if !known.eq_ignore_ascii_case(said) => {
            bail!("the catalogue has another sha256 of it: {known}")
        }
        (_, Some(said)) => Ok((Some(said), "as you said")),
        (known, None) => Ok((known, "as the catalogue says")),
    }
}

/// That nothing can be fetched by this, and what the catalogue has that is called alike.
fn strange(typed: &str) -> String {
    let names = trust_models::catalogue(None).map(|listed| listed.name);
    match trust_config::nearest(typed, names) {
        Some(near) => format!("{typed:?} is no place to fetch from; in the catalogue there is {near:?}"),
        None => format!("{typed:?} is no place to fetch from, and no name of the catalogue"),
    }
}

fn told(download: &Download, entry: &trust_models::Entry, verified: Option<&str>) -> anyhow::Result<()> {
    let model = ModelUsed { name: entry.name.clone(), sha256: Some(entry.sha256.clone()) };
    let by = verified.map_or("not verified".to_owned(), |by| format!("verified, {by}"));
    let what = format!("fetched {}, sha256 {}; {by}", entry.name, entry.sha256);
    download.ended(Action::Changed, Some(model), what);
    println!("{} ({}, sha256 {})", entry.name, size(entry.size_bytes), entry.sha256);
    match verified {
        Some(by) => {
            println!("verified: the sha256 is {by}; `trust-lsp models use {}` chooses it", entry.name)
        }
        None => println!(
            "not verified: nobody said what its sha256 should be (--sha256); `trust-lsp models use {}` chooses it",
            entry.name
        ),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_of_the_catalogue_is_required() {
        let cases = [
            (None, None, Some(None)),
            (None, Some("ab"), Some(Some("ab"))),
            (Some("ab"), None, Some(Some("ab"))),
            (Some("ab"), Some("AB"), Some(Some("AB"))),
            (Some("ab"), Some("cd"), None),
        ];
        for (known, said, expected) in cases {
            assert_eq!(due(known, said).ok().map(|due| due.0), expected, "{known:?} {said:?}");
        }
    }
}
