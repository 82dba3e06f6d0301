//! The HumanEval infilling benchmark (Bavarian et al. 2022), from a file of its tasks that somebody brings. Answers are
//! compared, not executed: a side number, since it is one language and its style is memorable.

use crate::metrics::{edit_similarity, estimate, exact};
use crate::report::percent;
use crate::systems::{System, ask};
use anyhow::{Context, Result};
use std::fmt::Write as _;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};
use trust_complete::Query;
use trust_grammars::Language;
use trust_index::{Index, IndexOptions};
use trust_inference::{CancelToken, Model};
use trust_text::Text;

/// A line of the benchmark's files. The solution goes between prompt and suffix.
#[derive(serde::Deserialize)]
struct Problem {
    task_id: String,
    prompt: String,
    suffix: String,
    canonical_solution: String,
}

/// Exact matches of `systems` on at most `count` problems, 0 for all.
pub fn table(data: &Path, count: usize, systems: &[System], model: &dyn Model) -> Result<String> {
    let mut problems = read(data)?;
    if count > 0 {
        fastrand::Rng::with_seed(1).shuffle(&mut problems);
        problems.truncate(count);
    }
    let name = data.file_name().unwrap_or_default().to_string_lossy();
    let mut text =
        format!("|{name}, {} problems|exact match|edit similarity|\n|---|--:|--:|\n", problems.len());
    // Every problem is a file of its own.
    let index = Index::start(IndexOptions { roots: Vec::new(), cache: None, on_state: Box::new(|_| ()) });
    for system in systems.iter().filter(|system| system.needs_no_project()) {
        let answers: Vec<(f64, f64)> = problems
            .iter()
            .map(|problem| {
                let (start, query) = query(problem);
                let answer = ask(*system, &query, &index.snapshot(), Some(model))
                    .map_or_else(String::new, |shown| shown.text);
                let expected = &problem.canonical_solution[start..];
                (f64::from(exact(&answer, expected)), edit_similarity(&answer, expected))
            })
            .collect();
        // A problem's lines are alike, as a package's places are.
        let clusters = problems.iter().map(|problem| problem.task_id.rsplit_once('/').map_or("", |id| id.0));
        let rows = clusters.zip(&answers);
        let matches = estimate(rows.clone().map(|(cluster, (exact, _))| (cluster, *exact, 1.0)));
        let similarity = estimate(rows.map(|(cluster, (_, similarity))| (cluster, *similarity, 1.0)));
        let _ = writeln!(text, "|{}|{}|{}|", system.name(), percent(matches), percent(similarity));
    }
    Ok(text)
}

/// Where of the solution the cursor stands, behind its indentation, and what is asked there.
fn query(problem: &Problem) -> (usize, Query) {
    let solution = &problem.canonical_solution;
    let indentation = solution.len() - solution.trim_start_matches([' ', '\t']).len();
    let start = if problem.prompt.ends_with('\n') { indentation } else { 0 };
    let before = format!("{}{}", problem.prompt, &solution[..start]);
    // The line break at the end of a line is there before somebody types the line.
    let end = if solution.ends_with('\n') { "\n" } else { "" };
    let query = Query {
        path: "/problem.py".into(),
        relative: "problem.py".into(),
        repository: "problem".into(),
        language: Some(Language::Python),
        text: Text::new(&format!("{before}{end}{}", problem.suffix)),
        offset: before.len(),
        invoked: true,
        may_replace: false,
        deadline: Instant::now() + Duration::from_secs(60),
        cancel: CancelToken::new(),
        superseded: CancelToken::new(),
        edited: Vec::new(),
    };
    (start, query)
}

/// The problems of a file of JSON lines, compressed with gzip or not.
fn read(data: &Path) -> Result<Vec<Problem>> {
    let bytes = std::fs::read(data).with_context(|| format!("cannot read {}", data.display()))?;
    let mut text = String::new();
    if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    } else {
        text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", data.display()))?;
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let problems = lines.map(|(number, line)| {
        serde_json::from_str(line).with_context(|| {
            format!("{}, line {}: no problem of HumanEval infilling", data.display(), number + 1)
        })
    });
    problems.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_read_plain_and_compressed() {
        let line = r#"{"task_id": "SingleLineInfilling/HumanEval/0/L0", "prompt": "def f(a):\n", "suffix": "\n    return b\n", "canonical_solution": "    b = a", "entry_point": "f"}"#;
        let folder = tempfile::tempdir().unwrap();
        let (plain, packed) = (folder.path().join("plain.jsonl"), folder.path().join("packed.jsonl.gz"));
        std::fs::write(&plain, format!("{line}\n\n")).unwrap();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, line.as_bytes()).unwrap();
        std::fs::write(&packed, encoder.finish().unwrap()).unwrap();
        for file in [plain, packed] {
            let problems = read(&file).unwrap();
            let (start, query) = query(&problems[0]);
            assert_eq!((start, query.offset, query.text.slice(10..14)), (4, 14, "    ".to_string()));
        }
        let broken = folder.path().join("broken.jsonl");
        std::fs::write(&broken, format!("{line}\n{{}}\n")).unwrap();
        let error = format!("{:#}", read(&broken).err().unwrap());
        assert!(error.contains("line 2"), "{error}");
    }
}
