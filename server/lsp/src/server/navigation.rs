//! For which languages this server answers what another language server may answer better. The protocol does not
//! say what else a client runs, so nothing is offered unless the client's settings, or its kind, let it be known.

use trust_config::{ByLanguage, Settings};
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
    /// From `navigation` and `otherServers`. `auto` is on where that list is given without the language, or the client
    /// runs one server a buffer.
    pub fn new(settings: &Settings, client: Option<&str>) -> Self {
        let mut wishes = [Wish::Auto; Language::ALL.len()];
        match &settings.navigation {
            ByLanguage::All(choice) => wishes.fill(wish(choice)),
            ByLanguage::Each(choices) => {
                if let Some(rest) = choices.get("*") {
                    wishes.fill(wish(rest));
                }
                for (id, choice) in choices.iter().filter(|(id, _)| *id != "*") {
                    match Language::from_id(id) {
                        Some(language) => wishes[place(language)] = wish(choice),
                        None => tracing::debug!(id, "navigation in a language that is not indexed"),
                    }
                }
            }
        }
        let others = settings.other_servers.as_ref();
        let listed: Option<Vec<Language>> =
            others.map(|ids| ids.iter().filter_map(|id| Language::from_id(id)).collect());
        let alone = client.is_some_and(|name| ONE_SERVER.contains(&name));
        let by_itself =
            |language: Language| listed.as_ref().map_or(alone, |listed| !listed.contains(&language));
        let is_on = |language: Language| match wishes[place(language)] {
            Wish::On => true,
            Wish::Off => false,
            Wish::Auto => by_itself(language),
        };
        let bits = Language::ALL.into_iter().filter(|language| is_on(*language));
        Self(bits.fold(0, |bits, language| bits | 1 << place(language)))
    }

    pub fn is_on(self, language: Option<Language>) -> bool {
        language.is_some_and(|language| self.0 & (1 << place(language)) != 0)
    }

    /// Whether it is on for any language.
    pub fn any(self) -> bool {
        self.0 != 0
    }
}

fn wish(choice: &str) -> Wish {
    match choice {
        "on" => Wish::On,
        "off" => Wish::Off,
        _ => Wish::Auto,
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
        // `navigation`, `otherServers`, client; whether on for Rust, Python and Go.
        let cases = [
            (json!("auto"), json!(null), "Visual Studio Code", [false, false, false]),
            (json!("auto"), json!(null), "Eglot", [true, true, true]),
            (json!("off"), json!(null), "Eglot", [false, false, false]),
            (json!("on"), json!(null), "Neovim", [true, true, true]),
            (json!({"rust": "on"}), json!(null), "helix", [true, false, false]),
            (json!({"*": "on", "rust": "off"}), json!(null), "x", [false, true, true]),
            (json!("auto"), json!(["rust", "cobol"]), "x", [false, true, true]),
            (json!({"go": "off"}), json!([]), "x", [true, true, false]),
            (json!("on"), json!(["rust"]), "x", [true, true, true]),
            (json!({"cobol": "on"}), json!(null), "x", [false, false, false]),
        ];
        for (navigation, others, client, expected) in cases {
            let settings = Settings {
                navigation: serde_json::from_value(navigation.clone()).unwrap(),
                other_servers: serde_json::from_value(others.clone()).unwrap(),
                ..Settings::default()
            };
            let navigation = Navigation::new(&settings, Some(client));
            let on = [Language::Rust, Language::Python, Language::Go]
                .map(|language| navigation.is_on(Some(language)));
            assert_eq!(on, expected, "{:?} {others} {client}", settings.navigation);
            assert_eq!(navigation.any(), on.contains(&true));
        }
    }
}
