//! The tensor directory: names, shapes, element types, and where each tensor's bytes lie.

use crate::GgufError;
use crate::element::{Element, element};
use crate::source::Source;
use std::collections::HashSet;
use std::io::BufRead;

/// ggml keeps a name in 64 bytes, the last of them zero.
const MAX_NAME: u64 = 63;
const MAX_RANK: u32 = 4;
/// The largest models of today have some thousands.
const MAX_TENSORS: u64 = 1 << 17;
/// A name of one letter, rank 1.
const MIN_ENTRY: u64 = 8 + 1 + 4 + 8 + 4 + 8;

/// One entry of the directory.
#[derive(Debug, Clone)]
pub struct Tensor {
    pub name: String,
    /// Elements along each axis, the row first.
    pub shape: Vec<u64>,
    pub element: Element,
    /// Number of elements: the product of `shape`.
    pub elements: u64,
    /// Bytes of its data.
    pub bytes: u64,
    /// Where its data begins, in bytes from the start of the data section.
    pub offset: u64,
}

/// Reads `count` entries. Data is not looked at.
pub fn read_all<R: BufRead>(source: &mut Source<R>, count: u64) -> Result<Vec<Tensor>, GgufError> {
    check_count(source, count)?;
    let mut tensors: Vec<Tensor> = Vec::new();
    let mut names = HashSet::new();
    for _ in 0..count {
        let tensor = read(source)?;
        if !names.insert(tensor.name.clone()) {
            return Err(GgufError::tensor(&tensor.name, "present twice"));
        }
        tensors.push(tensor);
    }
    Ok(tensors)
}

/// Refuses a number of tensors that cannot be true.
pub fn check_count<R: BufRead>(source: &Source<R>, count: u64) -> Result<(), GgufError> {
    if count > MAX_TENSORS {
        let (what, offset) = (format!("the number of tensors ({count})"), source.offset());
        return Err(GgufError::TooLarge { what, offset, limit: MAX_TENSORS.to_string() });
    }
    source.claim_items(count, MIN_ENTRY, "tensors")
}

fn read<R: BufRead>(source: &mut Source<R>) -> Result<Tensor, GgufError> {
    let start = source.offset();
    let name = source.string(MAX_NAME, "a tensor's name")?;
    if name.is_empty() {
        return Err(GgufError::Damaged { problem: "a tensor without a name".into(), offset: start });
    }
    let refuse = |problem: String| GgufError::tensor(&name, problem);
    let rank = source.u32("a tensor's rank")?;
    if rank == 0 || rank > MAX_RANK {
        return Err(refuse(format!("{rank} dimensions (1 to {MAX_RANK} are possible)")));
    }
    let mut shape = Vec::new();
    for _ in 0..rank {
        shape.push(source.u64("a tensor's shape")?);
    }
    let id = source.u32("a tensor's element type")?;
    let offset = source.u64("a tensor's offset")?;

    if shape.contains(&0) {
        return Err(refuse(format!("shape {shape:?} has an empty dimension")));
    }
    let element = element(id).ok_or_else(|| {
        refuse(format!("element type {id} is unknown here (perhaps newer than this program)"))
    })?;
    let row = shape.first().copied().unwrap_or(0);
    if !row.is_multiple_of(element.block) {
        return Err(refuse(format!(
            "rows of {row} elements are no whole number of {} blocks of {}",
            element.name, element.block
        )));
    }
    let too_many = || refuse(format!("shape {shape:?} has more elements than can be counted"));
    let elements = shape.iter().try_fold(1u64, |product, &dim| product.checked_mul(dim));
    // llama.cpp counts in signed numbers.
    let elements = elements.filter(|&count| count <= i64::MAX as u64).ok_or_else(too_many)?;
    let bytes = (elements / element.block).checked_mul(element.bytes).ok_or_else(too_many)?;
    Ok(Tensor { name, shape, element, elements, bytes, offset })
}

/// Checks that the data of each tensor is aligned, inside the file and nobody else's. `data` is where the
/// data section begins and `length` how long the file is, in bytes.
pub fn check_layout(tensors: &[Tensor], data: u64, alignment: u64, length: u64) -> Result<(), GgufError> {
    let mut by_offset: Vec<&Tensor> = tensors.iter().collect();
    by_offset.sort_by_key(|tensor| tensor.offset);
    for tensor in &by_offset {
        if !tensor.offset.is_multiple_of(alignment) {
            let problem = format!("its offset {} is no multiple of {alignment}", tensor.offset);
            return Err(GgufError::tensor(&tensor.name, problem));
        }
    }
    for (tensor, next) in by_offset.iter().zip(by_offset.iter().skip(1)) {
        if tensor.offset.saturating_add(tensor.bytes) > next.offset {
            let problem = format!("its data overlaps that of {:?}", next.name);
            return Err(GgufError::tensor(&tensor.name, problem));
        }
    }
    let Some(last) = by_offset.last() else { return Ok(()) };
    let end = data.checked_add(last.offset).and_then(|start| start.checked_add(last.bytes));
    let end = end.filter(|&end| end <= i64::MAX as u64).ok_or_else(|| {
        GgufError::tensor(&last.name, format!("its offset {} is past the end of any file", last.offset))
    })?;
    if end > length {
        let what = format!("the data of tensor {:?}", last.name);
        return Err(GgufError::Truncated { what, offset: end - last.bytes, expected: end, found: length });
    }
    Ok(())
}
