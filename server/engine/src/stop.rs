//! From token bytes to text that may be shown: whole characters only, nothing from a stop string on.

/// Collects bytes and gives out text.
#[derive(Clone)]
pub(crate) struct TextStream {
    stop: Vec<String>,
    /// Bytes that are not a whole character yet.
    partial: Vec<u8>,
    /// Text that may be the beginning of a stop string.
    held: String,
}

/// What a token's bytes made of the text so far.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Text(String),
    /// The last text before a stop string.
    Stopped(String),
}

impl TextStream {
    pub(crate) fn new(stop: Vec<String>) -> Self {
        Self { stop, partial: Vec::new(), held: String::new() }
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) -> Step {
        self.partial.extend_from_slice(bytes);
        let whole = whole_characters(&self.partial);
        let rest = self.partial.split_off(whole);
        let bytes = std::mem::replace(&mut self.partial, rest);
        self.held.push_str(&String::from_utf8_lossy(&bytes));
        if let Some(cut) = self.stop.iter().filter_map(|stop| self.held.find(stop.as_str())).min() {
            self.held.truncate(cut);
            return Step::Stopped(std::mem::take(&mut self.held));
        }
        let keep = self.stop.iter().map(|stop| overlap(&self.held, stop)).max().unwrap_or(0);
        let rest = self.held.split_off(self.held.len() - keep);
        Step::Text(std::mem::replace(&mut self.held, rest))
    }

    /// What was held back, once nothing more comes. Half a character is dropped.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

/// How many of `bytes` end on a character boundary; bytes that can never become a character count as whole.
fn whole_characters(bytes: &[u8]) -> usize {
    let mut start = 0;
    loop {
        match std::str::from_utf8(&bytes[start..]) {
            Ok(_) => return bytes.len(),
            Err(error) => match error.error_len() {
                None => return start + error.valid_up_to(),
                Some(length) => start += error.valid_up_to() + length,
            },
        }
    }
}

/// Length of the longest end of `text` that is a beginning of `stop`, short of all of it.
fn overlap(text: &str, stop: &str) -> usize {
    stop.char_indices().map(|(index, _)| index).filter(|&n| text.ends_with(&stop[..n])).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_out_whole_and_stops_before_the_stop() {
        let cases: &[(&[&[u8]], &[&str], &str, bool)] = &[
            (&[b"let x", b" = 1;\n", b"more"], &["\n"], "let x = 1;", true),
            (&[b"caf\xc3", b"\xa9!"], &[], "café!", false),
            (&[b"a\xff", b"b"], &[], "a\u{fffd}b", false),
            (&[b"one", b"\n", b"two\n", b"\nthree"], &["\n\n"], "one\ntwo", true),
            (&[b"one\n"], &["\n\n"], "one\n", false),
            (&[b"x\xf0\x9d"], &[], "x", false),
        ];
        for (tokens, stop, expected, stopped) in cases {
            let mut stream = TextStream::new(stop.iter().map(|s| s.to_string()).collect());
            let (mut text, mut met) = (String::new(), false);
            for token in *tokens {
                match stream.push(token) {
                    Step::Text(more) => text.push_str(&more),
                    Step::Stopped(last) => {
                        text.push_str(&last);
                        met = true;
                        break;
                    }
                }
            }
            text.push_str(&stream.finish());
            assert_eq!((text.as_str(), met), (*expected, *stopped));
        }
    }
}
