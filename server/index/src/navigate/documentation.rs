//! The text of a documentation comment, without what makes it a comment.

/// The words of a comment or a documentation string, as Markdown where its author wrote that.
pub fn plain_documentation(comment: &str) -> String {
    let text = comment.trim();
    let quoted = text.trim_start_matches(['r', 'R', 'u', 'U']);
    for quotes in ["\"\"\"", "'''", "\"", "'"] {
        if let Some(inner) = quoted.strip_prefix(quotes).and_then(|text| text.strip_suffix(quotes)) {
            return unindented(inner);
        }
    }
    if let Some(inner) = text.strip_prefix("/**").and_then(|text| text.strip_suffix("*/")) {
        let lines = inner.lines().map(|line| {
            let line = line.trim();
            line.strip_prefix('*').map_or(line, |line| line.strip_prefix(' ').unwrap_or(line)).trim_end()
        });
        return lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    }
    let lines = text.lines().map(|line| {
        let line = line.trim().trim_start_matches(['/', '#', '!', '-', ';']);
        line.strip_prefix(' ').unwrap_or(line)
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

/// Without the indentation that all lines but the first share.
fn unindented(text: &str) -> String {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let later = text.lines().skip(1).filter(|line| !line.trim().is_empty());
    let shared = later.map(indent).min().unwrap_or(0);
    let lines = text.lines().enumerate().map(|(at, line)| match at {
        0 => line.trim(),
        _ => line.get(shared.min(indent(line))..).unwrap_or_default().trim_end(),
    });
    lines.collect::<Vec<_>>().join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_become_words() {
        let cases = [
            ("/// One.\n    /// Two `*` - three.", "One.\nTwo `*` - three."),
            ("/** One. */", "One."),
            ("/**\n * One.\n *\n *   Two.\n */", "One.\n\n  Two."),
            ("r\"\"\"One.\n\n        Two.\n          Three.\n    \"\"\"", "One.\n\nTwo.\n  Three."),
            ("'One.'", "One."),
            ("# One", "One"),
            ("", ""),
        ];
        for (comment, expected) in cases {
            assert_eq!(plain_documentation(comment), expected, "{comment}");
        }
    }
}
