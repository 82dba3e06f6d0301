//! Three hundred faults put into real files: each has to be found, on its line. And the same files laid out
//! anew: nothing may be found.

use super::Sandbox;
use super::review::reviewed;
use crate::review::Options;
use std::path::{Path, PathBuf};
use trust_changes::is_known_best;
use trust_grammars::{DefinitionKind, Language, outline};

const FAULTS: usize = 300;

/// Rule, language, and the lines that have the fault; `~` is the indentation, and `^` keeps the tokens
/// from being taken for real ones. The fault is in the first line.
const KINDS: [(&str, Language, &str); 16] = [
    ("new-panic", Language::Rust, "~let seeded = std::env::var(\"A\").unwrap();\n"),
    ("new-panic", Language::Rust, "~todo!(\"later\");\n"),
    ("debug-output", Language::Rust, "~dbg!(1 + 1);\n"),
    ("error-swallowed", Language::Rust, "~match seeded() { Ok(()) => {}, Err(_) => {} }\n"),
    ("risky-construct", Language::Rust, "~unsafe { seeded() };\n"),
    ("merge-marker", Language::Rust, "<<<<<<< HEAD\n"),
    ("secret-added", Language::Rust, "~let seeded = \"AKIA^Q7RZ2MK6VX4BN5CT\";\n"),
    ("error-swallowed", Language::Python, "~except ValueError:\n~    pass\n"),
    ("types-given-up", Language::Python, "~except:\n~    seeded()\n"),
    ("debug-output", Language::Python, "~breakpoint()\n"),
    ("risky-construct", Language::Python, "~eval(seeded)\n"),
    ("secret-added", Language::Python, "~seeded = \"glpat-^q7Rz2mK9vX4bN8cT1wL6\"\n"),
    ("debug-output", Language::JavaScript, "~console.log(\"seeded\");\n"),
    ("error-swallowed", Language::JavaScript, "~try { seeded(); } catch (error) {}\n"),
    ("risky-construct", Language::JavaScript, "~eval(seeded);\n"),
    ("debug-output", Language::JavaScript, "~debugger;\n"),
];

/// Sources of this repository, or of what `TRUST_CHANGES_SOURCES` names, that are no tests.
fn sources() -> Vec<(Language, String)> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders: Vec<PathBuf> =
        vec![std::env::var_os("TRUST_CHANGES_SOURCES").map_or(own, PathBuf::from)];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(&folder).unwrap().flatten().map(|entry| entry.path()) {
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let skipped =
                name.starts_with(['.', '_']) || name.starts_with("target") || name == "node_modules";
            if path.is_dir() && !skipped && !name.contains("test") {
                folders.push(path);
            } else if let (Some(language), Ok(text)) =
                (Language::from_path(&path).filter(is_known_best), std::fs::read_to_string(&path))
                && text.len() < 60_000
                && !text.contains("\r\n")
            {
                files.push((path, language, text));
            }
        }
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    files.into_iter().map(|(_, language, text)| (language, text)).collect()
}

fn extension(language: Language) -> &'static str {
    match language {
        Language::Rust => "rs",
        Language::Python => "py",
        Language::Tsx => "tsx",
        Language::TypeScript => "ts",
        _ => "js",
    }
}

/// Where the body of the `number`th function begins: the line, and its indentation.
fn place(language: Language, text: &str, number: usize) -> Option<(usize, String)> {
    let found = outline(language, text).definitions;
    let fits = |kind| matches!(kind, DefinitionKind::Function | DefinitionKind::Method);
    let functions: Vec<_> = found
        .iter()
        .filter(|found| fits(found.kind) && text[found.item.clone()].lines().count() > 3)
        .collect();
    let function = functions.get(number % functions.len().max(1))?;
    // Tests may do what these faults do.
    if text[..function.item.start].contains("mod tests") || text[..function.item.start].ends_with("test]\n") {
        return None;
    }
    let end = function.signature.end;
    let line = end + text[end..].find('\n')? + 1;
    let opens = text[..line].trim_end().ends_with(['{', ':']);
    let next = text[line..].lines().next()?;
    let indent: String = next.chars().take_while(|c| c.is_whitespace()).collect();
    let plain = opens && !next.trim().is_empty() && !next.trim_start().starts_with(['"', '\'', 'r', '}']);
    plain.then(|| (text[..line].matches('\n').count(), indent))
}

#[test]
fn seeded_faults_are_found_on_their_line() {
    let files = sources();
    let (mut seeded, mut tried, mut found, mut missed) = (Vec::new(), 0, 0, Vec::new());
    let mut number = 0;
    while seeded.len() < FAULTS && number < 40_000 {
        number += 1;
        let (rule, language, fault) = KINDS[number % KINDS.len()];
        let (own, text) = &files[(number * 7919) % files.len()];
        // The forms for scripts are written for all of them.
        let script =
            |language| matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx);
        if !(*own == language || script(*own) && script(language)) {
            continue;
        }
        let Some((line, indent)) = place(*own, text, number) else { continue };
        let fault = fault.replace('~', &indent).replace('^', "");
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        // An `except` wants its `try`.
        let wants = fault.trim_start().starts_with("except");
        let before = if wants { format!("{indent}try:\n{indent}    seeded()\n") } else { String::new() };
        let at = line + before.lines().count();
        let fault = before + &fault;
        lines.insert(line, &fault);
        seeded.push((
            format!("f{}.{}", seeded.len(), extension(*own)),
            text.clone(),
            lines.concat(),
            rule,
            at,
        ));
    }
    for batch in seeded.chunks(100) {
        let before: Vec<(&str, &str)> =
            batch.iter().map(|(path, before, ..)| (path.as_str(), before.as_str())).collect();
        let after: Vec<(&str, &str)> =
            batch.iter().map(|(path, _, after, ..)| (path.as_str(), after.as_str())).collect();
        let sandbox = Sandbox::with(&before);
        sandbox.write(&after);
        let review = reviewed(&sandbox, &Options::default());
        for (path, _, after, rule, line) in batch {
            tried += 1;
            let hit = |f: &crate::review::Finding| {
                f.path == *path && f.rule.id == *rule && f.line as usize == *line
            };
            if review.findings.iter().any(hit) {
                found += 1;
            } else {
                missed.push(format!("{rule} at {path}:{}: {:?}", line + 1, after.lines().nth(*line)));
            }
        }
    }
    println!("{found} of {tried} found\n{}", missed.join("\n"));
    assert!(tried >= FAULTS * 9 / 10, "only {tried} faults could be seeded");
    assert!(found * 100 >= tried * 95, "{found} of {tried} found");
}

#[test]
fn layout_is_nobody_s_fault() {
    let files: Vec<_> =
        sources().into_iter().filter(|(language, _)| *language == Language::Rust).take(120).collect();
    // Twice the indentation; what stands in strings over several lines changes with it, and is code.
    let wide = |text: &str| -> String {
        let line = |line: &str| {
            let indent = line.len() - line.trim_start().len();
            format!("{}{line}\n", " ".repeat(indent))
        };
        text.lines().map(line).collect()
    };
    let name = |at: usize| format!("src/f{at}.rs");
    let sandbox = Sandbox::with(&[]);
    files.iter().enumerate().for_each(|(at, (_, text))| sandbox.write(&[(&name(at), text)]));
    sandbox.commit("Before");
    files.iter().enumerate().for_each(|(at, (_, text))| sandbox.write(&[(&name(at), &wide(text))]));
    let review = reviewed(&sandbox, &Options::default());
    let told: Vec<_> =
        review.findings.iter().map(|f| format!("{}:{} {}", f.path, f.line + 1, f.message)).collect();
    assert!(review.files > 100 && told.len() * 100 <= review.files * 3, "{told:?}");
}
