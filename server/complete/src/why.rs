//! Why a completion was shown, or was not: what each source had to say, in numbers.

use crate::gate::Gate;
use crate::{Outcome, Source};

/// Characters of the texts for which it is told from which probability they are shown.
const LENGTHS: [usize; 2] = [5, 30];

/// What was weighed for one query. Holds no code.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Why {
    pub(crate) gate: Gate,
    pub(crate) invoked: bool,
    /// Of the copy predictor: tokens that matched, and the probability that its line is right.
    pub(crate) copy: Option<(usize, f32)>,
    /// Of the model: the probability of its text, and whether it came to its end.
    pub(crate) model: Option<(f32, bool)>,
    pub(crate) asked_model: bool,
    /// It was writing that already when the last key was pressed.
    pub(crate) taken_over: bool,
    /// By what the model's probability was multiplied, for names that nobody knows.
    pub(crate) names: Option<f32>,
    /// It came as far as asking the sources.
    pub(crate) weighed: bool,
}

impl Why {
    /// A few sentences about `outcome`, for people.
    pub fn sentences(&self, outcome: &Outcome) -> String {
        let mut said = vec![match outcome {
            Outcome::Show(shown) if shown.source == Source::TypeThrough => {
                return "Shown: the rest of what was shown before and is being typed.".into();
            }
            Outcome::Show(shown) => format!(
                "Shown: from {}, held to be right with {} %.",
                source(shown.source),
                percent(shown.probability)
            ),
            Outcome::Quiet(quiet) => format!("Nothing is shown: {}.", quiet.reason()),
        }];
        if !self.weighed {
            return said.concat();
        }
        said.push(match self.copy {
            Some((1, probability)) => {
                format!("The text before the cursor stood elsewhere by one word; such lines go on alike {} % of the time.", percent(probability))
            }
            Some((matched, probability)) => format!(
                "The text before the cursor stood elsewhere, {matched} tokens of it; such lines go on alike {} % of the time.",
                percent(probability)
            ),
            None => "The text before the cursor stands nowhere else in the project.".into(),
        });
        said.push(match self.model {
            Some((_, false)) => {
                "The model did not come to an end, so only a beginning of its text can be believed.".into()
            }
            Some((probability, true)) => {
                let names = match self.names {
                    Some(trust) if trust < 1.0 => {
                        format!(", of which {} % is left since it names what nobody knows", percent(trust))
                    }
                    _ => String::new(),
                };
                let begun = if self.taken_over { ", begun before the last key," } else { "" };
                format!("The model gives its own text{begun} {} %{names}.", percent(probability))
            }
            None if self.asked_model => "The model had nothing to say.".into(),
            None => "The model was not asked.".into(),
        });
        let [short, long] = LENGTHS.map(|characters| percent(self.gate.from(characters)));
        said.push(if self.invoked {
            "You asked for it, so there was no threshold.".into()
        } else if self.gate.open {
            "The gate is switched off, so there was no threshold.".into()
        } else {
            let [few, many] = LENGTHS;
            format!("While you type, {few} characters are shown from {short} % on, {many} from {long} % on.")
        });
        said.join(" ")
    }
}

fn source(source: Source) -> &'static str {
    match source {
        Source::TypeThrough => "memory",
        Source::Copy => "the project",
        Source::Model => "the model",
        Source::Mixed => "the model and the project together",
    }
}

fn percent(probability: f32) -> u32 {
    (probability * 100.0).round() as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Quiet;

    #[test]
    fn reasons_have_numbers() {
        let why = Why {
            copy: Some((3, 0.18)),
            model: Some((0.214, true)),
            asked_model: true,
            weighed: true,
            ..Why::default()
        };
        let said = why.sentences(&Outcome::Quiet(Quiet::Unsure));
        for part in ["uncertain", "3 tokens", "18 %", "21 %", "50 %", "25 %"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        let asked =
            Why { invoked: true, weighed: true, ..Why::default() }.sentences(&Outcome::Quiet(Quiet::Nothing));
        assert!(asked.contains("nowhere else") && asked.contains("no threshold"), "{asked}");
        let mut gate = Gate::default();
        gate.open = true;
        let open = Why { gate, weighed: true, ..Why::default() };
        let open = open.sentences(&Outcome::Quiet(Quiet::Nothing));
        assert!(open.contains("switched off") && !open.contains("While you type"), "{open}");
    }
}
