//! Code actions that a workspace defines: Markdown files in `.trust/actions`, each with a title in its front matter; the text
//! below is what a model is told. They are read only where the user trusts the workspace.
#![allow(
    clippy::disallowed_methods,
    reason = "configuration of a workspace, which ignore rules say nothing of"
)]

use crate::file::read;
use std::fs;
use std::path::Path;

const FOLDER: &str = ".trust/actions";
/// Files that count, in the order of their names, and the longest of each, in bytes.
const FILES: usize = 32;
const LONGEST: usize = 16 << 10;
const TITLE: usize = 80;

/// An action of a workspace's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAction {
    pub title: String,
    pub instruction: String,
}

/// The actions of a workspace that is trusted, and what is wrong with files among them: file and reason.
pub fn user_actions(root: &Path) -> (Vec<UserAction>, Vec<String>) {
    let (mut actions, mut problems) = (Vec::new(), Vec::new());
    let folder = root.join(FOLDER);
    let Ok(entries) = fs::read_dir(&folder) else { return (actions, problems) };
    let mut files: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "md"));
    files.sort();
    files.truncate(FILES);
    // A link that leaves the workspace is not followed.
    let inside = |path: &Path| Some(path.canonicalize().ok()?.starts_with(root.canonicalize().ok()?));
    for path in files {
        let action = match inside(&path) {
            Some(true) => {
                read(&path).map_err(|(_, why)| why).and_then(|text| parse(&text.unwrap_or_default()))
            }
            _ => Err("leads out of the workspace".into()),
        };
        match action {
            Ok(action) => actions.push(action),
            Err(why) => problems.push(format!("{}: {why}", path.display())),
        }
    }
    (actions, problems)
}

pub(crate) fn parse(text: &str) -> Result<UserAction, String> {
    if text.len() > LONGEST {
        return Err(format!("is longer than {} KiB", LONGEST >> 10));
    }
    let text = text.replace("\r\n", "\n");
    let front = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n"));
    let (front, body) =
        front.ok_or("begins with no front matter: `---`, `title: ...`, `---`, each on a line")?;
    let mut title = None;
    for line in front.lines().map(str::trim).filter(|line| !line.is_empty()) {
        match line.split_once(':') {
            Some(("title", value)) => title = Some(value.trim().trim_matches(['"', '\'']).to_owned()),
            _ => return Err(format!("{line:?} in its front matter means nothing; `title` is known")),
        }
    }
    let title = title.filter(|title| !title.is_empty()).ok_or("has no `title` in its front matter")?;
    if title.chars().count() > TITLE {
        return Err(format!("its title is longer than {TITLE} characters"));
    }
    match body.trim() {
        "" => Err("says nothing below its front matter".into()),
        body => Ok(UserAction { title, instruction: body.to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_read_and_what_is_wrong_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root");
        fs::create_dir_all(root.join(FOLDER)).unwrap();
        let cases = [
            ("a.md", "---\ntitle: \"Make it async\"\n---\nUse async.\n", ""),
            ("b.md", "---\r\ntitle: B\r\n---\r\n\r\nDo b.\r\n", ""),
            ("c.md", "Do it.", "no front matter"),
            ("d.md", "---\nname: x\n---\nDo it.", "means nothing"),
            ("e.md", "---\n\n---\nDo it.", "no `title`"),
            ("f.md", "---\ntitle: x\n---\n  \n", "says nothing"),
            ("g.md", &format!("---\ntitle: {}\n---\nDo it.", "x".repeat(99)), "longer than 80"),
            ("h.md", &format!("---\ntitle: x\n---\n{}", "x".repeat(LONGEST)), "longer than 16"),
            ("i.txt", "no action", ""),
        ];
        for (name, text, _) in &cases {
            fs::write(root.join(FOLDER).join(name), text).unwrap();
        }
        let outside = folder.path().join("outside.md");
        fs::write(&outside, cases[0].1).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(&outside, root.join(FOLDER).join("z.md")).unwrap();
        let (actions, problems) = user_actions(&root);
        let action = |title: &str, instruction: &str| UserAction {
            title: title.into(),
            instruction: instruction.into(),
        };
        assert_eq!(actions, [action("Make it async", "Use async."), action("B", "Do b.")]);
        let wrong: Vec<&str> = cases.iter().map(|case| case.2).filter(|told| !told.is_empty()).collect();
        for (told, expected) in problems.iter().zip(wrong) {
            assert!(told.contains(expected), "{told}");
        }
        assert_eq!(problems.len(), if cfg!(unix) { 7 } else { 6 });
        assert_eq!(user_actions(&folder.path().join("none")), (Vec::new(), Vec::new()));
    }
}
