//! Multinomial logistic regression, learned in one pass from old to new, so that what was written lately counts most
//! (AdaGrad: Duchi, Hazan and Singer, 2011). A few hundred short examples take milliseconds.

use std::collections::HashMap;

/// The step that a new weight is moved by.
const STEP: f64 = 0.2;

#[derive(Debug, Clone, Copy, Default)]
struct Weight {
    value: f64,
    /// The sum of the squared gradients so far.
    moved: f64,
}

/// Which label a set of features has.
#[derive(Debug, Clone, Default)]
pub(crate) struct Learner {
    labels: Vec<String>,
    /// For each feature a weight a label.
    weights: HashMap<String, Vec<Weight>>,
}

impl Learner {
    pub fn learn(&mut self, features: &[String], label: &str) {
        if self.labels.iter().all(|known| known != label) {
            self.labels.push(label.to_owned());
        }
        let probabilities = self.probabilities(features);
        for feature in features {
            let weights = match self.weights.get_mut(feature) {
                Some(weights) => weights,
                None => self.weights.entry(feature.clone()).or_default(),
            };
            weights.resize(self.labels.len(), Weight::default());
            for ((known, probability), weight) in self.labels.iter().zip(&probabilities).zip(weights) {
                let slope = probability - f64::from(u8::from(known == label));
                weight.moved += slope * slope;
                weight.value -= STEP * slope / (weight.moved + 1.0).sqrt();
            }
        }
    }

    /// The labels with their probabilities, in the order in which they were first seen.
    pub fn ask(&self, features: &[String]) -> Vec<(&str, f64)> {
        self.labels.iter().map(String::as_str).zip(self.probabilities(features)).collect()
    }

    fn probabilities(&self, features: &[String]) -> Vec<f64> {
        let mut scores = vec![0.0; self.labels.len()];
        for weights in features.iter().filter_map(|feature| self.weights.get(feature)) {
            scores.iter_mut().zip(weights).for_each(|(score, weight)| *score += weight.value);
        }
        let highest = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        scores.iter_mut().for_each(|score| *score = (*score - highest).exp());
        let sum: f64 = scores.iter().sum();
        scores.iter_mut().for_each(|score| *score /= sum);
        scores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_seen_is_known_again_and_the_newest_counts_most() {
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let mut learner = Learner::default();
        for _ in 0..20 {
            learner.learn(&words("a x"), "one");
            learner.learn(&words("b x"), "two");
        }
        let best = |learner: &Learner, text: &str| {
            let asked = words(text);
            let ranked = learner.ask(&asked);
            assert!((ranked.iter().map(|(_, p)| p).sum::<f64>() - 1.0).abs() < 1e-9);
            ranked.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(label, _)| label.to_owned())
        };
        assert_eq!(best(&learner, "a x").as_deref(), Some("one"));
        assert_eq!(best(&learner, "b").as_deref(), Some("two"));
        for _ in 0..20 {
            learner.learn(&words("a x"), "three");
        }
        assert_eq!(best(&learner, "a x").as_deref(), Some("three"));
        assert!(Learner::default().ask(&words("a")).is_empty());
    }
}
