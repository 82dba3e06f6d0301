//! Where a program is, by its name.

use std::io::{Error, ErrorKind, Result};
use std::path::{Path, PathBuf};

/// The program in the folders of `PATH` in the environment that it is to have, not in ours. The standard library would look there in
/// another process, with which it speaks over a pair of sockets.
pub(crate) fn find(name: &str, environment: &[(String, String)]) -> Result<PathBuf> {
    if name.contains(std::path::is_separator) || !cfg!(unix) {
        return Ok(name.into());
    }
    let path = environment.iter().find(|(key, _)| key == "PATH").map_or("", |(_, value)| value.as_str());
    let found = std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_program(file));
    found.ok_or_else(|| Error::new(ErrorKind::NotFound, "it is in none of the folders of PATH"))
}

fn is_program(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else { return false };
    #[cfg(unix)]
    let may_run = std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o111 != 0;
    #[cfg(not(unix))]
    let may_run = true;
    metadata.is_file() && may_run
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_program_is_looked_for_where_it_would_be_run() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        for (file, mode) in [("a/tool", 0o644), ("b/tool", 0o755), ("c/tool", 0o755)] {
            fs::create_dir_all(place(file).parent().unwrap()).unwrap();
            fs::File::create(place(file)).unwrap();
            fs::set_permissions(place(file), Permissions::from_mode(mode)).unwrap();
        }
        let path = std::env::join_paths(["a", "nowhere", "b", "c"].map(place)).unwrap();
        let environment = [("PATH".to_owned(), path.to_string_lossy().into_owned())];
        assert_eq!(find("tool", &environment).unwrap(), place("b/tool"));
        assert_eq!(find("./tool", &environment).unwrap(), Path::new("./tool"));
        assert_eq!(find("cat", &environment).unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(find("cat", &[]).unwrap_err().kind(), ErrorKind::NotFound);
    }
}
