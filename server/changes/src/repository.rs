//! A repository, opened so that nothing in it can act: no filter, hook or conversion is compiled in, `GIT_*`
//! variables count for nothing, and a working tree that the repository places elsewhere is not followed.

use crate::{Problem, Reader};
use gix::ObjectId;
use gix::bstr::{BStr, BString};
use std::path::{Path, PathBuf};

pub struct Repository {
    pub(crate) git: gix::Repository,
    /// Canonical.
    root: PathBuf,
    /// In place of the repository's own index.
    index: Option<PathBuf>,
}

/// What is checked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    Branch(String),
    /// A commit on no branch.
    Detached,
    /// A branch without a commit.
    Unborn,
}

impl Repository {
    /// The repository that `folder` is in.
    ///
    /// # Errors
    /// [`Problem::NoRepository`], [`Problem::Bare`], [`Problem::Elsewhere`], [`Problem::Sha256`], or
    /// [`Problem::Unreadable`].
    pub fn open(folder: &Path) -> Result<Self, Problem> {
        let folder = folder.canonicalize().map_err(|_| Problem::NoRepository(folder.to_owned()))?;
        let root = folder.ancestors().find(|at| at.join(".git").exists());
        let Some(root) = root else {
            let bare = |at: &&Path| at.join("HEAD").is_file() && at.join("objects").is_dir();
            return Err(match folder.ancestors().find(bare) {
                Some(bare) => Problem::Bare(bare.to_owned()),
                None => Problem::NoRepository(folder),
            });
        };
        let git = gix::open_opts(root, options()).map_err(Problem::unreadable)?;
        if git.object_hash() != gix::hash::Kind::Sha1 {
            return Err(Problem::Sha256);
        }
        match git.workdir().map(Path::canonicalize) {
            None => return Err(Problem::Bare(root.to_owned())),
            Some(Ok(at)) if at == root => {}
            Some(_) => return Err(Problem::Elsewhere(root.to_owned())),
        }
        let mut git = git;
        git.object_cache_size_if_unset(16 << 20);
        Ok(Self { git, root: root.to_owned(), index: None })
    }

    /// The working tree that a file within git's own folder is for, as the message of a commit is: the linked one or the
    /// submodule, not what lies around that folder. None where the two do not name each other.
    pub fn working_tree_of(file: &Path) -> Option<PathBuf> {
        let folder = file.parent()?.canonicalize().ok()?;
        if !folder.join("HEAD").is_file() {
            return None;
        }
        let tree = gix::open_opts(&folder, options()).ok()?.workdir()?.canonicalize().ok()?;
        let back = gix::open_opts(&tree, options()).ok()?.git_dir().canonicalize().ok()?;
        (back == folder).then_some(tree)
    }

    /// With another index: the one that git made for a commit in progress, beside the repository's own. A path that is not
    /// absolute is seen from the working tree's top, where git runs hooks.
    ///
    /// # Errors
    /// [`Problem::IndexElsewhere`].
    pub fn with_index(self, index: &Path) -> Result<Self, Problem> {
        let elsewhere = || Problem::IndexElsewhere(index.to_owned());
        let found = self.root.join(index).canonicalize().map_err(|_| elsewhere())?;
        let own = self.git.git_dir().canonicalize().map_err(Problem::unreadable)?;
        if found.parent() != Some(own.as_path()) || !found.is_file() {
            return Err(elsewhere());
        }
        Ok(Self { index: Some(found), ..self })
    }

    pub(crate) fn index(&self) -> Result<gix::index::File, Problem> {
        match &self.index {
            Some(path) => gix::index::File::at(path, gix::hash::Kind::Sha1, false, Default::default())
                .map_err(Problem::unreadable),
            None => self.git.index_or_empty().map(|index| (**index).clone()).map_err(Problem::unreadable),
        }
    }

    /// The working tree's folder, canonical.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository's own folder, where hooks are looked for unless it is configured otherwise.
    pub fn git_folder(&self) -> &Path {
        self.git.common_dir()
    }

    /// Every path that the index tracks; none where it cannot be read.
    pub fn tracked(&self) -> std::collections::HashSet<String> {
        let Ok(index) = self.index() else { return Default::default() };
        index.entries().iter().map(|entry| entry.path(&index).to_string()).collect()
    }

    /// Where hooks are, if not in the repository's own folder.
    pub fn hooks_elsewhere(&self) -> Option<String> {
        self.git.config_snapshot().string("core.hooksPath").map(|path| path.to_string())
    }

    /// The program for long answers by the user's own configuration, or the machine's. The repository's counts for nothing.
    pub fn pager(&self) -> Option<String> {
        let own =
            |meta: &gix::config::file::Metadata| meta.source.kind() < gix::config::source::Kind::Repository;
        let config = self.git.config_snapshot();
        config.plumbing().string_filter("core.pager", own).map(|pager| pager.to_string())
    }

    /// Who commits here, as `NAME <ADDRESS>`, by the configuration; `None` where that does not say both.
    pub fn committer(&self) -> Option<String> {
        let config = self.git.config_snapshot();
        let plain =
            |key| Some(crate::file::shown(config.string(key)?.as_ref())).filter(|text| !text.is_empty());
        Some(format!("{} <{}>", plain("user.name")?, plain("user.email")?))
    }

    /// What begins the lines in a commit's message that are git's own: the last that the configuration says.
    pub fn comment(&self) -> String {
        let config = self.git.config_snapshot();
        let sections = config.plumbing().sections_by_name("core").into_iter().flatten();
        let own = sections.filter(|section| section.header().subsection_name().is_none());
        let said = own.flat_map(|section| {
            let keys = section.value_names().filter(|name| {
                ["commentChar", "commentString"].iter().any(|key| name.eq_ignore_ascii_case(key))
            });
            keys.filter_map(|name| section.value(name)).collect::<Vec<_>>()
        });
        let last = said.last().map(|value| value.to_string()).unwrap_or_default();
        // In a message that is empty, git would choose the usual sign itself.
        if last.is_empty() || last.eq_ignore_ascii_case("auto") { "#".to_owned() } else { last }
    }

    /// What is checked out.
    ///
    /// # Errors
    /// [`Problem::Unreadable`].
    pub fn head(&self) -> Result<Head, Problem> {
        let head = self.git.head().map_err(Problem::unreadable)?;
        if head.is_unborn() {
            return Ok(Head::Unborn);
        }
        Ok(match head.referent_name() {
            Some(name) => Head::Branch(name.shorten().to_string()),
            None => Head::Detached,
        })
    }

    pub fn is_shallow(&self) -> bool {
        self.git.is_shallow().unwrap_or(false)
    }

    /// The name of a revision in full, or of the empty tree for a branch without a commit.
    pub(crate) fn head_tree(&self) -> Result<ObjectId, Problem> {
        self.git.head_tree_id_or_empty().map(|id| id.detach()).map_err(Problem::unreadable)
    }

    /// The commit that `revision` names, as hexadecimal digits.
    ///
    /// # Errors
    /// [`Problem::NoRevision`], [`Problem::Shallow`], [`Problem::Unborn`].
    pub fn commit(&self, revision: &str) -> Result<String, Problem> {
        self.resolve(revision).map(|id| id.to_string())
    }

    pub(crate) fn resolve(&self, revision: &str) -> Result<ObjectId, Problem> {
        let missing = || {
            if self.is_shallow() {
                Problem::Shallow(revision.to_owned())
            } else if self.head() == Ok(Head::Unborn) {
                Problem::Unborn
            } else {
                Problem::NoRevision(revision.to_owned())
            }
        };
        // A revision is no option, and its name no path.
        if revision.is_empty() || revision.starts_with('-') {
            return Err(Problem::NoRevision(revision.to_owned()));
        }
        let id = self.git.rev_parse_single(revision).map_err(|_| missing())?;
        let object = id.object().map_err(|_| missing())?;
        object.peel_to_commit().map(|commit| commit.id).map_err(|_| missing())
    }

    pub(crate) fn tree_of(&self, commit: ObjectId) -> Result<ObjectId, Problem> {
        let commit = self.git.find_commit(commit).map_err(Problem::unreadable)?;
        commit.tree_id().map(|id| id.detach()).map_err(Problem::unreadable)
    }

    /// The tree before a commit: its first parent's, or the empty one.
    pub(crate) fn tree_before(&self, commit: ObjectId) -> Result<ObjectId, Problem> {
        let commit = self.git.find_commit(commit).map_err(Problem::unreadable)?;
        match commit.parent_ids().next().map(|id| id.detach()) {
            None => Ok(ObjectId::empty_tree(gix::hash::Kind::Sha1)),
            Some(parent) if self.git.has_object(parent) => self.tree_of(parent),
            Some(parent) => Err(Problem::Shallow(parent.to_string())),
        }
    }

    /// An absolute path as this repository calls it, if it is one of its files and may be read.
    pub(crate) fn inside(&self, path: &Path, reader: &dyn Reader) -> Result<BString, Problem> {
        let outside = || Problem::Outside(path.to_owned());
        // Of a file that is gone, the folder is still known by its true name.
        let folder = path.parent().and_then(|folder| folder.canonicalize().ok());
        let name = path.file_name().ok_or_else(outside)?;
        let path = folder.map_or_else(|| path.to_owned(), |folder| folder.join(name));
        let inside = path.strip_prefix(&self.root).map_err(|_| outside())?;
        reader.allows(&path).map_err(|_| Problem::Withheld(inside.display().to_string()))?;
        Ok(gix::path::into_bstr(inside).map_err(Problem::unreadable)?.into_owned())
    }

    /// What a commit has at a path.
    pub(crate) fn blob_at(&self, commit: ObjectId, path: &BStr) -> Result<Option<ObjectId>, Problem> {
        Ok(self.trees_at(commit, path, &[])?.and_then(|trees| trees.last().copied()))
    }

    /// The objects from a commit's tree down to a path, as far as there are any. Where one is the same as in
    /// `known`, all below it are, and nothing more is read.
    pub(crate) fn trees_at(
        &self,
        commit: ObjectId,
        path: &BStr,
        known: &[ObjectId],
    ) -> Result<Option<Vec<ObjectId>>, Problem> {
        let mut at = self.tree_of(commit)?;
        let mut found = vec![at];
        for part in path.split(|byte| *byte == b'/') {
            if known.get(found.len() - 1) == Some(&at) {
                found.extend(known.get(found.len()..).unwrap_or_default());
                return Ok(Some(found));
            }
            let Ok(tree) = self.git.find_tree(at) else { return Ok(None) };
            let Some(next) = tree.find_entry(part).map(|entry| entry.object_id()) else {
                return Ok(None);
            };
            at = next;
            found.push(at);
        }
        Ok(Some(found))
    }

    /// The newest common ancestor.
    pub(crate) fn merge_base(&self, one: &str, other: &str) -> Result<ObjectId, Problem> {
        let (a, b) = (self.resolve(one)?, self.resolve(other)?);
        let base = self.git.merge_base(a, b).ok().flatten();
        base.map(|id| id.detach()).ok_or_else(|| {
            if self.is_shallow() {
                Problem::Shallow(one.to_owned())
            } else {
                Problem::Unrelated(one.to_owned(), other.to_owned())
            }
        })
    }

    /// Whether the file system says which files are executable.
    pub(crate) fn has_modes(&self) -> bool {
        self.git.config_snapshot().boolean("core.fileMode").unwrap_or(true)
    }

    /// Whether line endings are converted between the working tree and the repository.
    pub(crate) fn converts_line_endings(&self) -> bool {
        let value = self.git.config_snapshot().string("core.autocrlf");
        value.is_some_and(|value| matches!(value.to_string().to_lowercase().as_str(), "true" | "input"))
    }
}

/// The repository's own configuration and the user's, without includes and without the environment.
fn options() -> gix::open::Options {
    let allow = gix::sec::Permission::Allow;
    let mut permissions = gix::open::Permissions::isolated();
    permissions.config.user = true;
    permissions.config.git = true;
    permissions.config.system = true;
    permissions.env.home = allow;
    permissions.env.xdg_config_home = allow;
    gix::open::Options::default().permissions(permissions)
}
