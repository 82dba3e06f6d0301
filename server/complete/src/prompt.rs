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
/// The window begins on a multiple of this many lines, so that it moves rarely.
const ALIGNED: usize = 16;

/// Where the prompt is for: what it says of itself before the window.
pub(crate) struct Place<'a> {
    pub(crate) repository: &'a str,
    pub(crate) path: &'a str,
}

/// Builds the prompt for `model`, at most `tokens` long.
pub(crate) fn build(
    model: &dyn Model,
    layout: FimLayout,
    place: &Place<'_>,
    site: &Site,
    blocks: &[Block],
    tokens: usize,
) -> Prompt {
    let prefix = prefix(model, site, (tokens as f32 * PREFIX_SHARE) as usize);
    let suffix = suffix(model, site, (tokens as f32 * SUFFIX_SHARE) as usize);
    let header = format!("{}\n", place.repository);
    let path = format!("{}\n", place.path);
    let control = 8;
    let fixed = [prefix, suffix, &header, &path].map(|text| model.count_tokens(text)).iter().sum::<usize>();
    let mut left = tokens.saturating_sub(fixed + control);

    // The most telling blocks are the last ones: when room is short, the first go.
    let mut kept = Vec::new();
    for block in blocks.iter().rev() {
        let text = format!("{}\n{}\n", block.path, block.text);
        let cost = model.count_tokens(&text) + 1;
        if cost <= left {
            left -= cost;
            kept.push(text);
        }
    }

    let mut prompt = Prompt::default();
    prompt.control(Control::Repo).text(header);
    for block in kept.into_iter().rev() {
        prompt.control(Control::File).text(block);
    }
    prompt.control(Control::File).text(path).control(Control::FimPrefix);
    match layout {
        FimLayout::Spm => {
            prompt.control(Control::FimSuffix).text(suffix).control(Control::FimMiddle).text(prefix)
        }
        FimLayout::Psm => {
            prompt.text(prefix).control(Control::FimSuffix).text(suffix).control(Control::FimMiddle)
        }
    };
    prompt
}

/// The end of the text before the cursor that fits: whole lines, from an aligned one on.
fn prefix<'a>(model: &dyn Model, site: &'a Site, tokens: usize) -> &'a str {
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
        return last_tokens(model, &text[starts[line - 1]..], tokens);
    }
    let aligned = (site.first_line + line).next_multiple_of(ALIGNED) - site.first_line;
    // A window that fits whole begins where the text does; a short one is not worth aligning.
    let start = if line == 0 || aligned + ALIGNED / 2 >= starts.len() { line } else { aligned };
    &text[starts[start]..]
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

    fn render(prompt: &Prompt) -> String {
        prompt
            .0
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Control(control) => format!("<{control:?}>"),
            })
            .collect()
    }

    #[test]
    fn layouts() {
        let site = site("fn a() {\n    |\n}\n");
        let blocks = [Block { path: "b.rs".into(), text: "fn b();".into() }];
        let place = Place { repository: "shop", path: "a.rs" };
        let built = |layout| render(&build(&model(), layout, &place, &site, &blocks, 200));
        let head = "<Repo>shop\n<File>b.rs\nfn b();\n<File>a.rs\n<FimPrefix>";
        assert_eq!(built(FimLayout::Spm), format!("{head}<FimSuffix>\n}}\n<FimMiddle>fn a() {{\n    "));
        assert_eq!(built(FimLayout::Psm), format!("{head}fn a() {{\n    <FimSuffix>\n}}\n<FimMiddle>"));
    }

    #[test]
    fn whatever_the_text_the_prompt_fits() {
        let long_line = format!("{}|{}", "é".repeat(3000), "y".repeat(3000));
        let many_lines = format!("{}|{}", "let x = 1;\n".repeat(900), "let y = 2;\n".repeat(900));
        let blocks: Vec<Block> =
            (0..50).map(|n| Block { path: format!("{n}.rs"), text: "x ".repeat(40) }).collect();
        let place = Place { repository: "r", path: "a.rs" };
        for marked in [long_line.as_str(), &many_lines, "|"] {
            for tokens in [64, 200, 1000] {
                let prompt = build(&model(), FimLayout::Spm, &place, &site(marked), &blocks, tokens);
                let cost: usize = prompt
                    .0
                    .iter()
                    .map(|piece| match piece {
                        Piece::Text(text) => model().count_tokens(text),
                        Piece::Control(_) => 1,
                    })
                    .sum();
                assert!(cost <= tokens, "{cost} tokens of {tokens}");
            }
        }
    }
}
