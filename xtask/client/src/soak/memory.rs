//! The resident memory of a server in the course of a session, and whether it grows.

/// Samples, in the order of their events.
#[derive(Debug, Default)]
pub struct Curve(Vec<(u64, u64)>);

impl Curve {
    /// Notes how many bytes are resident after `event`.
    pub fn note(&mut self, event: u64, bytes: u64) {
        self.0.push((event, bytes));
    }

    /// By how much the last fifth exceeds the second one, as a share; the first fifth is the warm-up. By their
    /// medians: a single sample may have met a burst of work.
    pub fn growth(&self) -> f64 {
        let fifth = self.0.len() / 5;
        let median = |from: usize, to: usize| {
            let mut bytes: Vec<u64> =
                self.0.get(from..to).unwrap_or_default().iter().map(|sample| sample.1).collect();
            bytes.sort_unstable();
            bytes.get(bytes.len() / 2).copied().unwrap_or(0) as f64
        };
        let (before, after) = (median(fifth, 2 * fifth), median(self.0.len() - fifth, self.0.len()));
        if before == 0.0 { 0.0 } else { after / before - 1.0 }
    }

    pub fn highest(&self) -> u64 {
        self.0.iter().map(|sample| sample.1).max().unwrap_or(0)
    }

    /// About ten of the samples, as rows of a table.
    pub fn rows(&self) -> String {
        let step = (self.0.len() / 10).max(1);
        let rows =
            self.0.iter().step_by(step).map(|(event, bytes)| format!("|{event}|{}|\n", mebibytes(*bytes)));
        rows.collect()
    }

    pub(crate) fn last(&self) -> String {
        self.0.last().map_or_else(String::new, |(_, bytes)| format!("{} MiB resident", mebibytes(*bytes)))
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_what_comes_after_the_warm_up() {
        let curve = |of: fn(u64) -> u64| Curve((0..100).map(|event| (event, of(event))).collect());
        let cases: [(fn(u64) -> u64, f64); 4] = [
            (|_| 50, 0.0),
            // Caches that fill in the warm-up, and one peak.
            (|event| if event < 15 { event } else { 200 } + if event == 99 { 900 } else { 0 }, 0.0),
            (|event| 100 + event, 0.46),
            (|_| 0, 0.0),
        ];
        for (number, (of, expected)) in cases.into_iter().enumerate() {
            assert!((curve(of).growth() - expected).abs() < 0.01, "case {number}: {}", curve(of).growth());
        }
        assert_eq!(Curve::default().growth(), 0.0);
    }
}
