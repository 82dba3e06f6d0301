//! Messages on a pipe: a JSON object a line. A line that is too long or no message ends the conversation with an error.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::io::{self, BufRead, Read, Write};

/// The longest line, in bytes: more than the longest prompt.
pub const LONGEST: u64 = 64 << 20;

/// Levels of a value of somebody else's that is handed on within a message; what reads messages takes a few more than twice as many.
const DEEPEST: usize = 48;

/// Whether a value goes deeper than what can be handed on within a message.
pub fn is_too_deep(value: &Value) -> bool {
    fn goes(value: &Value, left: usize) -> bool {
        match value {
            Value::Array(all) => left == 0 || all.iter().any(|value| goes(value, left - 1)),
            Value::Object(all) => left == 0 || all.values().any(|value| goes(value, left - 1)),
            _ => false,
        }
    }
    goes(value, DEEPEST)
}

#[derive(Debug, thiserror::Error)]
pub enum LineError {
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("a message is longer than {LONGEST} bytes")]
    TooLong,
    /// Where it is wrong, without what stands there.
    #[error("what came is no message (column {0})")]
    NoMessage(usize),
}

/// The next message; `None` where the other side is gone.
///
/// # Errors
/// The pipe broke, or what came is none.
pub fn read<T: DeserializeOwned>(from: &mut dyn BufRead) -> Result<Option<T>, LineError> {
    let mut line = Vec::new();
    from.take(LONGEST + 1).read_until(b'\n', &mut line)?;
    match line.last() {
        None => Ok(None),
        Some(b'\n') => {
            serde_json::from_slice(&line).map(Some).map_err(|error| LineError::NoMessage(error.column()))
        }
        Some(_) if line.len() as u64 > LONGEST => Err(LineError::TooLong),
        // Cut by the end of the other side.
        Some(_) => Ok(None),
    }
}

/// Writes a message in one piece.
///
/// # Errors
/// The other side is gone.
pub fn write(to: &mut dyn Write, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    to.write_all(&line)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_too_deep_comes_back_within_a_message() {
        let deep = |levels: usize| -> Value {
            serde_json::from_str(&("[".repeat(levels) + &"]".repeat(levels))).unwrap()
        };
        assert!(!is_too_deep(&deep(DEEPEST)) && is_too_deep(&deep(DEEPEST + 1)));
        let mut message = deep(DEEPEST);
        for _ in 0..DEEPEST {
            message = Value::Array(vec![message]);
        }
        let mut pipe = Vec::new();
        write(&mut pipe, &message).unwrap();
        assert_eq!(read::<Value>(&mut pipe.as_slice()).unwrap(), Some(message));
    }

    #[test]
    fn lines_come_back_whole_and_what_is_none_is_said_without_quoting_it() {
        let mut pipe = Vec::new();
        write(&mut pipe, &"a\nb").unwrap();
        write(&mut pipe, &"ü").unwrap();
        pipe.extend_from_slice(b"\"cut");
        let mut from = pipe.as_slice();
        let mut next = || read::<String>(&mut from).unwrap();
        assert_eq!([next(), next(), next(), next()], [Some("a\nb".into()), Some("ü".into()), None, None]);
        let told = read::<u32>(&mut "\"s3cret\"\n".as_bytes()).unwrap_err().to_string();
        assert!(told.contains("no message") && !told.contains("s3cret"), "{told}");
    }
}
