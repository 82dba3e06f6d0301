//! The verbs that messages begin with, in the tenses that people write them in.

/// How a message begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tense {
    /// Add
    #[default]
    Imperative,
    /// Adds
    Present,
    /// Added
    Past,
}

const VERBS: [[&str; 3]; 75] = [
    ["add", "adds", "added"],
    ["remove", "removes", "removed"],
    ["rename", "renames", "renamed"],
    ["move", "moves", "moved"],
    ["change", "changes", "changed"],
    ["update", "updates", "updated"],
    ["split", "splits", "split"],
    ["merge", "merges", "merged"],
    ["document", "documents", "documented"],
    ["reformat", "reformats", "reformatted"],
    ["test", "tests", "tested"],
    ["bump", "bumps", "bumped"],
    ["make", "makes", "made"],
    ["fix", "fixes", "fixed"],
    ["improve", "improves", "improved"],
    ["use", "uses", "used"],
    ["implement", "implements", "implemented"],
    ["allow", "allows", "allowed"],
    ["avoid", "avoids", "avoided"],
    ["bring", "brings", "brought"],
    ["build", "builds", "built"],
    ["check", "checks", "checked"],
    ["clean", "cleans", "cleaned"],
    ["correct", "corrects", "corrected"],
    ["create", "creates", "created"],
    ["delete", "deletes", "deleted"],
    ["disable", "disables", "disabled"],
    ["drop", "drops", "dropped"],
    ["embed", "embeds", "embedded"],
    ["enable", "enables", "enabled"],
    ["ensure", "ensures", "ensured"],
    ["extend", "extends", "extended"],
    ["extract", "extracts", "extracted"],
    ["find", "finds", "found"],
    ["give", "gives", "gave"],
    ["handle", "handles", "handled"],
    ["hide", "hides", "hidden"],
    ["ignore", "ignores", "ignored"],
    ["introduce", "introduces", "introduced"],
    ["keep", "keeps", "kept"],
    ["let", "lets", "let"],
    ["limit", "limits", "limited"],
    ["load", "loads", "loaded"],
    ["log", "logs", "logged"],
    ["mark", "marks", "marked"],
    ["pass", "passes", "passed"],
    ["prevent", "prevents", "prevented"],
    ["print", "prints", "printed"],
    ["provide", "provides", "provided"],
    ["read", "reads", "read"],
    ["reduce", "reduces", "reduced"],
    ["refactor", "refactors", "refactored"],
    ["reject", "rejects", "rejected"],
    ["replace", "replaces", "replaced"],
    ["report", "reports", "reported"],
    ["require", "requires", "required"],
    ["restore", "restores", "restored"],
    ["return", "returns", "returned"],
    ["revert", "reverts", "reverted"],
    ["run", "runs", "ran"],
    ["send", "sends", "sent"],
    ["set", "sets", "set"],
    ["show", "shows", "showed"],
    ["simplify", "simplifies", "simplified"],
    ["skip", "skips", "skipped"],
    ["start", "starts", "started"],
    ["stop", "stops", "stopped"],
    ["store", "stores", "stored"],
    ["support", "supports", "supported"],
    ["take", "takes", "took"],
    ["tell", "tells", "told"],
    ["turn", "turns", "turned"],
    ["validate", "validates", "validated"],
    ["wait", "waits", "waited"],
    ["write", "writes", "wrote"],
];

/// `verb`, an imperative, in another tense.
pub fn conjugate(verb: &str, tense: Tense) -> String {
    let forms = VERBS.iter().find(|forms| forms.first() == Some(&verb));
    let at = match tense {
        Tense::Imperative => 0,
        Tense::Present => 1,
        Tense::Past => 2,
    };
    forms.and_then(|forms| forms.get(at)).copied().unwrap_or(verb).to_owned()
}

/// A description that begins with a verb of another tense, in this one; `None` where no such verb begins it.
pub(crate) fn in_tense(description: &str, tense: Tense) -> Option<String> {
    let (first, rest) = description.split_once(' ')?;
    let lower = first.to_lowercase();
    if let Some([imperative, ..]) = VERBS.iter().find(|forms| forms.contains(&lower.as_str())) {
        return Some(format!("{} {rest}", conjugate(imperative, tense)));
    }
    // Of a verb that is not known its end tells.
    let past = lower.ends_with("ed") && !lower.ends_with("eed");
    let present = lower.ends_with('s') && !lower.ends_with("ss");
    let plain = lower.len() > 2 && lower.chars().all(char::is_alphabetic);
    let fits = match tense {
        Tense::Imperative => !(past || present || lower.len() > 5 && lower.ends_with("ing")),
        Tense::Present => present,
        Tense::Past => past,
    };
    (plain && fits).then(|| description.to_owned())
}

/// The tense in which most of these begin.
pub(crate) fn tense_of(descriptions: &[&str]) -> Tense {
    let mut counts = [0usize; 3];
    for text in descriptions {
        let first = text.split_whitespace().next().unwrap_or_default().to_lowercase();
        let found = VERBS.iter().find_map(|forms| forms.iter().position(|form| *form == first));
        if let Some(count) = found.and_then(|at| counts.get_mut(at)) {
            *count += 1;
        }
    }
    let [imperative, present, past] = counts;
    if past > imperative && past >= present {
        Tense::Past
    } else if present > imperative {
        Tense::Present
    } else {
        Tense::Imperative
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_have_tenses() {
        assert_eq!(conjugate("add", Tense::Past), "added");
        assert_eq!(conjugate("fix", Tense::Present), "fixes");
        assert_eq!(conjugate("frobnicate", Tense::Past), "frobnicate");
        let cases = [
            ("Added a thing", Tense::Imperative, Some("add a thing")),
            ("add a thing", Tense::Past, Some("added a thing")),
            ("rejects a thing", Tense::Past, Some("rejected a thing")),
            ("frobnicated a thing", Tense::Past, Some("frobnicated a thing")),
            ("frobnicated a thing", Tense::Imperative, None),
            ("proceed without it", Tense::Imperative, Some("proceed without it")),
            ("parsing of numbers", Tense::Imperative, None),
            ("`f` is faster", Tense::Imperative, None),
            ("process all", Tense::Present, None),
            ("one", Tense::Imperative, None),
        ];
        for (text, tense, expected) in cases {
            assert_eq!(in_tense(text, tense).as_deref(), expected, "{text} {tense:?}");
        }
        assert_eq!(tense_of(&["Added a", "Fix b", "Removed c"]), Tense::Past);
        assert_eq!(tense_of(&["x", "y"]), Tense::Imperative);
    }
}
