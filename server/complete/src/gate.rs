//! Stage 4. Believe copy or model, or stay quiet: a wrong completion costs its reader more than a missing one.

use crate::copy::Copied;
use crate::generate::Generated;

/// Tokens matched from which a copy is shown without asking the model: of such copies, made at random places
/// of packages that nothing was tuned on, three in four were exactly right.
const COPY_ALONE: usize = 10;
/// Tokens matched from which a copy is worth drafting.
pub(crate) const COPY_DRAFT: usize = 3;
/// Tokens matched from which a copy is shown though the model said something else or nothing: nearly half
/// were right.
const COPY_UNJUDGED: usize = 5;
/// The same where the longest matches went on differently: below, one in five was right.
const COPY_DIVIDED: usize = 24;
/// Mean log-probability from which the model is believed on its own (its tokens at 0.7 each: two in five lines
/// were exactly right); and when the user asked.
const MODEL_ALONE: f32 = -0.36;
const MODEL_INVOKED: f32 = -1.6;

/// Whether a copy needs nobody's word but its own.
pub(crate) fn trusts_copy_alone(copied: &Copied) -> bool {
    copied.matched >= if copied.agreed { COPY_ALONE } else { COPY_DIVIDED }
}

/// Whether a copy may be shown where no model can judge it.
pub(crate) fn trusts_copy_unjudged(copied: &Copied, invoked: bool) -> bool {
    invoked || copied.matched >= if copied.agreed { COPY_UNJUDGED } else { COPY_DIVIDED }
}

/// Whether the model's own text may be shown.
pub(crate) fn trusts_model(generated: &Generated, invoked: bool) -> bool {
    let threshold = if invoked { MODEL_INVOKED } else { MODEL_ALONE };
    generated.mean_logprob >= threshold && (generated.complete || invoked)
}
