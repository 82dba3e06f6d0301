//! What has the form of a secret. Forms only, no entropy: a finding has to be right to be read.

/// The start of a token, how many characters follow it at least, and what it is.
const TOKENS: &[(&str, usize, &str)] = &[
    ("AKIA", 16, "an AWS access key"),
    ("ASIA", 16, "an AWS access key"),
    ("ghp_", 36, "a GitHub token"),
    ("gho_", 36, "a GitHub token"),
    ("ghs_", 36, "a GitHub token"),
    ("github_pat_", 40, "a GitHub token"),
    ("glpat-", 20, "a GitLab token"),
    ("xoxb-", 20, "a Slack token"),
    ("xoxp-", 20, "a Slack token"),
    ("sk_live_", 20, "a Stripe key"),
    ("sk-ant-", 40, "an Anthropic key"),
    ("sk-proj-", 40, "an OpenAI key"),
    ("AIza", 35, "a Google key"),
    ("npm_", 36, "an npm token"),
    ("hf_", 34, "a Hugging Face token"),
    ("pypi-AgEIcHlwaS5vcmc", 40, "a PyPI token"),
];

const PRIVATE_KEY: &str = "-----BEGIN ";

/// What secret a line holds, and in which byte column it begins.
pub(crate) fn secret(line: &str) -> Option<(usize, &'static str)> {
    if let Some(at) = line.find(PRIVATE_KEY)
        && line.get(at..).is_some_and(|rest| rest.contains("PRIVATE KEY-----"))
    {
        return Some((at, "a private key"));
    }
    TOKENS.iter().find_map(|(start, length, what)| {
        line.match_indices(start).find_map(|(at, _)| {
            let own =
                line.get(..at).and_then(|text| text.chars().last()).is_none_or(|c| !c.is_alphanumeric());
            let rest: String = line
                .get(at + start.len()..)?
                .chars()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                .collect();
            (own && rest.len() >= *length && is_random(&rest)).then_some((at, *what))
        })
    })
}

/// Whether it looks drawn by chance; what stands in examples is a row of equal letters, or words.
fn is_random(text: &str) -> bool {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    let lower = text.to_lowercase();
    letters.len() >= 8
        && !["example", "xxxx", "your", "fake", "dummy", "1234567890"].iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_have_forms() {
        // Put together here, so that nobody's scanner takes them for real ones.
        let token = |start: &str| {
            format!("key = \"{start}{}\"", "q7Rz2mK9vX4bN8cT1wL6pJ3sH5dF0gYaE2uV7oBi".get(..38).unwrap())
        };
        for (line, expected) in [
            (token("ghp_"), true),
            (format!("AWS = \"AKIA{}\"", "Q7RZ2MK9VX4BN8CT"), true),
            (format!("{}RSA PRIVATE KEY-----", PRIVATE_KEY), true),
            (format!("{}PUBLIC KEY-----", PRIVATE_KEY), false),
            (format!("\"ghp_{}\"", "x".repeat(36)), false),
            ("AKIAIOSFODNN7EXAMPLE".to_owned(), false),
            ("an ordinary line".to_owned(), false),
        ] {
            assert_eq!(secret(&line).is_some(), expected, "{line}");
        }
    }
}
