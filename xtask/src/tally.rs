//! Counts of passed and failed tests, read from what the test runners print.

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    /// Sums the `test result:` lines of `cargo test`, one for each test program.
    pub fn of_cargo_test(output: &str) -> Self {
        let results = output.lines().filter(|line| line.starts_with("test result: "));
        results.fold(Self::default(), |sum, line| {
            sum.plus(Self { passed: number_before(line, "passed"), failed: number_before(line, "failed") })
        })
    }

    /// Reads pytest's last line: `2 failed, 31 passed, 1 error in 12.01s`.
    pub fn of_pytest(output: &str) -> Self {
        let output = without_colors(output);
        let summary = output.lines().rev().find(|line| {
            line.contains(" in ")
                && ["passed", "failed", "error"].iter().any(|word| number_before(line, word) > 0)
        });
        summary.map_or_else(Self::default, |line| Self {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed") + number_before(line, "error"),
        })
    }

    /// Reads the last line of the tests in an editor: `vscode: 12 passed, 1 failed`.
    pub fn of_editor(editor: &str, output: &str) -> Self {
        let of_it = |line: &&str| line.strip_prefix(editor).is_some_and(|rest| rest.starts_with(": "));
        let last = output.lines().rev().find(of_it);
        last.map_or_else(Self::default, |line| Self {
            passed: number_before(line, "passed"),
            failed: number_before(line, "failed"),
        })
    }

    pub fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// The text without its terminal escapes, all of which end with a letter.
fn without_colors(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let first = parts.next().unwrap_or_default();
    let after = |part: &str| {
        part.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).chars().skip(1).collect::<String>()
    };
    std::iter::once(first.to_owned()).chain(parts.map(after)).collect()
}

/// The number in front of a word that begins with `word` ("errors" for "error"); 0 without one.
fn number_before(line: &str, word: &str) -> u64 {
    let words: Vec<_> = line.split(|character: char| !character.is_ascii_alphanumeric()).collect();
    let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let pair = words.windows(2).find(|pair| pair[1].starts_with(word) && pair[0].parse::<u64>().is_ok());
    pair.and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: u64, failed: u64) -> Tally {
        Tally { passed, failed }
    }

    #[test]
    fn the_results_of_all_test_programs_are_added() {
        let output = "running 2 tests\ntest a ... ok\n\
            test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 31 passed; 4 failed; 1 ignored; 0 measured; 0 filtered out; finished in 1.20s\n";
        assert_eq!(Tally::of_cargo_test(output), tally(33, 4));
        assert_eq!(Tally::of_cargo_test("error[E0433]: failed to resolve"), tally(0, 0));
        assert_eq!(Tally::of_cargo_test("a test that prints: test result: 7 passed"), tally(0, 0));
    }

    #[test]
    fn pytest_sums_up_in_many_ways() {
        assert_eq!(Tally::of_pytest("....\n4 passed in 0.31s\n"), tally(4, 0));
        assert_eq!(
            Tally::of_pytest("= 2 failed, 31 passed, 1 skipped, 3 errors in 61.01s (0:01:01) ="),
            tally(31, 5)
        );
        assert_eq!(Tally::of_pytest("= 1 error in 0.10s ="), tally(0, 1));
        assert_eq!(Tally::of_pytest("no tests ran in 0.01s"), tally(0, 0));
        assert_eq!(Tally::of_pytest("\x1b[32m\x1b[1m12 passed\x1b[0m\x1b[32m in 0.31s\x1b[0m"), tally(12, 0));
    }

    #[test]
    fn tests_in_an_editor_end_with_their_counts() {
        let output = "  2 passing (6s)\n  1 failing\nvscode: 2 passed, 1 failed\n";
        assert_eq!(Tally::of_editor("vscode", output), tally(2, 1));
        assert_eq!(Tally::of_editor("emacs", output), tally(0, 0));
        assert_eq!(Tally::of_editor("vscode", "  2 passing (6s)\n"), tally(0, 0));
    }

    #[test]
    fn the_last_line_is_exact() {
        assert_eq!(tally(12, 0).to_string(), "12 passed, 0 failed");
    }
}
