//! HTTP/1.1 as far as the measured peer needs it: one request a connection, to this machine, answered in JSON.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// How long an answer may take: a cold prompt of a large model on a busy machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// The JSON answer to `body`, or to a GET where there is none.
pub fn call(port: u16, path: &str, body: Option<&Value>) -> Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let (method, body) = match body {
        Some(body) => ("POST", body.to_string()),
        None => ("GET", String::new()),
    };
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all((head + &body).as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let (status, body) = parse(&bytes)?;
    let text = String::from_utf8_lossy(&body);
    ensure!(
        status == 200,
        "{path} was answered with {status}: {}",
        text.chars().take(300).collect::<String>()
    );
    serde_json::from_str(&text).with_context(|| format!("{path} was answered with no JSON"))
}

/// Status and body of a whole response.
fn parse(bytes: &[u8]) -> Result<(u16, Vec<u8>)> {
    let end =
        bytes.windows(4).position(|window| window == b"\r\n\r\n").context("a response without an end")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status line")?;
    let body = &bytes[end + 4..];
    let chunked =
        head.lines().any(|line| line.starts_with("transfer-encoding:") && line.ends_with("chunked"));
    Ok((status, if chunked { unchunk(body)? } else { body.to_vec() }))
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|window| window == b"\r\n").context("a chunk without a size")?;
        let size = std::str::from_utf8(&rest[..end])?.split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size.trim(), 16).context("a chunk without a size")?;
        if size == 0 {
            return Ok(body);
        }
        let start = end + 2;
        let Some(chunk) = rest.get(start..start + size) else { bail!("a chunk that is cut off") };
        body.extend(chunk);
        rest = rest.get(start + size + 2..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_whole_and_in_chunks() {
        let cases: [(&str, Option<(u16, &str)>); 5] = [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", Some((200, "{}"))),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{\"a\r\n4;x\r\n\":1}\r\n0\r\n\r\n",
                Some((200, "{\"a\":1}")),
            ),
            ("HTTP/1.1 503 Loading\r\n\r\nno", Some((503, "no"))),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nab\r\n", None),
            ("hello", None),
        ];
        for (text, expected) in cases {
            let found = parse(text.as_bytes()).ok();
            let expected = expected.map(|(status, body)| (status, body.as_bytes().to_vec()));
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
