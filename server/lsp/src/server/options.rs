//! What a user may choose: the client's `initializationOptions`.

use serde::Deserialize;
use tower_lsp::gen_lsp_types::LspAny;

/// Every option, with its default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Options {
    /// Count on this machine how completions fare.
    pub statistics: bool,
    /// Let the gate learn from what is accepted and rejected.
    pub adapt: bool,
    /// Complete in comments and strings too while somebody types.
    pub comments_and_strings: bool,
    /// Keep what the model has read of open files from one start to the next, in the user's cache folder.
    pub keep_cache: bool,
    pub code_lens: Lenses,
}

/// What is shown over a symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Lenses {
    /// Who changed it last.
    pub last_change: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            statistics: true,
            adapt: true,
            comments_and_strings: true,
            keep_cache: true,
            code_lens: Lenses::default(),
        }
    }
}

/// Our part of what the client sent: all of it, or what stands under `trust`.
pub fn own(sent: Option<&LspAny>) -> Option<&LspAny> {
    sent.map(|sent| sent.get("trust").filter(|own| own.is_object()).unwrap_or(sent))
}

impl Options {
    /// What the client sent; with what is wrong about it, where something is. Unknown options are other programs'.
    pub fn read(sent: Option<&LspAny>) -> (Self, Option<String>) {
        match own(sent) {
            None | Some(LspAny::Null) => (Self::default(), None),
            Some(value) => match serde_json::from_value(value.clone()) {
                Ok(options) => (options, None),
                Err(error) => {
                    // Whoever does not want to be counted is not, whatever else is wrong.
                    let statistics =
                        value.get("statistics").is_none_or(|wanted| *wanted == LspAny::Bool(true));
                    let problem = format!("initializationOptions are ignored: {error}");
                    (Self { statistics, ..Self::default() }, Some(problem))
                }
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_or_ignored_with_a_reason() {
        let cases = [
            ("null", true, false),
            ("{}", true, false),
            (r#"{"statistics": false, "other": {}}"#, false, false),
            (r#"{"trust": {"statistics": false}}"#, false, false),
            (r#"{"statistics": "no"}"#, false, true),
            (r#"{"statistics": false, "codeLens": true}"#, false, true),
            ("[1]", true, true),
        ];
        for (sent, statistics, wrong) in cases {
            let (options, problem) = Options::read(serde_json::from_str(sent).ok().as_ref());
            assert_eq!((options.statistics, problem.is_some()), (statistics, wrong), "{sent}");
        }
    }
}
