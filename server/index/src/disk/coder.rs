//! Numbers and texts in few bits: an adaptive binary range coder, as LZMA has it (Pavlov, 1998).
//!
//! Whoever writes says of each number what it is like, as a [`Context`]; the coder learns how long numbers of that
//! kind are. Reading what was not written gives wrong numbers, or `None`, and does no harm.

/// One kind of number among others, and its variant, such as what stood before it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Context(pub Field, pub usize);

/// What numbers are written of; each has [`VARIANTS`] variants.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    Length,
    Shared,
    File,
    Time,
    Chunk,
    Holders,
    First,
    Gap,
    GapAtEnd,
    Count,
    Rows,
    Kind,
    Parent,
    Start,
    Item,
    Name,
    Signature,
    Documentation,
    Import,
}

pub(crate) const VARIANTS: usize = 512;
const FIELDS: usize = Field::Import as usize + 1;
/// Bits in a number, and one for zero.
const CLASSES: usize = 65;
/// Bits behind the highest one that are learned; the others are as good as chance.
const LEARNED: usize = 2;

/// A probability that a bit is zero, in 65536ths: one that learns fast and one that learns exactly.
type Bit = (u16, u16);

/// What well-learned numbers take no less of than a byte for so many: a section that holds more was made to fill memory.
const NUMBERS_PER_BYTE: usize = 64;
const NUMBERS: usize = 4 << 10;

const EVEN: Bit = (1 << 15, 1 << 15);

fn learn(bit: &mut Bit, one: bool) {
    if one {
        bit.0 -= bit.0 >> 4;
        bit.1 -= bit.1 >> 6;
    } else {
        bit.0 += (u16::MAX - bit.0) >> 4;
        bit.1 += (u16::MAX - bit.1) >> 6;
    }
}

fn split(range: u32, bit: Bit) -> u32 {
    // From 1 to 8191 of 8192.
    let share = ((u32::from(bit.0) + u32::from(bit.1)) >> 4).clamp(1, 8191);
    (range >> 13) * share
}

/// How long a number is, bit by bit; of those with the same length the bits behind the highest, two of them; and the bytes
/// of texts.
#[derive(Debug)]
struct Models {
    classes: Vec<Option<Box<[Bit; CLASSES]>>>,
    seconds: Vec<[[Bit; 4]; CLASSES]>,
    bytes: Vec<Option<Box<[Bit; 256]>>>,
}

impl Models {
    fn new() -> Self {
        Self {
            classes: vec![None; FIELDS * VARIANTS],
            seconds: vec![[[EVEN; 4]; CLASSES]; FIELDS],
            bytes: vec![None; 256 << 5],
        }
    }

    fn class(&mut self, context: Context) -> &mut [Bit; CLASSES] {
        let Context(field, variant) = context;
        let at = field as usize * VARIANTS + variant.min(VARIANTS - 1);
        self.classes[at].get_or_insert_with(|| Box::new([EVEN; CLASSES]))
    }

    /// Of a byte behind two others; letters count without their case in the farther one.
    fn byte(&mut self, before: (u8, u8)) -> &mut [Bit; 256] {
        let at = usize::from(before.1) << 5 | usize::from(before.0 & 31);
        self.bytes[at].get_or_insert_with(|| Box::new([EVEN; 256]))
    }
}

fn ends_with(text: &[u8]) -> (u8, u8) {
    let at = |back: usize| text.len().checked_sub(back).map_or(0, |at| text[at]);
    (at(2), at(1))
}

/// How many of the lowest bits of a number below `of` are written apart, since a range is not divided into so many parts.
fn fine_bits(of: u64) -> usize {
    (64 - of.leading_zeros() as usize).saturating_sub(16)
}

#[derive(Debug)]
pub(crate) struct Encoder {
    bytes: Vec<u8>,
    low: u64,
    range: u32,
    /// The byte that a carry may still change, and how many of the highest follow it.
    held: u8,
    full: u64,
    models: Models,
    /// Numbers and bytes of texts that were written.
    written: usize,
}

impl Encoder {
    pub fn new() -> Self {
        Self {
            bytes: Vec::new(),
            low: 0,
            range: u32::MAX,
            held: 0,
            full: 0,
            models: Models::new(),
            written: 0,
        }
    }

    pub fn number(&mut self, context: Context, number: u64) {
        self.written += 1;
        let class = 64 - number.leading_zeros() as usize;
        for at in 0..=class {
            let bit = self.models.class(context)[at];
            self.bit(bit, at < class);
            learn(&mut self.models.class(context)[at], at < class);
        }
        let mut node = 1;
        for shift in (0..class.saturating_sub(1)).rev().take(LEARNED) {
            let one = number >> shift & 1 == 1;
            let bit = &mut self.models.seconds[context.0 as usize][class][node];
            let before = *bit;
            learn(bit, one);
            self.bit(before, one);
            node = node << 1 | usize::from(one);
        }
        self.plain(number, class.saturating_sub(1 + LEARNED));
    }

    /// The lowest `bits` of a number of which nothing is known.
    pub fn plain(&mut self, number: u64, bits: usize) {
        for bit in (0..bits).rev() {
            self.range >>= 1;
            if number >> bit & 1 == 1 {
                self.low += u64::from(self.range);
            }
            self.normalize();
        }
    }

    /// One of `of` numbers, all of them as likely.
    pub fn one_of(&mut self, number: u64, of: u64) {
        let rest = fine_bits(of);
        self.range /= ((of.saturating_sub(1) >> rest) + 1) as u32;
        self.low += (number >> rest) * u64::from(self.range);
        self.normalize();
        self.plain(number, rest);
    }

    /// What a text has beyond what it shares with the one before it.
    pub fn after(&mut self, before: &str, text: &str) {
        let mut shared = before.bytes().zip(text.bytes()).take_while(|(a, b)| a == b).count();
        while !text.is_char_boundary(shared) {
            shared -= 1;
        }
        self.number(Context(Field::Shared, before.len().min(63)), shared as u64);
        self.number(Context(Field::Length, shared.min(63)), (text.len() - shared) as u64);
        self.written += text.len() - shared;
        let mut last = ends_with(&text.as_bytes()[..shared]);
        for byte in text.bytes().skip(shared) {
            let mut node = 1;
            for shift in (0..8).rev() {
                let one = byte >> shift & 1 == 1;
                let bit = self.models.byte(last)[node];
                self.bit(bit, one);
                learn(&mut self.models.byte(last)[node], one);
                node = node << 1 | usize::from(one);
            }
            last = (last.1, byte);
        }
    }

    fn bit(&mut self, bit: Bit, one: bool) {
        let bound = split(self.range, bit);
        if one {
            self.low += u64::from(bound);
            self.range -= bound;
        } else {
            self.range = bound;
        }
        self.normalize();
    }

    fn normalize(&mut self) {
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift();
        }
    }

    fn shift(&mut self) {
        if self.low < 0xff00_0000 || self.low > u64::from(u32::MAX) {
            let carry = (self.low >> 32) as u8;
            self.bytes.push(self.held.wrapping_add(carry));
            (0..self.full).for_each(|_| self.bytes.push(0xff_u8.wrapping_add(carry)));
            self.full = 0;
            self.held = (self.low >> 24) as u8;
        } else {
            self.full += 1;
        }
        self.low = self.low << 8 & u64::from(u32::MAX);
    }

    pub fn finish(mut self) -> Vec<u8> {
        (0..5).for_each(|_| self.shift());
        // So many that what repeats without end, as a program writes it, is read as well.
        let least = self.written.saturating_sub(NUMBERS).div_ceil(NUMBERS_PER_BYTE);
        self.bytes.resize(self.bytes.len().max(least), 0);
        self.bytes
    }
}

#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    bytes: &'a [u8],
    position: usize,
    code: u32,
    range: u32,
    models: Models,
    /// Numbers and bytes of texts that may still be read.
    left: usize,
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        let left = NUMBERS + NUMBERS_PER_BYTE * bytes.len();
        let mut new = Self { bytes, position: 0, code: 0, range: u32::MAX, models: Models::new(), left };
        (0..5).for_each(|_| new.shift());
        new
    }

    pub fn number(&mut self, context: Context) -> Option<u64> {
        self.left = self.left.checked_sub(1)?;
        let Self { bytes, position, code, range, models, .. } = self;
        let mut stream = Stream { bytes, position, code, range };
        let bits = models.class(context);
        let mut class = 0;
        while stream.bit(&mut bits[class]) {
            class += 1;
            if class == CLASSES {
                return None;
            }
        }
        let learned = class.saturating_sub(1).min(LEARNED);
        let bits = &mut models.seconds[context.0 as usize][class];
        let node = (0..learned).fold(1, |node, _| node << 1 | usize::from(stream.bit(&mut bits[node])));
        let number = match class {
            0 => 0,
            _ => {
                let rest = class - 1 - learned;
                (node as u64) << rest | self.plain(rest)
            }
        };
        // The encoder ends no sooner than four bytes before the decoder.
        (self.position <= self.bytes.len() + 4).then_some(number)
    }

    pub fn short(&mut self, context: Context) -> Option<u32> {
        self.number(context)?.try_into().ok()
    }

    pub fn plain(&mut self, bits: usize) -> u64 {
        let mut number = 0;
        for _ in 0..bits {
            self.range >>= 1;
            let one = self.code >= self.range;
            if one {
                self.code -= self.range;
            }
            number = number << 1 | u64::from(one);
            if self.range < 1 << 24 {
                self.range <<= 8;
                self.shift();
            }
        }
        number
    }

    /// One of `of` numbers, if what was written is one.
    pub fn one_of(&mut self, of: u64) -> Option<u64> {
        let rest = fine_bits(of);
        self.range /= ((of.saturating_sub(1) >> rest) + 1) as u32;
        let number = self.code / self.range;
        self.code -= number * self.range;
        while self.range < 1 << 24 {
            self.range <<= 8;
            self.shift();
        }
        let number = u64::from(number) << rest | self.plain(rest);
        (number < of).then_some(number)
    }

    /// Turns `text`, the one before, into the next.
    pub fn after(&mut self, text: &mut String) -> Option<()> {
        let shared = self.number(Context(Field::Shared, text.len().min(63)))? as usize;
        let length = self.number(Context(Field::Length, shared.min(63)))? as usize;
        if shared > text.len() || !text.is_char_boundary(shared) {
            return None;
        }
        self.left = self.left.checked_sub(length)?;
        let mut own = std::mem::take(text).into_bytes();
        own.truncate(shared);
        let mut last = ends_with(&own);
        let Self { bytes, position, code, range, models, .. } = self;
        let mut stream = Stream { bytes, position, code, range };
        for _ in 0..length {
            let bits = models.byte(last);
            let mut node = 1;
            while node < 256 {
                node = node << 1 | usize::from(stream.bit(&mut bits[node]));
            }
            last = (last.1, node as u8);
            own.push(last.1);
        }
        *text = String::from_utf8(own).ok()?;
        Some(())
    }

    fn shift(&mut self) {
        self.code = self.code << 8 | u32::from(self.bytes.get(self.position).copied().unwrap_or(0));
        self.position += 1;
    }
}

struct Stream<'a, 'b> {
    bytes: &'a [u8],
    position: &'b mut usize,
    code: &'b mut u32,
    range: &'b mut u32,
}

impl Stream<'_, '_> {
    #[inline(always)]
    fn bit(&mut self, bit: &mut Bit) -> bool {
        let bound = split(*self.range, *bit);
        let one = *self.code >= bound;
        if one {
            *self.code -= bound;
            *self.range -= bound;
        } else {
            *self.range = bound;
        }
        learn(bit, one);
        while *self.range < 1 << 24 {
            *self.range <<= 8;
            *self.code = *self.code << 8 | u32::from(self.bytes.get(*self.position).copied().unwrap_or(0));
            *self.position += 1;
        }
        one
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(
            numbers in prop::collection::vec((any::<u64>(), 0u32..64), 0..99),
            texts in prop::collection::vec("[aé]{0,4}", 0..9),
        ) {
            let numbers: Vec<u64> = numbers.iter().map(|(number, shift)| number >> shift).collect();
            let mut encoder = Encoder::new();
            let mut before = "";
            for text in &texts {
                encoder.after(before, text);
                before = text;
            }
            for number in &numbers {
                encoder.number(Context(Field::Gap, *number as usize % 3), *number);
                encoder.plain(*number, 7);
                encoder.one_of(*number / 3, *number / 2 + 1);
            }
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            let mut text = String::new();
            for expected in &texts {
                decoder.after(&mut text).unwrap();
                prop_assert_eq!(&text, expected);
            }
            for number in numbers {
                prop_assert_eq!(decoder.number(Context(Field::Gap, number as usize % 3)), Some(number));
                prop_assert_eq!(decoder.plain(7), number & 127);
                prop_assert_eq!(decoder.one_of(number / 2 + 1), Some(number / 3));
            }
        }

        #[test]
        fn whatever_is_read_does_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..99)) {
            let mut decoder = Decoder::new(&bytes);
            let mut text = String::new();
            (0..99).for_each(|at| {
                decoder.number(Context(Field::Gap, at));
                decoder.after(&mut text);
            });
        }
    }

    #[test]
    fn what_would_fill_memory_is_refused() {
        let mut encoder = Encoder::new();
        (0..1_000_000).for_each(|_| encoder.number(Context(Field::Rows, 0), 0));
        let bytes = encoder.finish();
        assert!(bytes.len() < 16_000);
        for (bytes, expected) in
            [(&bytes[..], 1_000_000), (&bytes[..1_000], NUMBERS + NUMBERS_PER_BYTE * 1_000)]
        {
            let mut decoder = Decoder::new(bytes);
            let all = 0..1_000_000;
            let read = all.take_while(|_| decoder.number(Context(Field::Rows, 0)).is_some()).count();
            assert_eq!(read, expected);
        }
    }

    #[test]
    fn the_end_is_noticed() {
        let mut decoder = Decoder::new(&[]);
        assert!((0..1_000_000).any(|_| decoder.number(Context(Field::Gap, 0)).is_none()));
    }

    #[test]
    fn what_repeats_takes_little_room() {
        let mut encoder = Encoder::new();
        (0..100_000).for_each(|at| encoder.number(Context(Field::Gap, 0), 3 + (at % 50) / 49));
        assert!(encoder.finish().len() < 4_000);
    }
}
