//! What a finding's line should be instead, where that needs no thought.

use super::finding::Finding;
use std::ops::Range;
use trust_grammars::{Language, PARSE_LIMIT, parse_str};

/// What holds statements of which each may go.
const HOLDERS: [&str; 8] = [
    "module",
    "block",
    "program",
    "statement_block",
    "switch_case",
    "switch_default",
    "source_file",
    "class_static_block",
];

/// A replacement inside one line, in byte columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub title: &'static str,
    pub columns: Range<usize>,
    pub text: &'static str,
    /// The whole line goes, and its end with it.
    pub whole: bool,
    /// The same columns in characters.
    pub characters: Range<usize>,
    /// The line is the last one, and has no end.
    pub unended: bool,
}

/// How to mend `finding` in its line of `text`.
pub fn fix(finding: &Finding, language: Option<Language>, text: &str) -> Option<Fix> {
    let start: usize = text.split_inclusive('\n').take(finding.line as usize).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let line = rest.lines().next().unwrap_or_default();
    let counted = |columns: Range<usize>, title, text, whole| {
        let count = |to: usize| line.get(..to).map_or(0, |part| part.chars().count());
        let characters = count(columns.start)..count(columns.end);
        Some(Fix { title, columns, text, whole, characters, unended: !rest.contains('\n') })
    };
    let code = line.trim();
    let indent = line.len() - line.trim_start().len();
    let whole = |title| counted(0..line.len(), title, "", true);
    let part = |title, wanted: &str, text| {
        let start = line.find(wanted)?;
        counted(start..start + wanted.len(), title, text, false)
    };
    match finding.rule.id {
        "debug-output" if is_statement(code) => {
            let title = "Remove the output for debugging";
            match leaves(language?, text, start + indent)? {
                Leaves::Enough => whole(title),
                Leaves::Nothing => counted(indent..line.len(), title, "pass", false),
            }
        }
        "test-skipped" => {
            let attribute = ["#[ignore", "@pytest.mark.skip", "@unittest.skip"];
            if attribute.iter().any(|start| code.starts_with(start)) && is_closed(code) {
                return whole("Run the test again");
            }
            if line.contains(".only(") {
                return part("Run the other tests too", ".only(", "(");
            }
            let called = ["it.skip(", "test.skip(", "describe.skip("];
            part("Run the test again", ".skip(", "(")
                .filter(|_| called.iter().any(|start| code.starts_with(start)))
        }
        "types-given-up" => match code.strip_prefix("except") {
            Some(rest) if rest.trim_start().starts_with(':') => {
                part("Catch exceptions only", "except", "except Exception")
            }
            _ => None,
        },
        _ => None,
    }
}

/// What a statement leaves behind where it stood.
enum Leaves {
    Enough,
    /// A block of Python, where something has to stand.
    Nothing,
}

/// `None` where the next statement would take its place: the body of an `if` without braces.
fn leaves(language: Language, text: &str, start: usize) -> Option<Leaves> {
    let tree = parse_str(language, text, PARSE_LIMIT)?;
    let mut node = tree.root_node().descendant_for_byte_range(start, start + 1)?;
    loop {
        let parent = node.parent()?;
        if HOLDERS.contains(&parent.kind()) {
            let mut cursor = parent.walk();
            let others = parent.named_children(&mut cursor).filter(|other| !other.kind().contains("comment"));
            let only = language == Language::Python && parent.kind() == "block" && others.count() < 2;
            return Some(if only { Leaves::Nothing } else { Leaves::Enough });
        }
        if parent.start_byte() != start {
            return None;
        }
        node = parent;
    }
}

/// Whether a line is one whole statement, after which nothing hangs in the air.
fn is_statement(code: &str) -> bool {
    let ended = code.trim_end_matches(';');
    let starts = ["console.log(", "dbg!(", "debugger", "breakpoint()", "pdb.set_trace()"];
    let alone = ended.ends_with(')') || ended == "debugger";
    starts.iter().any(|start| code.starts_with(start))
        && alone
        && is_closed(ended)
        && (!code.starts_with("dbg!") || code.ends_with(';'))
}

/// Whether the brackets of a line are closed at its end, and not before: one call, not two.
fn is_closed(code: &str) -> bool {
    let mut depth = 0i32;
    for (at, c) in code.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => continue,
        }
        if depth <= 0 && at + c.len_utf8() < code.len() && c != '(' {
            return false;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::review::rule;

    #[test]
    fn only_what_needs_no_thought_is_mended() {
        let cases = [
            ("debug-output", "    console.log(\"a\", b);", Some("")),
            ("debug-output", "    debugger;", Some("")),
            ("debug-output", "    dbg!(x);", Some("")),
            ("debug-output", "    let y = dbg!(x);", None),
            ("debug-output", "    dbg!(x)", None),
            ("debug-output", "    console.log(", None),
            ("debug-output", "    console.log(a); run();", None),
            ("debug-output", "    if (a) console.log(a);", None),
            ("test-skipped", "    #[ignore = \"slow\"]", Some("")),
            ("test-skipped", "@pytest.mark.skip(reason=\"later\")", Some("")),
            ("test-skipped", "@pytest.mark.skip(", None),
            ("test-skipped", "    pytest.skip(\"later\")", None),
            ("test-skipped", "  it.only(\"a\", () => {", Some("  it(\"a\", () => {")),
            ("test-skipped", "  it.skip(\"a\", () => {", Some("  it(\"a\", () => {")),
            ("types-given-up", "    except:", Some("    except Exception:")),
            ("types-given-up", "const a: any = 1;", None),
            ("new-panic", "    x.unwrap();", None),
        ];
        for (id, line, expected) in cases {
            let finding = Finding::new(rule(id).unwrap(), "a", 0, String::new());
            let language = if line.contains("dbg!") { Language::Rust } else { Language::JavaScript };
            let mended = fix(&finding, Some(language), line)
                .map(|fix| format!("{}{}{}", &line[..fix.columns.start], fix.text, &line[fix.columns.end..]));
            assert_eq!(mended.as_deref(), expected, "{line}");
        }
    }

    /// What is mended is still a program, and does the same.
    #[test]
    fn no_block_loses_its_only_statement() {
        let (python, script) = (Language::Python, Language::JavaScript);
        let cases = [
            (python, "def f():\n    breakpoint()\n", 1, Some("def f():\n    pass\n")),
            (
                python,
                "if a:\n    # why\n    breakpoint()\nb()\n",
                2,
                Some("if a:\n    # why\n    pass\nb()\n"),
            ),
            (python, "def f():\n    breakpoint()\n    b()\n", 1, Some("def f():\n    b()\n")),
            (python, "breakpoint()\n", 0, Some("")),
            (script, "if (a)\n  console.log(a);\nb();\n", 1, None),
            (script, "if (a) {\n  console.log(a);\n}\n", 1, Some("if (a) {\n}\n")),
            (script, "const f = () =>\n  console.log(1);\n", 1, None),
            (script, "for (;;)\n  debugger;\n", 1, None),
            (script, "switch (a) {\n  case 1:\n    debugger;\n}\n", 2, Some("switch (a) {\n  case 1:\n}\n")),
            (Language::Rust, "fn f() {\n    dbg!(1);\n}\n", 1, Some("fn f() {\n}\n")),
        ];
        for (language, text, line, expected) in cases {
            let finding = Finding::new(rule("debug-output").unwrap(), "a", line, String::new());
            let mended = fix(&finding, Some(language), text).map(|fix| {
                let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
                let line = &mut lines[line as usize];
                line.replace_range(fix.columns, fix.text);
                if fix.whole {
                    line.clear();
                }
                lines.concat()
            });
            assert_eq!(mended.as_deref(), expected, "{text}");
        }
    }
}
