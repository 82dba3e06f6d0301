//! The prompt: repository, quoted blocks, then the window around the cursor, packed to a token budget.
//!
//! The layout is the one the bundled model was trained on (`server/models/training/rows.py` writes the same).
//! Everything that stays the same while somebody types comes first, so that the KV cache can keep it.

use crate::context::Block;
use crate::site::Site;
use trust_inference::{Control, FimLayout, Model, Prompt};

/// Shares of the prompt's tokens: what is left goes to the blocks.
const PREFIX_SHARE: f32 = 0.45;
const SUFFIX_SHARE: f32 = 0.15;
/// Lines of the window, at most.
const PREFIX_LINES: usize = 60;
const SUFFIX_LINES: usize = 20;
/// Tokens of a prompt that are no text of a file, or stand between two texts.
const CONTROLS: usize = 10;

/// Where the prompt is for: what it says of itself before the window.
pub(crate) struct Place<'a> {
    pub(crate) repository: &'a str,
    pub(crate) path: &'a str,
}

/// The text around the cursor that a prompt shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Window {
    /// Whole lines up to the hole, which begins with a line.
    pub(crate) head: String,
    /// What stands in the hole before the cursor.
    pub(crate) typed: String,
    pub(crate) suffix: String,
}

/// The window around the cursor that fits a prompt of `tokens`, and the document's line that it begins with; `None`
/// where it begins in the midst of one.
pub(crate) fn window(model: &dyn Model, site: &Site, tokens: usize) -> (Window, Option<usize>) {
    let (prefix, first_line) = prefix(model, site, (tokens as f32 * PREFIX_SHARE) as usize);
    let hole = prefix.rfind('\n').map_or(0, |index| index + 1);
    let suffix = suffix(model, site, (tokens as f32 * SUFFIX_SHARE) as usize);
    let window = Window { head: prefix[..hole].into(), typed: prefix[hole..].into(), suffix: suffix.into() };
    (window, first_line)
}

/// As many of `blocks` as `tokens` allow, as a prompt quotes them. The most telling blocks are the last ones: when
/// room is short, the first go.
pub(crate) fn quoted(model: &dyn Model, blocks: &[Block], tokens: usize) -> Vec<String> {
    let mut left = tokens;
    let mut kept = Vec::new();
    for block in blocks.iter().rev() {
        let text = format!("{}\n{}\n", block.path, block.text);
        let cost = model.count_tokens(&text) + 1;
        if cost <= left {
            left -= cost;
            kept.push(text);
        }
    }
    kept.reverse();
    kept
}

/// Tokens that a prompt takes, or a few more.
pub(crate) fn cost(model: &dyn Model, place: &Place<'_>, window: &Window, quoted: &[String]) -> usize {
    let parts = [&window.head, &window.typed, &window.suffix, place.repository, place.path].into_iter();
    let tokens: usize =
        parts.chain(quoted.iter().map(String::as_str)).map(|text| model.count_tokens(text)).sum();
    tokens + quoted.len() + CONTROLS
}

/// The prompt in the order that the model was trained to read.
pub(crate) fn render(layout: FimLayout, place: &Place<'_>, window: &Window, quoted: &[String]) -> Prompt {
    let Window { head, typed, suffix } = window;
    let mut prompt = Prompt::default();
    prompt.control(Control::Repo).text(format!("{}\n", place.repository));
    for block in quoted {
        prompt.control(Control::File).text(block);
    }
    prompt.control(Control::File).text(format!("{}\n", place.path)).control(Control::FimPrefix);
    match layout {
        FimLayout::Spm => {
            let prefix = format!("{head}{typed}");
            prompt.control(Control::FimSuffix).text(suffix).control(Control::FimMiddle).text(prefix)
        }
        // The hole is anchored at its line's start, so that typing adds to the end here as well. (As llama.vim asks.)
        FimLayout::Psm => {
            prompt.text(head).control(Control::FimSuffix).text(suffix).control(Control::FimMiddle).text(typed)
        }
    };
    prompt
}

/// The text before the cursor alone, as a file that goes on.
pub(crate) fn plain(place: &Place<'_>, before: &str) -> Prompt {
    let mut prompt = Prompt::default();
    prompt.control(Control::Repo).text(format!("{}\n", place.repository));
    prompt.control(Control::File).text(format!("{}\n", place.path)).text(before);
    prompt
}

/// The end of the text before the cursor that fits, whole lines where it can be, and the document's line that it begins
/// with.
fn prefix<'a>(model: &dyn Model, site: &'a Site, tokens: usize) -> (&'a str, Option<usize>) {
    let text = site.before.as_str();
    let starts: Vec<usize> =
        std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
    let mut left = tokens;
    let mut line = starts.len();
    while line > 0 && starts.len() - line < PREFIX_LINES {
        let end = starts.get(line).copied().unwrap_or(text.len());
        let cost = model.count_tokens(&text[starts[line - 1]..end]);
        if cost > left {
            break;
        }
        left -= cost;
        line -= 1;
    }
    if line == starts.len() {
        return (last_tokens(model, &text[starts[line - 1]..], tokens), None);
    }
    (&text[starts[line]..], Some(site.first_line + line))
}

/// A line too long for the window: its end.
fn last_tokens<'a>(model: &dyn Model, line: &'a str, tokens: usize) -> &'a str {
    let mut text = line;
    while !text.is_empty() && model.count_tokens(text) > tokens {
        let half = text.len().div_ceil(2);
        let cut = (half..=text.len()).find(|&index| text.is_char_boundary(index)).unwrap_or(text.len());
        text = &text[cut..];
    }
    text
}

/// The beginning of the text after the cursor that fits: the rest of the line, then whole lines.
fn suffix<'a>(model: &dyn Model, site: &'a Site, tokens: usize) -> &'a str {
    let text = site.after.as_str();
    let (mut left, mut end) = (tokens, 0);
    for line in text.split_inclusive('\n').take(SUFFIX_LINES) {
        let cost = model.count_tokens(line);
        if cost > left {
            break;
        }
        left -= cost;
        end += line.len();
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;
    use trust_inference::scripted::ScriptedModel;
    use trust_inference::{ModelCard, Piece};

    fn model() -> ScriptedModel {
        let card = ModelCard {
            name: "scripted".into(),
            parameters: 0,
            context_length: 256,
            fim: Some(FimLayout::Spm),
        };
        ScriptedModel::new(card, "")
    }

    fn render_text(prompt: &Prompt) -> String {
        prompt
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Control(control) => format!("<{control:?}>"),
            })
            .collect()
    }

    fn build(layout: FimLayout, site: &Site, blocks: &[Block], tokens: usize) -> Prompt {
        let place = Place { repository: "shop", path: "a.rs" };
        let (window, _) = window(&model(), site, tokens);
        let left = tokens.saturating_sub(cost(&model(), &place, &window, &[]));
        render(layout, &place, &window, &quoted(&model(), blocks, left))
    }

    #[test]
    fn layouts() {
        let site = site("fn a() {\n    b|\n}\n");
        let blocks = [Block { path: "b.rs".into(), text: "fn b();".into() }];
        let head = "<Repo>shop\n<File>b.rs\nfn b();\n<File>a.rs\n<FimPrefix>";
        let spm = format!("{head}<FimSuffix>\n}}\n<FimMiddle>fn a() {{\n    b");
        assert_eq!(render_text(&build(FimLayout::Spm, &site, &blocks, 200)), spm);
        let psm = format!("{head}fn a() {{\n<FimSuffix>\n}}\n<FimMiddle>    b");
        assert_eq!(render_text(&build(FimLayout::Psm, &site, &blocks, 200)), psm);
    }

    #[test]
    fn whatever_the_text_the_prompt_fits() {
        let long_line = format!("{}|{}", "é".repeat(3000), "y".repeat(3000));
        let many_lines = format!("{}|{}", "let x = 1;\n".repeat(900), "let y = 2;\n".repeat(900));
        let blocks: Vec<Block> =
            (0..50).map(|n| Block { path: format!("{n}.rs"), text: "x ".repeat(40) }).collect();
        for marked in [long_line.as_str(), &many_lines, "|"] {
            for tokens in [64, 200, 1000] {
                let prompt = build(FimLayout::Spm, &site(marked), &blocks, tokens);
                let piece = |piece: &Piece| match piece {
                    Piece::Text(text) => model().count_tokens(text),
                    Piece::Control(_) => 1,
                };
                let cost: usize = prompt.0.iter().map(piece).sum();
                assert!(cost <= tokens, "{cost} tokens of {tokens}");
            }
        }
    }
}
