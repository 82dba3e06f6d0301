//! A command of a workflow, run in its folder until it ends or nobody waits any more; the end of what it says is kept.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use trust_assist::workflow::Ran;
use trust_inference::CancelToken;

/// How often one looks whether it has ended.
const LOOK: Duration = Duration::from_millis(10);
/// Bytes of its output that are kept; how long the rest of it is waited for.
const KEPT: usize = 32 << 10;
const REST: Duration = Duration::from_millis(500);

type Said = Arc<Mutex<Vec<u8>>>;

/// # Errors
/// It does not start, or was cancelled, in words.
pub fn run(line: &str, folder: &Path, cancel: &CancelToken) -> Result<Ran, String> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut command = Command::new(shell);
    command.args([flag, line]).current_dir(folder).stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let mut child = command.spawn().map_err(|error| format!("the command does not start: {error}"))?;
    let said: Said = Arc::default();
    let pipes: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
        child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>),
    ];
    let readers: Vec<_> = pipes.into_iter().flatten().map(|pipe| keep(pipe, Arc::clone(&said))).collect();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if cancel.is_cancelled() => {
                end(&mut child);
                return Err("the command was ended".into());
            }
            Ok(None) => std::thread::sleep(LOOK),
            Err(error) => return Err(format!("the command cannot be waited for: {error}")),
        }
    };
    // What it left behind may hold its pipes open for good.
    let mut waited = Duration::ZERO;
    while waited < REST && readers.iter().any(|reader| !reader.is_finished()) {
        std::thread::sleep(LOOK);
        waited += LOOK;
    }
    let said = said.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(Ran { good: status.success(), output: String::from_utf8_lossy(&said).into_owned() })
}

fn keep(mut pipe: Box<dyn Read + Send>, said: Said) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count) = pipe.read(&mut bytes) {
            if count == 0 {
                return;
            }
            let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
            said.extend_from_slice(&bytes[..count]);
            let over = said.len().saturating_sub(KEPT);
            said.drain(..over);
        }
    })
}

/// With all that it started.
fn end(child: &mut Child) {
    if cfg!(unix) {
        // The group is its own, so nothing else is in it.
        let group = format!("-{}", child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn commands_end_with_what_they_said_or_when_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let ran = |line: &str| run(line, folder.path(), &CancelToken::new()).unwrap();
        // Two pipes are read, in whichever order.
        let both = ran("printf one; printf two >&2");
        assert!(both.good && ["onetwo", "twoone"].contains(&both.output.as_str()), "{both:?}");
        assert_eq!(ran("echo no; exit 3"), Ran { good: false, output: "no\n".into() });
        assert!(ran("cat").good, "nothing is on standard input");
        let long = ran("yes word | head -c 100000");
        assert_eq!(long.output.len(), KEPT);
        let cancel = CancelToken::new();
        let (other, start) = (cancel.clone(), Instant::now());
        std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            other.cancel();
        });
        assert!(run("sleep 60 & wait", folder.path(), &cancel).is_err());
        assert!(start.elapsed() < Duration::from_secs(10));
        assert!(run("true", Path::new("/nowhere"), &CancelToken::new()).is_err());
    }
}
