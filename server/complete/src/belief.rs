//! How far the project's past is believed beside the model: a logistic function of what is seen of both at a token.
//! `cargo xtask bench quality --calibrate` learns it, at places of packages that are neither in training nor among the
//! tasks.

use crate::recall::Recollection;
use trust_inference::Opinion;

/// Learned beside the bundled model, from the holes of `calibration.tsv` in `trust-quality`.
pub(crate) const BELIEF: Belief = Belief {
    matched: [(16, 1.78), (10, 0.36), (7, -0.14), (5, -0.33), (3, -0.62), (2, -1.49), (1, -1.47), (0, 0.03)],
    model: -0.37,
    share: 0.23,
    agreed: 0.15,
    wanted: 2.2,
};

/// Probabilities are kept this far from 0 and 1, since what is counted is never quite certain.
const DOUBT: f32 = 1e-4;

/// The weight of what is recalled beside the model's own distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Belief {
    /// By the tokens of the longest match, from which number on; 0 where only the beginning of a name speaks for it.
    pub matched: [(usize, f32); 8],
    /// How much the log-odds of three probabilities count, those of [`Signs`].
    pub model: f32,
    pub share: f32,
    pub agreed: f32,
    /// What is added where something is recalled that the file wants.
    pub wanted: f32,
}

/// What is seen of a place.
#[derive(Debug, Clone, Copy)]
pub struct Signs {
    /// Tokens of the longest match.
    pub matched: usize,
    /// The probability of the model's likeliest token.
    pub model: f32,
    /// The share of the token that is recalled most, and its probability by the model.
    pub share: f32,
    pub agreed: f32,
    /// Whether something is recalled that the file wants declared or imported.
    pub wanted: bool,
}

impl Belief {
    /// Between 0 and 1.
    pub fn weight(&self, signs: &Signs) -> f32 {
        let [model, share, agreed] = signs.log_odds();
        let wanted = if signs.wanted { self.wanted } else { 0.0 };
        let sum = self.base(signs.matched)
            + wanted
            + self.model * model
            + self.share * share
            + self.agreed * agreed;
        1.0 / (1.0 + (-sum).exp())
    }

    fn base(&self, matched: usize) -> f32 {
        let found = self.matched.iter().find(|(from, _)| matched >= *from);
        found.map_or(0.0, |(_, base)| *base)
    }
}

impl Signs {
    pub(crate) fn new(matched: usize, recalled: &[Recollection], opinion: &dyn Opinion) -> Self {
        let most = recalled.iter().reduce(|most, one| if one.share > most.share { one } else { most });
        let (share, agreed) = most.map_or((0.0, 0.0), |most| (most.share, most.own));
        Self { matched, model: opinion.likeliest(), share, agreed, wanted: false }
    }

    /// Of the three probabilities.
    pub fn log_odds(&self) -> [f32; 3] {
        [self.model, self.share, self.agreed].map(|probability| {
            let probability = probability.clamp(DOUBT, 1.0 - DOUBT);
            (probability / (1.0 - probability)).ln()
        })
    }
}
