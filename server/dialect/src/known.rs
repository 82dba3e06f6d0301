//! Templates whose calls are not what they render, by their hash: as the user says, else as a table knows. Few: what a template
//! renders is what the model was trained on, and is looked at first where no one knows better.

use crate::format::CallFormat;
use crate::forms::{self, FORMS};
use std::str::FromStr;
use xxhash_rust::xxh3::xxh3_64;

/// Hash of a template, and the name of the form that its model's calls have.
const TABLE: [(u64, &str); 0] = [];

/// What somebody says of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chosen {
    /// [`hash`] of the template.
    pub template: u64,
    /// One of the forms that have names.
    pub form: &'static str,
}

impl FromStr for Chosen {
    type Err = String;

    /// `HASH=FORM`, the hash as `trust-lsp models show` prints it.
    fn from_str(text: &str) -> Result<Self, String> {
        let (hash, name) = text.split_once('=').ok_or_else(|| format!("{text:?} is not HASH=FORM"))?;
        let (hash, name) = (hash.trim(), name.trim());
        let template = Some(hash)
            .filter(|hash| hash.len() == 16)
            .and_then(|hash| u64::from_str_radix(hash, 16).ok())
            .ok_or_else(|| format!("{hash:?} is no hash: `trust-lsp models show` prints 16 digits"))?;
        let known = FORMS.iter().map(|(name, _)| *name).chain([forms::WORDS]);
        match known.clone().find(|known| *known == name) {
            Some(form) => Ok(Self { template, form }),
            None => {
                Err(format!("there is no form {name:?} of calls: {}", known.collect::<Vec<_>>().join(", ")))
            }
        }
    }
}

/// Who says what of a template.
pub(crate) enum Known {
    /// The user, or the table: calls have this form.
    Form {
        name: &'static str,
        format: Box<CallFormat>,
        chosen: bool,
    },
    /// The user: tools are told of in words.
    Words,
    Unknown,
}

/// What is known of a template.
pub(crate) fn of(source: &str, chosen: &[Chosen]) -> Known {
    let hash = hash(source);
    let by_user = chosen.iter().rev().find(|one| one.template == hash).map(|one| one.form);
    if by_user == Some(forms::WORDS) {
        return Known::Words;
    }
    let name = by_user.or_else(|| TABLE.iter().find(|(known, _)| *known == hash).map(|(_, name)| *name));
    let form = name.and_then(|name| FORMS.iter().find(|(known, _)| *known == name));
    form.map_or(Known::Unknown, |(name, format)| Known::Form {
        name,
        format: Box::new(format()),
        chosen: by_user.is_some(),
    })
}

/// What the table goes by: the template without white space at its ends, which files differ in.
pub fn hash(source: &str) -> u64 {
    xxh3_64(source.trim().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_a_template_is_read_or_told_to_be_wrong() {
        let right = Chosen { template: 0x0123_4567_89ab_cdef, form: "hermes" };
        assert_eq!("0123456789abcdef = hermes".parse(), Ok(right));
        assert_eq!("0123456789ABCDEF=words".parse(), Ok(Chosen { form: "words", ..right }));
        for (text, told) in [
            ("hermes", "is not HASH=FORM"),
            ("123=hermes", "16 digits"),
            ("0123456789abcdeg=hermes", "16 digits"),
            ("0123456789abcdef=Hermes", "hermes, json, llama-3, mistral, granite, words"),
        ] {
            let error = text.parse::<Chosen>().unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn the_table_names_forms_that_there_are() {
        assert!(TABLE.iter().all(|(_, name)| FORMS.iter().any(|(known, _)| known == name)));
    }
}
