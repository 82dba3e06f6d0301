//! Numbers and texts as bytes, and back. Reading never panics: what is not there is `None`.

#[derive(Debug, Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    /// Seven bits a byte, the lowest first.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.0.push(number as u8);
    }

    pub fn word(&mut self, word: u64) {
        self.0.extend_from_slice(&word.to_le_bytes());
    }

    pub fn words<const N: usize>(&mut self, words: [u64; N]) {
        words.into_iter().for_each(|word| self.word(word));
    }

    /// What a text has beyond what it shares with the one before it.
    pub fn after(&mut self, before: &str, text: &str) {
        let mut shared = before.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        while !text.is_char_boundary(shared) {
            shared -= 1;
        }
        self.number(shared as u64);
        self.number((text.len() - shared) as u64);
        self.0.extend_from_slice(&text.as_bytes()[shared..]);
    }
}

#[derive(Debug)]
pub(crate) struct Reader<'a>(pub &'a [u8]);

impl<'a> Reader<'a> {
    #[inline]
    pub fn number(&mut self) -> Option<u64> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let (byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                return Some(number);
            }
            shift += 7;
        }
    }

    pub fn word(&mut self) -> Option<u64> {
        let (bytes, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*bytes))
    }

    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Turns `text`, the one before, into the next.
    pub fn after(&mut self, text: &mut String) -> Option<()> {
        let shared = self.number()? as usize;
        let length = self.number()? as usize;
        let own = std::str::from_utf8(self.take(length)?).ok()?;
        if shared > text.len() || !text.is_char_boundary(shared) {
            return None;
        }
        text.truncate(shared);
        text.push_str(own);
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(numbers in prop::collection::vec(any::<u64>(), 0..9), texts in prop::collection::vec("[aé]{0,4}", 0..9)) {
            let mut writer = Writer::default();
            let mut before = "";
            for (number, text) in numbers.iter().zip(&texts) {
                writer.number(*number);
                writer.word(*number);
                writer.after(before, text);
                before = text;
            }
            let mut reader = Reader(&writer.0);
            let mut text = String::new();
            for (number, expected) in numbers.iter().zip(&texts) {
                prop_assert_eq!((reader.number(), reader.word()), (Some(*number), Some(*number)));
                reader.after(&mut text).unwrap();
                prop_assert_eq!(&text, expected);
            }
            prop_assert!(reader.0.is_empty() && reader.number().is_none());
        }
    }
}
