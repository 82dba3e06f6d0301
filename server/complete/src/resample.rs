//! Where what the model wrote while somebody types breaks its place, it goes on from the last token at which it was sound, and
//! may not say the one that followed there: twice at most, and as long as somebody waits. What it has read up to there is in its
//! cache. Who asks has other candidates.

use crate::corpus::Corpus;
use crate::gate::{self, Judged};
use crate::generate::{Generated, Writer};
use crate::lexer::first_token;
use crate::names::Names;
use crate::neutral::Syntax;
use crate::pipeline::{Completer, Proposal, fit};
use crate::site::Site;
use crate::tidy::Draft;
use crate::why::Why;
use crate::{Query, Quiet, Source};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;
use trust_index::Snapshot;
use trust_inference::{Model, Priority};

/// How often the model goes on once more.
const TIMES: usize = 2;

/// What a text is to fit.
pub(crate) struct Place<'a> {
    pub(crate) site: &'a Site,
    pub(crate) syntax: &'a Syntax,
    pub(crate) names: &'a Names<'a>,
    pub(crate) index: &'a Arc<Snapshot>,
}

impl Place<'_> {
    /// What is kept of an answer that breaks it, and what may not follow; `None` where nothing does.
    fn back(&self, broken: &Generated) -> Option<(Generated, String)> {
        let sound = self.syntax.sound(self.site, &broken.text).trim_end_matches([' ', '\t']);
        let kept = broken.up_to(sound.len());
        let (token, _) = first_token(&broken.text.as_bytes()[kept.text.len()..])?;
        let avoid = String::from_utf8_lossy(token).into_owned();
        Some((kept, avoid))
    }
}

impl Completer {
    /// What the model says instead of `broken`, as far as it fits.
    pub(crate) fn mend(
        &self,
        query: &Query,
        place: &Place<'_>,
        model: Option<(&dyn Model, Priority)>,
        (broken, start): (Proposal, Instant),
        why: &Why,
    ) -> Result<(Draft, Proposal), Quiet> {
        let model = model.filter(|(model, _)| model.avoids() && !query.invoked);
        let (Some(model), Some(mut broken)) = (model, broken.generated) else { return Err(Quiet::Syntax) };
        for _ in 0..TIMES {
            let is_over = query.cancel.is_cancelled() || query.superseded.is_cancelled();
            // It may take as long as it took.
            if is_over || Instant::now() + start.elapsed() > query.deadline {
                break;
            }
            let Some((kept, avoid)) = place.back(&broken) else { break };
            let Some(again) = self.go_on(query, place, model, kept, avoid) else { break };
            self.count(|counters| counters.resampled += 1);
            let source = if again.usage.recalled > 0 { Source::Mixed } else { Source::Model };
            let judged = gate::beginnings(place.site, place.names, &again);
            if let Some(Judged { text, probability, whole }) = why.gate.best(&judged).cloned() {
                let generated = Some(again.clone());
                let proposal = Proposal { text, whole, probability, source, generated };
                if let Ok(draft) = fit(place.site, place.syntax, &proposal) {
                    self.count(|counters| counters.mended += 1);
                    return Ok((draft, proposal));
                }
            }
            broken = again;
        }
        Err(Quiet::Syntax)
    }

    /// `kept` and what the model says behind it, other than `avoid`.
    fn go_on(
        &self,
        query: &Query,
        place: &Place<'_>,
        (model, priority): (&dyn Model, Priority),
        kept: Generated,
        avoid: String,
    ) -> Option<Generated> {
        let mut text = query.text.clone();
        text.replace(query.offset..query.offset, &kept.text);
        let behind = Query { text, offset: query.offset + kept.text.len(), ..query.clone() };
        // What was written may hold a secret, or make one with what stands there: no prompt does.
        let is_plain = matches!(self.without_secrets(&behind), Ok(Cow::Borrowed(_)));
        let site = Site { withdrawn: Vec::new(), ..is_plain.then(|| Site::new(&behind))? };
        let writer = Writer { model, priority, flight: None, avoid: vec![avoid] };
        let corpus = Corpus::new(&behind, place.index);
        let asked = self.ask(&behind, &site, corpus, writer, String::new(), Instant::now());
        let (more, _) = asked.ok().flatten()?;
        Some(kept.then(more))
    }
}
