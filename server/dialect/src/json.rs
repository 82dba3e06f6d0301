//! JSON that is still being written: where a value ends, which members are known. Nothing is repaired.

/// How far a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    At(usize),
    /// More is to come.
    Open,
    /// It is no JSON.
    Bad,
}

/// The end of the value that begins at `start`, in bytes. Strings and brackets are told apart, no more.
pub(crate) fn value_end(text: &str, start: usize) -> End {
    let bytes = text.as_bytes();
    match bytes.get(start) {
        None => End::Open,
        Some(b'"') => string_end(bytes, start),
        Some(b'{' | b'[') => {
            let (mut open, mut at) = (Vec::new(), start);
            while let Some(&byte) = bytes.get(at) {
                match byte {
                    b'"' => match string_end(bytes, at) {
                        End::At(end) => {
                            at = end;
                            continue;
                        }
                        other => return other,
                    },
                    b'{' => open.push(b'}'),
                    b'[' => open.push(b']'),
                    b'}' | b']' if open.pop() != Some(byte) => return End::Bad,
                    _ => {}
                }
                at += 1;
                if open.is_empty() {
                    return End::At(at);
                }
            }
            End::Open
        }
        Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'-' => {
            let ends = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
            bytes[start..].iter().position(ends).map_or(End::Open, |length| End::At(start + length))
        }
        Some(_) => End::Bad,
    }
}

fn string_end(bytes: &[u8], start: usize) -> End {
    let mut escaped = false;
    for (index, &byte) in bytes.iter().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return End::At(index + 1),
            _ => {}
        }
    }
    End::Open
}

/// One member of an object: its key, and the span of its value, which may be open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) key: String,
    pub(crate) start: usize,
    pub(crate) end: Option<usize>,
}

/// The members of the object that begins at `start`, as far as they are written, and where it ends.
pub(crate) fn members(text: &str, start: usize) -> (Vec<Member>, End) {
    let bytes = text.as_bytes();
    let mut members = Vec::new();
    let skip = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        at
    };
    if bytes.get(start) != Some(&b'{') {
        return (members, if start < bytes.len() { End::Bad } else { End::Open });
    }
    let mut at = skip(start + 1);
    loop {
        match bytes.get(at) {
            None => return (members, End::Open),
            Some(b'}') => return (members, End::At(at + 1)),
            Some(b',') if !members.is_empty() => at = skip(at + 1),
            Some(b'"') => {}
            Some(_) => return (members, End::Bad),
        }
        let End::At(end) = value_end(text, at) else {
            let end = value_end(text, at);
            return (members, if at < bytes.len() && bytes[at] != b'"' { End::Bad } else { end });
        };
        let Ok(key) = serde_json::from_str::<String>(&text[at..end]) else { return (members, End::Bad) };
        at = skip(end);
        match bytes.get(at) {
            None => return (members, End::Open),
            Some(b':') => at = skip(at + 1),
            Some(_) => return (members, End::Bad),
        }
        match value_end(text, at) {
            End::At(end) => {
                members.push(Member { key, start: at, end: Some(end) });
                at = skip(end);
            }
            End::Open => {
                if at < bytes.len() {
                    members.push(Member { key, start: at, end: None });
                }
                return (members, End::Open);
            }
            End::Bad => return (members, End::Bad),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_they_end() {
        let cases = [
            (r#"{"a": "}\""} x"#, End::At(12)),
            (r#"[1, {"a": []}]"#, End::At(14)),
            (r#""a\\" "#, End::At(5)),
            ("12,", End::At(2)),
            ("true", End::Open),
            (r#"{"a": "#, End::Open),
            (r#""a\"#, End::Open),
            ("[}", End::Bad),
            ("<", End::Bad),
        ];
        for (text, end) in cases {
            assert_eq!(value_end(text, 0), end, "{text}");
        }
    }

    #[test]
    fn members_are_known_as_far_as_they_are_written() {
        let cases: [(&str, &[(&str, Option<&str>)], bool); 6] = [
            (
                r#"{"name": "read", "arguments": {"a": 1"#,
                &[("name", Some("\"read\"")), ("arguments", None)],
                false,
            ),
            (r#"{"name": "read"}"#, &[("name", Some("\"read\""))], true),
            (r#"{"na"#, &[], false),
            ("{", &[], false),
            (r#"{}"#, &[], true),
            (r#"{"a":1,"b":"#, &[("a", Some("1"))], false),
        ];
        for (text, expected, complete) in cases {
            let (found, end) = members(text, 0);
            let found: Vec<_> = found
                .iter()
                .map(|member| (member.key.as_str(), member.end.map(|end| &text[member.start..end])))
                .collect();
            assert_eq!((found.as_slice(), end == End::At(text.len())), (expected, complete), "{text}");
        }
        for bad in ["{a", "{\"a\" 1", "[1]", "{\"a\":<"] {
            assert_eq!(members(bad, 0).1, End::Bad, "{bad}");
        }
    }
}
