//! What models are called.

use crate::BUNDLED_NAME;
use trust_config::is_model_name;
use trust_gguf::Facts;

/// Words that mean something else wherever a model is named.
const WORDS: [&str; 5] = ["bundled", "none", "auto", "same", BUNDLED_NAME];
/// Bytes of a name that is made up here; what is said of the quantisation comes behind.
const LONGEST: usize = 64;

pub fn may_be_called(name: &str) -> bool {
    is_model_name(name) && !WORDS.contains(&name)
}

/// The name that a file's own facts give it, so that a lost manifest is made again with the same ones; of a file that says
/// nothing, `otherwise`.
pub fn proposed(facts: &Facts, otherwise: &str) -> String {
    let base = facts.name.as_deref().map(slug).filter(|name| !name.is_empty());
    let base = base.unwrap_or_else(|| slug(otherwise));
    let quantisation = slug(&facts.quantisation);
    let name = if base.ends_with(&quantisation) { base } else { format!("{base}-{quantisation}") };
    if may_be_called(&name) { name } else { format!("model-{quantisation}") }
}

/// `name` with the first number that makes it none of `taken`.
pub fn numbered(name: &str, taken: impl Fn(&str) -> bool) -> String {
    (2..).map(|number| format!("{name}-{number}")).find(|name| !taken(name)).unwrap_or_default()
}

fn slug(text: &str) -> String {
    let mut slug = String::new();
    for letter in text.chars().map(|letter| letter.to_ascii_lowercase()) {
        match letter {
            'a'..='z' | '0'..='9' | '.' | '_' => slug.push(letter),
            _ if slug.ends_with('-') || slug.is_empty() => {}
            _ => slug.push('-'),
        }
        if slug.len() >= LONGEST {
            break;
        }
    }
    slug.trim_matches(['-', '.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_off_what_a_file_says_of_itself() {
        let cases = [
            ("Qwen2.5 Coder 0.5B Instruct", "qwen2.5-coder-0.5b-instruct"),
            ("  DeepSeek/Coder::6.7B  ", "deepseek-coder-6.7b"),
            ("..", ""),
            ("模型", ""),
            ("a_b", "a_b"),
        ];
        for (text, expected) in cases {
            assert_eq!(slug(text), expected);
        }
        let mut facts = crate::bundled_facts().unwrap();
        for (name, otherwise, expected) in [
            (Some("Qwen2.5 Coder"), "x", "qwen2.5-coder-q8_0"),
            (Some("coder-Q8_0"), "x", "coder-q8_0"),
            (Some("模型"), "My Model", "my-model-q8_0"),
            (None, "模型", "model-q8_0"),
        ] {
            facts.name = name.map(str::to_owned);
            facts.quantisation = "Q8_0".into();
            assert_eq!(proposed(&facts, otherwise), expected);
        }
        assert!(
            !may_be_called("none") && !may_be_called("a.gguf") && !may_be_called("") && may_be_called("a")
        );
        assert_eq!(numbered("a", |name| name == "a-2"), "a-3");
    }
}
