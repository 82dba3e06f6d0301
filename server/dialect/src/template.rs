//! A chat template: Jinja, out of a file that anybody may have made. Its source, its work and its output are bounded,
//! and it reaches nothing but what it is given.

use crate::date;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Rest, Serde, Value as Jinja};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior};
use serde_json::Value;

const NAME: &str = "chat";
/// The longest template in use has some 25 KiB.
const MAX_SOURCE: usize = 256 << 10;
/// Steps of the template's interpreter: a conversation of 100 messages takes some 20,000.
const MAX_STEPS: u64 = 2_000_000;
/// What a rendered conversation may be longer than all that went into it.
const MAX_GROWTH: usize = 1 << 20;

/// Why a template cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("the template is longer than {MAX_SOURCE} bytes")]
    TooLong,
    #[error("the template is no Jinja: {0}")]
    Syntax(String),
    /// The template's own words for what it does not take, or what went wrong in it.
    #[error("the template refuses the conversation: {0}")]
    Refused(String),
    #[error("the template does too much work")]
    TooMuchWork,
    #[error("the template tears the texts of users apart")]
    Torn,
}

/// A template with the tokens that it may write.
#[derive(Debug)]
pub struct Template {
    environment: Environment<'static>,
    source: String,
    bos: String,
    eos: String,
}

impl Template {
    /// `bos` and `eos` are the spellings of the tokens that begin and end a text.
    pub fn new(source: &str, bos: &str, eos: &str) -> Result<Self, TemplateError> {
        if source.len() > MAX_SOURCE {
            return Err(TemplateError::TooLong);
        }
        let mut environment = Environment::new();
        // As the library that templates are written for has it.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|error| TemplateError::Syntax(first_line(&error)))?);
        environment.set_fuel(Some(MAX_STEPS));
        environment.set_recursion_limit(64);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_undefined_behavior(UndefinedBehavior::Lenient);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_filter("tojson", to_json);
        environment.add_function("raise_exception", raise);
        environment.add_function("strftime_now", |format: &str| date::today(format));
        environment
            .add_template_owned(NAME, without_generation_marks(source))
            .map_err(|error| TemplateError::Syntax(first_line(&error)))?;
        Ok(Self { environment, source: source.to_string(), bos: bos.to_string(), eos: eos.to_string() })
    }

    /// One that writes nothing.
    pub(crate) fn empty() -> Self {
        let [source, bos, eos] = [const { String::new() }; 3];
        Self { environment: Environment::new(), source, bos, eos }
    }

    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn eos(&self) -> &str {
        &self.eos
    }

    /// Renders with `context`, an object, to which the tokens are added.
    pub(crate) fn render(&self, mut context: Value) -> Result<String, TemplateError> {
        let given = context.to_string().len();
        context["bos_token"] = self.bos.clone().into();
        context["eos_token"] = self.eos.clone().into();
        let template = self.environment.get_template(NAME).map_err(refused)?;
        let mut output = Bounded { text: Vec::new(), limit: 8 * given + MAX_GROWTH };
        template.render_captured_to(Serde(&context), &mut output).map_err(refused)?;
        String::from_utf8(output.text).map_err(|_| TemplateError::Torn)
    }
}

/// Takes what is written, up to a limit.
struct Bounded {
    text: Vec<u8>,
    limit: usize,
}

impl std::io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.text.len() + bytes.len() > self.limit {
            return Err(std::io::ErrorKind::StorageFull.into());
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn refused(error: Error) -> TemplateError {
    match error.kind() {
        ErrorKind::OutOfFuel | ErrorKind::WriteFailure => TemplateError::TooMuchWork,
        _ => TemplateError::Refused(first_line(&error)),
    }
}

fn first_line(error: &Error) -> String {
    error.to_string().lines().next().unwrap_or_default().chars().take(200).collect()
}

/// The tags around what a model is trained on mean nothing when it is used.
fn without_generation_marks(source: &str) -> String {
    let mut text = source.to_string();
    for tag in ["generation", "endgeneration"] {
        for (left, right) in [("{%", "%}"), ("{%-", "-%}"), ("{%-", "%}"), ("{%", "-%}")] {
            text = text.replace(&format!("{left} {tag} {right}"), "");
        }
    }
    text
}

fn raise(message: &str) -> Result<String, Error> {
    Err(Error::new(ErrorKind::InvalidOperation, message.to_string()))
}

/// JSON as Python writes it, which is what models have seen: a space after each colon and comma.
fn to_json(value: Jinja, _rest: Rest<Jinja>, options: Kwargs) -> Result<String, Error> {
    let indent: Option<usize> = options.get("indent").ok().flatten();
    let value: Value = serde_json::to_value(&value)
        .map_err(|_| Error::new(ErrorKind::InvalidOperation, "a value that JSON does not know"))?;
    let mut text = String::new();
    write_json(&value, indent, 0, &mut text);
    Ok(text)
}

/// `value` with Python's spacing, in one line.
pub(crate) fn json_text(value: &Value) -> String {
    let mut text = String::new();
    write_json(value, None, 0, &mut text);
    text
}

fn write_json(value: &Value, indent: Option<usize>, depth: usize, text: &mut String) {
    let line = |depth: usize, text: &mut String| {
        if let Some(indent) = indent {
            text.push('\n');
            text.push_str(&" ".repeat(indent.min(8) * depth));
        }
    };
    let separator = if indent.is_some() { "," } else { ", " };
    match value {
        Value::Array(items) if !items.is_empty() => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                text.push_str(if index > 0 { separator } else { "" });
                line(depth + 1, text);
                write_json(item, indent, depth + 1, text);
            }
            line(depth, text);
            text.push(']');
        }
        Value::Object(members) if !members.is_empty() => {
            text.push('{');
            for (index, (key, member)) in members.iter().enumerate() {
                text.push_str(if index > 0 { separator } else { "" });
                line(depth + 1, text);
                text.push_str(&Value::from(key.as_str()).to_string());
                text.push_str(": ");
                write_json(member, indent, depth + 1, text);
            }
            line(depth, text);
            text.push('}');
        }
        other => text.push_str(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn render(source: &str, context: Value) -> Result<String, TemplateError> {
        Template::new(source, "<s>", "</s>")?.render(context)
    }

    #[test]
    fn what_templates_lean_on_is_there() {
        let cases = [
            (
                "{{ bos_token }}{{ x|tojson }}",
                json!({"x": {"a": [1, "é<"], "b": {}}}),
                "<s>{\"a\": [1, \"é<\"], \"b\": {}}",
            ),
            ("{{ x|tojson(indent=2) }}", json!({"x": {"a": [1]}}), "{\n  \"a\": [\n    1\n  ]\n}"),
            (
                "{%- set ns = namespace(n=0) %}{% for i in x %}{% if i == 2 %}{% continue %}{% endif %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}",
                json!({"x": [1, 2, 3]}),
                "4",
            ),
            (
                "{% for m in x %}\n  {% if m.startswith('a') %}\n{{ m.strip() }}\n  {% endif %}\n{% endfor %}",
                json!({"x": ["a ", "b"]}),
                "a\n",
            ),
            ("{% generation %}{{ x.items()|list|length }}{% endgeneration %}", json!({"x": {"a": 1}}), "1"),
            ("{% if missing is defined %}a{% else %}b{% endif %}{{ missing }}", json!({}), "b"),
        ];
        for (source, context, expected) in cases {
            assert_eq!(render(source, context).as_deref(), Ok(expected), "{source}");
        }
    }

    #[test]
    fn hostile_templates_end_soon() {
        let cases: [(String, TemplateError); 6] = [
            ("x".repeat(MAX_SOURCE + 1), TemplateError::TooLong),
            ("{% for i in range(10000) %}{% for j in range(10000) %}{% set x = 1 %}{% endfor %}{% endfor %}".into(), TemplateError::TooMuchWork),
            ("{% for i in range(9000) %}{{ 'x' * 100000 }}{% endfor %}".into(), TemplateError::TooMuchWork),
            ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}".into(), TemplateError::Refused(String::new())),
            ("{{ raise_exception('no tools here') }}".into(), TemplateError::Refused(String::new())),
            ("{% include '/etc/passwd' %}".into(), TemplateError::Syntax(String::new())),
        ];
        for (source, expected) in cases {
            let error = render(&source, json!({})).unwrap_err();
            let same = std::mem::discriminant(&error) == std::mem::discriminant(&expected);
            assert!(same, "{:.60} {error:?}", source);
        }
        assert!(matches!(render("{% if", json!({})), Err(TemplateError::Syntax(_))));
        let nested = "{% if x %}".repeat(5000);
        assert!(matches!(render(&nested, json!({})), Err(TemplateError::Syntax(_))));
    }
}
