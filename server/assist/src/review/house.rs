//! What a repository wants of its reviews: rules off, other severities, paths left out. It is read from the revision
//! that a change is compared with, never from the change itself, which could else switch off what speaks against it.

use super::finding::Finding;
use super::rule::{Severity, rule};
use std::collections::HashMap;
use trust_redact::masked;

/// Where it stands in a repository.
pub const PLACE: &str = ".trust/review.md";
/// Where instructions for programs stand; of it the sections about reviews count, and less than [`PLACE`].
pub const AGENTS: &str = "AGENTS.md";

/// How lines begin that are rules.
const KEYS: [&str; 5] = ["off", "information", "warning", "error", "skip"];
/// The longest prose that a model is told, in characters.
const PROSE: usize = 2_000;

/// Lines of the forms `- off: RULE`, `- information: RULE`, `- warning: RULE`, `- error: RULE` and `- skip: PATTERN`;
/// of each several, after commas. Everything else is prose for people, and for a model that is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HouseRules {
    /// `None` for a rule that is off.
    rules: HashMap<&'static str, Option<Severity>>,
    skipped: Vec<String>,
    /// What names a rule that there is not.
    pub unknown: Vec<String>,
    prose: String,
    team: Option<Box<OfTeam>>,
}

/// What a team says of all its repositories.
#[derive(Debug, Clone, PartialEq, Eq)]
struct OfTeam {
    name: String,
    rules: HashMap<&'static str, Option<Severity>>,
    skipped: Vec<String>,
}

/// What becomes of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Report,
    LeaveOut,
    /// Only since the team says so.
    LeaveOutForTeam,
}

impl HouseRules {
    /// From the texts of [`AGENTS`] and [`PLACE`]; what both speak of is as the latter says.
    pub fn of(agents: &str, own: &str) -> Self {
        Self::parse(&format!("{}{own}", sections(agents)))
    }

    pub fn parse(text: &str) -> Self {
        let mut house = Self { prose: prose(text), ..Self::default() };
        for (key, values) in text.lines().filter_map(said) {
            let severity = match key {
                "off" => None,
                "information" => Some(Severity::Information),
                "warning" => Some(Severity::Warning),
                "error" => Some(Severity::Error),
                "skip" => {
                    house.skipped.extend(words(values).map(str::to_owned));
                    continue;
                }
                _ => continue,
            };
            for word in words(values) {
                match rule(word) {
                    Some(rule) => drop(house.rules.insert(rule.id, severity)),
                    None => house.unknown.push(word.to_owned()),
                }
            }
        }
        house
    }

    /// These, with what a team says of all its repositories: of a rule that both speak of the stricter word holds, and what
    /// either skips is skipped.
    pub fn under(self, name: &str, team: &str) -> Self {
        let Self { rules, skipped, unknown, prose, .. } = Self::parse(team);
        let team = Some(Box::new(OfTeam { name: name.to_owned(), rules, skipped }));
        let prose = format!("{prose}\n{}", self.prose).trim().to_owned();
        Self { team, unknown: [unknown, self.unknown].concat(), prose, ..self }
    }

    /// What is asked in words, secrets masked; empty for nothing.
    pub fn prose(&self) -> &str {
        &self.prose
    }

    /// The team that has a say.
    pub(crate) fn team(&self) -> Option<&str> {
        self.team.as_ref().map(|team| team.name.as_str())
    }

    /// Whether a finding is to be reported; sets its severity, and whether that is a team's.
    pub(crate) fn judge(&self, finding: &mut Finding) -> Verdict {
        let skips = |patterns: &[String]| patterns.iter().any(|pattern| matches(pattern, &finding.path));
        if skips(&self.skipped) {
            return Verdict::LeaveOut;
        }
        if self.team.as_ref().is_some_and(|team| skips(&team.skipped)) {
            return Verdict::LeaveOutForTeam;
        }
        let own = self.rules.get(finding.rule.id).copied();
        let team = self.team.as_ref().and_then(|team| team.rules.get(finding.rule.id).copied());
        // Off is less than any severity, and no word is less than any.
        let by_team = team > own;
        match if by_team { team } else { own } {
            None => Verdict::Report,
            Some(None) if by_team => Verdict::LeaveOutForTeam,
            Some(None) => Verdict::LeaveOut,
            Some(Some(severity)) => {
                (finding.severity, finding.by_team) = (severity, by_team);
                Verdict::Report
            }
        }
    }
}

/// The sections whose headings speak of reviews, with what is below them.
fn sections(text: &str) -> String {
    let mut found = String::new();
    let mut inside: Option<usize> = None;
    for line in text.lines() {
        let level = line.chars().take_while(|c| *c == '#').count();
        if level > 0 && line.chars().nth(level) == Some(' ') {
            let speaks = line.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(is_review);
            inside = if speaks {
                Some(inside.map_or(level, |outer| outer.min(level)))
            } else {
                inside.filter(|outer| level > *outer)
            };
        } else if inside.is_some() {
            found.push_str(line);
            found.push('\n');
        }
    }
    found
}

fn is_review(word: &str) -> bool {
    matches!(word, "review" | "reviews" | "reviewing")
}

/// The key and the values of a line that is a rule.
fn said(line: &str) -> Option<(&str, &str)> {
    let (key, values) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "))?.split_once(':')?;
    KEYS.contains(&key.trim()).then_some((key.trim(), values))
}

/// The lines that are no rules, as many as fit.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    let lines = text.lines().map(str::trim_end);
    for line in
        lines.filter(|line| !line.is_empty() && said(line).is_none() && !line.contains(char::is_control))
    {
        if prose.chars().count() + line.chars().count() >= PROSE {
            break;
        }
        prose.push_str(line);
        prose.push('\n');
    }
    masked(prose.trim().to_owned())
}

fn words(values: &str) -> impl Iterator<Item = &str> {
    values.split(',').map(|word| word.trim().trim_matches('`')).filter(|word| !word.is_empty())
}

/// A folder with `/` at its end, a path, or one with `*` for anything.
fn matches(pattern: &str, path: &str) -> bool {
    if let Some(folder) = pattern.strip_suffix('/') {
        return path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    let mut star = false;
    while let Some(part) = parts.next() {
        star = true;
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    !star && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_instructions_for_programs_the_sections_on_reviews_count() {
        let agents = "# Agents\n\n- off: new-panic\n\n## Code review\n\n- off: debug-output\n\n### Made files\n\n- skip: made/\n\n\
                      ## Previews\n\n- off: secret-added\n";
        assert_eq!(sections(agents), "\n- off: debug-output\n\n\n- skip: made/\n\n");
        let house = HouseRules::of(agents, "- error: debug-output\n");
        assert_eq!(house, HouseRules::parse("- skip: made/\n- error: debug-output\n"));
    }

    #[test]
    fn house_rules_are_read() {
        let text = "# Reviews here\n\nWe log on purpose.\n\n- off: debug-output, `new-panic`\n- error: test-skipped\n\
                    - skip: vendor/, *.gen.ts, a/*/b.rs\n* off: nonsense\n- remember: milk\noff: risky-construct\n";
        let house = HouseRules::parse(text);
        assert_eq!(house.unknown, ["nonsense"]);
        assert_eq!(
            house.prose(),
            "# Reviews here\nWe log on purpose.\n- remember: milk\noff: risky-construct"
        );
        let judged = |id: &str, path: &str| {
            let mut finding = Finding::new(rule(id).unwrap(), path, 0, String::new());
            (house.judge(&mut finding) == Verdict::Report).then_some(finding.severity)
        };
        let cases = [
            ("debug-output", "a.ts", None),
            ("new-panic", "a.rs", None),
            ("test-skipped", "a.rs", Some(Severity::Error)),
            ("risky-construct", "a.rs", Some(Severity::Warning)),
            ("secret-added", "vendor/x/a.rs", None),
            ("secret-added", "vendored.rs", Some(Severity::Error)),
            ("secret-added", "x/y.gen.ts", None),
            ("secret-added", "a/x/b.rs", None),
            ("secret-added", "a/x/c.rs", Some(Severity::Error)),
        ];
        for (id, path, expected) in cases {
            assert_eq!(judged(id, path), expected, "{id} {path}");
        }
        assert_eq!(HouseRules::parse("\0- off"), HouseRules::default());
        let long = HouseRules::parse(&"One of many lines.\n".repeat(1_000));
        assert!((1_900..2_000).contains(&long.prose().len()) && long.prose().ends_with("lines."));
        let secret = format!("glpat-{}", "Zq7Rm2Kx6Vt4Bn5Ct8Wd");
        assert!(!HouseRules::parse(&format!("Not {secret}\n")).prose().contains(&secret));
        let both = HouseRules::parse("Own.\n").under("team acme", "Theirs.\n- off: new-panic\n");
        assert_eq!(both.prose(), "Theirs.\nOwn.");
    }

    #[test]
    fn of_a_teams_word_and_a_repositorys_the_stricter_one_holds() {
        let team = "- off: new-panic, test-skipped\n- error: debug-output\n- information: risky-construct\n- skip: made/\n";
        let own = "- off: debug-output\n- warning: new-panic, risky-construct\n- skip: vendor/\n- off: secret-added\n";
        let house = HouseRules::parse(own).under("team acme", team);
        let report = |severity| (Verdict::Report, Some(severity));
        let cases = [
            ("debug-output", "a.rs", report(Severity::Error), true),
            ("new-panic", "a.rs", report(Severity::Warning), false),
            ("risky-construct", "a.rs", report(Severity::Warning), false),
            ("test-skipped", "a.rs", (Verdict::LeaveOutForTeam, None), false),
            ("secret-added", "a.rs", (Verdict::LeaveOut, None), false),
            ("debug-output", "made/a.rs", (Verdict::LeaveOutForTeam, None), false),
            ("debug-output", "vendor/a.rs", (Verdict::LeaveOut, None), false),
        ];
        for (id, path, (verdict, severity), by_team) in cases {
            let mut finding = Finding::new(rule(id).unwrap(), path, 0, String::new());
            let found = house.judge(&mut finding);
            assert_eq!((found, finding.by_team), (verdict, by_team), "{id} {path}");
            assert!(severity.is_none_or(|severity| severity == finding.severity), "{id} {path}");
        }
        let alone = HouseRules::default().under("team acme", team);
        let mut finding = Finding::new(rule("risky-construct").unwrap(), "a.rs", 0, String::new());
        assert_eq!(alone.judge(&mut finding), Verdict::Report);
        assert!(finding.by_team && finding.severity == Severity::Information);
    }
}
