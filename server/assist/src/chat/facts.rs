//! What was found, in words that code chose: the answer as far as no model is needed for it.

use super::{Source, Why};

/// The sources as Markdown, each with the number by which it is cited.
pub fn markdown(sources: &[Source]) -> String {
    if sources.is_empty() {
        return "The index holds nothing that the question names.\n".into();
    }
    let mut text = String::new();
    let mut heading = String::new();
    for (at, source) in sources.iter().enumerate() {
        let wanted = match &source.why {
            Why::Open => "Open in the editor:".into(),
            Why::Defined { name, .. } => format!("`{name}` is defined:"),
            Why::Used { name } => format!("`{name}` is used:"),
            Why::Like => "Lines that speak of it:".into(),
        };
        if wanted != heading {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&format!("{wanted}\n"));
            heading = wanted;
        }
        text.push_str(&format!("- [{}] {}", at + 1, source.place));
        if let Why::Defined { kind, container, .. } = &source.why {
            let inside = container.as_ref().map_or(String::new(), |name| format!(" of `{name}`"));
            text.push_str(&format!(", {kind}{inside}"));
        }
        if !source.line.is_empty() {
            text.push_str(&format!(": `{}`", source.line.replace('`', "'")));
        }
        text.push('\n');
        if let Why::Defined { documentation: Some(words), .. } = &source.why {
            text.push_str(&format!("  {words}\n"));
        }
    }
    text
}
