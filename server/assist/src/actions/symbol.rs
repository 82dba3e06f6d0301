//! Edits of one symbol, and code below one comment: what a model is asked, and what is made of it.

use super::asking::until_usable;
use super::reply::check;
use super::{ActionError, Edit, Site, Wish, again};
use trust_inference::{CancelToken, Model};
use trust_redact::masked;

/// Lines around a comment that a model is shown, where no symbol is around it.
const ABOVE: usize = 40;
const BELOW: usize = 20;

/// Has `model` make the edit. Blocks; `cancel` ends it at any token.
///
/// # Errors
/// [`ActionError`].
pub fn make(
    wish: &Wish,
    site: &Site<'_>,
    model: &dyn Model,
    cancel: &CancelToken,
) -> Result<Edit, ActionError> {
    make_again(wish, site, "", (model, cancel))
}

/// The same, where an earlier edit did not do for the reason in `remark`.
pub(super) fn make_again(
    wish: &Wish,
    site: &Site<'_>,
    remark: &str,
    (model, cancel): (&dyn Model, &CancelToken),
) -> Result<Edit, ActionError> {
    let source = site.text.get(site.target.item.clone()).unwrap_or_default();
    if masked(source.to_owned()) != source {
        return Err(ActionError::Secret);
    }
    let stop = || cancel.is_cancelled();
    let (parts, attempts) =
        until_usable(again(request(wish, site, source), remark), (model, cancel), |said| {
            check(wish, site, said, &stop)
        })?;
    Ok(Edit { parts, attempts })
}

fn request(wish: &Wish, site: &Site<'_>, source: &str) -> String {
    let Site { path, target, .. } = site;
    let (kind, name) = (target.kind, &target.name);
    let quoted = format!("The {kind} `{name}` in {path}:\n```\n{source}\n```\n");
    let code = "Answer with the whole of it, changed, between ``` and ```.";
    let wished = match wish {
        Wish::Code => return announced(site, source),
        Wish::Simplify => format!("Write it more simply, so that it does the same. {code}"),
        Wish::Rewrite(instruction) => format!("{}\n{code}", masked(instruction.trim().to_owned())),
        Wish::Fix(message) => {
            format!("A checker says of it: {}\nMend that, and change nothing else. {code}", masked(message.clone()))
        }
        Wish::Annotate => {
            format!("Add type annotations wherever they are missing. Change nothing else, and use no types that the file does not know. {code}")
        }
        Wish::Document | Wish::Name | Wish::Test => {
            "Say in one to three sentences what it is for, as its documentation. Answer with the sentences alone.".into()
        }
    };
    quoted + &wished
}

/// The comment, and what stands around it.
fn announced(site: &Site<'_>, comment: &str) -> String {
    let (text, item) = (site.text, &site.target.item);
    let above: Vec<&str> = text[..item.start].lines().collect();
    let below: Vec<&str> = text[item.end..].lines().skip(1).collect();
    let above = &above[above.len().saturating_sub(ABOVE)..];
    let around = [above, &[comment, "", "<the code goes here>", ""], &below[..below.len().min(BELOW)]];
    let shown = masked(around.concat().join("\n"));
    format!(
        "From {}:\n```\n{shown}\n```\nWrite the code that this comment announces:\n{comment}\n\
         Answer with that code alone, without the comment and without what stands around it, between ``` and ```.",
        site.path
    )
}
