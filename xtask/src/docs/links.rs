//! The links of a book as it was built: each leads to a file that is there, and to a place in it.

use anyhow::{Context, Result};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// How many links within the book there are, and those that lead nowhere.
pub fn check(book: &Path) -> Result<(usize, Vec<String>)> {
    let mut pages = BTreeMap::new();
    read(book, &mut pages)?;
    let places: BTreeMap<&PathBuf, BTreeSet<String>> =
        pages.iter().map(|(path, text)| (path, values(text, &["id", "name"]).collect())).collect();
    let (mut count, mut broken) = (0, Vec::new());
    for (page, text) in &pages {
        for link in values(text, &["href", "src"]).filter(|link| is_local(link)) {
            count += 1;
            let (file, place) = link.split_once('#').unwrap_or((&link, ""));
            let target = match file {
                "" => page.clone(),
                _ => std::path::absolute(page.parent().unwrap_or(book).join(file))?,
            };
            let target = without_dots(&target);
            let is_there = target.exists();
            let has_place =
                place.is_empty() || places.get(&target).is_none_or(|places| places.contains(place));
            if !is_there || !has_place {
                broken.push(format!("{}: {link}", page.strip_prefix(book).unwrap_or(page).display()));
            }
        }
    }
    Ok((count, broken))
}

fn read(folder: &Path, pages: &mut BTreeMap<PathBuf, String>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            pages.insert(path, text);
        }
    }
    Ok(())
}

/// What attributes of these names are set to, as mdBook writes them: in double quotes, with entities, percent-encoded.
fn values<'a>(text: &'a str, names: &'a [&str]) -> impl Iterator<Item = String> + 'a {
    names.iter().flat_map(move |name| {
        text.match_indices(name).filter_map(move |(at, _)| {
            let before = text[..at].chars().next_back()?;
            let rest = text[at + name.len()..].strip_prefix("=\"")?;
            before.is_whitespace().then(|| rest.split('"').next().map(plain))?
        })
    })
}

fn plain(value: &str) -> String {
    let value = value.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|two| std::str::from_utf8(two).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok()).filter(|_| first == b'%');
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn is_local(link: &str) -> bool {
    !link.is_empty()
        && !link.starts_with("//")
        && !link.split(['/', '#', '?']).next().unwrap_or("").contains(':')
}

fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                plain.pop();
            }
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_nowhere_are_named() {
        let book = std::env::temp_dir().join(format!("trust-xtask-links-{}", std::process::id()));
        let pages = [
            (
                "a.html",
                "<h1 id=\"top\">A</h1><a href=\"b/c.html#d%C3%A9but\">c</a> <a href=\"#top\">here</a>",
            ),
            ("b/c.html", "<h2 id=\"début\">C</h2><a href=\"../a.html#gone\">a</a><img src=\"p&amp;q.svg\">"),
            (
                "b/d.html",
                "<a href=\"https://example.org/x\">x</a><a href=\"none.html\">n</a><a href=\"../a.html\">a</a>",
            ),
        ];
        std::fs::create_dir_all(book.join("b")).unwrap();
        std::fs::write(book.join("b/p&q.svg"), "").unwrap();
        for (path, text) in pages {
            std::fs::write(book.join(path), text).unwrap();
        }
        let checked = check(&book);
        std::fs::remove_dir_all(&book).unwrap();
        let (count, broken) = checked.unwrap();
        assert_eq!(broken, ["b/c.html: ../a.html#gone", "b/d.html: none.html"]);
        assert_eq!(count, 6);
    }
}
