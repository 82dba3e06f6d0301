//! What a team has put down for reviews and conversations, from what was verified of it alone. It is read when it is needed: in a
//! session a newer version holds from the next review and the next conversation on.

use crate::cli::layers::Flags;
use trust_assist::chat::Conversation;
use trust_assist::review::HouseRules;
use trust_config::{Config, Team};

/// The team of this user; no workspace, editor or flag has a say in which that is.
fn team() -> Option<Team> {
    Config::load(&Flags::default().inputs(Vec::new()), None).team().cloned()
}

fn called(team: &Team) -> String {
    format!("team {}", team.name())
}

/// A repository's rules, with those of the team before them.
pub fn ruled(own: HouseRules) -> HouseRules {
    let Some(team) = team() else { return own };
    match team.review() {
        Some(rules) => own.under(&called(&team), rules),
        None => own,
    }
}

/// A conversation that begins with what the team asks of its answers.
pub fn instructed(conversation: Conversation) -> Conversation {
    let Some(team) = team() else { return conversation };
    match team.instructions() {
        Some(instructions) => conversation.instructed(&called(&team), instructions),
        None => conversation,
    }
}
