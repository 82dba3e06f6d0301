//! Medians, percentiles and the way numbers are written.

/// The middle value; sorts the sample.
pub fn median(sample: &mut [f64]) -> Option<f64> {
    sample.sort_by(f64::total_cmp);
    let middle = sample.len() / 2;
    match sample.len() {
        0 => None,
        count if count % 2 == 1 => Some(sample[middle]),
        _ => Some(f64::midpoint(sample[middle - 1], sample[middle])),
    }
}

/// The smallest value that at least nine tenths of the sample do not exceed; sorts the sample.
pub fn p90(sample: &mut [f64]) -> Option<f64> {
    sample.sort_by(f64::total_cmp);
    let rank = (sample.len() * 9).div_ceil(10);
    sample.get(rank.checked_sub(1)?).copied()
}

/// Three significant digits at most: nobody can measure more.
pub fn milliseconds(value: f64) -> String {
    let digits = if value < 10.0 { 1 } else { 0 };
    format!("{value:.digits$}")
}

#[allow(clippy::cast_precision_loss, reason = "one decimal is shown")]
pub fn bytes(value: u64) -> String {
    let mebibytes = value as f64 / (1024.0 * 1024.0);
    if mebibytes < 1024.0 { format!("{mebibytes:.0} MiB") } else { format!("{:.1} GiB", mebibytes / 1024.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_samples_are_handled() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 1.0, 2.0, 3.0]), Some(2.5));
        assert_eq!(p90(&mut []), None);
        assert_eq!(p90(&mut [7.0]), Some(7.0));
        let mut ten: Vec<_> = (1..=10).rev().map(f64::from).collect();
        assert_eq!(p90(&mut ten), Some(9.0));
    }

    #[test]
    fn numbers_are_written_short() {
        assert_eq!([0.04, 9.94, 10.4, 1234.5].map(milliseconds), ["0.0", "9.9", "10", "1234"]);
        assert_eq!([5 << 20, 3 << 29].map(bytes), ["5 MiB", "1.5 GiB"]);
    }
}
