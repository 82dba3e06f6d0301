//! Messages on the wire: a header, an empty line, and as many bytes of JSON as the header says.

use std::io::{self, BufRead};

/// One framed message.
pub fn frame(body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Reads one message; `None` at the end of input between messages. Stricter than a client has to be: the
/// protocol knows two header fields, and anything else on stdout is a stray print.
pub fn read(reader: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return if length.is_none() { Ok(None) } else { Err(broken("the output ends within a header")) };
        }
        let Some(field) = line.strip_suffix("\r\n") else {
            return Err(broken(&format!("a line on stdout that is no header: {line:?}")));
        };
        match field.split_once(": ") {
            _ if field.is_empty() => break,
            Some(("Content-Length", value)) if length.is_none() => {
                length = Some(value.parse::<usize>().map_err(|_| broken(&format!("the length {value:?}")))?);
            }
            Some(("Content-Type", "application/vscode-jsonrpc; charset=utf-8")) => {}
            _ => return Err(broken(&format!("the header field {field:?}"))),
        }
    }
    let length = length.ok_or_else(|| broken("a header without Content-Length"))?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(body))
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_back() {
        let wire = [frame(b"{}"), frame("\"é\"".as_bytes())].concat();
        let mut reader = wire.as_slice();
        assert_eq!(read(&mut reader).unwrap().unwrap(), b"{}");
        assert_eq!(read(&mut reader).unwrap().unwrap(), "\"é\"".as_bytes());
        assert!(read(&mut reader).unwrap().is_none());
    }

    #[test]
    fn strays_are_errors() {
        for wire in
            ["hello\n", "Content-Length: x\r\n\r\n", "\r\n", "X: 1\r\n\r\n", "Content-Length: 9\r\n\r\n{}"]
        {
            assert!(read(&mut wire.as_bytes()).is_err(), "{wire:?}");
        }
    }
}
