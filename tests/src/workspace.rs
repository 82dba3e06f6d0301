//! A folder with files, made for one test.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A temporary folder that lasts as long as this value.
pub struct Workspace {
    folder: TempDir,
}

impl Workspace {
    pub fn empty() -> Self {
        Self {
            folder: tempfile::Builder::new().prefix("trust-tests-").tempdir().expect("a temporary folder"),
        }
    }

    /// With these files: path and content.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let workspace = Self::empty();
        files.iter().for_each(|(path, content)| workspace.write(path, content));
        workspace
    }

    /// Marks the folder as a git repository, the least that counts as one.
    pub fn git(self) -> Self {
        self.write(".git/HEAD", "ref: refs/heads/main\n");
        self.write(".git/config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
        for folder in ["objects", "refs/heads"] {
            std::fs::create_dir_all(self.path(".git").join(folder)).expect("a folder");
        }
        self
    }

    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(&path, content).expect("a file");
    }

    pub fn remove(&self, path: &str) {
        std::fs::remove_file(self.path(path)).expect("a file to remove");
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// The URI of a file in it; of the folder itself for an empty path.
    pub fn uri(&self, path: &str) -> String {
        let path = if path.is_empty() { self.root().to_path_buf() } else { self.path(path) };
        format!("file://{}", path.to_str().expect("a path of utf-8"))
    }
}
