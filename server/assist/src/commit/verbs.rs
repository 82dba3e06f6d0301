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

const VERBS: [[&str; 3]; 18] = [
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
        assert_eq!(tense_of(&["Added a", "Fix b", "Removed c"]), Tense::Past);
        assert_eq!(tense_of(&["x", "y"]), Tense::Imperative);
    }
}
