//! Which word of two restricts more, of keys by which a team keeps what it is bound to: what a later layer says holds as far as the
//! team's own word allows it, locked or not.

use crate::key::Key;
use serde_json::Value;

/// How the values of a key are ordered by what they restrict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// False restricts.
    Off,
    /// True does.
    On,
    /// More days do; 0 is all of them.
    Days,
    /// Fewer hosts do.
    Hosts,
}

impl Key {
    /// The order of its values, where the team's stricter word holds against a later one.
    pub(crate) fn order(&self) -> Option<Order> {
        match self.name {
            "audit.content" | "command.enable" => Some(Order::Off),
            "audit.enabled" => Some(Order::On),
            "audit.retentionDays" => Some(Order::Days),
            "network.allow" => Some(Order::Hosts),
            _ => None,
        }
    }
}

impl Order {
    /// What holds of a value within what the team's word allows: all of it, where that restricts no more.
    pub fn within(self, value: &Value, team: &Value) -> Value {
        let is = |value: &Value| *value == Value::Bool(true);
        let days = |value: &Value| value.as_u64().filter(|days| *days > 0).unwrap_or(u64::MAX);
        match self {
            Self::Off => (is(value) && is(team)).into(),
            Self::On => (is(value) || is(team)).into(),
            Self::Days if days(value) < days(team) => team.clone(),
            Self::Days => value.clone(),
            Self::Hosts => hosts(value, team),
        }
    }

    /// For the page of keys.
    pub fn told(self) -> &'static str {
        match self {
            Self::Off => "where the team says false, no later layer has it true",
            Self::On => "where the team says true, no later layer has it false",
            Self::Days => "where the team says more days, or 0, no later layer has it fewer",
            Self::Hosts => {
                "where the team says a list, what a later layer says counts as far as that allows it"
            }
        }
    }
}

/// The hosts that both lists let in.
fn hosts(value: &Value, team: &Value) -> Value {
    let names = |value: &Value| -> Vec<String> {
        let names = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        names.map(|name| name.trim().to_ascii_lowercase()).collect()
    };
    let (said, allowed) = (names(value), names(team));
    if said.iter().all(|name| allowed.iter().any(|wide| holds(wide, name))) {
        return value.clone();
    }
    let mut both: Vec<String> = Vec::new();
    for name in &said {
        for other in &allowed {
            let inner = match (holds(other, name), holds(name, other)) {
                (true, _) => name,
                (_, true) => other,
                _ => continue,
            };
            if !both.contains(inner) {
                both.push(inner.clone());
            }
        }
    }
    both.into()
}

/// Whether each host of one name is one of the other, in which `*.` stands for any part before.
fn holds(wide: &str, name: &str) -> bool {
    let inside = |rest: &str| name.strip_suffix(rest).is_some_and(|before| before.ends_with('.'));
    wide == name || wide.strip_prefix("*.").is_some_and(inside)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_two_lists_of_hosts_what_both_let_in_is_left() {
        let cases = [
            (json!(["a.example"]), json!(["a.example", "b.example"]), json!(["a.example"])),
            (json!(["A.example "]), json!(["a.example"]), json!(["A.example "])),
            (json!(["c.example"]), json!(["a.example"]), json!([])),
            (json!(["x.cdn.example", "evil"]), json!(["*.cdn.example"]), json!(["x.cdn.example"])),
            (
                json!(["*.example"]),
                json!(["*.cdn.example", "b.example"]),
                json!(["*.cdn.example", "b.example"]),
            ),
            // A name is not one of those below it, nor one that ends alike.
            (json!(["cdn.example", "evilcdn.example"]), json!(["*.cdn.example"]), json!([])),
            (json!(["a.example"]), json!([]), json!([])),
            (json!([]), json!(["a.example"]), json!([])),
        ];
        for (value, team, expected) in cases {
            assert_eq!(Order::Hosts.within(&value, &team), expected, "{value} within {team}");
        }
    }
}
