//! How alike two bags of tokens are.

/// Sørensen and Dice's coefficient over sorted hashes, in percent.
pub(crate) fn similarity(one: &[u64], other: &[u64]) -> u64 {
    let all = one.len() + other.len();
    (200 * common(one, other)).checked_div(all).unwrap_or(100) as u64
}

/// How much of `part` is in `whole`, in percent.
pub(crate) fn contained(part: &[u64], whole: &[u64]) -> u64 {
    if part.is_empty() { 0 } else { (common(part, whole) * 100 / part.len()) as u64 }
}

fn common(one: &[u64], other: &[u64]) -> usize {
    let (mut i, mut j, mut common) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        match a.cmp(b) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                (i, j, common) = (i + 1, j + 1, common + 1);
            }
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_counts_repetitions() {
        assert_eq!(similarity(&[1, 2, 3], &[1, 2, 3]), 100);
        assert_eq!(similarity(&[1, 1, 2], &[1, 2, 2]), 66);
        assert_eq!(similarity(&[], &[1]), 0);
        assert_eq!(contained(&[1, 2], &[1, 2, 3, 4]), 100);
        assert_eq!(contained(&[1, 2, 3, 4], &[1, 2]), 50);
    }
}
