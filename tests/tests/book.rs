//! The documentation holds together: links, headings and pictures exist, the summary of the book names every page, and each
//! command stands on the page of commands. `cargo xtask docs` makes the book itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use trust_tests::{Workspace, command};

const SUMMARY: &str = "docs/SUMMARY.md";
/// Files of other people, and of builds.
const LEFT_OUT: [&str; 4] = ["node_modules", "dist", "target", ".vscode-test"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The pages below a folder, by their paths from the root.
fn pages_in(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let path = folder.join(entry.unwrap().file_name());
        let name = path.file_name().unwrap().to_str().unwrap();
        if root().join(&path).is_dir() {
            if !LEFT_OUT.contains(&name) {
                pages_in(&path, found);
            }
        } else if name.ends_with(".md") {
            found.insert(path);
        }
    }
}

fn pages() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::from(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(PathBuf::from));
    pages_in(Path::new("docs"), &mut found);
    pages_in(Path::new("editors"), &mut found);
    found.extend(chapters());
    found
}

/// The text without code, which is left as spaces: fenced blocks, and spans between backquotes.
fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut fence = None;
    for line in text.lines() {
        let sign = line.trim_start().split(|sign| sign != '`').next().unwrap();
        match fence {
            None if sign.len() > 2 => fence = Some(sign.len()),
            Some(length) if sign.len() >= length => fence = None,
            None => prose += line,
            Some(_) => {}
        }
        prose.push('\n');
    }
    let (mut out, mut code) = (String::new(), false);
    for (index, part) in prose.split('`').enumerate() {
        code = index % 2 == 1;
        // A link's text may be code: its brackets count, what is within them does not.
        if code { out.extend(part.chars().filter(|sign| *sign == '\n')) } else { out += part }
    }
    assert!(!code, "a backquote that nothing closes");
    out
}

/// The targets of links and pictures.
fn links(text: &str) -> Vec<String> {
    let prose = prose(text);
    let found = prose.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    found.map(|(link, _)| link.to_owned()).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> BTreeSet<String> {
    let (mut found, mut seen) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    let mut fenced = false;
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        let title = line.trim_start_matches('#');
        let level = line.len() - title.len();
        if fenced || !(1..=6).contains(&level) || !title.starts_with(' ') {
            continue;
        }
        let kept = title.trim().chars().filter(|sign| sign.is_alphanumeric() || " -_".contains(*sign));
        let anchor: String =
            kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let times = seen.entry(anchor.clone()).or_default();
        found.insert(if *times == 0 { anchor } else { format!("{anchor}-{times}") });
        *times += 1;
    }
    found
}

/// Where a link of `page` leads: a path from the root, and a heading. Nothing where it leaves the repository by a scheme.
fn target(page: &Path, link: &str) -> Option<(PathBuf, Option<String>)> {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    if file.contains("://") || file.starts_with("mailto:") {
        return None;
    }
    let mut path = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().to_owned() };
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{}: {link} leaves the repository", page.display()),
            Component::Normal(name) => path.push(name),
            Component::CurDir => {}
            _ => panic!("{}: {link} is an absolute path", page.display()),
        }
    }
    Some((path, anchor.map(str::to_owned)))
}

/// The pages of the book, in its order.
fn chapters() -> Vec<PathBuf> {
    let links = links(&read(Path::new(SUMMARY)));
    links.iter().map(|link| target(Path::new(SUMMARY), link).unwrap().0).collect()
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_exist() {
    let mut wrong = Vec::new();
    let mut counted = 0;
    for page in pages() {
        for link in links(&read(&page)) {
            let Some((path, anchor)) = target(&page, &link) else { continue };
            counted += 1;
            let whole = root().join(&path);
            if !whole.exists() {
                wrong.push(format!("{}: there is no {link}", page.display()));
            } else if let Some(anchor) = anchor
                && !(whole.is_file() && anchors(&read(&path)).contains(&anchor))
            {
                wrong.push(format!("{}: no heading for {link}", page.display()));
            }
        }
    }
    assert!(counted > 100, "{counted} links were read");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_book_has_every_page_once_and_leads_to_no_page_that_it_has_not() {
    let chapters = chapters();
    let book: BTreeSet<PathBuf> = chapters.iter().cloned().collect();
    assert_eq!(book.len(), chapters.len(), "a page stands in {SUMMARY} twice");
    let mut written = BTreeSet::new();
    pages_in(Path::new("docs"), &mut written);
    written.remove(Path::new(SUMMARY));
    let missing: Vec<_> = written.difference(&book).collect();
    assert!(missing.is_empty(), "not in {SUMMARY}: {missing:?}");
    let mut outside = Vec::new();
    for chapter in &chapters {
        for link in links(&read(chapter)) {
            let Some((path, _)) = target(chapter, &link) else { continue };
            if path.extension().is_some_and(|extension| extension == "md") && !book.contains(&path) {
                outside.push(format!("{}: {link} is no page of the book", chapter.display()));
            }
        }
    }
    assert!(outside.is_empty(), "{outside:#?}");
}

#[test]
fn every_picture_is_shown_somewhere() {
    let shown: BTreeSet<PathBuf> = pages()
        .iter()
        .flat_map(|page| {
            links(&read(page)).into_iter().filter_map(|link| Some(target(page, &link)?.0)).collect::<Vec<_>>()
        })
        .collect();
    for entry in std::fs::read_dir(root().join("docs/pictures")).unwrap() {
        let path = Path::new("docs/pictures").join(entry.unwrap().file_name());
        assert!(shown.contains(&path), "no page shows {}", path.display());
    }
}

/// The names under `Commands:` of a help text.
fn commands_of(words: &[&str]) -> Vec<String> {
    let home = Workspace::empty();
    let output = command(home.root()).args(words).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = list.lines().take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
    names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_command_stands_on_the_page_of_commands() {
    let page = read(Path::new("docs/command-line.md"));
    // The end of a name, so that `audit` is no part of another.
    let is_told = |line: &str| {
        page.match_indices(line)
            .any(|(at, _)| !page[at + line.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '-'))
    };
    let mut missing = Vec::new();
    let first = commands_of(&[]);
    assert!(first.len() > 20, "{first:?}");
    for name in &first {
        let second = commands_of(&[name]);
        let lines = second.iter().map(|inner| format!("trust-lsp {name} {inner}"));
        missing.extend(lines.chain([format!("trust-lsp {name}")]).filter(|line| !is_told(line)));
    }
    assert!(missing.is_empty(), "docs/command-line.md does not name {missing:#?}");
}

#[test]
fn links_and_headings_are_read_as_they_are_shown() {
    let text = "# A *b* & `c.d`\n## A b\n## A b\n```sh\n# no heading [no](link)\n```\n[`x` y](a.md#b) `[no](no.md)`\n![p](p.svg)\n";
    assert_eq!(links(text), ["a.md#b", "p.svg"]);
    assert_eq!(anchors(text), ["a-b--cd", "a-b", "a-b-1"].map(str::to_owned).into());
    let page = Path::new("docs/a.md");
    let cases = [
        ("b.md#c", Some(("docs/b.md", Some("c")))),
        ("../README.md", Some(("README.md", None))),
        ("#c", Some(("docs/a.md", Some("c")))),
        ("https://example.org/#c", None),
    ];
    for (link, expected) in cases {
        let expected = expected.map(|(path, anchor)| (path.into(), anchor.map(str::to_owned)));
        assert_eq!(target(page, link), expected, "{link}");
    }
}
