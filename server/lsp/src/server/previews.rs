//! What files would become by the edits that a model made last, for clients that ask for such texts by an address
//! (`workspace/textDocumentContent`).

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tower_lsp::gen_lsp_types::Uri;

pub const SCHEME: &str = "trust-preview";
/// Texts that are kept, and bytes of them; the oldest go first.
const MOST: usize = 16;
const BYTES: usize = 8 << 20;

#[derive(Default)]
pub struct Previews(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    texts: VecDeque<(Uri, String)>,
    /// An address is never given twice.
    count: u64,
}

impl Previews {
    /// The address of what the file at `shown`, a path from its root, would become; `None` where that is too long to be kept.
    pub fn keep(&self, shown: &str, text: String) -> Option<Uri> {
        if text.len() > BYTES {
            return None;
        }
        let mut uri = Uri::parse(&format!("{SCHEME}:///")).ok()?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        let number = kept.count.to_string();
        uri.path_segments_mut().ok()?.pop_if_empty().push(&number).extend(shown.split('/'));
        kept.texts.push_back((uri.clone(), text));
        let is_over = |texts: &VecDeque<(Uri, String)>| {
            texts.len() > MOST || texts.iter().map(|(_, text)| text.len()).sum::<usize>() > BYTES
        };
        while is_over(&kept.texts) {
            kept.texts.pop_front();
        }
        Some(uri)
    }

    pub fn text(&self, uri: &Uri) -> Option<String> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.texts.iter().find(|(known, _)| known == uri).map(|(_, text)| text.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_texts_are_kept_each_at_an_address_of_its_own() {
        let previews = Previews::default();
        let cases = [
            ("src/a.rs", "trust-preview:///1/src/a.rs"),
            ("src/a.rs", "trust-preview:///2/src/a.rs"),
            ("a b?#%.rs", "trust-preview:///3/a%20b%3F%23%25.rs"),
        ];
        for (shown, expected) in cases {
            let uri = previews.keep(shown, expected.to_owned()).unwrap();
            assert_eq!(uri.as_str(), expected);
            assert_eq!(previews.text(&uri).as_deref(), Some(expected));
        }
        let first = Uri::parse("trust-preview:///1/src/a.rs").unwrap();
        (0..MOST).for_each(|_| drop(previews.keep("b.rs", String::new())));
        assert_eq!(previews.text(&first), None);
        let large = previews.keep("large.rs", "x".repeat(BYTES)).unwrap();
        assert!(previews.text(&large).is_some());
        let one = previews.keep("one.rs", "x".into()).unwrap();
        assert_eq!((previews.text(&large), previews.text(&one).as_deref()), (None, Some("x")));
        assert_eq!(previews.keep("larger.rs", "x".repeat(BYTES + 1)), None);
    }
}
