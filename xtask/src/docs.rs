//! `cargo xtask docs`: the pages of the repository as a book, by mdBook. Links lead from file to file as these lie, out of `docs`
//! too, so what the book holds is laid out in the target folder in the same tree.

mod links;

use crate::{
    paint::Paint,
    sessions,
    tally::Tally,
    test::Outcome,
    workspace::{Workspace, run, succeeds},
};
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeSet,
    ffi::OsString,
    path::{Component, Path, PathBuf},
};

const SUMMARY: &str = "docs/SUMMARY.md";
/// What is installed where there is no other.
const VERSION: &str = "0.5.4";

/// Builds the book into the folder `docs` of the target folder, and shows it in a browser.
pub fn build(workspace: &Workspace, open: bool, paint: Paint) -> Result<()> {
    let book = make(workspace, mdbook(workspace, paint)?, open)?;
    println!("{}", book.join("index.html").display());
    Ok(())
}

/// Builds the book by the mdBook that comes with what the sessions run on, and follows its links.
pub fn test(workspace: &Workspace) -> Result<Outcome> {
    let program = sessions::prepare(workspace)?.with_file_name("mdbook");
    if !program.is_file() {
        ensure!(!cfg!(all(target_os = "linux", target_arch = "x86_64")), "{} is gone", program.display());
        return Ok(Outcome::Skipped("the mdBook of the tests is there for Linux on x86-64 only"));
    }
    let version = workspace.command(&program, ["--version"]).output()?;
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();
    ensure!(version.ends_with(VERSION), "{version} is not {VERSION}, which `cargo xtask docs` has");
    let (count, broken) = links::check(&make(workspace, program.into(), false)?)?;
    println!("{version}: {count} links within the book");
    broken.iter().for_each(|link| println!("leads nowhere: {link}"));
    ensure!(count > 1_000, "only {count} links were found");
    Ok(Outcome::Tests(Tally { passed: u64::from(broken.is_empty()), failed: broken.len() as u64 }))
}

fn make(workspace: &Workspace, program: OsString, open: bool) -> Result<PathBuf> {
    let (source, book) = (workspace.target.join("docs-source"), workspace.target.join("docs"));
    lay_out(&workspace.root, &source)?;
    // Of an earlier one nothing is left to lead to.
    if book.exists() {
        std::fs::remove_dir_all(&book)?;
    }
    let mut build = workspace.command(program, ["build", "docs", "--dest-dir"]);
    // Its configuration names the usual target folder; here is the one in use.
    build.arg(&book).env("MDBOOK_BOOK__SRC", &source).args(open.then_some("--open"));
    run(&mut build)?;
    Ok(book)
}

/// The mdBook of the search path, else one of our own in the target folder. A book as small as this needs no optimised one,
/// and that takes less time to build.
fn mdbook(workspace: &Workspace, paint: Paint) -> Result<OsString> {
    if succeeds(&mut workspace.command("mdbook", ["--version"])) {
        return Ok("mdbook".into());
    }
    let folder = workspace.target.join("mdbook");
    let program = folder.join("bin").join(format!("mdbook{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        println!("{} mdbook (makes the book), built into {}", paint.bold("missing:"), folder.display());
        let mut install = workspace.cargo(["install", "mdbook", "--version", VERSION, "--locked", "--debug"]);
        install.args(["--no-default-features", "--features", "search", "--root"]).arg(&folder);
        run(&mut install).context(
            "there is no mdbook on the search path, and cargo could not install one (it takes the network, once); \
             the pages in docs can be read as they are",
        )?;
    }
    Ok(program.into())
}

/// Copies the chapters, and the files that they lead to, into `source` as they lie below `root`.
fn lay_out(root: &Path, source: &Path) -> Result<()> {
    if source.exists() {
        std::fs::remove_dir_all(source).with_context(|| source.display().to_string())?;
    }
    let text = |path: &Path| {
        let whole = root.join(path);
        std::fs::read_to_string(&whole).with_context(|| whole.display().to_string())
    };
    let summary = text(Path::new(SUMMARY))?;
    let chapters: BTreeSet<PathBuf> =
        links(&summary).filter_map(|link| target(Path::new(SUMMARY), link)).collect();
    ensure!(!chapters.is_empty(), "{SUMMARY} names no pages");
    let mut files = chapters.clone();
    for chapter in &chapters {
        let text = text(chapter)?;
        let leads_to = links(&text).filter_map(|link| target(chapter, link));
        // Of pages only those in the summary become part of a book.
        let other = |path: &PathBuf| !is_page(path) && root.join(path).is_file();
        files.extend(leads_to.filter(other));
    }
    for file in &files {
        let place = source.join(file);
        std::fs::create_dir_all(place.parent().unwrap_or(source))?;
        std::fs::copy(root.join(file), &place).with_context(|| file.display().to_string())?;
    }
    std::fs::write(source.join("SUMMARY.md"), from_the_root(&summary))?;
    Ok(())
}

/// The summary with its links as they are from the repository's root, where the book's begins.
fn from_the_root(summary: &str) -> String {
    let line = |line: &str| match (line.find("]("), line.rfind(')')) {
        (Some(at), Some(end)) if at < end => match target(Path::new(SUMMARY), &line[at + 2..end]) {
            Some(path) => format!("{}]({})\n", &line[..at], path.display()),
            None => format!("{line}\n"),
        },
        _ => format!("{line}\n"),
    };
    summary.lines().map(line).collect()
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

/// What stands between the brackets of Markdown's links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// The file that a link of `page` leads to, from the root; none where that is elsewhere, or the page itself.
fn target(page: &Path, link: &str) -> Option<PathBuf> {
    let file = link.split('#').next().filter(|file| !file.is_empty() && !file.contains(':'))?;
    let mut path = PathBuf::new();
    for part in page.parent()?.join(file).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if path.pop() => {}
            Component::CurDir => {}
            _ => return None,
        }
    }
    Some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_page_that_they_stand_on() {
        let cases = [
            ("docs/a.md", "b.md#part", Some("docs/b.md")),
            ("docs/a.md", "../editors/README.md", Some("editors/README.md")),
            ("docs/a.md", "./pictures/p.svg", Some("docs/pictures/p.svg")),
            ("README.md", "docs/a.md", Some("docs/a.md")),
            ("README.md", "../elsewhere.md", None),
            ("docs/a.md", "/etc/passwd", None),
            ("docs/a.md", "#part", None),
            ("docs/a.md", "https://example.org/a.md", None),
        ];
        for (page, link, expected) in cases {
            assert_eq!(target(Path::new(page), link), expected.map(PathBuf::from), "{page} {link}");
        }
    }

    #[test]
    fn the_summary_is_told_from_the_root() {
        let summary =
            "# Summary\n\n[Start](../README.md)\n\n- [Install (by hand)](install.md)\n- [Later]()\n";
        let expected =
            "# Summary\n\n[Start](README.md)\n\n- [Install (by hand)](docs/install.md)\n- [Later]()\n";
        assert_eq!(from_the_root(summary), expected);
    }

    #[test]
    fn what_the_chapters_lead_to_is_laid_out_as_it_lies() {
        let root = std::env::temp_dir().join(format!("trust-xtask-docs-{}", std::process::id()));
        let source = root.join("target/docs-source");
        let files = [
            ("README.md", "[page](docs/a.md), [none](gone.txt), [not a chapter](docs/c.md)"),
            ("docs/SUMMARY.md", "[Start](../README.md)\n- [A](a.md)\n"),
            ("docs/a.md", "![p](pictures/p.svg) [source](../server/lib.rs#L1)"),
            ("docs/c.md", ""),
            ("docs/pictures/p.svg", "<svg/>"),
            ("server/lib.rs", ""),
            ("target/docs-source/old.md", ""),
        ];
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let laid_out = lay_out(&root, &source);
        let is_there = |path: &str| source.join(path).is_file();
        let expected = ["SUMMARY.md", "README.md", "docs/a.md", "docs/pictures/p.svg", "server/lib.rs"];
        let (missing, wrong): (Vec<_>, Vec<_>) = (
            expected.into_iter().filter(|path| !is_there(path)).collect(),
            ["old.md", "docs/c.md", "docs/SUMMARY.md"].into_iter().filter(|path| is_there(path)).collect(),
        );
        std::fs::remove_dir_all(&root).unwrap();
        laid_out.unwrap();
        assert_eq!((missing, wrong), (Vec::<&str>::new(), Vec::<&str>::new()));
    }
}
