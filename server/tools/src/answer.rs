//! What a tool says: text of bounded size, which tells how much was left out.

/// A tool's answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    pub text: String,
    /// Lines that were left out; the text says so itself.
    pub more: usize,
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self { text, more: 0 }
    }
}

/// Lines up to a limit. What comes after the first that does not fit is counted.
#[derive(Debug)]
pub struct Page {
    text: String,
    limit: usize,
    shown: usize,
    more: usize,
}

impl Page {
    /// `limit` is in bytes.
    pub fn new(limit: usize) -> Self {
        Self { text: String::new(), limit, shown: 0, more: 0 }
    }

    /// Adds a line, or several. The first is always shown, cut where it must be.
    pub fn push(&mut self, lines: &str) {
        let fits = self.more == 0 && self.text.len() + lines.len() < self.limit;
        if fits || self.shown == 0 {
            self.text.push_str(&lines[..lines.floor_char_boundary(self.limit)]);
            self.text.push('\n');
            self.shown += 1;
        } else {
            self.more += lines.lines().count().max(1);
        }
    }

    /// How often a line was shown.
    pub fn shown(&self) -> usize {
        self.shown
    }

    /// `hint` says how to see the rest, where there is any.
    pub fn finish(mut self, hint: &str) -> Answer {
        if self.more > 0 {
            let hint = if hint.is_empty() { String::new() } else { format!("; {hint}") };
            self.text.push_str(&format!("... {} more lines{hint}\n", self.more));
        }
        Answer { text: self.text, more: self.more }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_counted() {
        let cases: [(&[&str], usize, &str, usize); 5] = [
            (&["ab", "cd"], 100, "ab\ncd\n", 0),
            (&["ab", "cdefg", "h", "i\nj"], 7, "ab\n... 4 more lines; go on\n", 4),
            (&["äöüß"], 3, "ä\n", 0),
            (&["abc", "d"], 1, "a\n... 1 more lines; go on\n", 1),
            (&[], 9, "", 0),
        ];
        for (lines, limit, expected, more) in cases {
            let mut page = Page::new(limit);
            lines.iter().for_each(|line| page.push(line));
            assert_eq!(page.finish("go on"), Answer { text: expected.into(), more }, "{lines:?}");
        }
    }
}
