//! Stop strings, looked for in a text that comes in parts: an engine may take fewer of them than there are, or none.

pub struct Stops<'a> {
    stops: &'a [String],
    /// What may be the beginning of one.
    held: String,
    met: bool,
}

impl<'a> Stops<'a> {
    pub fn new(stops: &'a [String]) -> Self {
        Self { stops, held: String::new(), met: false }
    }

    /// Whether one was met: nothing follows.
    pub fn met(&self) -> bool {
        self.met
    }

    /// What of the text so far is certain to stand before any of them.
    pub fn push(&mut self, text: &str) -> String {
        self.held.push_str(text);
        let first = self
            .stops
            .iter()
            .filter(|stop| !stop.is_empty())
            .filter_map(|stop| self.held.find(stop.as_str()));
        if let Some(at) = first.min() {
            self.met = true;
            self.held.truncate(at);
            return std::mem::take(&mut self.held);
        }
        let begins = |at: &usize| self.stops.iter().any(|stop| stop.starts_with(&self.held[*at..]));
        let open = self.held.char_indices().map(|(at, _)| at).find(begins).unwrap_or(self.held.len());
        let rest = self.held.split_off(open);
        std::mem::replace(&mut self.held, rest)
    }

    /// The end of the text.
    pub fn flush(&mut self) -> String {
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stop_is_found_however_the_text_is_cut() {
        let stops = ["\n\n".to_owned(), "END".to_owned()];
        let cases = [
            ("a\nb", "a\nb", false),
            ("a\n\nb", "a", true),
            ("aENDb", "a", true),
            ("aEN", "aEN", false),
            ("END", "", true),
            ("ü\n\n", "ü", true),
            ("", "", false),
        ];
        for (text, expected, met) in cases {
            for size in 1..=text.chars().count().max(1) {
                let mut found = Stops::new(&stops);
                let signs: Vec<char> = text.chars().collect();
                let mut told = String::new();
                for part in signs.chunks(size) {
                    if !found.met() {
                        told.push_str(&found.push(&part.iter().collect::<String>()));
                    }
                }
                told.push_str(&found.flush());
                assert_eq!((told.as_str(), found.met()), (expected, met), "{text:?} by {size}");
            }
        }
    }
}
