//! Server-sent events: what an engine streams, event by event. A line, and an event, may only be so long.

use std::io::{self, BufRead, Read};

/// Bytes of one event, at most.
const LONGEST: u64 = 8 << 20;

/// The data of the next event; `None` at the end of the stream.
///
/// # Errors
/// The stream breaks off, or an event is too long.
pub fn next(stream: &mut impl BufRead) -> io::Result<Option<String>> {
    let (mut data, mut left) = (None::<String>, LONGEST);
    loop {
        let mut line = Vec::new();
        let count = stream.by_ref().take(left).read_until(b'\n', &mut line)? as u64;
        left -= count;
        if count == 0 {
            return match left {
                0 => Err(io::Error::other("an event is too long")),
                _ => Ok(data),
            };
        }
        let line = String::from_utf8_lossy(&line);
        let line = line.trim_end_matches(['\n', '\r']);
        if line.is_empty() {
            if data.is_some() {
                return Ok(data);
            }
        } else if let Some(rest) = line.strip_prefix("data:") {
            let rest = rest.strip_prefix(' ').unwrap_or(rest);
            match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(rest);
                }
                None => data = Some(rest.to_owned()),
            }
        }
        // Comments keep a connection alive; names and numbers of events say nothing here.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_told_apart() {
        let cases: [(&str, &[&str]); 6] = [
            ("data: a\n\ndata: b\n\n", &["a", "b"]),
            ("data:a\r\n\r\n: alive\r\n\r\nevent: x\r\nid: 1\r\ndata: b\r\n\r\n", &["a", "b"]),
            ("data: a\ndata: b\n\n", &["a\nb"]),
            ("data: a\n\ndata: cut", &["a", "cut"]),
            ("\n\n\n", &[]),
            ("data:\n\n", &[""]),
        ];
        for (text, expected) in cases {
            let mut stream = text.as_bytes();
            let found: Vec<String> = std::iter::from_fn(|| next(&mut stream).unwrap()).collect();
            assert_eq!(found, expected, "{text:?}");
        }
        let long = format!("data: {}", "x".repeat(LONGEST as usize));
        assert!(next(&mut long.as_bytes()).is_err());
    }
}
