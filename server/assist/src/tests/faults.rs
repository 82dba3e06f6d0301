//! Three hundred faults of every rule of code put into real files: each has to be found, on its line. And the same files
//! laid out anew: nothing may be found.

use super::Sandbox;
use super::review::reviewed;
use crate::review::{MODEL, Options, RULES};
use std::path::{Path, PathBuf};
use trust_changes::is_known_best;
use trust_grammars::{DefinitionKind, Language, outline};

/// Those that stand in a line, and those of each rule that looks at more than lines.
const IN_LINES: usize = 230;
const EACH: usize = 10;

/// Rule, language, and the lines that have the fault; `~` is the indentation, and `^` keeps the tokens
/// from being taken for real ones. The fault is in the first line.
const KINDS: [(&str, Language, &str); 17] = [
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
    ("types-given-up", Language::TypeScript, "~const seeded = 1 as any;\n"),
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

/// A fault that was put in: its rule, and its place, from 0. Of a test that is gone the line before counts too.
struct Seed {
    rule: &'static str,
    path: String,
    line: usize,
}

/// Files before and after, and the faults that are in what changed.
#[derive(Default)]
struct Batch {
    before: Vec<(String, String)>,
    after: Vec<(String, String)>,
    seeds: Vec<Seed>,
}

impl Batch {
    fn seed(&mut self, rule: &'static str, path: &str, line: usize) {
        self.seeds.push(Seed { rule, path: path.into(), line });
    }

    fn file(&mut self, path: &str, before: &str, after: String) {
        self.before.push((path.into(), before.into()));
        self.after.push((path.into(), after));
    }

    /// The places of the seeds that no finding has.
    fn missed(&self) -> Vec<String> {
        let sides = |files: &[(String, String)]| -> Sandbox {
            let files: Vec<(&str, &str)> =
                files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
            Sandbox::with(&files)
        };
        let sandbox = sides(&self.before);
        let after: Vec<(&str, &str)> =
            self.after.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        sandbox.write(&after);
        let review = reviewed(&sandbox, &Options::default());
        let hit = |seed: &&Seed| {
            review.findings.iter().any(|found| {
                let line = found.line as usize;
                let there = line == seed.line || seed.rule == "test-removed" && line + 1 == seed.line;
                found.path == seed.path && found.rule.id == seed.rule && there
            })
        };
        let missed = self.seeds.iter().filter(|seed| !hit(seed));
        missed.map(|seed| format!("{} at {}:{}", seed.rule, seed.path, seed.line + 1)).collect()
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count()
}

/// The beginning of functions that stand at the margin, behind an empty line.
fn functions(language: Language, text: &str) -> Vec<(usize, String)> {
    let found = outline(language, text).definitions;
    let margin = |at: usize| text[..at].ends_with("\n\n");
    let own = found.iter().filter(|one| one.kind == DefinitionKind::Function && margin(one.item.start));
    own.map(|one| (one.item.start, text[one.item.clone()].to_owned())).collect()
}

fn in_lines(files: &[(Language, String)]) -> Vec<Batch> {
    let (mut batches, mut number) = (vec![Batch::default()], 0);
    while batches.iter().map(|batch| batch.seeds.len()).sum::<usize>() < IN_LINES && number < 40_000 {
        number += 1;
        let (rule, language, fault) = KINDS[number % KINDS.len()];
        // The forms for scripts are written for all of them.
        let script =
            |language| matches!(language, Language::JavaScript | Language::TypeScript | Language::Tsx);
        let fits = |own: Language| own == language || script(own) && language == Language::JavaScript;
        let fitting: Vec<&(Language, String)> = files.iter().filter(|(own, _)| fits(*own)).collect();
        let (own, text) = fitting[(number / KINDS.len() * 7919) % fitting.len()];
        let Some((line, indent)) = place(*own, text, number) else { continue };
        let fault = fault.replace('~', &indent).replace('^', "");
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        // An `except` wants its `try`.
        let wants = fault.trim_start().starts_with("except");
        let before = if wants { format!("{indent}try:\n{indent}    seeded()\n") } else { String::new() };
        let at = line + before.lines().count();
        let fault = before + &fault;
        lines.insert(line, &fault);
        if batches.last().is_some_and(|batch| batch.seeds.len() >= 110) {
            batches.push(Batch::default());
        }
        let batch = batches.last_mut().unwrap();
        let path = format!("f{}.{}", batch.seeds.len(), extension(*own));
        batch.file(&path, text, lines.concat());
        batch.seed(rule, &path, at);
    }
    batches
}

/// Public functions without a word and without a test.
fn interfaces(files: &[(Language, String)]) -> Batch {
    let mut batch = Batch::default();
    let known = files.iter().filter(|(language, _)| matches!(language, Language::Rust | Language::Python));
    for (number, (language, text)) in known.enumerate().filter(|(number, _)| number % 7 == 3) {
        let Some((at, _)) = functions(*language, text).into_iter().next() else { continue };
        let added = match language {
            Language::Rust => format!("pub fn seeded_{number}() -> usize {{\n    {number}\n}}\n\n"),
            _ => format!("def seeded_{number}():\n    return {number}\n\n\n"),
        };
        let path = format!("f{number}.{}", extension(*language));
        batch.file(&path, text, format!("{}{added}{}", &text[..at], &text[at..]));
        batch.seed("interface-untested", &path, line_of(text, at));
        batch.seed("interface-undocumented", &path, line_of(text, at));
        if batch.seeds.len() >= 2 * EACH {
            break;
        }
    }
    batch
}

/// Tests that are left out, and tests that are gone.
fn tests(files: &[(Language, String)]) -> Batch {
    let mut batch = Batch::default();
    let start = "    #[test]\n    fn ";
    let with = files.iter().filter(|(language, text)| *language == Language::Rust && text.contains(start));
    for (number, (_, text)) in with.enumerate().filter(|(number, _)| number % 3 == 1).take(2 * EACH) {
        let at = text.find(start).unwrap();
        let (path, line) = (format!("f{number}.rs"), line_of(text, at));
        if batch.seeds.len() % 2 == 0 {
            let below = at + "    #[test]\n".len();
            batch.file(&path, text, format!("{}    #[ignore]\n{}", &text[..below], &text[below..]));
            batch.seed("test-skipped", &path, line + 1);
        } else {
            let end = at + text[at..].find("\n    }\n").unwrap() + "\n    }\n".len();
            batch.file(&path, text, format!("{}{}", &text[..at], &text[end..]));
            batch.seed("test-removed", &path, line);
        }
    }
    batch
}

/// Functions that take one more thing, which those who call them do not give.
fn callers(files: &[(Language, String)]) -> Batch {
    let mut batch = Batch::default();
    let mut names = std::collections::HashSet::new();
    for (number, (_, text)) in
        files.iter().enumerate().filter(|(_, (language, _))| *language == Language::Rust)
    {
        let found = functions(Language::Rust, text).into_iter().find_map(|(at, item)| {
            let head = item.find("pub fn ")?;
            let name: String =
                item[head + 7..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let open = at + head + 7 + name.len();
            (text[open..].starts_with('(') && name.len() > 5).then_some((at, name, open + 1))
        });
        let Some((at, name, open)) = found.filter(|(_, name, _)| names.insert(name.clone())) else {
            continue;
        };
        let comma = if text[open..].starts_with(')') { "" } else { ", " };
        let (path, user) = (format!("f{number}.rs"), format!("u{number}.rs"));
        batch.file(&path, text, format!("{}seeded: u8{comma}{}", &text[..open], &text[open..]));
        batch.before.push((user, format!("fn user() {{\n    {name}(1);\n}}\n")));
        batch.seed("callers-not-updated", &path, line_of(text, at));
        if batch.seeds.len() >= EACH {
            break;
        }
    }
    batch
}

/// Dependencies of this repository's own manifest in other versions, and locks that do not follow.
fn locks() -> Batch {
    let mut batch = Batch::default();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../Cargo.toml");
    let text = std::fs::read_to_string(path).unwrap();
    let section = text.find("[workspace.dependencies]").unwrap();
    let versioned = text[section..]
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("\"1.") || line.contains("\"0."));
    for (below, line) in versioned.take(EACH) {
        let at = line_of(&text, section) + below;
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        let other = format!("{}\n", line.replacen("\"1.", "\"71.", 1).replacen("\"0.", "\"70.", 1));
        lines[at] = &other;
        let folder = format!("p{at}");
        batch.file(&format!("{folder}/Cargo.toml"), &text, lines.concat());
        batch.before.push((format!("{folder}/Cargo.lock"), "version = 4\n".into()));
        batch.seed("lock-out-of-step", &format!("{folder}/Cargo.toml"), at);
    }
    batch
}

/// Files that nobody may look into, and new ones that hold secrets by their names.
fn unread(files: &[(Language, String)]) -> Batch {
    let mut batch = Batch::default();
    batch.before.push((".trustignore".into(), "withheld/\n".into()));
    for (number, (language, text)) in files.iter().enumerate().take(EACH) {
        let path = format!("withheld/f{number}.{}", extension(*language));
        batch.file(&path, text, format!("{text}\n"));
        batch.seed("file-not-read", &path, 0);
    }
    let names =
        [".env", ".env.production", "id_rsa", "id_ed25519", "tls.key", "server.pem", ".netrc", ".npmrc"];
    for (number, name) in names.into_iter().enumerate() {
        let path = format!("d{number}/{name}");
        batch.after.push((path.clone(), "x\n".into()));
        batch.seed("secret-file-added", &path, 0);
    }
    batch
}

#[test]
fn seeded_faults_are_found_on_their_line() {
    let files = sources();
    let mut batches = in_lines(&files);
    batches.extend([interfaces(&files), tests(&files), callers(&files), locks(), unread(&files)]);
    let tried: usize = batches.iter().map(|batch| batch.seeds.len()).sum();
    let missed: Vec<String> = batches.iter().flat_map(Batch::missed).collect();
    println!("{} of {tried} found\n{}", tried - missed.len(), missed.join("\n"));
    assert!(tried >= 300, "only {tried} faults could be seeded");
    let seeded =
        |rule: &str| batches.iter().flat_map(|batch| &batch.seeds).filter(|seed| seed.rule == rule).count();
    for rule in RULES.iter().filter(|rule| rule.id != MODEL) {
        let own = missed.iter().filter(|missed| missed.starts_with(&format!("{} at", rule.id))).count();
        assert!(seeded(rule.id) >= 8, "{}: {}", rule.id, seeded(rule.id));
        assert!(own * 10 <= seeded(rule.id), "{}: {missed:?}", rule.id);
    }
    assert!(missed.len() * 100 <= tried * 5, "{} of {tried} missed", missed.len());
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
