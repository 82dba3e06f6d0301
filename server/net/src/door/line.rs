//! The pipe to the `trust-lsp` behind the door: calls go out line by line, and one thread hands out what comes back. Its end is the
//! door's.

use std::collections::HashMap;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use trust_wire::{Call, Grant, Opening, Reply, Said, Wanted, read, write};

type Waiting = Mutex<HashMap<u64, Sender<Said>>>;

pub struct Line {
    input: Mutex<ChildStdin>,
    waiting: Arc<Waiting>,
    asked: AtomicU64,
    /// Kept so that its end is its own.
    _child: Child,
}

/// What comes back of one call; whoever drops it wants no more.
pub struct Replies {
    line: Arc<Line>,
    id: u64,
    pub from: Receiver<Said>,
}

impl Line {
    /// Starts the program, and asks it whether there may be a door. `ended` is sent a sentence when it is over.
    ///
    /// # Errors
    /// There may be none, or the program does not start.
    pub fn begin(
        program: &Path,
        arguments: &[String],
        ended: Sender<String>,
    ) -> Result<(Arc<Self>, Grant), String> {
        let mut command = Command::new(program);
        command.arg("door").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        // It goes when the pipe ends, and takes the token's file along: a signal to this program alone ends both.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child =
            command.spawn().map_err(|error| format!("{} does not start: {error}", program.display()))?;
        let (input, output) = (child.stdin.take(), child.stdout.take());
        let (Some(input), Some(output)) = (input, output) else { return Err("there is no pipe".into()) };
        let mut output = BufReader::new(output);
        let grant = match read::<Opening>(&mut output) {
            Ok(Some(Opening::Open(grant))) => grant,
            Ok(Some(Opening::Refused(why))) => return Err(why),
            // It has said why, on its error stream.
            Ok(None) => return Err("trust-lsp ended before the door was open".into()),
            Err(error) => return Err(format!("trust-lsp does not answer as it should: {error}")),
        };
        let waiting = Arc::<Waiting>::default();
        let (input, asked) = (Mutex::new(input), AtomicU64::new(0));
        let line = Arc::new(Self { input, waiting: Arc::clone(&waiting), asked, _child: child });
        std::thread::Builder::new()
            .name("line".into())
            .spawn(move || {
                let why = hand_out(output, &waiting);
                lock(&waiting).clear();
                let _ = ended.send(why);
            })
            .map_err(|error| error.to_string())?;
        Ok((line, grant))
    }

    /// # Errors
    /// The other side is gone.
    pub fn ask(self: &Arc<Self>, wanted: Wanted) -> Result<Replies, ()> {
        let id = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let (to, from) = channel();
        lock(&self.waiting).insert(id, to);
        let replies = Replies { line: Arc::clone(self), id, from };
        match self.say(id, wanted) {
            true => Ok(replies),
            false => Err(()),
        }
    }

    fn say(&self, id: u64, wanted: Wanted) -> bool {
        write(&mut *lock(&self.input), &Call { id, wanted }).is_ok()
    }
}

/// Until the other side is gone, or wants the door closed; why.
fn hand_out(mut output: BufReader<ChildStdout>, waiting: &Waiting) -> String {
    loop {
        match read::<Reply>(&mut output) {
            Ok(Some(Reply { said: Said::Close(why), .. })) => return why,
            Ok(Some(Reply { id, said })) => {
                // Whoever asked may be gone.
                if let Some(to) = lock(waiting).get(&id) {
                    let _ = to.send(said);
                }
            }
            Ok(None) => return "trust-lsp is gone".into(),
            Err(error) => return format!("trust-lsp: {error}"),
        }
    }
}

impl Drop for Replies {
    fn drop(&mut self) {
        if lock(&self.line.waiting).remove(&self.id).is_some() {
            self.line.say(self.id, Wanted::Cancel);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
