//! Open-weight models that others publish as GGUF, and where they lie. What stands here nobody checked on this machine: sizes
//! are about, and whoever fetches one is told by whom its hash was said, if by anybody.

use crate::Task;

/// A model that can be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// As it is called in the store, once it was fetched by this name.
    pub name: &'static str,
    /// What it was made for by those who made it.
    pub tasks: &'static [Task],
    /// Number of weights, about.
    pub parameters: u64,
    pub quantisation: &'static str,
    pub license: &'static str,
    /// Where `models pull` finds it.
    pub source: &'static str,
    /// Bytes of the file, about.
    pub about_bytes: u64,
    /// What the file must be, where that is known; without it the entry is unverified.
    pub sha256: Option<&'static str>,
}

const COMPLETES: &[Task] = &[Task::Completion];
const CONVERSES: &[Task] = &[Task::Chat, Task::Review];

/// An entry without a hash. `millions` of weights, `megabytes` of its file.
const fn entry(
    name: &'static str,
    tasks: &'static [Task],
    (millions, megabytes): (u64, u64),
    quantisation: &'static str,
    license: &'static str,
    source: &'static str,
) -> Listed {
    let (parameters, about_bytes) = (millions * 1_000_000, megabytes * 1_000_000);
    Listed { name, tasks, parameters, quantisation, license, source, about_bytes, sha256: None }
}

const APACHE: &str = "Apache-2.0";

/// Those that complete first, of each kind the smaller ones first.
static CATALOGUE: [Listed; 13] = [
    entry(
        "qwen2.5-coder-0.5b",
        COMPLETES,
        (490, 530),
        "Q8_0",
        APACHE,
        "hf:ggml-org/Qwen2.5-Coder-0.5B-Q8_0-GGUF/qwen2.5-coder-0.5b-q8_0.gguf",
    ),
    entry(
        "deepseek-coder-1.3b",
        COMPLETES,
        (1_350, 870),
        "Q4_K_M",
        "DeepSeek licence",
        "hf:TheBloke/deepseek-coder-1.3b-base-GGUF/deepseek-coder-1.3b-base.Q4_K_M.gguf",
    ),
    entry(
        "qwen2.5-coder-1.5b",
        COMPLETES,
        (1_540, 1_650),
        "Q8_0",
        APACHE,
        "hf:ggml-org/Qwen2.5-Coder-1.5B-Q8_0-GGUF/qwen2.5-coder-1.5b-q8_0.gguf",
    ),
    entry(
        "codegemma-2b",
        COMPLETES,
        (2_510, 1_630),
        "Q4_K_M",
        "Gemma terms",
        "hf:bartowski/codegemma-2b-GGUF/codegemma-2b-Q4_K_M.gguf",
    ),
    entry(
        "starcoder2-3b",
        COMPLETES,
        (3_030, 1_850),
        "Q4_K_M",
        "BigCode OpenRAIL-M",
        "hf:second-state/StarCoder2-3B-GGUF/starcoder2-3b-Q4_K_M.gguf",
    ),
    entry(
        "qwen2.5-coder-3b",
        COMPLETES,
        (3_090, 3_300),
        "Q8_0",
        "Qwen research licence",
        "hf:ggml-org/Qwen2.5-Coder-3B-Q8_0-GGUF/qwen2.5-coder-3b-q8_0.gguf",
    ),
    entry(
        "qwen2.5-coder-7b",
        COMPLETES,
        (7_620, 8_100),
        "Q8_0",
        APACHE,
        "hf:ggml-org/Qwen2.5-Coder-7B-Q8_0-GGUF/qwen2.5-coder-7b-q8_0.gguf",
    ),
    entry(
        "qwen3-0.6b",
        CONVERSES,
        (600, 640),
        "Q8_0",
        APACHE,
        "hf:Qwen/Qwen3-0.6B-GGUF/Qwen3-0.6B-Q8_0.gguf",
    ),
    entry(
        "qwen2.5-coder-1.5b-instruct",
        CONVERSES,
        (1_540, 1_120),
        "Q4_K_M",
        APACHE,
        "hf:Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    ),
    entry(
        "smollm2-1.7b-instruct",
        CONVERSES,
        (1_710, 1_060),
        "Q4_K_M",
        APACHE,
        "hf:HuggingFaceTB/SmolLM2-1.7B-Instruct-GGUF/smollm2-1.7b-instruct-q4_k_m.gguf",
    ),
    entry(
        "qwen3-1.7b",
        CONVERSES,
        (1_700, 1_830),
        "Q8_0",
        APACHE,
        "hf:Qwen/Qwen3-1.7B-GGUF/Qwen3-1.7B-Q8_0.gguf",
    ),
    entry(
        "granite-3.3-2b-instruct",
        CONVERSES,
        (2_530, 1_550),
        "Q4_K_M",
        APACHE,
        "hf:ibm-granite/granite-3.3-2b-instruct-GGUF/granite-3.3-2b-instruct-Q4_K_M.gguf",
    ),
    entry(
        "qwen3-4b",
        CONVERSES,
        (4_020, 2_500),
        "Q4_K_M",
        APACHE,
        "hf:Qwen/Qwen3-4B-GGUF/Qwen3-4B-Q4_K_M.gguf",
    ),
];

/// All that are known, or those for a task.
pub fn catalogue(task: Option<Task>) -> impl Iterator<Item = &'static Listed> {
    CATALOGUE.iter().filter(move |listed| task.is_none_or(|task| listed.tasks.contains(&task)))
}

impl Listed {
    /// The one of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CATALOGUE.iter().find(|listed| listed.name == name)
    }

    /// Whether its weights alone would fit into the share of `available` bytes that a model may take; what its cache takes is
    /// known once its file is there.
    pub fn fits(&self, available: u64) -> bool {
        crate::recommend::within(self.about_bytes, available)
    }

    /// Of those for `task` whose weights fit and that `has` does not name, the one of most weights.
    pub fn largest(task: Task, available: u64, has: impl Fn(&Self) -> bool) -> Option<&'static Self> {
        let fitting = catalogue(Some(task)).filter(|listed| listed.fits(available) && !has(listed));
        fitting.max_by_key(|listed| listed.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_is_whole_and_called_by_one_name() {
        let names: std::collections::HashSet<_> = catalogue(None).map(|listed| listed.name).collect();
        assert_eq!(names.len(), CATALOGUE.len());
        for listed in catalogue(None) {
            assert!(trust_config::is_model_name(listed.name), "{}", listed.name);
            assert_eq!(Listed::named(listed.name), Some(listed));
            let path = listed.source.strip_prefix("hf:").unwrap();
            assert!(path.split('/').count() == 3 && path.ends_with(".gguf"), "{path}");
            // The file is of the quantisation that is said, and as long as so many weights are in it.
            assert!(path.to_lowercase().contains(&listed.quantisation.to_lowercase()), "{path}");
            let bits = listed.about_bytes as f64 * 8.0 / listed.parameters as f64;
            let usual = if listed.quantisation == "Q8_0" { 8.0..9.0 } else { 4.5..6.0 };
            assert!(usual.contains(&bits), "{}: {bits} bits a weight", listed.name);
            let is_hash = |hash: &str| hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
            assert!(listed.sha256.is_none_or(is_hash), "{}", listed.name);
        }
        assert!(Listed::named("gpt").is_none());
    }

    #[test]
    fn the_largest_that_fits_and_is_not_there_is_named() {
        let cases = [
            (Task::Completion, 100_000_000_000, "", Some("qwen2.5-coder-7b")),
            (Task::Completion, 8_000_000_000, "", Some("qwen2.5-coder-3b")),
            (Task::Completion, 8_000_000_000, "qwen2.5-coder-3b", Some("starcoder2-3b")),
            (Task::Completion, 600_000_000, "", None),
            (Task::Chat, 1_000_000_000, "", Some("qwen3-0.6b")),
            (Task::Review, 8_000_000_000, "", Some("qwen3-4b")),
        ];
        for (task, available, has, expected) in cases {
            let found = Listed::largest(task, available, |listed| listed.name == has);
            assert_eq!(found.map(|listed| listed.name), expected, "{task:?} {available} {has}");
        }
    }
}
