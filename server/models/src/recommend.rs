//! Which model for which task: by what it can do, whether it fits, and how fast it was measured to be here. Every verdict comes
//! with its reasons, and what is not known is called so.

use crate::{Measured, Recorded};

/// What a model is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    Completion,
    Chat,
    Review,
}

/// A model to judge.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub name: String,
    pub size_bytes: u64,
    pub facts: Recorded,
    /// On this machine.
    pub measured: Option<Measured>,
    /// The bundled one, which was made to complete code and nothing else, whatever its file says.
    pub bundled: bool,
    /// It comes before others that are like it.
    pub in_use: bool,
}

/// How far a model is fit for a task; a lower one is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Good,
    /// As far as is known; it was not measured here.
    Unmeasured,
    Slow,
    TooLarge,
    Unable,
}

/// A verdict on a model.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub candidate: Candidate,
    pub standing: Standing,
    /// In sentences.
    pub reasons: Vec<String>,
}

/// A completion while somebody types: tokens to read and to write after a key, and seconds that may take.
const KEY: (f64, f64, f64) = (32.0, 16.0, 1.5);
/// Tokens a second below which an answer is slower than reading it.
const READING: f64 = 5.0;
/// How the engine divides its cache: as many sequences as find room in so many bytes, and one always; two where one takes no
/// more than such a size, or an eighth of the weights.
const CACHE_BYTES: u64 = 96 << 20;
const SEQUENCES: u64 = 9;
const SECOND_BYTES: u64 = 128 << 20;
const SECOND: u64 = 8;
/// Percent of the available memory that a model may take.
const SHARE: u64 = 75;

/// Judges each candidate for `task`, with a context of so many tokens and so much memory; the best first.
pub fn recommend(
    candidates: Vec<Candidate>,
    task: Task,
    context: u64,
    available: Option<u64>,
) -> Vec<Verdict> {
    let mut verdicts: Vec<Verdict> =
        candidates.into_iter().map(|candidate| judge(candidate, task, context, available)).collect();
    let weights = |verdict: &Verdict| std::cmp::Reverse(verdict.candidate.facts.parameters);
    verdicts.sort_by_key(|verdict| {
        let Candidate { name, in_use, .. } = &verdict.candidate;
        (verdict.standing, weights(verdict), !in_use, name.clone())
    });
    verdicts
}

fn judge(candidate: Candidate, task: Task, context: u64, available: Option<u64>) -> Verdict {
    let mut reasons = Vec::new();
    let able = ability(&candidate, task, &mut reasons);
    let fits = memory(&candidate, context, available, &mut reasons);
    let pace = pace(&candidate, task, &mut reasons);
    reasons.push(format!(
        "quality: not measured here; {} weights, of which more are likely to be better",
        candidate.facts.parameters
    ));
    let standing = match (able, fits) {
        (false, _) => Standing::Unable,
        (true, false) => Standing::TooLarge,
        (true, true) => pace,
    };
    Verdict { candidate, standing, reasons }
}

fn ability(candidate: &Candidate, task: Task, reasons: &mut Vec<String>) -> bool {
    let facts = &candidate.facts;
    let (able, reason) = match (task, facts.fill_in_the_middle, facts.chat_template) {
        (Task::Chat | Task::Review, ..) if candidate.bundled => {
            (false, "it completes code, and was not made to converse or to judge")
        }
        (Task::Completion, true, _) => (true, "it has the tokens to fill a hole in a text"),
        (Task::Completion, false, _) => (false, "it has no tokens to fill a hole, so it cannot complete"),
        (_, _, true) => (true, "it has a chat template"),
        (_, _, false) => (false, "it has no chat template, so nobody knows how to talk to it"),
    };
    reasons.push(reason.into());
    able
}

fn memory(candidate: &Candidate, context: u64, available: Option<u64>, reasons: &mut Vec<String>) -> bool {
    let held = context.min(u64::from(candidate.facts.context_length));
    let each = candidate.facts.kv_bytes_per_token.map(|bytes| bytes.saturating_mul(held));
    let cache = each.map(|each| {
        let least = if each <= SECOND_BYTES.max(candidate.size_bytes / SECOND) { 2 } else { 1 };
        each.saturating_mul((CACHE_BYTES / each.max(1)).clamp(least, SEQUENCES))
    });
    let need = candidate.size_bytes.saturating_add(cache.unwrap_or(0));
    let told = match each.zip(cache) {
        Some((each, cache)) => format!(
            "memory: {} of weights and {} of cache, {} for each {held} tokens",
            megabytes(candidate.size_bytes),
            megabytes(cache),
            megabytes(each)
        ),
        None => format!(
            "memory: {} of weights; what its cache takes is not known of {}",
            megabytes(candidate.size_bytes),
            candidate.facts.architecture
        ),
    };
    let Some(available) = available else {
        reasons.push(format!("{told}; how much can be had is not known here"));
        return true;
    };
    let fits = within(need, available);
    let word = if fits { "fits into" } else { "is more than" };
    reasons.push(format!("{told}, which {word} {SHARE} % of the {} that can be had", megabytes(available)));
    fits
}

/// Whether so many bytes are no more than a model may take of those that can be had.
pub fn within(need: u64, available: u64) -> bool {
    need <= available / 100 * SHARE
}

fn megabytes(bytes: u64) -> String {
    let decimals = usize::from(bytes < 10_000_000);
    format!("{:.decimals$} MB", bytes as f64 / 1e6)
}

fn pace(candidate: &Candidate, task: Task, reasons: &mut Vec<String>) -> Standing {
    let Some(measured) = &candidate.measured else {
        reasons.push(format!("speed: not measured; `trust-lsp models bench {}` does", candidate.name));
        return Standing::Unmeasured;
    };
    let (prefill, decode) = (measured.prefill_tokens_per_second, measured.decode_tokens_per_second);
    let busy = measured.load.map(|load| format!(", beside a load of {load:.1}")).unwrap_or_default();
    let Some(decode) = decode.filter(|decode| *decode > 0.0) else {
        reasons.push(format!(
            "speed: reads {prefill:.0} tokens a second{busy}; it wrote too little to say more"
        ));
        return Standing::Unmeasured;
    };
    let told = format!("speed: reads {prefill:.0} and writes {decode:.0} tokens a second{busy}");
    let (good, reason) = match task {
        Task::Completion => {
            let (read, write, most) = KEY;
            let seconds = read / prefill.max(1e-9) + write / decode;
            (
                seconds <= most,
                format!("{told}: about {seconds:.2} s for a line, of {most} s that a typist waits"),
            )
        }
        Task::Chat | Task::Review => (decode >= READING, format!("{told}; people read {READING} or more")),
    };
    reasons.push(reason);
    if good { Standing::Good } else { Standing::Slow }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;

    fn candidate(name: &str, parameters: u64, fim: bool, chat: bool, speed: Option<(f64, f64)>) -> Candidate {
        let mut facts = Recorded::from(&crate::bundled_facts().unwrap());
        facts.parameters = parameters;
        (facts.fill_in_the_middle, facts.chat_template) = (fim, chat);
        (facts.context_length, facts.kv_bytes_per_token) = (32_768, Some(1_000));
        let measured = speed.map(|(prefill, decode)| Measured {
            sha256: String::new(),
            machine: Machine::this(),
            version: String::new(),
            measured: 0,
            threads: 0,
            context: 4096,
            load: Some(0.5),
            load_milliseconds: 100,
            prompt_tokens: 512,
            prefill_tokens_per_second: prefill,
            decode_tokens_per_second: Some(decode),
            weights_bytes: parameters,
            kv_bytes_per_token: Some(1_000),
            peak_bytes: None,
        });
        Candidate {
            name: name.into(),
            size_bytes: parameters,
            facts,
            measured,
            bundled: false,
            in_use: false,
        }
    }

    #[test]
    fn what_can_do_it_fits_and_is_fast_comes_first_and_the_reasons_say_so() {
        let candidates = || {
            vec![
                candidate("small", 7_000_000, true, false, Some((5_000.0, 300.0))),
                candidate("middle", 500_000_000, true, true, Some((200.0, 30.0))),
                candidate("slow", 1_500_000_000, true, true, Some((30.0, 4.0))),
                candidate("unknown", 1_000_000_000, true, true, None),
                candidate("giant", 70_000_000_000, true, true, None),
                candidate("chatty", 400_000_000, false, true, Some((200.0, 30.0))),
            ]
        };
        use Standing::*;
        let cases: [(Task, Option<u64>, &[(&str, Standing)]); 3] = [
            (
                Task::Completion,
                Some(8_000_000_000),
                &[
                    ("middle", Good),
                    ("small", Good),
                    ("unknown", Unmeasured),
                    ("slow", Slow),
                    ("giant", TooLarge),
                    ("chatty", Unable),
                ],
            ),
            (
                Task::Chat,
                Some(8_000_000_000),
                &[
                    ("middle", Good),
                    ("chatty", Good),
                    ("unknown", Unmeasured),
                    ("slow", Slow),
                    ("giant", TooLarge),
                    ("small", Unable),
                ],
            ),
            (
                Task::Completion,
                None,
                &[
                    ("middle", Good),
                    ("small", Good),
                    ("giant", Unmeasured),
                    ("unknown", Unmeasured),
                    ("slow", Slow),
                    ("chatty", Unable),
                ],
            ),
        ];
        for (task, available, expected) in cases {
            let verdicts = recommend(candidates(), task, 4096, available);
            let found: Vec<_> =
                verdicts.iter().map(|verdict| (verdict.candidate.name.as_str(), verdict.standing)).collect();
            assert_eq!(found, expected, "{task:?}");
            for verdict in &verdicts {
                let told = verdict.reasons.join(" ");
                let measured = verdict.candidate.measured.is_some();
                assert_eq!(told.contains("speed: not measured"), !measured, "{told}");
                assert!(
                    told.contains("37 MB of cache, 4.1 MB for each 4096 tokens")
                        && told.contains("quality: not"),
                    "{told}"
                );
            }
        }
    }

    #[test]
    fn a_cache_that_nobody_knows_and_a_context_that_is_shorter_are_told() {
        let mut one = candidate("one", 7_000_000, true, true, None);
        let used = Candidate { name: "two".into(), in_use: true, ..one.clone() };
        let first = &recommend(vec![one.clone(), used], Task::Chat, 4096, None)[0];
        assert_eq!(first.candidate.name, "two", "among equals the one in use");
        let bundled = Candidate { bundled: true, ..one.clone() };
        for (task, able) in [(Task::Completion, true), (Task::Chat, false), (Task::Review, false)] {
            let verdict = &recommend(vec![bundled.clone()], task, 4096, None)[0];
            assert_eq!(verdict.standing != Standing::Unable, able, "{task:?} {:?}", verdict.reasons);
        }
        one.facts.context_length = 1_000;
        let told = recommend(vec![one.clone()], Task::Review, 4096, Some(1_000_000_000))[0].reasons.join(" ");
        assert!(told.contains("9.0 MB of cache, 1.0 MB for each 1000 tokens"), "{told}");
        one.facts.kv_bytes_per_token = None;
        let told = recommend(vec![one], Task::Review, 4096, None)[0].reasons.join(" ");
        assert!(told.contains("not known of qwen3") && told.contains("can be had is not known"), "{told}");
    }
}
