//! What answers cost: a histogram of their times, their tokens, and the memory that was held; what became of them; and the lines
//! that keep all that.

use super::{Fate, Summary};

/// Upper bounds of the histogram, in milliseconds.
pub const BOUNDS: [u64; 12] = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000];
/// Letters of a model's name that are kept.
const NAME: usize = 60;
/// The feature of completions that took time and that nobody saw: given up, taken for wrong, or too late.
pub const UNSHOWN: &str = "completion-not-shown";

/// A feature for people.
pub fn title(feature: &str) -> &str {
    if feature == UNSHOWN { "completion (not shown)" } else { feature }
}

/// The answers of one feature by one model.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Work {
    /// By [`BOUNDS`], and those that took longer.
    pub buckets: [u64; BOUNDS.len() + 1],
    pub milliseconds: u64,
    /// Tokens of prompts that were read anew.
    pub prompt: u64,
    pub answer: u64,
}

impl Work {
    pub fn answers(&self) -> u64 {
        self.buckets.iter().sum()
    }
}

/// Bytes; 0 where it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// The most that a process held with this model.
    pub resident: u64,
    pub weights: u64,
    /// Of the KV cache, with all tokens in it.
    pub kv: u64,
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub feature: &'static str,
    /// None had a part in it: `none`.
    pub model: String,
    pub milliseconds: u64,
    pub prompt: u64,
    pub answer: u64,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Feature, model, bucket, and how many: with their milliseconds and tokens.
    Work {
        feature: String,
        model: String,
        bucket: usize,
        count: u64,
        sums: [u64; 3],
    },
    Memory {
        model: String,
        memory: Memory,
    },
    /// How often what became of what a feature offered.
    Fate {
        feature: String,
        model: String,
        fate: Fate,
        count: u64,
    },
}

impl Line {
    pub fn of(done: Done) -> Self {
        let bucket = BOUNDS.iter().position(|bound| done.milliseconds <= *bound).unwrap_or(BOUNDS.len());
        let sums = [done.milliseconds, done.prompt, done.answer];
        Self::Work { feature: done.feature.into(), model: name(&done.model), bucket, count: 1, sums }
    }

    pub fn of_fate(feature: &str, model: &str, fate: Fate) -> Self {
        Self::Fate { feature: feature.into(), model: name(model), fate, count: 1 }
    }

    pub fn of_memory(model: &str, memory: Memory) -> Self {
        Self::Memory { model: name(model), memory }
    }

    pub fn spelled(&self) -> String {
        match self {
            Self::Work { feature, model, bucket, count, sums: [time, prompt, answer] } => {
                format!("work {feature} {model} {bucket} {count} {time} {prompt} {answer}")
            }
            Self::Memory { model, memory: Memory { resident, weights, kv } } => {
                format!("memory {model} {resident} {weights} {kv}")
            }
            Self::Fate { feature, model, fate, count } => {
                format!("fate {feature} {model} {} {count}", fate.name())
            }
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split(' ').collect();
        match words[..] {
            ["work", feature, model, bucket, count, time, prompt, answer] => Some(Self::Work {
                feature: feature.into(),
                model: model.into(),
                bucket: bucket.parse().ok().filter(|bucket| *bucket <= BOUNDS.len())?,
                count: count.parse().ok()?,
                sums: [time.parse().ok()?, prompt.parse().ok()?, answer.parse().ok()?],
            }),
            ["memory", model, resident, weights, kv] => Some(Self::Memory {
                model: model.into(),
                memory: Memory {
                    resident: resident.parse().ok()?,
                    weights: weights.parse().ok()?,
                    kv: kv.parse().ok()?,
                },
            }),
            ["fate", feature, model, fate, count] => Some(Self::Fate {
                feature: feature.into(),
                model: model.into(),
                fate: Fate::from_name(fate)?,
                count: count.parse().ok()?,
            }),
            _ => None,
        }
    }

    pub fn into_summary(self, summary: &mut Summary) {
        match self {
            Self::Work { feature, model, bucket, count, sums: [time, prompt, answer] } => {
                let work = summary.work.entry((feature, model)).or_default();
                if let Some(counted) = work.buckets.get_mut(bucket) {
                    *counted = counted.saturating_add(count);
                }
                work.milliseconds = work.milliseconds.saturating_add(time);
                work.prompt = work.prompt.saturating_add(prompt);
                work.answer = work.answer.saturating_add(answer);
            }
            Self::Memory { model, memory } => {
                let held = summary.memory.entry(model).or_default();
                *held = Memory { resident: held.resident.max(memory.resident), ..memory };
            }
            Self::Fate { feature, model, fate, count } => {
                summary.fates.entry((feature, model)).or_default().add(fate, count);
            }
        }
    }
}

/// The fewest lines that say the same.
pub fn lines(summary: &Summary) -> Vec<Line> {
    let mut lines = Vec::new();
    for ((feature, model), work) in &summary.work {
        let mut sums = [work.milliseconds, work.prompt, work.answer];
        for (bucket, count) in work.buckets.iter().enumerate().filter(|(_, count)| **count > 0) {
            let (feature, model) = (feature.clone(), model.clone());
            lines.push(Line::Work { feature, model, bucket, count: *count, sums: std::mem::take(&mut sums) });
        }
    }
    let memory = |(model, memory): (&String, &Memory)| Line::Memory { model: model.clone(), memory: *memory };
    lines.extend(summary.memory.iter().map(memory));
    for ((feature, model), counts) in &summary.fates {
        for fate in Fate::ALL.into_iter().filter(|fate| counts.get(*fate) > 0) {
            let (feature, model) = (feature.clone(), model.clone());
            lines.push(Line::Fate { feature, model, fate, count: counts.get(fate) });
        }
    }
    lines
}

/// A model's name as one word. Of one that is called by its path, the last part.
fn name(model: &str) -> String {
    let last = model.rsplit(['/', '\\']).next().unwrap_or(model);
    let letter = |letter: char| if letter.is_whitespace() || letter.is_control() { '_' } else { letter };
    let name: String = last.chars().take(NAME).map(letter).collect();
    if name.is_empty() { "unnamed".into() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_summed_up_says_the_same() {
        let mut summary = Summary::default();
        for (model, milliseconds) in
            [("a model", 0), ("a model", 7), ("a model", 99_999), ("/home/x/b.gguf", 50)]
        {
            let done = Done { feature: "chat", model: model.into(), milliseconds, prompt: 10, answer: 2 };
            let line = Line::parse(&Line::of(done).spelled()).unwrap();
            line.into_summary(&mut summary);
        }
        for (resident, kv) in [(9, 1), (7, 3)] {
            let memory = Memory { resident, weights: 5, kv };
            Line::of_memory("a model", memory).into_summary(&mut summary);
        }
        for fate in [Fate::Shown, Fate::Shown, Fate::Accepted] {
            let line = Line::parse(&Line::of_fate("menu", "a model", fate).spelled()).unwrap();
            line.into_summary(&mut summary);
        }
        let counts = summary.fates[&("menu".to_owned(), "a_model".to_owned())];
        assert_eq!((counts.shown, counts.accepted, counts.rejected), (2, 1, 0));
        let of = |model: &str| summary.work[&("chat".to_owned(), model.to_owned())].clone();
        assert_eq!((of("a_model").answers(), of("a_model").prompt, of("b.gguf").answers()), (3, 30, 1));
        assert_eq!(of("a_model").buckets[BOUNDS.len()], 1);
        assert_eq!(summary.memory["a_model"], Memory { resident: 9, weights: 5, kv: 3 });
        let mut again = Summary::default();
        lines(&summary).into_iter().for_each(|line| line.into_summary(&mut again));
        assert_eq!(again, summary);
    }

    #[test]
    fn what_is_no_line_is_none() {
        for text in [
            "work chat a 13 1 0 0 0",
            "work chat a 1 x 0 0 0",
            "memory a 1 2",
            "shown rust model 1",
            "fate chat a seen 1",
            "fate chat a shown -1",
            "fate chat a shown",
            "",
        ] {
            assert_eq!(Line::parse(text), None, "{text}");
        }
    }
}
