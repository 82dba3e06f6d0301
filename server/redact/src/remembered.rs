//! The secrets of a text that changes key by key: after a change only the lines are looked at that differ.

use crate::{Detector, Secret, settle};

/// What was found in the text that was looked at last.
#[derive(Debug, Clone, Default)]
pub struct Remembered {
    text: String,
    in_lines: Vec<Secret>,
    fingerprint: u64,
}

impl Remembered {
    /// The secrets of `text`. Costs a comparison with the last text, and the search of the lines that differ; private
    /// keys, which have many lines, are looked for by their first one.
    pub fn find(&mut self, detector: &Detector, text: &str) -> Vec<Secret> {
        if self.fingerprint != detector.fingerprint() {
            *self = Self { fingerprint: detector.fingerprint(), ..Self::default() };
        }
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        if old != new && !detector.rules.is_empty() {
            // The user's patterns may reach over lines.
            self.in_lines = detector.find_in_lines(text);
            self.text = text.to_owned();
        } else if old != new {
            let same = common(old.iter(), new.iter());
            let start = new[..same].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let behind = common(old[start..].iter().rev(), new[start..].iter().rev());
            // To the end of the line in which the texts meet again.
            let line_end =
                new[new.len() - behind..].iter().position(|byte| *byte == b'\n').map_or(behind, |at| at + 1);
            let kept = behind - line_end;
            let (old_end, new_end) = (old.len() - kept, new.len() - kept);
            let changed = text.get(start..new_end).unwrap_or(text);
            let start = if changed.len() == text.len() { 0 } else { start };
            let moved = |mut secret: Secret, from: usize, to: usize| {
                secret.range = secret.range.start + to - from..secret.range.end + to - from;
                secret
            };
            let before = self.in_lines.iter().filter(|secret| secret.range.end <= start).cloned();
            let fresh = detector.find_in_lines(changed).into_iter().map(|secret| moved(secret, 0, start));
            let after = self.in_lines.iter().filter(|secret| secret.range.start >= old_end);
            let after = after.map(|secret| moved(secret.clone(), old_end, new_end));
            self.in_lines = if changed.len() == text.len() {
                fresh.collect()
            } else {
                before.chain(fresh).chain(after).collect()
            };
            self.text.clear();
            self.text.push_str(text);
        }
        let mut found = crate::private_key::find(text);
        found.extend(self.in_lines.iter().cloned());
        settle(found)
    }
}

fn common<'a>(a: impl Iterator<Item = &'a u8>, b: impl Iterator<Item = &'a u8>) -> usize {
    a.zip(b).take_while(|(a, b)| a == b).count()
}
