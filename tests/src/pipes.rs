//! The three pipes of the process, each with a thread, so that no test ever blocks on one of them.

use crate::framing;
use std::io::{BufReader, Read, Write};
use std::process::{ChildStderr, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

/// What came out of the server.
pub enum Output {
    Message(Vec<u8>),
    /// Something that is no message, and why.
    Broken(String),
}

/// Messages from the server; the channel closes when stdout does.
pub fn reader(stdout: ChildStdout) -> Receiver<Output> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        loop {
            let (output, last) = match framing::read(&mut reader) {
                Ok(Some(body)) => (Output::Message(body), false),
                Ok(None) => return,
                Err(error) => (Output::Broken(error.to_string()), true),
            };
            if sender.send(output).is_err() || last {
                return;
            }
        }
    });
    receiver
}

/// Bytes to the server, as they are; dropping the sender closes stdin once all is written.
pub fn writer(mut stdin: ChildStdin) -> Sender<Vec<u8>> {
    let (sender, receiver) = channel::<Vec<u8>>();
    std::thread::spawn(move || {
        for bytes in receiver {
            // A server that has gone shows itself in the closed stdout.
            if stdin.write_all(&bytes).and_then(|()| stdin.flush()).is_err() {
                return;
            }
        }
    });
    sender
}

/// What the server logged, so far.
pub fn log(mut stderr: ChildStderr) -> Arc<Mutex<String>> {
    let log = Arc::new(Mutex::new(String::new()));
    let shared = Arc::clone(&log);
    std::thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = stderr.read(&mut buffer) {
            let Ok(mut log) = shared.lock() else { return };
            log.push_str(&String::from_utf8_lossy(&buffer[..count]));
        }
    });
    log
}
