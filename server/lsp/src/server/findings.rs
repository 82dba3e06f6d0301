//! The findings of the last review, as an editor shows them: published as diagnostics, and remembered, so that a fix
//! can be offered where the cursor is on one.

use crate::server::{Documents, to_position};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use tower_lsp::gen_lsp_types::{Code, Diagnostic, DiagnosticSeverity, Range, Uri};
use trust_assist::review::{Finding, Fix, Severity};
use trust_text::{Encoding, Text};

/// A finding in its file.
#[derive(Debug, Clone)]
pub struct Published {
    pub diagnostic: Diagnostic,
    pub line: u32,
    /// The line as it was reviewed: where it reads otherwise now, nothing is to be mended.
    pub text: String,
    pub fix: Option<Fix>,
}

#[derive(Default)]
pub struct Findings(Mutex<HashMap<Uri, Vec<Published>>>);

impl Findings {
    /// Takes the place of everything before. Gives what each file is to show now: nothing, for one that had findings and
    /// has none any more.
    pub fn replace(
        &self,
        placed: Vec<(PathBuf, Finding, String, Option<Fix>)>,
        documents: &Documents,
        encoding: Encoding,
    ) -> Vec<(Uri, Vec<Diagnostic>)> {
        let open: HashMap<PathBuf, Uri> = documents.uris().into_iter().collect();
        let mut fresh: HashMap<Uri, Vec<Published>> = HashMap::new();
        for (path, finding, text, fix) in placed {
            // The editor's own name of an open file is the one that it shows diagnostics under.
            let uri = open.get(&path).cloned().or_else(|| Uri::from_file_path(&path).ok());
            let Some(uri) = uri else { continue };
            let diagnostic = diagnostic(&finding, &text, encoding);
            fresh.entry(uri).or_default().push(Published { diagnostic, line: finding.line, text, fix });
        }
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let gone = known.keys().filter(|uri| !fresh.contains_key(uri)).map(|uri| (uri.clone(), Vec::new()));
        let shown = fresh.iter().map(|(uri, all)| {
            (uri.clone(), all.iter().map(|published| published.diagnostic.clone()).collect())
        });
        let mut told: Vec<(Uri, Vec<Diagnostic>)> = gone.chain(shown).collect();
        told.sort_by(|a, b| a.0.as_str().cmp(b.0.as_str()));
        *known = fresh;
        told
    }

    /// Those in lines of a file.
    pub fn at(&self, uri: &Uri, lines: std::ops::RangeInclusive<u32>) -> Vec<Published> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = known.get(uri).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|published| lines.contains(&published.line)).cloned().collect()
    }
}

fn diagnostic(finding: &Finding, line: &str, encoding: Encoding) -> Diagnostic {
    let text = Text::new(line);
    let column = |characters: u32| {
        let byte = line.char_indices().nth(characters as usize).map_or(line.len(), |(at, _)| at);
        tower_lsp::gen_lsp_types::Position { line: finding.line, ..to_position(&text, byte, encoding) }
    };
    let (start, end) = finding.columns.unwrap_or((0, u32::MAX));
    Diagnostic {
        range: Range { start: column(start), end: column(end) },
        severity: Some(match finding.severity {
            Severity::Information => DiagnosticSeverity::Information,
            Severity::Warning => DiagnosticSeverity::Warning,
            Severity::Error => DiagnosticSeverity::Error,
        }),
        code: Some(Code::String(finding.rule.id.into())),
        source: Some("trust-lsp".into()),
        message: finding.message.clone().into(),
        ..Diagnostic::default()
    }
}
