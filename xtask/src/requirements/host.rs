//! The machine as the detection of requirements sees it: variables, directories, programs. Behind a
//! trait, so that every missing package can be simulated in a test.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

pub trait Host {
    fn variable(&self, name: &str) -> Option<String>;

    /// Names of the entries of a directory, sorted; none when it cannot be read.
    fn entries(&self, directory: &Path) -> Vec<String>;

    /// What a program prints, when it can be run and succeeds.
    fn output(&self, program: &str, arguments: &[&str]) -> Option<String>;

    /// The content of a small text file.
    fn text(&self, path: &Path) -> Option<String>;
}

pub struct ThisMachine;

impl Host for ThisMachine {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn entries(&self, directory: &Path) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn output(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let output =
            Command::new(program).args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn text(&self, path: &Path) -> Option<String> {
        std::fs::read_to_string(path).ok()
    }
}

/// The paths that match `pattern`, in which `*` stands for any characters within one component.
pub fn expand(host: &dyn Host, pattern: &str) -> Vec<PathBuf> {
    let mut found = vec![PathBuf::from("/")];
    for component in pattern.split('/').filter(|component| !component.is_empty()) {
        found = found
            .iter()
            .flat_map(|directory| {
                host.entries(directory)
                    .into_iter()
                    .filter(|name| matches(component, name))
                    .map(|name| directory.join(name))
            })
            .collect();
    }
    found
}

/// Whether `name` fits `pattern`, in which `*` stands for any characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == name };
    name.strip_prefix(head)
        .is_some_and(|name| name.char_indices().any(|(at, _)| matches(rest, &name[at..])) || rest.is_empty())
}

#[cfg(test)]
pub mod fake {
    use super::*;
    use std::collections::BTreeMap;

    /// A machine that exists only as lists: files by full path, answers by command line.
    #[derive(Default)]
    pub struct Machine {
        pub variables: BTreeMap<String, String>,
        pub files: BTreeMap<String, String>,
        pub programs: BTreeMap<String, String>,
    }

    impl Machine {
        pub fn variable(mut self, name: &str, value: &str) -> Self {
            self.variables.insert(name.into(), value.into());
            self
        }

        pub fn file(mut self, path: &str) -> Self {
            self.files.insert(path.into(), String::new());
            self
        }

        pub fn text(mut self, path: &str, content: &str) -> Self {
            self.files.insert(path.into(), content.into());
            self
        }

        pub fn program(mut self, line: &str, output: &str) -> Self {
            self.programs.insert(line.into(), output.into());
            self
        }
    }

    impl Host for Machine {
        fn variable(&self, name: &str) -> Option<String> {
            self.variables.get(name).cloned()
        }

        fn entries(&self, directory: &Path) -> Vec<String> {
            let mut names: Vec<_> = self
                .files
                .keys()
                .filter_map(|path| Path::new(path).strip_prefix(directory).ok())
                .filter_map(|rest| Some(rest.components().next()?.as_os_str().to_str()?.to_owned()))
                .collect();
            names.dedup();
            names
        }

        fn output(&self, program: &str, arguments: &[&str]) -> Option<String> {
            let line: Vec<_> = std::iter::once(program).chain(arguments.iter().copied()).collect();
            self.programs.get(&line.join(" ")).cloned()
        }

        fn text(&self, path: &Path) -> Option<String> {
            self.files.get(path.to_str()?).cloned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fake::Machine, *};

    #[test]
    fn a_star_stays_within_a_name() {
        assert!(matches("libclang-*.so*", "libclang-14.so.1"));
        assert!(matches("lib*", "lib"));
        assert!(matches("lib*", "lib64"));
        assert!(!matches("libclang.so", "libclang.so.1"));
        assert!(!matches("*.so", "libclang.so.1"));
    }

    #[test]
    fn patterns_are_expanded_component_by_component() {
        let machine = Machine::default().file("/usr/lib/llvm-14/lib/a").file("/usr/lib64/llvm-17/lib/a");
        assert_eq!(
            expand(&machine, "/usr/lib*/llvm-*/lib"),
            [Path::new("/usr/lib/llvm-14/lib"), Path::new("/usr/lib64/llvm-17/lib")]
        );
    }
}
