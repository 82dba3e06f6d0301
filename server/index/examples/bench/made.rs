//! Trees of any size, made of the real files below a directory: those over and over again, with a third of their
//! names changed in each copy, since a larger project has more names, not only more of the same.

use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use trust_grammars::{Language, identifiers};
use trust_index::Snapshot;

/// A source of what is made.
pub struct Source {
    path: PathBuf,
    language: Language,
    text: String,
}

/// The files of an index, in an order without a pattern.
pub fn sources(snapshot: &Snapshot, largest: usize) -> Vec<Source> {
    let read = |file| {
        let path = snapshot.path(file).to_owned();
        let text = fs::read_to_string(&path).ok().filter(|text| text.len() <= largest)?;
        Some(Source { language: snapshot.language(file)?, path, text })
    };
    let mut sources: Vec<Source> = snapshot.file_ids().filter_map(read).collect();
    sources.sort_by_key(|source| hash(&source.path));
    sources
}

/// Writes files below `root` until `enough` of files and lines says so.
pub fn write(root: &Path, sources: &[Source], enough: impl Fn(usize, usize) -> bool) -> io::Result<()> {
    let old = SystemTime::now() - Duration::from_secs(3_600);
    let (mut files, mut lines) = (0, 0);
    for copy in 0.. {
        for source in sources {
            if enough(files, lines) {
                return Ok(());
            }
            let folder = root.join(format!("part{copy}/folder{}", files / 40));
            fs::create_dir_all(&folder)?;
            let extension = source.path.extension().unwrap_or_default().to_string_lossy().into_owned();
            let mut file = File::create(folder.join(format!("file{files}.{extension}")))?;
            file.write_all(renamed(source, copy).as_bytes())?;
            // What was written a moment ago may change again, and is read anew.
            file.set_modified(old)?;
            files += 1;
            lines += source.text.lines().count();
        }
    }
    Ok(())
}

fn renamed(source: &Source, copy: usize) -> String {
    let mut text = String::with_capacity(source.text.len() + source.text.len() / 8);
    let mut done = 0;
    for range in identifiers(&source.text).filter(|_| copy > 0) {
        let name = &source.text[range.clone()];
        if name.len() > 3 && hash(&name).is_multiple_of(3) && !source.language.keywords().contains(&name) {
            text.push_str(&source.text[done..range.end]);
            text.push_str(&format!("_{copy}"));
            done = range.end;
        }
    }
    text.push_str(&source.text[done..]);
    text
}

fn hash(what: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    what.hash(&mut hasher);
    hasher.finish()
}
