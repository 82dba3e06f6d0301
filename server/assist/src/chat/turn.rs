//! One turn of the model: its words as they come, what they cite looked at, and the calls it makes.

use super::cited::Cited;
use std::time::Instant;
use trust_inference::{
    Budget, CallError, CancelToken, Event, FinishReason, InferenceError, Model, Priority, ToolCall, Turn,
    TurnRequest, Usage,
};

/// What a turn may cost.
pub(super) struct Limits {
    pub tokens: u32,
    pub deadline: Instant,
    pub calls: usize,
}

/// A call as the model made it.
pub(super) struct Made {
    pub id: String,
    pub name: String,
    pub call: Result<ToolCall, CallError>,
}

#[derive(Default)]
pub(super) struct Said {
    pub text: String,
    pub calls: Vec<Made>,
    pub cut: bool,
    pub failed: Option<String>,
    pub usage: Usage,
}

/// An error is one that came before anything was said.
pub(super) fn say(
    model: &dyn Model,
    turn: Turn,
    limits: &Limits,
    cancel: &CancelToken,
    cited: &mut Cited<'_>,
    tell: &mut dyn FnMut(&str),
) -> Result<Said, InferenceError> {
    let budget = Budget { tokens: limits.tokens, deadline: limits.deadline };
    // What follows the last call that may be made is not waited for.
    let (own, tools) = (cancel.child(), !turn.tools.is_empty());
    let mut said = Said::default();
    let mut show = |said: &mut Said, text: String| {
        if !text.is_empty() {
            tell(&text);
            said.text.push_str(&text);
        }
    };
    let (mut ended, mut begun) = (false, Vec::new());
    let request = TurnRequest { turn, budget, priority: Priority::Chat, cancel: own.clone() };
    for event in model.converse(request) {
        match event {
            Ok(Event::Text { text, .. }) if said.calls.is_empty() => show(&mut said, cited.push(&text)),
            Ok(Event::CallStarted { id, name, .. }) => begun.push((id, name)),
            Ok(Event::CallEnded { call, index }) if tools && said.calls.len() < limits.calls => {
                let unknown = || (format!("call_{index}"), String::new());
                let (id, name) = begun.get(index as usize).cloned().unwrap_or_else(unknown);
                said.calls.push(Made { id, name, call: *call });
                if said.calls.len() == limits.calls {
                    own.cancel();
                }
            }
            Ok(Event::Done(finish)) => {
                let whole = matches!(finish.reason, FinishReason::EndOfText | FinishReason::Stop);
                let enough = said.calls.len() == limits.calls && !cancel.is_cancelled();
                (said.cut, said.usage, ended) = (!whole && !enough, finish.usage, true);
            }
            // Thoughts are the model's own.
            Ok(_) => {}
            Err(error) if said.text.is_empty() && said.calls.is_empty() => return Err(error),
            Err(error) => (said.failed, said.cut, ended) = (Some(error.to_string()), true, true),
        }
    }
    if !ended {
        (said.failed, said.cut) = (Some(InferenceError::Gone.to_string()), true);
    }
    show(&mut said, cited.end());
    Ok(said)
}
