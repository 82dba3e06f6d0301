//! What somebody has written into the file that git opens for a message.

/// After git's sign for comments: below this line all is git's own, such as the diff of `git commit --verbose`.
const SCISSORS: &[u8] = b" ------------------------ >8 ------------------------";

/// The lines of a message that are neither blank nor comments, which begin with `comment`, nor below the scissors.
pub fn written<'a>(message: &'a [u8], comment: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let behind = |line: &'a [u8]| line.strip_prefix(comment.as_bytes());
    let lines = message.split(|byte| *byte == b'\n');
    lines
        .take_while(move |line| behind(line).is_none_or(|rest| !rest.starts_with(SCISSORS)))
        .filter(move |line| !line.trim_ascii().is_empty() && behind(line).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_puts_there_is_not_written() {
        let cut = "------------------------ >8 ------------------------";
        let cases = [
            ("", "#", ""),
            ("\n# a\n \n", "#", ""),
            ("a\n# b\nc\n", "#", "a|c"),
            ("\n; a\n# b\n", ";", "# b"),
            ("\n// a\n", "//", ""),
            (&format!("\n# a\n# {cut}\n# b\ndiff --git a b\n+c\n"), "#", ""),
            (&format!("a\n% {cut}\ndiff\n"), "%", "a"),
            (&format!("# {cut}\nb\n"), "%", &format!("# {cut}|b")),
        ];
        for (message, comment, expected) in cases {
            let found: Vec<_> = written(message.as_bytes(), comment).map(String::from_utf8_lossy).collect();
            assert_eq!(found.join("|"), expected, "{message}");
        }
    }
}
