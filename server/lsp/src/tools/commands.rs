//! `run_command`, where the user's own configuration wants it.

use trust_config::Settings;
use trust_tools::{Commands, Tool, Wanted, run_command};

pub fn tool(settings: &Settings) -> Option<Tool> {
    if !settings.command_enable {
        return None;
    }
    let home = dirs::home_dir();
    let readable = settings.command_readable.iter().filter_map(|folder| match folder.strip_prefix("~/") {
        Some(inside) => Some(home.as_ref()?.join(inside)),
        None => Some(folder.into()),
    });
    // A relative path would be the workspace's to fill.
    let readable = readable.filter(|folder| folder.is_absolute()).collect();
    Some(run_command(Commands { wanted: wanted(settings), readable, environment: environment() }))
}

/// What must hold whatever is started.
pub fn wanted(settings: &Settings) -> Wanted {
    match settings.command_sandbox.as_str() {
        "none" => Wanted::Nothing,
        "any" => Wanted::Any,
        _ => Wanted::Bubblewrap,
    }
}

/// This process's own, as far as it is text.
pub fn environment() -> Vec<(String, String)> {
    let all = std::env::vars_os();
    all.filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}
