//! What the rules on lines look for, as data.

use trust_grammars::Language;

/// A text that means something where it is new.
pub(crate) struct Pattern {
    pub rule: &'static str,
    pub languages: &'static [Language],
    pub text: &'static str,
    pub place: Place,
    /// What to say of it.
    pub says: &'static str,
}

/// Where it means something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In code that is no test.
    Code,
    Anywhere,
    /// In files of tests: elsewhere it is another thing.
    Tests,
}

const RUST: &[Language] = &[Language::Rust];
const PYTHON: &[Language] = &[Language::Python];
const TYPED: &[Language] = &[Language::TypeScript, Language::Tsx];
const SCRIPT: &[Language] = &[Language::TypeScript, Language::Tsx, Language::JavaScript];
const GO: &[Language] = &[Language::Go];
const JAVA: &[Language] = &[Language::Java];
const JVM: &[Language] = &[Language::Java, Language::Kotlin];
const CSHARP: &[Language] = &[Language::CSharp];
const RUBY: &[Language] = &[Language::Ruby];
const PHP: &[Language] = &[Language::Php];
const C: &[Language] = &[Language::C, Language::Cpp];

const fn code(
    rule: &'static str,
    languages: &'static [Language],
    text: &'static str,
    says: &'static str,
) -> Pattern {
    Pattern { rule, languages, text, place: Place::Code, says }
}

const fn anywhere(
    rule: &'static str,
    languages: &'static [Language],
    text: &'static str,
    says: &'static str,
) -> Pattern {
    Pattern { rule, languages, text, place: Place::Anywhere, says }
}

const fn in_tests(
    rule: &'static str,
    languages: &'static [Language],
    text: &'static str,
    says: &'static str,
) -> Pattern {
    Pattern { rule, languages, text, place: Place::Tests, says }
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
    code("debug-output", GO, "println(", "the built-in `println` was left in"),
    anywhere("debug-output", GO, "spew.Dump(", "`spew.Dump` was left in"),
    code("debug-output", JVM, ".printStackTrace()", "`printStackTrace` was left in"),
    anywhere("debug-output", CSHARP, "Debugger.Break()", "`Debugger.Break` was left in"),
    anywhere("debug-output", CSHARP, "Debugger.Launch()", "`Debugger.Launch` was left in"),
    anywhere("debug-output", RUBY, "binding.pry", "`binding.pry` was left in"),
    anywhere("debug-output", RUBY, "binding.irb", "`binding.irb` was left in"),
    anywhere("debug-output", RUBY, "byebug", "`byebug` was left in"),
    code("debug-output", PHP, "var_dump(", "`var_dump` was left in"),
    code("debug-output", PHP, "dd(", "`dd` was left in"),
    code("types-given-up", RUBY, "rescue Exception", "`rescue Exception` catches interrupts and exits too"),
    code("risky-construct", GO, "InsecureSkipVerify: true", "the certificate is not checked"),
    code("risky-construct", GO, "unsafe.Pointer(", "`unsafe.Pointer` believes any type"),
    code("risky-construct", JAVA, "ObjectInputStream(", "what is read so runs what the data say"),
    code("risky-construct", CSHARP, "BinaryFormatter(", "what is read so runs what the data say"),
    code(
        "risky-construct",
        CSHARP,
        "HttpClientHandler.DangerousAcceptAnyServerCertificateValidator",
        "the certificate is not checked",
    ),
    code("risky-construct", RUBY, "eval(", "`eval` runs any text"),
    code("risky-construct", RUBY, "Marshal.load(", "unmarshalling runs what the data say"),
    code("risky-construct", RUBY, "YAML.unsafe_load(", "what is read so makes any object"),
    code("risky-construct", RUBY, "VERIFY_NONE", "the certificate is not checked"),
    code("risky-construct", PHP, "eval(", "`eval` runs any text"),
    code("risky-construct", PHP, "unserialize(", "unserialising runs what the data say"),
    code("risky-construct", PHP, "shell_exec(", "a shell reads the whole command as text"),
    code("risky-construct", PHP, "CURLOPT_SSL_VERIFYPEER, false", "the certificate is not checked"),
    code("risky-construct", C, "gets(", "`gets` writes beyond any end"),
    code("risky-construct", C, "strcpy(", "`strcpy` knows of no end"),
    code("risky-construct", C, "strcat(", "`strcat` knows of no end"),
    code("risky-construct", C, "system(", "a shell reads the whole command as text"),
    in_tests("test-skipped", JVM, "@Disabled", "the test is left out"),
    in_tests("test-skipped", JVM, "@Ignore", "the test is left out"),
    in_tests("test-skipped", CSHARP, "[Ignore", "the test is left out"),
    in_tests("test-skipped", CSHARP, "Fact(Skip", "the test is left out"),
    in_tests("test-skipped", CSHARP, "Theory(Skip", "the test is left out"),
    in_tests("test-skipped", RUBY, "xit ", "the test is left out"),
    in_tests("test-skipped", RUBY, "xdescribe ", "these tests are left out"),
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
