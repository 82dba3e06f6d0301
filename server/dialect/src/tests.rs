//! Every family's fixture: the dialect that is found, the golden render, and calls that are read back and that the
//! turn's grammar allows, byte by byte.

mod generated;

use crate::dialect::{Dialect, Origin};
use crate::grammar::grammar;
use crate::known::{Chosen, hash};
use crate::parse::Parser;
use crate::probe::Probe;
use serde_json::{Value, json};
use std::path::PathBuf;
use trust_constraint::{Choice, Grammars, Token};
use trust_inference::{CallError, Constraint, Event, Message, Tool, ToolCall, ToolChoice, Turn};

/// Name, the token that ends a text, and what a call looks like there: the beginning and the end of one.
const FAMILIES: [(&str, &str, &str, &str); 26] = [
    (
        "command-r7b",
        "<|END_OF_TURN_TOKEN|>",
        "<|START_ACTION|>[\n    {\"tool_call_id\": \"0\", \"tool_name\": \"read\"",
        "}\n]<|END_ACTION|>",
    ),
    (
        "deepseek-r1",
        "<｜end▁of▁sentence｜>",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read\n```json\n{",
        "}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "deepseek-v3",
        "<｜end▁of▁sentence｜>",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>read\n```json\n{",
        "}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "deepseek-v3.1",
        "<｜end▁of▁sentence｜>",
        "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>read<｜tool▁sep｜>{",
        "}<｜tool▁call▁end｜><｜tool▁calls▁end｜>",
    ),
    (
        "functiongemma",
        "<end_of_turn>",
        "<start_function_call>call:read{path:<escape>",
        "}<end_function_call>",
    ),
    ("gemma-2", "<end_of_turn>", "", ""),
    ("gemma-3", "<end_of_turn>", "", ""),
    ("gemma-4", "<turn|>", "<|tool_call>call:read{path:<|\"|>", "}<tool_call|>"),
    (
        "glm-4.5",
        "<|endoftext|>",
        "<tool_call>read\n<arg_key>path</arg_key>\n<arg_value>",
        "</arg_value>\n</tool_call>",
    ),
    ("gpt-oss", "<|return|>", " to=functions.read<|channel|>commentary json<|message|>{", "}"),
    ("granite-3.3", "<|end_of_text|>", "<|tool_call|>[{\"name\": \"read\", \"arguments\": {", "}}]"),
    (
        "granite-4",
        "<|end_of_text|>",
        "<tool_call>\n{\"name\": \"read\", \"arguments\": {",
        "}}\n</tool_call>",
    ),
    ("hermes-3", "<|im_end|>", "<tool_call>\n{\"name\": \"read\", \"arguments\": {", "}}\n</tool_call>"),
    (
        "kimi-k2",
        "<|im_end|>",
        "<|tool_calls_section_begin|><|tool_call_begin|>functions.read:0<|tool_call_argument_begin|>{",
        "}<|tool_call_end|><|tool_calls_section_end|>",
    ),
    ("lfm2", "<|im_end|>", "<|tool_call_start|>[read(path=\"", ")]<|tool_call_end|>"),
    ("llama-3.1", "<|eot_id|>", "{\"name\": \"read\", \"parameters\": {", "}}"),
    (
        "minimax-m2",
        "[e~[",
        "<minimax:tool_call>\n<invoke name=\"read\">\n<parameter name=\"path\">",
        "</invoke>\n</minimax:tool_call>",
    ),
    (
        "mistral-nemo",
        "</s>",
        "[TOOL_CALLS][{\"name\": \"read\", \"arguments\": {",
        "}, \"id\": \"call00000\"}]",
    ),
    ("mistral-small-3.2", "</s>", "[TOOL_CALLS]read[CALL_ID]call00000[ARGS]{", "}"),
    (
        "nemotron-nano-v2",
        "<SPECIAL_12>",
        "<TOOLCALL>[{\"name\": \"read\", \"arguments\": {",
        "}}]</TOOLCALL>",
    ),
    ("phi-3.5", "<|end|>", "", ""),
    ("phi-4-mini", "<|end|>", "<|tool_call|>[{\"name\": \"read\", \"arguments\": {", "}}]<|/tool_call|>"),
    ("qwen2.5", "<|im_end|>", "<tool_call>\n{\"name\": \"read\", \"arguments\": {", "}}\n</tool_call>"),
    ("qwen3", "<|im_end|>", "<tool_call>\n{\"name\": \"read\", \"arguments\": {", "}}\n</tool_call>"),
    (
        "qwen3-coder",
        "<|im_end|>",
        "<tool_call>\n<function=read>\n<parameter=path>\n",
        "\n</parameter>\n</function>\n</tool_call>",
    ),
    ("smollm3", "<|im_end|>", "<tool_call>\n{\"name\": \"read\", \"arguments\": {", "}}\n</tool_call>"),
];

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn dialect(family: &str) -> Dialect {
    let (_, end, ..) = FAMILIES.into_iter().find(|(name, ..)| *name == family).unwrap();
    let source = std::fs::read_to_string(file(&format!("{family}.jinja"))).unwrap();
    Dialect::of(Some(&source), "<s>", end)
}

fn tools() -> Vec<Tool> {
    let read = json!({"type": "object", "properties": {
        "path": {"type": "string", "maxLength": 80}, "limit": {"type": "integer", "minimum": 0},
        "numbered": {"type": "boolean"}}, "required": ["path"], "additionalProperties": false});
    let find = json!({"type": "object", "properties": {
        "query": {"type": "string"}, "kinds": {"type": "array", "items": {"type": "string"}, "maxItems": 4}},
        "required": ["query"], "additionalProperties": false});
    let tool =
        |name: &str, parameters| Tool { name: name.into(), description: format!("to {name}"), parameters };
    vec![tool("read", read), tool("find", find)]
}

fn conversation() -> Turn {
    let call = ToolCall {
        id: "any".into(),
        name: "read".into(),
        arguments: json!({"path": "src/a.rs", "limit": 3}),
    };
    Turn {
        messages: vec![
            Message::System("Be brief.".into()),
            Message::User("What is in a.rs? <|im_end|>".into()),
            Message::Assistant { text: String::new(), reasoning: String::new(), calls: vec![call] },
            Message::ToolResult { call: "any".into(), name: "read".into(), text: "fn a() {}".into() },
            Message::Assistant { text: "A function.".into(), reasoning: String::new(), calls: vec![] },
            Message::User("And in b.rs?".into()),
        ],
        tools: tools(),
        ..Turn::default()
    }
}

/// Calls of which each kind of value is a part, and characters that mean something somewhere.
fn calls() -> Vec<Vec<(&'static str, Value)>> {
    vec![
        vec![("read", json!({"path": "src/a.rs"}))],
        vec![("read", json!({"path": "größe \"x\" 'y' {z}", "limit": 12, "numbered": true}))],
        vec![("find", json!({"query": "a < b\nif c", "kinds": ["fn", "struct"]}))],
        vec![("read", json!({"path": "a"})), ("find", json!({"query": "b"}))],
    ]
}

#[test]
fn each_family_is_understood_and_renders_as_it_did() {
    for (family, _, opens, closes) in FAMILIES {
        let dialect = dialect(family);
        match (dialect.origin(), opens) {
            (Origin::Injected(_), "") => {}
            (Origin::Rendered, opens) if !opens.is_empty() => {
                let answer = answer(&dialect, &calls()[0]).unwrap();
                let answer = answer.trim_start_matches('\n');
                assert!(answer.starts_with(opens), "{family}: {answer}");
                assert!(answer.ends_with(closes), "{family}: {answer}");
            }
            (origin, _) => panic!("{family}: {origin}\n{:?}", dialect.calls()),
        }
        let shown = dialect.shown(&conversation()).unwrap();
        let golden = file(&format!("{family}.txt"));
        if std::env::var_os("TRUST_WRITE_GOLDEN").is_some() {
            std::fs::write(&golden, &shown).unwrap();
        }
        assert_eq!(shown, std::fs::read_to_string(&golden).unwrap(), "{family}");
        // What a user said never becomes a control token.
        let (prompt, _) = dialect.prompt(&conversation()).unwrap();
        let controls = prompt.0.iter().filter_map(|piece| match piece {
            trust_inference::Piece::Control(trust_inference::Control::Template(text)) => Some(text.as_str()),
            _ => None,
        });
        assert!(!controls.collect::<String>().contains("a.rs? <|im_end|>"), "{family}");
    }
}

#[test]
fn a_form_that_is_chosen_by_the_templates_hash_holds() {
    let source = |family: &str| std::fs::read_to_string(file(&format!("{family}.jinja"))).unwrap();
    let chosen = |family: &str, form: &str| {
        let source = source(family);
        let other: Chosen = "0000000000000000=words".parse().unwrap();
        let one: Chosen = format!("{:016x}={form}", hash(&source)).parse().unwrap();
        Dialect::chosen(Some(&source), "<s>", "", &[other, one])
    };
    let cases = [
        ("qwen2.5", "hermes", "<tool_call>\n{\"name\": \"read\", \"arguments\": {", "}\n</tool_call>"),
        ("qwen2.5", "json", "{\"name\": \"read\", \"arguments\": {", "}}"),
        ("qwen2.5", "llama-3", "{\"name\": \"read\", \"parameters\": {", "}}"),
        ("hermes-3", "mistral", "[TOOL_CALLS][{\"name\": \"read\", \"arguments\": {", "\"}]"),
        ("qwen3-coder", "granite", "<|tool_call|>[{\"name\": \"read\", \"arguments\": {", "}}]"),
    ];
    let tools = tools();
    for (family, form, opens, closes) in cases {
        let dialect = chosen(family, form);
        assert_eq!(*dialect.origin(), Origin::Chosen(form), "{family}");
        let call = |(name, arguments): &(&str, Value)| ToolCall {
            id: String::new(),
            name: (*name).into(),
            arguments: arguments.clone(),
        };
        for calls in calls() {
            if calls.len() > 1 && !dialect.calls().parallel {
                continue;
            }
            let text = dialect.spelled(&calls.iter().map(call).collect::<Vec<_>>()).unwrap();
            let text = text.trim();
            assert!(text.starts_with(opens) || calls[0].0 != "read", "{family} {form}: {text}");
            assert!(text.ends_with(closes), "{family} {form}: {text}");
            let (found, _) = parse(&dialect, &tools, text, 3, true);
            let found: Vec<_> =
                found.into_iter().map(|call| call.map(|call| (call.name, call.arguments))).collect();
            let expected: Vec<_> =
                calls.iter().map(|(name, value)| Ok((name.to_string(), value.clone()))).collect();
            assert_eq!(found, expected, "{family} {form}\n{text}");
            allowed(&dialect, &tools, text, true).unwrap();
        }
        // The history is spelled as the model writes, and its tools are told of as the template does.
        let shown = dialect.shown(&conversation()).unwrap();
        assert!(shown.contains(opens) && shown.contains("to find") && shown.contains("fn a() {}"), "{shown}");
    }
    let words = chosen("qwen2.5", "words");
    assert!(words.origin().to_string().contains("model.dialects"), "{}", words.origin());
    let none = chosen("gemma-2", "json");
    let Origin::Injected(why) = none.origin() else { panic!("{}", none.origin()) };
    assert!(why.contains("does not tell the model of its tools, so calls as `json`"), "{why}");
    assert_eq!(*Dialect::of(Some(&source("qwen2.5")), "<s>", "").origin(), Origin::Rendered);
}

/// How the template spells an answer that makes `calls`.
fn answer(dialect: &Dialect, calls: &[(&str, Value)]) -> Option<String> {
    let (template, shape) = dialect.template_and_shape();
    let probe = Probe { template, objects: shape.objects, ids: shape.ids };
    let calls: Vec<_> = calls
        .iter()
        .map(|(name, arguments)| {
            let members = arguments.as_object().unwrap().iter();
            (*name, members.map(|(key, value)| (key.as_str(), value.clone())).collect())
        })
        .collect();
    (calls.len() == 1 || dialect.calls().parallel).then(|| probe.called(&calls).unwrap())
}

#[test]
fn calls_are_read_back_in_pieces_of_any_length_and_allowed_by_the_grammar() {
    let tools = tools();
    let (mut tried, mut refused) = (0, Vec::new());
    for (family, ..) in FAMILIES {
        let dialect = dialect(family);
        for calls in calls() {
            let text = match dialect.origin() {
                Origin::Injected(_) => injected(&calls),
                _ => match answer(&dialect, &calls) {
                    Some(text) => text,
                    None => continue,
                },
            };
            for piece in [1, 3, 1000] {
                let (found, _) = parse(&dialect, &tools, &text, piece, true);
                let found: Vec<_> =
                    found.into_iter().map(|call| call.map(|call| (call.name, call.arguments))).collect();
                let expected: Vec<_> =
                    calls.iter().map(|(name, value)| Ok((name.to_string(), value.clone()))).collect();
                assert_eq!(found, expected, "{family} {piece}\n{text}\n{:?}", dialect.calls());
            }
            // Cut anywhere, the last call is not taken for a whole one.
            for end in (1..text.len()).filter(|&end| text.is_char_boundary(end)) {
                let (found, _) = parse(&dialect, &tools, &text[..end], 1000, false);
                assert!(
                    found.last().is_none_or(|call| *call == Err(CallError::Truncated)),
                    "{family} {end} {found:?}"
                );
            }
            for control in [false, true] {
                if let Err(error) = allowed(&dialect, &tools, &text, control) {
                    refused.push(format!("{family} {control}: {error:.900}\n{text}"));
                }
            }
            tried += 1;
        }
        let (none, said) = parse(&dialect, &tools, "Nothing to call: a < b, {c}.", 2, true);
        assert!(none.is_empty(), "{family} {none:?}");
        assert_eq!(said, "Nothing to call: a < b, {c}.", "{family}");
    }
    assert!(refused.is_empty(), "{}", refused.join("\n\n"));
    assert!(tried >= 90, "{tried}");
}

#[test]
fn what_a_definition_lets_free_is_bounded_too() {
    let parameters = json!({"type": "object", "properties": {"one": {"$ref": "#/$defs/one"}}, "$defs": {"one":
        {"type": "object", "properties": {"n": {"type": "number"}, "t": {"type": "string"}, "any": {}}}}});
    let tool = Tool { name: "read".into(), description: String::new(), parameters };
    let turn = Turn { tools: vec![tool], choice: ToolChoice::Required, ..Turn::default() };
    for family in ["hermes-3", "mistral-small-3.2", "qwen3-coder"] {
        let Constraint::Lark { grammar: text, .. } = grammar(&dialect(family), &turn, false, &|_| None)
        else {
            panic!("{family}");
        };
        let (_, definitions) = text.rsplit_once("\"$defs\":").unwrap();
        for (limit, times) in
            [("\"maximum\":1000000000000000000", 2), ("\"maxLength\":2000", 2), ("\"maxItems\":64", 1)]
        {
            assert_eq!(definitions.matches(limit).count(), times, "{family} {limit} {definitions}");
        }
    }
}

#[test]
fn keys_that_hold_signs_of_the_form_come_back() {
    let parameters =
        json!({"type": "object", "properties": {"map": {"type": "object"}}, "required": ["map"]});
    let tools = [Tool { name: "read".into(), description: String::new(), parameters }];
    let map = json!({"a:b": 1, " c ": {"}": [{"\"d\"": "e:f"}]}, "plain key": null, "'": true});
    let call = ToolCall { id: "any".into(), name: "read".into(), arguments: json!({ "map": map }) };
    for family in ["functiongemma", "gemma-4"] {
        let dialect = dialect(family);
        let text = dialect.spelled(std::slice::from_ref(&call)).unwrap();
        let (found, _) = parse(&dialect, &tools, &text, 1, true);
        let found: Vec<_> = found.into_iter().map(|call| call.map(|call| call.arguments)).collect();
        assert_eq!(found, [Ok(call.arguments.clone())], "{family} {text}");
        let spoken =
            Message::Assistant { text: String::new(), reasoning: String::new(), calls: vec![call.clone()] };
        let messages = vec![Message::User("U".into()), spoken];
        let shown = dialect.shown(&Turn { messages, tools: tools.to_vec(), ..Turn::default() }).unwrap();
        assert!(shown.contains(text.trim()), "{family} {text}\n{shown}");
    }
}

#[test]
fn a_text_that_looks_like_a_number_is_a_text_where_there_is_no_number() {
    let parameters = json!({"type": "object", "properties": {"a": {"type": ["string", "null"]},
        "b": {"type": ["integer", "string"]}}});
    let tools = [Tool { name: "read".into(), description: String::new(), parameters }];
    let calls = vec![("read", json!({"a": "12", "b": 12})), ("read", json!({"a": null, "b": "x"}))];
    for family in ["glm-4.5", "minimax-m2", "qwen3-coder"] {
        let dialect = dialect(family);
        for call in &calls {
            let text = answer(&dialect, std::slice::from_ref(call)).unwrap();
            let (found, _) = parse(&dialect, &tools, &text, 3, true);
            let found: Vec<_> = found.into_iter().map(|call| call.map(|call| call.arguments)).collect();
            assert_eq!(found, [Ok(call.1.clone())], "{family} {text}");
        }
    }
}

fn injected(calls: &[(&str, Value)]) -> String {
    let spelled = calls.iter().map(|(name, arguments)| {
        format!(
            "<tool_call>\n{}\n</tool_call>",
            crate::template::json_text(&json!({"name": name, "arguments": arguments}))
        )
    });
    spelled.collect::<Vec<_>>().join("\n")
}

type Calls = Vec<Result<ToolCall, CallError>>;

fn parse(dialect: &Dialect, tools: &[Tool], text: &str, piece: usize, whole: bool) -> (Calls, String) {
    let mut parser = Parser::new(dialect, tools, false).unwrap();
    let characters: Vec<char> = text.chars().collect();
    let mut events: Vec<Event> = Vec::new();
    for piece in characters.chunks(piece) {
        events.extend(parser.push(&piece.iter().collect::<String>()));
    }
    events.extend(parser.finish(whole));
    let (mut calls, mut said, mut open) = (Vec::new(), String::new(), 0);
    for event in events {
        match event {
            Event::Text { text, .. } => said.push_str(&text),
            Event::CallStarted { index, .. } => {
                assert_eq!(index as usize, calls.len());
                open += 1;
            }
            Event::CallEnded { call, .. } => calls.push(*call),
            _ => {}
        }
    }
    assert!(open <= calls.len(), "{open} {calls:?}");
    (calls, said)
}

/// Whether the turn's grammar allows `text`, with the marks as control tokens of the vocabulary or as plain text.
fn allowed(dialect: &Dialect, tools: &[Tool], text: &str, control: bool) -> Result<(), String> {
    let markers: Vec<String> = if control { dialect.control_marks() } else { Vec::new() };
    let mut tokens: Vec<Token> = (0..=255).map(|byte| Token::Text(vec![byte])).collect();
    tokens.extend(markers.iter().map(|mark| Token::Control(mark.clone())));
    let end = tokens.len() as u32;
    tokens.push(Token::Control("<|the_end|>".into()));
    let special =
        |spelling: &str| markers.iter().position(|mark| mark == spelling).map(|index| 256 + index as u32);
    let turn = Turn { tools: tools.to_vec(), choice: ToolChoice::Required, ..Turn::default() };
    for choice in [ToolChoice::Required, ToolChoice::Auto] {
        let form = grammar(dialect, &Turn { choice, ..turn.clone() }, false, &special);
        let grammars = Grammars::new(&tokens, &[end]).unwrap();
        let mut guide = grammars.compile(&form).map_err(|error| format!("{error} {form:?}"))?;
        guide.within(2000).map_err(|error| error.to_string())?;
        let mut rest = text;
        loop {
            let mark = markers.iter().position(|mark| rest.starts_with(mark.as_str()));
            let wanted = match mark {
                Some(index) => 256 + index as u32,
                None => rest.bytes().next().map_or(end, u32::from),
            };
            let choice = guide.next(|_| Some(wanted));
            let at = text.len() - rest.len();
            match choice {
                Ok(Choice::End(_)) if rest.is_empty() => break,
                Ok(Choice::Token(token)) if token == wanted => {}
                other => {
                    return Err(format!(
                        "{other:?} at {at} {:?} of {form:?}",
                        &rest.chars().take(20).collect::<String>()
                    ));
                }
            }
            let length = mark.map_or(1, |index| markers[index].len());
            // Bytes of a character that has several come one by one.
            if mark.is_none() && !rest.is_char_boundary(1) {
                let character = rest.chars().next().unwrap();
                for byte in character.to_string().bytes().skip(1) {
                    guide.next(|_| Some(u32::from(byte))).map_err(|error| error.to_string())?;
                }
                rest = &rest[character.len_utf8()..];
            } else {
                rest = &rest[length..];
            }
        }
    }
    Ok(())
}
