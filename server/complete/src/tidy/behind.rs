//! What stands behind the cursor already: an end that says it again is left out, and closing signs that an editor has added
//! give way to a text that closes them and goes on.

use super::Draft;
use crate::Quiet;
use crate::brackets::unopened;
use crate::lexer::is_word;
use crate::site::Site;

/// Without an end that stands behind the cursor; in the place of closing signs there, where it says more behind its own.
pub(super) fn without_what_is_behind(site: &Site, draft: Draft) -> Result<Draft, Quiet> {
    let rest = site.line_after();
    if let Some((end, replaces)) =
        closes_and_goes_on(&draft.text, rest.trim_end()).filter(|_| site.may_replace)
    {
        return Ok(Draft { replaces, ..draft.up_to(end) });
    }
    let end = without_suffix(&draft.text, rest).len();
    Ok(draft.up_to(end))
}

/// Where `text` closes the first of the brackets that `rest` consists of, and says more behind them: where it ends without
/// what is left of `rest`, and how many bytes of that it takes the place of.
fn closes_and_goes_on(text: &str, rest: &str) -> Option<(usize, usize)> {
    let closing = |c: char| matches!(c, ')' | ']' | '}' | ';' | ',');
    if rest.is_empty() || !rest.chars().all(closing) {
        return None;
    }
    let closed = unopened(text);
    let fits = closed.iter().zip(rest.chars()).take_while(|((_, sign), other)| sign == other);
    let says_more = |((at, _), _): &(&(usize, char), char)| text[at + 1..].bytes().any(is_word);
    // Closing signs are one byte each.
    let replaces = fits.take_while(says_more).count();
    let kept = without_suffix(text, &rest[replaces..]);
    (replaces > 0 && unopened(kept).len() == replaces).then_some((kept.len(), replaces))
}

/// Cuts off the end of `text` that stands behind the cursor already, as closing signs do that the editor
/// inserted by itself.
fn without_suffix<'a>(text: &'a str, rest: &str) -> &'a str {
    let rest = rest.trim();
    if rest.is_empty() {
        return text;
    }
    let text = text.trim_end();
    let longest = rest.char_indices().map(|(index, c)| index + c.len_utf8()).rev().find(|&length| {
        let shared = &rest[..length];
        // Closing signs may belong to what the text opened itself; other text is simply there already.
        text.ends_with(shared) && if closes(shared) { is_closed(text, shared) } else { length == rest.len() }
    });
    let text = &text[..text.len() - longest.unwrap_or(0)];
    // A bracket that it did not open and that `rest` closes first thing.
    let closed = unopened(text).into_iter().next().filter(|(_, sign)| rest.starts_with(*sign));
    &text[..closed.map_or(text.len(), |(index, _)| index)]
}

fn closes(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ')' | ']' | '}' | '>' | '"' | '\'' | '`' | ';' | ','))
}

/// Whether everything opened in `text` before its end, `end`, is closed there too. Angles count where `end`
/// has one, since elsewhere they compare.
fn is_closed(text: &str, end: &str) -> bool {
    let text = &text[..text.len() - end.len()];
    let angles = end.contains('>');
    let depth = text.chars().fold(0i32, |depth, c| match c {
        '(' | '[' | '{' => depth + 1,
        ')' | ']' | '}' => depth - 1,
        '<' if angles => depth + 1,
        '>' if angles => depth - 1,
        _ => depth,
    });
    let quoted = |quote: char| end.contains(quote) && text.matches(quote).count() % 2 == 1;
    depth <= 0 && !['"', '\'', '`'].into_iter().any(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::tests::site;
    use crate::tidy::tests::check;

    #[test]
    fn an_end_that_stands_behind_is_left_out() {
        check(
            without_what_is_behind,
            &[
                ("foo(|)", "a, b)", Some("a, b")),
                ("foo(|);", "a, bar(b));", Some("a, bar(b)")),
                ("foo(|)", "bar(b)", Some("bar(b)")),
                ("foo(|)", "a).bar()", Some("a")),
                ("foo(|) + c", "a) + c", Some("a")),
                ("foo(|)", "a, \")\"", Some("a, \")\"")),
                ("Array<|>", "Promise<string>", Some("Promise<string>")),
                ("Array<|>", "string>", Some("string")),
                ("f(\"|\")", "a\"", Some("a")),
            ],
        );
    }

    #[test]
    fn closing_signs_give_way_to_a_text_that_goes_on_behind_them() {
        let cases = [
            ("foo(|)", "a).bar()", ("a).bar()", 1)),
            ("foo(|);", "a).bar();", ("a).bar()", 1)),
            ("foo([|])", "a]).bar()", ("a]).bar()", 2)),
            ("foo([|])", "a], b)", ("a], b", 1)),
            ("foo(|)", "a)", ("a", 0)),
            ("foo(|);", "a);", ("a", 0)),
            ("foo(|)", "bar(b)", ("bar(b)", 0)),
            ("foo(|]", "a).bar()", ("a).bar()", 0)),
            ("foo(|) + c", "a).bar()", ("a", 0)),
            ("foo(|", "a).bar()", ("a).bar()", 0)),
        ];
        for (marked, raw, (text, replaces)) in cases {
            let place = Site { may_replace: true, ..site(marked) };
            let found = without_what_is_behind(&place, Draft { text: raw.into(), replaces: 0 });
            assert_eq!(found, Ok(Draft { text: text.into(), replaces }), "{marked:?} {raw:?}");
        }
    }
}
