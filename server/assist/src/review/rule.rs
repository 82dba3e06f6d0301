//! The rules: a stable name each, and a section of `docs/rules.md`.

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Information,
    Warning,
    Error,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
pub struct Rule {
    /// Never changes its meaning.
    pub id: &'static str,
    pub severity: Severity,
    /// What is wrong, in a clause.
    pub title: &'static str,
}

/// The rule of all that a model finds, which tells it apart from what code finds.
pub const MODEL: &str = "model-says";

/// The rules of files that were not read: there is no code to look at.
pub const UNREAD: [&str; 2] = ["file-not-read", "secret-file-added"];

pub const RULES: &[Rule] = &[
    Rule { id: "callers-not-updated", severity: Severity::Warning, title: "callers were left behind" },
    Rule { id: "debug-output", severity: Severity::Warning, title: "output for debugging was left in" },
    Rule { id: "error-swallowed", severity: Severity::Warning, title: "an error is ignored" },
    Rule { id: "file-not-read", severity: Severity::Information, title: "a changed file was not reviewed" },
    Rule {
        id: "interface-undocumented",
        severity: Severity::Information,
        title: "the public interface changed without documentation",
    },
    Rule {
        id: "interface-untested",
        severity: Severity::Information,
        title: "the public interface changed without tests",
    },
    Rule {
        id: "lock-out-of-step",
        severity: Severity::Warning,
        title: "the lock file does not follow the manifest",
    },
    Rule { id: "merge-marker", severity: Severity::Error, title: "a marker of a merge conflict was left in" },
    Rule { id: MODEL, severity: Severity::Information, title: "a model says that something is wrong" },
    Rule { id: "new-panic", severity: Severity::Warning, title: "the program may end here" },
    Rule { id: "risky-construct", severity: Severity::Warning, title: "a construct that is easily misused" },
    Rule { id: "secret-added", severity: Severity::Error, title: "a secret is in the code" },
    Rule { id: "secret-file-added", severity: Severity::Error, title: "a file that holds secrets was added" },
    Rule { id: "test-removed", severity: Severity::Warning, title: "a test was removed" },
    Rule { id: "test-skipped", severity: Severity::Warning, title: "a test does not run" },
    Rule { id: "types-given-up", severity: Severity::Warning, title: "a type is no longer checked" },
];

/// The rule of that name.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

impl Rule {
    /// Its section of the documentation.
    pub fn documentation(&self) -> &'static str {
        let text = include_str!("../../../../docs/rules.md");
        let heading = format!("## {}\n", self.id);
        let Some(start) = text.find(&heading) else { return "" };
        let section = text.get(start..).unwrap_or_default();
        let end = section.get(3..).and_then(|rest| rest.find("\n## ")).map_or(section.len(), |end| end + 4);
        section.get(..end).unwrap_or_default().trim()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_documented_and_their_names_are_in_order() {
        for rule in RULES {
            let lines = rule.documentation().lines().count();
            assert!(lines >= 3, "{}: {lines} lines", rule.id);
            assert!(
                rule.documentation().contains(&format!("Severity: {}.", rule.severity.name())),
                "{}",
                rule.id
            );
        }
        let page = include_str!("../../../../docs/review.md");
        let named = |rule: &Rule| {
            page.contains(&format!("[`{0}`](rules.md#{0}) |", rule.id))
                || page.contains(&format!("[`{0}`](rules.md#{0}), ", rule.id))
        };
        assert!(RULES.iter().all(named), "the page on reviews names every rule");
        assert!(RULES.is_sorted_by_key(|rule| rule.id));
        assert_eq!(include_str!("../../../../docs/rules.md").matches("\n## ").count(), RULES.len());
    }
}
