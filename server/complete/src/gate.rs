//! Stage 5. Show or stay quiet: a wrong completion costs its reader more than a missing one.

use crate::copy::Copied;
use crate::generate::Generated;

/// Tokens matched from which a copy is shown without asking the model.
const COPY_ALONE: usize = 8;
/// Tokens matched from which a copy is worth drafting, and showing when the model does not object.
pub(crate) const COPY_DRAFT: usize = 3;
/// Mean log-probability from which the model is believed on its own; and when the user asked.
const MODEL_ALONE: f32 = -0.45;
const MODEL_INVOKED: f32 = -1.6;

/// Whether a copy needs nobody's word but its own.
pub(crate) fn trusts_copy_alone(copied: &Copied, invoked: bool) -> bool {
    copied.matched >= COPY_ALONE && (copied.agreed || invoked || copied.matched >= 2 * COPY_ALONE)
}

/// Whether a copy may be shown where no model can judge it.
pub(crate) fn trusts_copy_unjudged(copied: &Copied, invoked: bool) -> bool {
    invoked || copied.matched >= if copied.agreed { 5 } else { COPY_ALONE }
}

/// Whether the model's own text may be shown.
pub(crate) fn trusts_model(generated: &Generated, invoked: bool) -> bool {
    let threshold = if invoked { MODEL_INVOKED } else { MODEL_ALONE };
    generated.mean_logprob >= threshold && (generated.complete || invoked)
}
