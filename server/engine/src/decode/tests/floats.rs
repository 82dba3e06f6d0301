//! The same of a model that is not quantised: the bundled one, its weights written out as 32-bit floats.

use super::*;

const F32: u32 = 0;
const Q8_0: u32 = 8;
/// Weights of a block of Q8_0, after a scale of half precision.
const BLOCK: usize = 32;
const ALIGNMENT: usize = 32;

/// Walks over a GGUF file that is known to be sound.
struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> &'a [u8] {
        self.at += length;
        &self.bytes[self.at - length..self.at]
    }

    fn number(&mut self, width: usize) -> usize {
        self.take(width).iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }

    fn text(&mut self) -> &'a [u8] {
        let length = self.number(8);
        self.take(length)
    }

    fn value(&mut self, kind: usize) {
        match kind {
            0 | 1 | 7 => drop(self.take(1)),
            4..=6 => drop(self.take(4)),
            8 => drop(self.text()),
            9 => {
                let (kind, count) = (self.number(4), self.number(8));
                (0..count).for_each(|_| self.value(kind));
            }
            _ => drop(self.take(8)),
        }
    }
}

/// What half precision means; weights have no infinite scales.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023) / 1024.0);
    let size =
        if exponent == 0 { fraction * 2f32.powi(-14) } else { (1.0 + fraction) * 2f32.powi(exponent - 15) };
    if bits >> 15 == 1 { -size } else { size }
}

/// The model in `bytes` with every weight as a 32-bit float.
fn unquantised(bytes: &[u8]) -> Vec<u8> {
    let mut reader = Reader { bytes, at: 8 };
    let (tensors, keys) = (reader.number(8), reader.number(8));
    for _ in 0..keys {
        reader.text();
        let kind = reader.number(4);
        reader.value(kind);
    }
    let mut out = bytes[..reader.at].to_vec();
    let (mut weights, mut offset) = (Vec::new(), 0);
    for _ in 0..tensors {
        let start = reader.at;
        reader.text();
        let dimensions = reader.number(4);
        let count: usize = (0..dimensions).map(|_| reader.number(8)).product();
        out.extend(&bytes[start..reader.at]);
        weights.push((count, reader.number(4) as u32, reader.number(8)));
        out.extend(F32.to_le_bytes());
        out.extend((offset as u64).to_le_bytes());
        offset += (4 * count).next_multiple_of(ALIGNMENT);
    }
    let data = &bytes[reader.at.next_multiple_of(ALIGNMENT)..];
    for (count, element, offset) in weights {
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
        if element == F32 {
            out.extend(&data[offset..offset + 4 * count]);
            continue;
        }
        assert_eq!(element, Q8_0);
        for block in data[offset..].chunks_exact(2 + BLOCK).take(count / BLOCK) {
            let scale = half(u16::from_le_bytes([block[0], block[1]]));
            block[2..].iter().for_each(|byte| out.extend((f32::from(*byte as i8) * scale).to_le_bytes()));
        }
    }
    out
}

#[test]
#[allow(clippy::disallowed_methods, reason = "makes the model that it tests")]
fn without_quantisation_a_cached_answer_equals_a_fresh_one() {
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f32.gguf");
    std::fs::write(&path, unquantised(&std::fs::read(bundled).unwrap())).unwrap();
    let model = model(&path);
    let (apart, rounding, restored) = stress((&model, &path), 2);
    println!("cached {apart:?}, mean {}; rounding {rounding:?}, mean {}", apart.mean(), rounding.mean());
    assert!(apart.count > 5 && restored > 10, "{apart:?}, {restored} sequences came back");
    assert!(apart.mean() < 1.5 * rounding.mean() + 1e-4, "{apart:?} {rounding:?}");
    assert!(apart.largest < 2.0 * rounding.largest + 1e-3, "{apart:?} {rounding:?}");
}
