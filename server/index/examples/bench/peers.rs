//! What the index is compared with: the parser underneath it in this process, and other programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tree_sitter::{Query, QueryCursor, StreamingIterator};
use trust_grammars::{Language, outline_whole, parse_str};

const LIMIT: Duration = Duration::from_secs(10);

type Run = fn(&[PathBuf]);

/// On as many threads as there are cores, as the index itself.
pub const IN_PROCESS: &[(&str, Run)] = &[
    ("tree-sitter, parse only", parse_only),
    ("whole parse and the same walk", walk_whole),
    ("tree-sitter, tags queries", tags),
];

pub struct Peer {
    pub name: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    pub how_to_install: &'static str,
}

pub const PEERS: &[Peer] = &[
    Peer {
        name: "ctags",
        program: "ctags",
        arguments: &[
            "--languages=Rust,Python,TypeScript,JavaScript",
            "--fields=+neS",
            "-f",
            "/dev/null",
            "-R",
        ],
        how_to_install: "apt-get install universal-ctags",
    },
    Peer {
        name: "ast-grep",
        program: "ast-grep",
        arguments: &["scan", "--json=stream", "--inline-rules", RULES],
        how_to_install: "npm install -g @ast-grep/cli",
    },
];

/// Definitions by kind of node; ast-grep takes one language a rule.
const RULES: &str = "
id: rust
language: Rust
rule: { any: [{ kind: function_item }, { kind: struct_item }, { kind: enum_item }, { kind: trait_item }, { kind: impl_item }, { kind: mod_item }] }
---
id: python
language: Python
rule: { any: [{ kind: function_definition }, { kind: class_definition }] }
---
id: typescript
language: TypeScript
rule: { any: [{ kind: function_declaration }, { kind: class_declaration }, { kind: method_definition }, { kind: interface_declaration }, { kind: enum_declaration }] }
---
id: tsx
language: Tsx
rule: { any: [{ kind: function_declaration }, { kind: class_declaration }, { kind: method_definition }, { kind: interface_declaration }, { kind: enum_declaration }] }
";

pub fn installed() -> Vec<&'static Peer> {
    PEERS.iter().filter(|peer| peer.is_installed()).collect()
}

impl Peer {
    pub fn is_installed(&self) -> bool {
        let mut version = Command::new(self.program);
        version.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    }

    pub fn run(&self, root: &Path) {
        let quiet = |command: &mut Command| command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let _ = quiet(Command::new(self.program).args(self.arguments).arg(root));
    }
}

fn each(files: &[PathBuf], work: impl Fn(Language, &str) + Sync) {
    let next = AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let Some(language) = Language::from_path(path) else { continue };
                    if let Ok(text) = std::fs::read_to_string(path) {
                        work(language, &text);
                    }
                }
            });
        }
    });
}

fn parse_only(files: &[PathBuf]) {
    each(files, |language, text| drop(parse_str(language, text, LIMIT)));
}

fn walk_whole(files: &[PathBuf]) {
    each(files, |language, text| drop(outline_whole(language, text, LIMIT)));
}

fn tags(files: &[PathBuf]) {
    let typescript =
        format!("{}\n{}", tree_sitter_javascript::TAGS_QUERY, tree_sitter_typescript::TAGS_QUERY);
    let source = |language| match language {
        Language::Rust => tree_sitter_rust::TAGS_QUERY,
        Language::Python => tree_sitter_python::TAGS_QUERY,
        Language::JavaScript => tree_sitter_javascript::TAGS_QUERY,
        _ => typescript.as_str(),
    };
    let queries: Vec<(Language, Query)> = Language::ALL
        .into_iter()
        .filter_map(|language| Some((language, Query::new(&language.grammar(), source(language)).ok()?)))
        .collect();
    each(files, |language, text| {
        let query = queries.iter().find(|(of, _)| *of == language);
        let (Some((_, query)), Some(tree)) = (query, parse_str(language, text, LIMIT)) else { return };
        let mut cursor = QueryCursor::new();
        let mut matches = cursor.matches(query, tree.root_node(), text.as_bytes());
        while matches.next().is_some() {}
    });
}
