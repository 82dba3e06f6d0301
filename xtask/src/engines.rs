//! llama-server, as Debian has it: the tests of engines elsewhere talk with it, run with `--editors all` or `--only engines`. Where
//! there is none on `PATH`, it is fetched.

use crate::{
    debian::{self, Packages},
    peer::llama,
    tally::Tally,
    test::{self, Outcome},
    workspace::{Workspace, cache, run_and_keep},
};
use anyhow::{Context, Result, ensure};
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const PACKAGES: Packages = Packages {
    suite: "sid",
    names: &["llama.cpp-tools"],
    programs: &["usr/bin/llama-server"],
    private: Some("llama"),
    told: "llama-server (once, 20 MB)",
};
/// What computes, by kind of processor: looked for in a folder of the machine's, and beside the program.
const BACKENDS: &str = "usr/lib/x86_64-linux-gnu/ggml";
const TESTS: &str = "net::llama_server::";

/// Has the built server talk with the real one. In CI, what cannot be done is a failure.
pub fn test(workspace: &Workspace) -> Result<Outcome> {
    let server = workspace.binary("debug");
    ensure!(server.is_file(), "no server to test: run `cargo build --workspace --bin trust-lsp` first");
    let program = match llama::find(None).map_or_else(|| fetched(workspace), Ok) {
        Ok(program) => program,
        Err(problem) => return test::missing("there is no llama-server", problem, test::in_ci()),
    };
    println!("{}: {}", program.display(), version(&program)?);
    let suite = ["test", "--workspace", "--test", "blackbox", "--locked", "--offline", "--", TESTS];
    let mut cargo = workspace.cargo(suite);
    cargo.env("TRUST_LSP_BIN", &server).env("TRUST_TEST_LLAMA_SERVER", &program);
    let (printed, success) = run_and_keep(&mut cargo)?;
    let tally = Tally::of_cargo_test(&printed);
    ensure!(success || tally.failed > 0, "the tests did not run to their end; the messages are above");
    ensure!(tally != Tally::default(), "there are no tests called {TESTS}");
    Ok(Outcome::Tests(tally))
}

/// Debian's, fetched if it is not there.
pub fn fetched(workspace: &Workspace) -> Result<PathBuf> {
    let folder = cache("llama-server")?;
    if !folder.is_dir() {
        debian::fetch(workspace, &PACKAGES, &folder)?;
    }
    let program = folder.join("usr/bin/llama-server");
    let ready = put_beside(&folder).and_then(|()| version(&program));
    ready.with_context(|| format!("{} is damaged or out of date; remove it", folder.display()))?;
    Ok(program)
}

/// Puts what computes where the program looks for it.
fn put_beside(folder: &Path) -> Result<()> {
    for kinds in std::fs::read_dir(folder.join(BACKENDS))? {
        for backend in std::fs::read_dir(kinds?.path())? {
            let backend = backend?;
            let beside = folder.join("usr/bin").join(backend.file_name());
            if let Err(error) = std::fs::hard_link(backend.path(), &beside) {
                ensure!(beside.is_file(), "{}: {error}", beside.display());
            }
        }
    }
    Ok(())
}

/// What it says of itself, to whichever of the two it does.
fn version(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").output();
    let output = output.with_context(|| format!("cannot run {}", program.display()))?;
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    ensure!(output.status.success(), "{} fails: {said}", program.display());
    Ok(said.lines().find(|line| line.contains("version")).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_computes_is_put_beside_the_program_once() {
        let folder = std::env::temp_dir().join(format!("trust-xtask-backends-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        assert!(put_beside(&folder).is_err());
        let kinds = folder.join(BACKENDS).join("backends0");
        std::fs::create_dir_all(&kinds).unwrap();
        std::fs::create_dir_all(folder.join("usr/bin")).unwrap();
        std::fs::write(kinds.join("libggml-cpu-x64.so"), "code").unwrap();
        for _ in 0..2 {
            put_beside(&folder).unwrap();
            assert_eq!(std::fs::read(folder.join("usr/bin/libggml-cpu-x64.so")).unwrap(), b"code");
        }
        assert!(version(&folder.join("usr/bin/llama-server")).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
