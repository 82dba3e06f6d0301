//! Looks for libclang as bindgen does (by way of clang-sys), so that a build that passes here does
//! not fail a minute later: a library that can be loaded at run time, and the compiler's own headers.

use super::host::{Host, expand, matches};
use std::path::{Path, PathBuf};

/// File names that bindgen loads at run time. `libclang-cpp` is another library.
const LIBRARIES: &[&str] =
    &["libclang.so", "libclang-*.so", "libclang.so.*", "libclang-*.so.*", "libclang.dylib"];

const DIRECTORIES: &[&str] = &[
    "/usr/local/llvm*/lib*",
    "/usr/local/lib*/*/*",
    "/usr/local/lib*/*",
    "/usr/local/lib*",
    "/usr/lib*/*/*",
    "/usr/lib*/*",
    "/usr/lib*",
    "/usr/local/opt/llvm*/lib/llvm*/lib",
    "/Library/Developer/CommandLineTools/usr/lib",
    "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
    "/usr/local/opt/llvm*/lib",
];

/// Where distributions keep `stddef.h` and its kin when they are not beside the library.
const HEADERS: &[&str] =
    &["/usr/lib*/clang/*/include/stddef.h", "/usr/lib*/llvm-*/lib/clang/*/include/stddef.h"];

/// The library that bindgen would load.
pub fn library(host: &dyn Host) -> Option<PathBuf> {
    if let Some(path) = host.variable("LIBCLANG_PATH") {
        // Once the variable is set bindgen looks nowhere else.
        let path = PathBuf::from(path);
        return match path.parent() {
            Some(parent) if libraries_in(host, parent).contains(&path) => Some(path),
            _ => libraries_in(host, &path).into_iter().next(),
        };
    }
    let mut directories = Vec::new();
    let llvm_config = host.variable("LLVM_CONFIG_PATH").unwrap_or_else(|| "llvm-config".into());
    if let Some(prefix) = host.output(&llvm_config, &["--prefix"]) {
        let prefix = PathBuf::from(prefix.trim());
        directories.extend(["bin", "lib", "lib64"].map(|name| prefix.join(name)));
    }
    for variable in ["LD_LIBRARY_PATH", "LIBRARY_PATH"] {
        let value = host.variable(variable).unwrap_or_default();
        directories.extend(value.split(':').filter(|path| !path.is_empty()).map(PathBuf::from));
    }
    directories.extend(DIRECTORIES.iter().flat_map(|pattern| expand(host, pattern)));
    directories.iter().find_map(|directory| libraries_in(host, directory).into_iter().next())
}

/// Whether libclang will find its own headers; without them every C header fails to parse.
pub fn has_headers(host: &dyn Host, library: &Path) -> bool {
    // Who passes arguments to bindgen's clang names the headers there (NixOS does).
    if host.variable("BINDGEN_EXTRA_CLANG_ARGS").is_some() {
        return true;
    }
    let beside =
        library.parent().map(|directory| format!("{}/clang/*/include/stddef.h", directory.display()));
    HEADERS.iter().copied().chain(beside.as_deref()).any(|pattern| !expand(host, pattern).is_empty())
}

/// `14.0.6` of `libclang-14.0.6.so`; the version is in the name or unknown.
pub fn version(library: &Path) -> Option<String> {
    let name = library.file_name()?.to_str()?;
    let digits = name.trim_start_matches(|character: char| !character.is_ascii_digit());
    let end = digits
        .find(|character: char| !character.is_ascii_digit() && character != '.')
        .unwrap_or(digits.len());
    let version = digits[..end].trim_matches('.');
    (!version.is_empty()).then(|| version.to_owned())
}

fn libraries_in(host: &dyn Host, directory: &Path) -> Vec<PathBuf> {
    host.entries(directory)
        .into_iter()
        .filter(|name| !name.contains("-cpp.") && LIBRARIES.iter().any(|pattern| matches(pattern, name)))
        .map(|name| directory.join(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::host::fake::Machine, *};

    fn found(machine: &Machine) -> Option<String> {
        library(machine).map(|path| path.display().to_string())
    }

    #[test]
    fn a_bare_machine_has_none() {
        let machine =
            Machine::default().file("/usr/lib/x86_64-linux-gnu/libclang-cpp.so.14").file("/usr/bin/cc");
        assert_eq!(found(&machine), None);
    }

    #[test]
    fn debian_keeps_it_under_llvm() {
        let machine = Machine::default()
            .file("/usr/lib/llvm-14/lib/libclang-14.0.6.so")
            .file("/usr/lib/llvm-14/lib/clang/14.0.6/include/stddef.h");
        assert_eq!(found(&machine).as_deref(), Some("/usr/lib/llvm-14/lib/libclang-14.0.6.so"));
        assert!(has_headers(&machine, Path::new("/usr/lib/llvm-14/lib/libclang-14.0.6.so")));
    }

    #[test]
    fn the_library_alone_is_not_enough() {
        let machine = Machine::default().file("/usr/lib/x86_64-linux-gnu/libclang-14.so.1");
        let library = library(&machine).unwrap();
        assert!(!has_headers(&machine, &library));
    }

    #[test]
    fn other_distributions_use_lib64_or_name_it_by_llvm_config() {
        let fedora =
            Machine::default().file("/usr/lib64/libclang.so.19.1").file("/usr/lib/clang/19/include/stddef.h");
        assert_eq!(found(&fedora).as_deref(), Some("/usr/lib64/libclang.so.19.1"));
        assert!(has_headers(&fedora, Path::new("/usr/lib64/libclang.so.19.1")));

        let own = Machine::default()
            .program("llvm-config --prefix", "/opt/llvm\n")
            .file("/opt/llvm/lib/libclang.so");
        assert_eq!(found(&own).as_deref(), Some("/opt/llvm/lib/libclang.so"));
    }

    #[test]
    fn a_variable_that_points_nowhere_is_not_overruled() {
        let machine = Machine::default().file("/usr/lib/llvm-14/lib/libclang.so").file("/opt/x/libclang.so");
        assert_eq!(found(&machine.variable("LIBCLANG_PATH", "/nowhere")), None);
        let machine = Machine::default().file("/opt/x/libclang.so");
        assert!(found(&machine.variable("LIBCLANG_PATH", "/opt/x/libclang.so")).is_some());
        let machine = Machine::default().file("/opt/x/libclang.so");
        assert!(found(&machine.variable("LIBCLANG_PATH", "/opt/x")).is_some());
    }

    #[test]
    fn the_version_comes_from_the_name() {
        let of = |name| version(Path::new(name));
        assert_eq!(of("/l/libclang-14.0.6.so").as_deref(), Some("14.0.6"));
        assert_eq!(of("/l/libclang.so.1").as_deref(), Some("1"));
        assert_eq!(of("/l/libclang.so"), None);
    }
}
