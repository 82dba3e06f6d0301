//! `trust/audit`

use super::Backend;
use crate::audit;
use crate::protocol::{AuditLog, AuditParams};
use crate::server::{failed, off_task};
use tower_lsp::jsonrpc::Result;
use trust_audit::{AuditError, Reader};

/// Entries that are told, where nobody says how many, and at most.
const LAST: usize = 50;
const MOST: usize = 1000;

pub async fn audit(backend: &Backend, params: AuditParams) -> Result<AuditLog> {
    let last = params.last.unwrap_or(LAST).min(MOST);
    let is_kept = backend.0.configuration.settings().audit_enabled;
    off_task(move |_| read(last, is_kept)).await?.map_err(|error| failed(error.to_string()))
}

fn read(last: usize, is_kept: bool) -> std::result::Result<AuditLog, AuditError> {
    let Some(folder) = audit::folder() else {
        let markdown = "No home folder, so nothing is recorded; set HOME.\n".into();
        return Ok(AuditLog { folder: None, entries: Vec::new(), markdown });
    };
    let rows = match Reader::open(&folder) {
        Ok(reader) => audit::newest(&reader, last)?,
        Err(AuditError::Missing(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let place = folder.path().display().to_string();
    let state = if is_kept { "kept" } else { "not kept (`audit.enabled`)" };
    let mut markdown = format!(
        "The log of what this program did is {state} in `{place}`, on this machine only. It holds no code. `trust-lsp audit verify` \
         proves that nothing in it was changed; `trust-lsp audit show` tells more.\n\n"
    );
    match rows.is_empty() {
        true => markdown.push_str("Nothing is recorded yet.\n"),
        false => {
            // A file may be called anything.
            let lines =
                rows.iter().map(|row| format!("    {}\n", audit::line(row).replace(['\n', '\r'], " ")));
            markdown.extend(lines);
        }
    }
    let entries = rows.iter().map(|row| audit::object(row, None)).collect();
    Ok(AuditLog { folder: Some(place), entries, markdown })
}
