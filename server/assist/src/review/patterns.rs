//! What the rules on lines look for, as data.

use trust_grammars::Language;

/// A text that means something where it is new.
pub(crate) struct Pattern {
    pub rule: &'static str,
    pub languages: &'static [Language],
    pub text: &'static str,
    /// Whether test code may do it.
    pub tests_may: bool,
    /// What to say of it.
    pub says: &'static str,
}

const RUST: &[Language] = &[Language::Rust];
const PYTHON: &[Language] = &[Language::Python];
const TYPED: &[Language] = &[Language::TypeScript, Language::Tsx];
const SCRIPT: &[Language] = &[Language::TypeScript, Language::Tsx, Language::JavaScript];

const fn code(
    rule: &'static str,
    languages: &'static [Language],
    text: &'static str,
    says: &'static str,
) -> Pattern {
    Pattern { rule, languages, text, tests_may: true, says }
}

const fn anywhere(
    rule: &'static str,
    languages: &'static [Language],
    text: &'static str,
    says: &'static str,
) -> Pattern {
    Pattern { rule, languages, text, tests_may: false, says }
}

pub(crate) const PATTERNS: &[Pattern] = &[
    code("new-panic", RUST, ".unwrap()", "`unwrap` ends the program where there is no value"),
    code("new-panic", RUST, ".expect(", "`expect` ends the program where there is no value"),
    code("new-panic", RUST, "panic!(", "`panic!` ends the program"),
    code("new-panic", RUST, "todo!(", "`todo!` ends the program"),
    code("new-panic", RUST, "unimplemented!(", "`unimplemented!` ends the program"),
    anywhere("debug-output", RUST, "dbg!(", "`dbg!` was left in"),
    code("debug-output", SCRIPT, "console.log(", "`console.log` was left in"),
    anywhere("debug-output", SCRIPT, "debugger;", "`debugger` was left in"),
    anywhere("debug-output", PYTHON, "breakpoint()", "`breakpoint()` was left in"),
    anywhere("debug-output", PYTHON, "pdb.set_trace()", "`pdb.set_trace()` was left in"),
    code("types-given-up", PYTHON, "except:", "a bare `except` catches interrupts and exits too"),
    code("types-given-up", TYPED, ": any", "`any` is not checked"),
    code("types-given-up", TYPED, "as any", "`as any` is not checked"),
    code("types-given-up", TYPED, "<any>", "`any` is not checked"),
    code("risky-construct", RUST, "unsafe {", "an `unsafe` block"),
    code("risky-construct", RUST, "unsafe fn", "an `unsafe` function"),
    code("risky-construct", RUST, "unsafe impl", "an `unsafe` implementation"),
    code("risky-construct", RUST, "transmute(", "`transmute` believes any type"),
    code("risky-construct", PYTHON, "eval(", "`eval` runs any text"),
    code("risky-construct", PYTHON, "exec(", "`exec` runs any text"),
    code("risky-construct", PYTHON, "shell=True", "a shell reads the whole command as text"),
    code("risky-construct", PYTHON, "os.system(", "a shell reads the whole command as text"),
    code("risky-construct", PYTHON, "pickle.load", "unpickling runs what the data say"),
    code("risky-construct", PYTHON, "verify=False", "the certificate is not checked"),
    code("risky-construct", SCRIPT, "eval(", "`eval` runs any text"),
    code("risky-construct", SCRIPT, "new Function(", "`Function` runs any text"),
    code("risky-construct", SCRIPT, ".innerHTML =", "text becomes HTML as it is"),
    code("risky-construct", SCRIPT, "dangerouslySetInnerHTML", "text becomes HTML as it is"),
    code("risky-construct", SCRIPT, "rejectUnauthorized: false", "the certificate is not checked"),
    anywhere("test-skipped", RUST, "#[ignore", "the test is left out"),
    anywhere("test-skipped", PYTHON, "@pytest.mark.skip", "the test is left out"),
    anywhere("test-skipped", PYTHON, "@unittest.skip", "the test is left out"),
    anywhere("test-skipped", PYTHON, "pytest.skip(", "the test is left out"),
    anywhere("test-skipped", SCRIPT, "it.skip(", "the test is left out"),
    anywhere("test-skipped", SCRIPT, "test.skip(", "the test is left out"),
    anywhere("test-skipped", SCRIPT, "describe.skip(", "these tests are left out"),
    anywhere("test-skipped", SCRIPT, "it.only(", "no other test runs"),
    anywhere("test-skipped", SCRIPT, "test.only(", "no other test runs"),
    anywhere("test-skipped", SCRIPT, "describe.only(", "no other tests run"),
];

/// The byte columns where `text` stands in a line as words of its own.
pub(crate) fn columns(line: &str, text: &str) -> Vec<usize> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let (first, last) = (text.chars().next().is_some_and(word), text.chars().last().is_some_and(word));
    let found = line.match_indices(text).map(|(at, _)| at);
    let whole = |at: &usize| {
        let before = line.get(..*at).and_then(|text| text.chars().last());
        let after = line.get(at + text.len()..).and_then(|text| text.chars().next());
        // A method that has the name of a function is another thing.
        !(first && before.is_some_and(|c| word(c) || c == '.') || last && after.is_some_and(word))
    };
    found.filter(whole).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        let cases: [(&str, &str, &[usize]); 7] = [
            ("x.unwrap() + y.unwrap()", ".unwrap()", &[1, 14]),
            ("medieval(x)", "eval(", &[]),
            ("x.eval(y)", "eval(", &[]),
            ("eval(y)", "eval(", &[0]),
            ("a: anything", ": any", &[]),
            ("a: any;", ": any", &[1]),
            ("as any", "as any", &[0]),
        ];
        for (line, text, expected) in cases {
            assert_eq!(columns(line, text), expected, "{line}");
        }
        assert!(PATTERNS.iter().all(|pattern| super::super::rule(pattern.rule).is_some()));
    }
}
