//! Which of several things that stood in one order now stand in another: all but a longest rising sequence.

/// The positions in `ranks` that are in no longest increasing subsequence (Fredman's method).
pub(crate) fn out_of_order(ranks: &[usize]) -> Vec<usize> {
    let mut tails: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = vec![None; ranks.len()];
    for (at, rank) in ranks.iter().enumerate() {
        let place = tails.partition_point(|tail| ranks.get(*tail).is_some_and(|tail| tail < rank));
        if let (Some(slot), Some(previous)) = (before.get_mut(at), place.checked_sub(1)) {
            *slot = tails.get(previous).copied();
        }
        match tails.get_mut(place) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut kept = vec![false; ranks.len()];
    let mut next = tails.last().copied();
    while let Some(at) = next {
        if let Some(kept) = kept.get_mut(at) {
            *kept = true;
        }
        next = before.get(at).copied().flatten();
    }
    kept.iter().enumerate().filter(|(_, kept)| !**kept).map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_are_out_of_order() {
        let cases: [(&[usize], &[usize]); 6] = [
            (&[], &[]),
            (&[0, 1, 2], &[]),
            (&[2, 0, 1], &[0]),
            (&[1, 2, 3, 0], &[3]),
            (&[0, 3, 1, 2], &[1]),
            (&[5, 7, 9], &[]),
        ];
        for (ranks, expected) in cases {
            assert_eq!(out_of_order(ranks), expected, "{ranks:?}");
        }
    }
}
