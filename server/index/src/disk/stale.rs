//! Indexes of workspaces that are gone do not stay: names of their code would lie there for good.

use super::bytes::Writer;
use crate::private::private_file;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// In the folder of each index: the roots that it is of, written anew by each start.
const ROOTS: &str = "roots";
/// A folder that is missing may be on a disk that is not always there.
const KEPT: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// What tells one workspace's index from another's.
pub(super) fn key(roots: &[&Path]) -> Vec<u8> {
    let mut key = Writer::default();
    for root in roots {
        key.0.extend_from_slice(root.as_os_str().as_encoded_bytes());
        key.0.push(0);
    }
    key.0
}

/// Notes whose index the folder is.
pub(super) fn note(folder: &Path, key: &[u8]) -> io::Result<()> {
    private_file().create(true).truncate(true).open(folder.join(ROOTS))?.write_all(key)
}

/// Removes the indexes in `all` whose roots are gone and which nobody has opened for [`KEPT`].
pub(super) fn sweep(all: &Path, now: SystemTime) {
    for folder in fs::read_dir(all).into_iter().flatten().flatten() {
        let folder = folder.path();
        if is_stale(&folder, now) && is_free(&folder) {
            let removed = fs::remove_dir_all(&folder);
            tracing::debug!(ok = removed.is_ok(), "the index of a workspace that is gone is removed");
        }
    }
}

fn is_stale(folder: &Path, now: SystemTime) -> bool {
    let read = || -> io::Result<(Vec<u8>, SystemTime)> {
        let file = folder.join(ROOTS);
        Ok((fs::read(&file)?, fs::metadata(&file)?.modified()?))
    };
    // An index of an earlier version says nothing of itself, but for when it was written.
    let Ok((roots, opened)) = read() else {
        let written = fs::metadata(folder.join("segment")).and_then(|segment| segment.modified());
        return written.is_ok_and(|written| is_old(written, now));
    };
    is_old(opened, now) && roots.split(|byte| *byte == 0).filter(|root| !root.is_empty()).all(is_gone)
}

fn is_old(time: SystemTime, now: SystemTime) -> bool {
    now.duration_since(time).is_ok_and(|age| age > KEPT)
}

fn is_gone(root: &[u8]) -> bool {
    #[cfg(unix)]
    let root: OsString = std::os::unix::ffi::OsStringExt::from_vec(root.to_vec());
    #[cfg(not(unix))]
    let root: OsString = String::from_utf8_lossy(root).into_owned().into();
    matches!(PathBuf::from(root).try_exists(), Ok(false))
}

/// Whether no server writes there.
fn is_free(folder: &Path) -> bool {
    let lock: io::Result<File> = OpenOptions::new().write(true).open(folder.join("lock"));
    lock.is_ok_and(|lock| lock.try_lock().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_gone_and_old_is_removed() {
        let cache = tempfile::tempdir().unwrap();
        let (here, gone) = (cache.path().to_owned(), cache.path().join("gone"));
        let day = Duration::from_secs(24 * 60 * 60);
        let now = SystemTime::now();
        let cases: [(&str, Option<Vec<&Path>>, u32, bool, bool); 6] = [
            // (name, roots, days ago, in use, stays)
            ("gone", Some(vec![&gone]), 31, false, false),
            ("lately", Some(vec![&gone]), 29, false, true),
            ("one of two", Some(vec![&gone, &here]), 31, false, true),
            ("in use", Some(vec![&gone]), 31, true, true),
            ("earlier version", None, 31, false, false),
            ("of yesterday", None, 1, false, true),
        ];
        let all = cache.path().join("index");
        let mut locks = Vec::new();
        for (name, roots, days, in_use, _) in &cases {
            let folder = all.join(name);
            fs::create_dir_all(&folder).unwrap();
            let lock = File::create(folder.join("lock")).unwrap();
            if *in_use {
                lock.try_lock().unwrap();
                locks.push(lock);
            }
            File::create(folder.join("segment")).unwrap();
            if let Some(roots) = roots {
                note(&folder, &key(roots)).unwrap();
            }
            for file in ["segment", ROOTS] {
                if let Ok(file) = OpenOptions::new().append(true).open(folder.join(file)) {
                    file.set_modified(now - *days * day).unwrap();
                }
            }
        }
        sweep(&all, now);
        for (name, .., stays) in cases {
            assert_eq!(all.join(name).exists(), stays, "{name}");
        }
    }
}
