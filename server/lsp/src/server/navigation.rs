//! For which languages this server answers what another language server may answer better. The protocol does not
//! say what else a client runs, so nothing is offered unless the client's settings, or its kind, let it be known.

use crate::server::options::own;
use tower_lsp::gen_lsp_types::LspAny;
use trust_grammars::Language;

/// Clients that run one server a buffer: where this one runs, no other does.
const ONE_SERVER: [&str; 1] = ["Eglot"];

/// The languages that navigation is on for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Navigation(u32);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    On,
    Off,
    Auto,
}

impl Navigation {
    /// From the initialization options, bare or under `trust`: `navigation` is `"on"`, `"off"`, `"auto"`, or an
    /// object of these by language id, where `"*"` stands for the rest; `otherServers` lists the languages that
    /// the client has another server for. `auto` is on where that list is given without the language, or the
    /// client runs one server a buffer. Gives what was not understood, too.
    pub fn new(options: Option<&LspAny>, client: Option<&str>) -> (Self, Vec<String>) {
        let mut problems = Vec::new();
        let own = own(options);
        let setting = |name: &str| own.and_then(|own| own.get(name)).filter(|value| !value.is_null());
        let mut wish = |value: &LspAny| match value.as_str() {
            Some("on") => Wish::On,
            Some("off") => Wish::Off,
            Some("auto") => Wish::Auto,
            _ => {
                problems.push(format!("`navigation` takes \"on\", \"off\" or \"auto\", not {value}"));
                Wish::Auto
            }
        };
        let mut wishes = [Wish::Auto; Language::ALL.len()];
        match setting("navigation") {
            None => {}
            Some(LspAny::Object(by_language)) => {
                if let Some(rest) = by_language.get("*") {
                    wishes.fill(wish(rest));
                }
                for (id, value) in by_language.iter().filter(|(id, _)| *id != "*") {
                    let wished = wish(value);
                    match Language::from_id(id) {
                        Some(language) => wishes[place(language)] = wished,
                        None => tracing::debug!(id, "navigation in a language that is not indexed"),
                    }
                }
            }
            Some(value) => wishes.fill(wish(value)),
        }
        let others = setting("otherServers");
        let listed: Option<Vec<Language>> = others
            .and_then(LspAny::as_array)
            .map(|ids| ids.iter().filter_map(LspAny::as_str).filter_map(Language::from_id).collect());
        if others.is_some() && listed.is_none() {
            problems.push("`otherServers` takes a list of language ids".into());
        }
        let alone = client.is_some_and(|name| ONE_SERVER.contains(&name));
        let by_itself =
            |language: Language| listed.as_ref().map_or(alone, |listed| !listed.contains(&language));
        let is_on = |language: Language| match wishes[place(language)] {
            Wish::On => true,
            Wish::Off => false,
            Wish::Auto => by_itself(language),
        };
        let bits = Language::ALL.into_iter().filter(|language| is_on(*language));
        (Self(bits.fold(0, |bits, language| bits | 1 << place(language))), problems)
    }

    pub fn is_on(self, language: Option<Language>) -> bool {
        language.is_some_and(|language| self.0 & (1 << place(language)) != 0)
    }

    /// Whether it is on for any language.
    pub fn any(self) -> bool {
        self.0 != 0
    }
}

fn place(language: Language) -> usize {
    Language::ALL.iter().position(|known| *known == language).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn navigation_is_on_where_no_other_server_is_known_to_be() {
        // Options, client; whether on for Rust, Python and Go; problems.
        let cases = [
            (json!(null), "Visual Studio Code", [false, false, false], 0),
            (json!({}), "Eglot", [true, true, true], 0),
            (json!({"navigation": "off"}), "Eglot", [false, false, false], 0),
            (json!({"navigation": "on"}), "Neovim", [true, true, true], 0),
            (json!({"trust": {"navigation": {"rust": "on"}}}), "helix", [true, false, false], 0),
            (json!({"navigation": {"*": "on", "rust": "off"}}), "x", [false, true, true], 0),
            (json!({"otherServers": ["rust", "cobol"]}), "x", [false, true, true], 0),
            (json!({"otherServers": [], "navigation": {"go": "off"}}), "x", [true, true, false], 0),
            (json!({"otherServers": ["rust"], "navigation": "on"}), "x", [true, true, true], 0),
            (json!({"navigation": 3, "otherServers": "rust"}), "x", [false, false, false], 2),
            (json!({"navigation": {"go": "maybe", "cobol": "on"}}), "x", [false, false, false], 1),
            (json!({"navigation": null, "otherServers": null}), "x", [false, false, false], 0),
            (json!([1]), "x", [false, false, false], 0),
        ];
        for (options, client, expected, problems) in cases {
            let (navigation, found) = Navigation::new(Some(&options), Some(client));
            let on = [Language::Rust, Language::Python, Language::Go]
                .map(|language| navigation.is_on(Some(language)));
            assert_eq!((on, found.len()), (expected, problems), "{options} {client}");
            assert_eq!(navigation.any(), on.contains(&true));
        }
    }
}
