//! After an identifier was renamed at one place: the other places that mean the same.
//!
//! The text before the renaming says what the name meant. A local name is followed in its scope, a name of the file or
//! a member into other files too, where the project defines it once only: beyond that it takes types.

use super::edits::{Base, Burst, Edit, whole_words};
use super::places::{Found, Project, parse};
use super::{Elsewhere, Series};
use crate::lexer::is_word;
use std::ops::Range;
use trust_grammars::{Binding, DefinitionKind, Language, Name, Names, Resolver, Role, names, outline};

/// What was renamed.
enum Subject {
    /// Something that the scopes of the file tell apart.
    Bound(Binding),
    /// An item of the project, by its only definition.
    Item,
    /// A member, by its only definition.
    Member,
}

pub(super) fn series(project: &Project<'_>, now: &str, seed: &Burst) -> Option<Series> {
    let language = project.query.language?;
    let Edit { old, new, .. } = Edit::new(now, seed)?;
    let new = new.as_str();
    let is_name = |text: &str| {
        text.bytes().all(is_word)
            && text.starts_with(|c: char| !c.is_numeric())
            && !language.keywords().contains(&text)
    };
    if old == new || !is_name(&old) || !is_name(new) {
        return None;
    }
    let base = Base::new(now, renamed(project, now, &old, new));
    let tree = parse(language, &base.text, project.query.cancel)?;
    let found = names(language, &tree, &base.text)?;
    let resolver = found.resolver(&base.text);
    let edited: Vec<&Name> = base.spans.iter().filter_map(|(_, span)| exactly(&found, span)).collect();
    let first = edited.iter().find(|name| name.role == Role::Declares).or(edited.first()).copied()?;
    let taken =
        |name: &&Name| resolver.text(name) == new && matches!(name.role, Role::Declares | Role::Imports);
    let used = first.role != Role::Declares;
    if found.names.iter().any(|name| taken(&name)) || used && project.defined_elsewhere(new) > 0 {
        return None;
    }
    let own = definitions(language, &base.text, &old);
    let subject = subject(project, &resolver, first, &old, &own)?;
    let unique = own.len() + project.defined_elsewhere(&old) <= 1;
    let is_one = |name: &&Name| resolver.text(name) == old && is_place(&subject, &resolver, name, unique);
    let text = |name: &Name| replacement(name, &old, new, matches!(subject, Subject::Member));
    let places = found.names.iter().filter(is_one);
    let own_places = places.filter_map(|name| Some((base.now(&name.range)?, text(name)))).collect();
    let crosses = match &subject {
        Subject::Bound(binding) => binding.is_top() && unique,
        Subject::Item | Subject::Member => true,
    };
    let others = if crosses {
        let files = project.files_with(&old).into_iter();
        files.filter_map(|file| elsewhere(project, file, &subject, &old, new)).collect()
    } else {
        Vec::new()
    };
    Some(Series { why: format!("`{old}` was renamed to `{new}`"), own: own_places, others })
}

/// What the words at a burst were before it.
fn before(now: &str, burst: &Burst) -> String {
    let word = whole_words(now, &burst.range);
    let part = |range: Range<usize>| now.get(range).unwrap_or_default();
    format!("{}{}{}", part(word.start..burst.range.start), burst.old, part(burst.range.end..word.end))
}

/// Every place where `old` became `new`, or a shorthand for it.
fn renamed(project: &Project<'_>, now: &str, old: &str, new: &str) -> Vec<(Range<usize>, String)> {
    let shorthands = [format!("{old}: {new}"), format!("{new}: {old}")];
    let place = |burst: &Burst| {
        let edit = Edit::new(now, burst)?;
        if edit.old == old && edit.new == new {
            return Some((edit.range, edit.old));
        }
        let word = whole_words(now, &burst.range);
        let is_shorthand = shorthands.iter().any(|form| now.get(word.clone()) == Some(form));
        (is_shorthand && before(now, burst) == old).then(|| (word, old.to_owned()))
    };
    project.query.log.newest().filter_map(place).collect()
}

fn exactly<'a>(found: &'a Names, range: &Range<usize>) -> Option<&'a Name> {
    found.names.iter().find(|name| name.range == *range)
}

/// The kinds of what the file itself defines by this name.
fn definitions(language: Language, text: &str, name: &str) -> Vec<DefinitionKind> {
    let outline = outline(language, text);
    let same = |kind: &DefinitionKind| *kind != DefinitionKind::Impl;
    let named =
        outline.definitions.iter().filter(|definition| text.get(definition.name.clone()) == Some(name));
    named.map(|definition| definition.kind).filter(same).collect()
}

fn subject(
    project: &Project<'_>,
    resolver: &Resolver<'_>,
    first: &Name,
    old: &str,
    own: &[DefinitionKind],
) -> Option<Subject> {
    let elsewhere = project.defined_elsewhere(old);
    let unique = own.len() + elsewhere == 1;
    match (first.role, resolver.binding(first)) {
        (Role::Label, _) => None,
        (Role::Member, _) => unique.then_some(Subject::Member),
        (Role::Path, _) => unique.then_some(Subject::Item),
        (_, Some(binding)) if !binding.imported => Some(Subject::Bound(binding)),
        (..) => (unique && elsewhere == 1).then_some(Subject::Item),
    }
}

fn is_place(subject: &Subject, resolver: &Resolver<'_>, name: &Name, unique: bool) -> bool {
    let binding = resolver.binding(name);
    match subject {
        Subject::Bound(bound) => {
            binding == Some(*bound) || bound.is_top() && unique && name.role == Role::Path
        }
        Subject::Item => match name.role {
            Role::Path | Role::Imports => true,
            Role::Refers | Role::Declares => {
                binding.is_none_or(|binding| binding.imported || binding.is_top())
            }
            Role::Member | Role::Label => false,
        },
        Subject::Member => matches!(name.role, Role::Member | Role::Path) || name.shorthand,
    }
}

/// A shorthand is one name for two things, of which one stays.
fn replacement(name: &Name, old: &str, new: &str, member: bool) -> String {
    match (name.shorthand, member) {
        (false, _) => new.to_owned(),
        (true, true) => format!("{new}: {old}"),
        (true, false) => format!("{old}: {new}"),
    }
}

fn elsewhere(
    project: &Project<'_>,
    file: Found,
    subject: &Subject,
    old: &str,
    new: &str,
) -> Option<Elsewhere> {
    let found = file.names()?;
    let resolver = found.resolver(&file.text);
    let stem = project.query.path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let is_place = |name: &&Name| {
        if resolver.text(name) != old {
            return false;
        }
        let binding = resolver.binding(name);
        match (subject, name.role) {
            (Subject::Member, role) => matches!(role, Role::Member | Role::Path) || name.shorthand,
            (_, Role::Path | Role::Imports) => true,
            (_, Role::Refers | Role::Declares) => {
                binding.is_none_or(|binding| binding.imported || binding.is_top() && file.defines)
            }
            // Behind a dot only where the module is named that defines it.
            (_, Role::Member) => {
                name.qualifier.clone().is_some_and(|before| file.text.get(before) == Some(stem))
            }
            (_, Role::Label) => false,
        }
    };
    let member = matches!(subject, Subject::Member);
    let places = found.names.iter().filter(is_place);
    let places = places.map(|name| (name.range.clone(), replacement(name, old, new, member))).collect();
    file.with(places)
}
