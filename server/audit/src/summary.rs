//! What a log holds, in numbers.

use crate::{Action, AuditError, Feature, Filter, Reader};
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    pub entries: u64,
    pub erased: u64,
    /// Microseconds since 1970, UTC.
    pub first: Option<u64>,
    pub last: Option<u64>,
    /// By feature and action.
    pub by_action: BTreeMap<String, BTreeMap<String, u64>>,
    /// What entries sum up, by feature.
    pub summed: BTreeMap<String, BTreeMap<String, u64>>,
    pub by_model: BTreeMap<String, Count>,
    pub by_client: BTreeMap<String, u64>,
    /// Entries that used a file.
    pub by_file: BTreeMap<String, u64>,
    pub by_permission: BTreeMap<String, u64>,
    /// Requests that left, by host.
    pub by_host: BTreeMap<String, u64>,
    /// Of what was asked, not of each request once more, unless those alone are wanted.
    pub sent_bytes: u64,
    pub lost: u64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    pub entries: u64,
    pub answer_tokens: u64,
}

/// # Errors
/// The log cannot be read.
pub fn summary(reader: &Reader, filter: &Filter) -> Result<Summary, AuditError> {
    let mut all = Summary::default();
    reader.each(|row| {
        let Some(entry) = row.entry else {
            all.erased += 1;
            return Ok(());
        };
        if !filter.takes(row.seq, &entry) {
            return Ok(());
        }
        all.entries += 1;
        all.first = Some(all.first.map_or(entry.time, |first| first.min(entry.time)));
        all.last = Some(all.last.map_or(entry.time, |last| last.max(entry.time)));
        let feature = || entry.feature.name().to_owned();
        *all.by_action.entry(feature()).or_default().entry(entry.action.name().into()).or_default() += 1;
        for (what, count) in &entry.counts {
            *all.summed.entry(feature()).or_default().entry(what.clone()).or_default() += count;
        }
        if let Some(model) = &entry.model {
            let count = all.by_model.entry(model.name.clone()).or_default();
            count.entries += 1;
            count.answer_tokens += entry.sizes.answer_tokens;
        }
        *all.by_client.entry(entry.actor.client).or_default() += 1;
        for file in entry.files {
            *all.by_file.entry(file.path).or_default() += 1;
        }
        if let Some(tool) = &entry.tool {
            *all.by_permission.entry(tool.permission.name().into()).or_default() += 1;
        }
        let requests = match entry.action {
            Action::Sent => 1,
            Action::Summed => entry.counts.get("requests").copied().unwrap_or_default(),
            _ => 0,
        };
        if let Some(request) = entry.request.filter(|_| requests > 0) {
            *all.by_host.entry(request.host).or_default() += requests;
        }
        if entry.feature != Feature::Network || filter.feature == Some(Feature::Network) {
            all.sent_bytes += entry.sent_bytes.unwrap_or_default();
        }
        all.lost += entry.counts.get("lost").copied().unwrap_or_default();
        Ok(())
    })?;
    Ok(all)
}
