//! Holes, as clients ask for them to be filled: `/v1/completions` of OpenAI, `/infill` and `/completion` of llama.cpp's server.

use super::answer::{Answer, Refusal};
use super::fim;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::io;
use trust_wire::{Fill, Filled, Hole};

/// One, several, or none.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Texts {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

impl Texts {
    fn all(self) -> Vec<String> {
        match self {
            Self::None => Vec::new(),
            Self::One(text) => vec![text],
            Self::Several(texts) => texts,
        }
    }
}

/// The body of `/v1/completions`. What it says of sampling is without effect: each token is the most probable one.
#[derive(Deserialize)]
struct Completions {
    prompt: Texts,
    suffix: Option<String>,
    max_tokens: Option<i64>,
    #[serde(default)]
    stop: Texts,
    #[serde(default)]
    stream: bool,
}

/// The body of `/infill` and `/completion`.
#[derive(Deserialize)]
struct Infill {
    #[serde(default)]
    input_prefix: String,
    #[serde(default)]
    input_suffix: String,
    #[serde(default)]
    input_extra: Vec<Extra>,
    #[serde(default)]
    prompt: Texts,
    n_predict: Option<i64>,
    t_max_prompt_ms: Option<u64>,
    t_max_predict_ms: Option<u64>,
    #[serde(default)]
    stop: Texts,
    #[serde(default)]
    stream: bool,
    #[serde(default)]
    response_fields: Vec<String>,
}

#[derive(Deserialize)]
struct Extra {
    #[serde(default)]
    filename: String,
    #[serde(default)]
    text: String,
}

/// How the client wants its answer.
pub enum Form {
    Completion { stream: bool, id: String },
    Infill { stream: bool, fields: Vec<String> },
}

/// What a body asks for.
///
/// # Errors
/// It is none that the path knows.
pub fn completions(body: &[u8], client: &str, id: String) -> Result<(Fill, Form), Refusal> {
    let asked: Completions = parse(body)?;
    let mut prompts = asked.prompt.all();
    let (Some(prompt), true) = (prompts.pop(), prompts.is_empty()) else {
        return Err(Refusal::new(400, "`prompt` must be one text"));
    };
    let fim::Prompted { mut hole, path } = fim::read(&prompt, asked.suffix.as_deref());
    hole.stop = asked.stop.all();
    let tokens = limit(asked.max_tokens);
    let fill = Fill { hole, path, tokens, milliseconds: None, client: client.into() };
    Ok((fill, Form::Completion { stream: asked.stream, id }))
}

/// The same of llama.cpp's server: `/infill`, where the hole is said in fields, and `/completion`, where the prompt marks it.
///
/// # Errors
/// It is none.
pub fn infill(body: &[u8], client: &str, is_marked: bool) -> Result<(Fill, Form), Refusal> {
    let asked: Infill = parse(body)?;
    let prompt = match asked.prompt {
        Texts::None => String::new(),
        Texts::One(prompt) => prompt,
        Texts::Several(_) => return Err(Refusal::new(400, "`prompt` must be one text")),
    };
    let fim::Prompted { mut hole, path } = match is_marked {
        true => fim::read(&prompt, None),
        false => {
            // What stands on the cursor's line before it comes apart from the lines above.
            let (prefix, suffix) = (asked.input_prefix + &prompt, asked.input_suffix);
            let extra = asked.input_extra.into_iter().map(|extra| (extra.filename, extra.text)).collect();
            fim::Prompted { hole: Hole { prefix, suffix, extra, ..Hole::default() }, path: None }
        }
    };
    hole.stop = asked.stop.all();
    let milliseconds = match (asked.t_max_prompt_ms, asked.t_max_predict_ms) {
        (Some(prompt), Some(predict)) => prompt.checked_add(predict),
        _ => None,
    };
    let tokens = limit(asked.n_predict);
    let fill = Fill { hole, path, tokens, milliseconds, client: client.into() };
    Ok((fill, Form::Infill { stream: asked.stream, fields: asked.response_fields }))
}

pub fn parse<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal::new(400, format!("the body is not the JSON that this path takes: {error}")))
}

/// Below zero means as many as there are.
fn limit(tokens: Option<i64>) -> Option<u32> {
    tokens.and_then(|tokens| u32::try_from(tokens).ok())
}

impl Form {
    /// Answers.
    pub fn answer(&self, filled: &Filled, created: u64, to: &mut Answer<'_>) -> io::Result<()> {
        match self {
            Self::Completion { stream: false, id } => {
                to.json(&chunk(id, filled, created, Some(&filled.text)))
            }
            Self::Completion { stream: true, id } => {
                to.begin_events()?;
                let mut first = chunk(id, filled, created, Some(&filled.text));
                first["choices"][0]["finish_reason"] = Value::Null;
                to.event(&first)?;
                to.event(&chunk(id, filled, created, None))?;
                to.end_events()
            }
            Self::Infill { stream: false, fields } => to.json(&selected(infilled(filled), fields)),
            Self::Infill { stream: true, fields } => {
                to.begin_events()?;
                to.event(&json!({ "index": 0, "content": filled.text, "stop": false }))?;
                let mut last = infilled(filled);
                last["content"] = "".into();
                to.event(&selected(last, fields))
            }
        }
    }
}

fn chunk(id: &str, filled: &Filled, created: u64, text: Option<&str>) -> Value {
    let reason = if filled.cut { "length" } else { "stop" };
    json!({
        "id": id, "object": "text_completion", "created": created, "model": filled.model,
        "choices": [{ "index": 0, "text": text.unwrap_or_default(), "logprobs": null, "finish_reason": reason }],
        "usage": {
            "prompt_tokens": filled.read, "completion_tokens": filled.written,
            "total_tokens": filled.read + filled.written,
        },
    })
}

fn infilled(filled: &Filled) -> Value {
    let milliseconds = filled.milliseconds;
    let a_second =
        |tokens: u32| if milliseconds > 0.0 { f64::from(tokens) * 1e3 / milliseconds } else { 0.0 };
    let a_token = |tokens: u32| if tokens > 0 { milliseconds / f64::from(tokens) } else { 0.0 };
    let (read, written) = (filled.read, filled.written);
    json!({
        "index": 0, "content": filled.text, "model": filled.model, "stop": true,
        "stop_type": if filled.cut { "limit" } else { "eos" }, "truncated": false,
        "tokens_cached": 0, "tokens_evaluated": read, "tokens_predicted": written, "generation_settings": {},
        "quiet": filled.quiet,
        // What reading and writing took is not told apart.
        "timings": {
            "prompt_n": read, "prompt_ms": 0.0, "prompt_per_token_ms": 0.0, "prompt_per_second": 0.0,
            "predicted_n": written, "predicted_ms": milliseconds,
            "predicted_per_token_ms": a_token(written), "predicted_per_second": a_second(written),
        },
    })
}

/// Of an answer the fields that were asked for, under the paths by which they were: `timings/predicted_n`.
fn selected(answer: Value, fields: &[String]) -> Value {
    if fields.is_empty() {
        return answer;
    }
    let found = fields.iter().filter_map(|field| {
        let value = field.split('/').try_fold(&answer, |value, name| value.get(name))?;
        Some((field.clone(), value.clone()))
    });
    Value::Object(found.collect::<Map<_, _>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_hole_is_refused_in_words() {
        let cases: [(&str, &str); 6] = [
            ("", "EOF"),
            ("{", "EOF"),
            ("[]", "the body is not the JSON"),
            ("{}", "missing field `prompt`"),
            (r#"{"prompt": ["a", "b"]}"#, "must be one text"),
            (r#"{"prompt": [1, 2]}"#, "the body is not the JSON"),
        ];
        for (body, expected) in cases {
            let refusal = completions(body.as_bytes(), "", String::new()).err().unwrap();
            assert!(
                refusal.status == 400 && refusal.message.contains(expected),
                "{body}: {}",
                refusal.message
            );
        }
    }

    #[allow(clippy::disallowed_methods, reason = "tests read the fixtures")]
    #[test]
    fn the_limits_of_a_recorded_request_are_read() {
        let limits = |name: &str| {
            let path = format!("{}/../../fixtures/door/{name}.json", env!("CARGO_MANIFEST_DIR"));
            let fixture: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
            let (fill, _) = infill(fixture["body"].to_string().as_bytes(), "curl", false).ok().unwrap();
            (fill.milliseconds, fill.tokens)
        };
        assert_eq!(limits("llama-vim"), (Some(750), Some(128)));
        assert_eq!(limits("llama-vim-next"), (Some(1500), Some(128)));
        // One that knows one of both is not held to it, and what no clock could wait for is no limit.
        for body in [
            r#"{"t_max_predict_ms": 9}"#,
            r#"{"t_max_prompt_ms": 18446744073709551615, "t_max_predict_ms": 1}"#,
        ] {
            let (fill, _) = infill(body.as_bytes(), "", false).ok().unwrap();
            assert_eq!((fill.milliseconds, fill.tokens), (None, None), "{body}");
        }
    }

    #[test]
    fn fields_are_selected_by_their_paths() {
        let filled = Filled { text: "x".into(), written: 2, ..Filled::default() };
        let fields = ["content", "timings/predicted_n", "nothing/here"].map(String::from);
        let found = selected(infilled(&filled), &fields);
        assert_eq!(found, json!({ "content": "x", "timings/predicted_n": 2 }));
    }
}
