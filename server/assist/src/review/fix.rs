//! What a finding's line should be instead, where that needs no thought.

use super::finding::Finding;
use std::ops::Range;

/// A replacement inside one line, in byte columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    pub title: &'static str,
    pub columns: Range<usize>,
    pub text: &'static str,
    /// The whole line goes, and its end with it.
    pub whole: bool,
}

/// How to mend `finding` in its line, of which `line` is the text.
pub fn fix(finding: &Finding, line: &str) -> Option<Fix> {
    let code = line.trim();
    let whole = |title| Some(Fix { title, columns: 0..line.len(), text: "", whole: true });
    let part = |title, wanted: &str, text| {
        let start = line.find(wanted)?;
        Some(Fix { title, columns: start..start + wanted.len(), text, whole: false })
    };
    match finding.rule.id {
        "debug-output" if is_statement(code) => whole("Remove the output for debugging"),
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
            let mended = fix(&finding, line)
                .map(|fix| format!("{}{}{}", &line[..fix.columns.start], fix.text, &line[fix.columns.end..]));
            assert_eq!(mended.as_deref(), expected, "{line}");
        }
    }
}
