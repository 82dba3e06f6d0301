//! Where the binary under test is.

use std::path::PathBuf;
use std::process::Command;

/// `TRUST_LSP_BIN` where set, else the binary that Cargo built into the folder of this test program.
pub fn binary() -> PathBuf {
    let path = match std::env::var_os("TRUST_LSP_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            let test = std::env::current_exe().expect("the path of this test program");
            let profile = test.parent().and_then(|deps| deps.parent()).expect("target/<profile>/deps");
            profile.join(format!("trust-lsp{}", std::env::consts::EXE_SUFFIX))
        }
    };
    assert!(
        path.is_file(),
        "no server to test at {}: build it first (cargo build), or name one in TRUST_LSP_BIN",
        path.display()
    );
    path
}

/// The binary as a command, with nothing of the user's configuration or cache in its environment.
pub fn command(home: &std::path::Path) -> Command {
    let mut command = Command::new(binary());
    command
        .env("HOME", home)
        .env("XDG_CACHE_HOME", home.join("cache"))
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_STATE_HOME", home.join("state"))
        .env_remove("RUST_LOG");
    command
}
