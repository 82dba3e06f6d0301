//! Changing a file of the configuration as its owner wrote it: comments, order and line ends stay.

use crate::file;
use crate::key::{Key, Reach};
use crate::problem::{Problem, tellable};
use serde_json::Value;
use std::fmt;
use std::path::Path;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike};

/// What a new file begins with.
pub const TEMPLATE: &str = "\
# Configuration of trust-lsp. `trust-lsp config show` lists the keys, `trust-lsp config check` says what is wrong.
";

/// The file beside the user's that TOML servers of editors read.
pub const SCHEMA_FILE: &str = "config.schema.json";

/// What a new file of the user's begins with: the line by which such a server finds it, and [`TEMPLATE`].
pub fn begun() -> String {
    format!("#:schema ./{SCHEMA_FILE}\n{TEMPLATE}")
}

/// Lays the schema beside the user's file, where that line looks for it, as this program knows it.
///
/// # Errors
/// Whatever keeps it from being written, in words.
pub fn lay_schema(file: &Path) -> Result<(), EditError> {
    let beside = file.with_file_name(SCHEMA_FILE);
    let schema = format!("{:#}\n", crate::schema());
    if file::read(&beside).is_ok_and(|text| text.as_ref() == Some(&schema)) {
        return Ok(());
    }
    let told = |error| EditError(format!("{}: {}", beside.display(), file::reason(&error)));
    file::write(&beside, &schema, true).map_err(told)
}

/// Where in a file a key is to be set.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    pub file: &'a Path,
    /// Only for this language.
    pub language: Option<&'a str>,
    /// Only in this folder, as it may be spelled there; the first spelling is the one that is written.
    pub directory: Option<&'a [String]>,
    /// It is the user's: nobody else may read it where it is made, and its schema lies beside it.
    pub private: bool,
}

/// Why a file was left as it is.
#[derive(Debug)]
pub struct EditError(String);

impl fmt::Display for EditError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for EditError {}

/// Sets a key, in a file that is made where there is none.
///
/// # Errors
/// The value is not one that the key takes, or the file cannot be read, is no TOML, or cannot be written.
pub fn set(target: Target<'_>, key: &'static Key, value: &Value) -> Result<(), EditError> {
    key.kind.check(value).map_err(|told| EditError(format!("`{}` {told}", key.name)))?;
    let new = item(value).ok_or_else(|| EditError(format!("`{}` {}", key.name, key.kind.takes())))?;
    change(target, key, |table, name| {
        match table.get_mut(name) {
            // What is written behind it on its line stays.
            Some(Item::Value(old)) => {
                let decor = old.decor().clone();
                let mut new = new;
                *new.decor_mut() = decor;
                *old = new;
            }
            _ => drop(table.insert(name, Item::Value(new))),
        }
        true
    })
    .map(|_| ())
}

/// Takes a key away. False where it was not set.
///
/// # Errors
/// Those of [`set`] for files.
pub fn unset(target: Target<'_>, key: &'static Key) -> Result<bool, EditError> {
    if !target.file.exists() {
        return Ok(false);
    }
    change(target, key, |table, name| table.remove(name).is_some())
}

/// Chooses a profile in a user's file; none for an empty name.
///
/// # Errors
/// Those of [`set`].
pub fn use_profile(file: &Path, name: &str) -> Result<(), EditError> {
    let target = Target { file, language: None, directory: None, private: true };
    let key = crate::key("profile").ok_or_else(|| EditError("there is no such key".into()))?;
    if name.is_empty() { unset(target, key).map(|_| ()) } else { set(target, key, &name.into()) }
}

fn change(
    target: Target<'_>,
    key: &'static Key,
    apply: impl FnOnce(&mut dyn TableLike, &str) -> bool,
) -> Result<bool, EditError> {
    let name = target.file.display().to_string();
    let told = |line, text: String| EditError(Problem::new(&name, line, None, text).to_string());
    let is_part = target.language.is_some() || target.directory.is_some();
    if is_part && key.reach == Reach::Session {
        let told = "holds for the whole session, not for one language or directory";
        return Err(EditError(format!("`{}` {told}", key.name)));
    }
    if target.language.is_some() && target.directory.is_some() {
        return Err(EditError(
            "a key is set for a language or for a directory, not for one in the other".into(),
        ));
    }
    let text = file::read(target.file).map_err(|(line, text)| told(line, text))?;
    let text = text.unwrap_or_else(|| if target.private { begun() } else { TEMPLATE.into() });
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        told(line, error.message().lines().next().unwrap_or_default().into())
    })?;
    // Where there is nothing but comments, they stay above.
    let mut head = String::new();
    if document.is_empty() {
        head = document.trailing().as_str().unwrap_or_default().into();
        document.set_trailing("");
        if !head.is_empty() && !head.ends_with('\n') {
            head.push('\n');
        }
    }
    let mut path: Vec<&str> =
        target.language.map(|language| ["language", language]).into_iter().flatten().collect();
    path.extend(key.name.split('.'));
    let (last, tables) = path.split_last().unwrap_or((&"", &[]));
    let mut place: &mut dyn TableLike = match target.directory {
        None => document.as_table_mut(),
        Some(spellings) => directory(document.as_table_mut(), spellings).ok_or_else(|| {
            told(None, "`directory` is no row of tables [[directory]], so nothing can be set in one".into())
        })?,
    };
    for (depth, part) in tables.iter().enumerate() {
        let has_none = place.get(part).is_none_or(Item::is_none);
        if has_none {
            let mut table = Table::new();
            // `[language.python]` needs no `[language]` above it.
            table.set_implicit(depth + 1 < tables.len());
            place.insert(part, Item::Table(table));
        }
        place = place.get_mut(part).and_then(Item::as_table_like_mut).ok_or_else(|| {
            told(None, format!("`{}` is no table, so nothing can be set in it", tellable(part)))
        })?;
    }
    if !apply(place, last) {
        return Ok(false);
    }
    let mut written = head + &document.to_string();
    if text.contains("\r\n") {
        written = written.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    file::write(target.file, &written, target.private).map_err(|error| told(None, file::reason(&error)))?;
    if target.private {
        lay_schema(target.file)?;
    }
    Ok(true)
}

/// The table of a folder, at the end of the row where there is none of it yet; `None` where something else has the name.
fn directory<'t>(root: &'t mut Table, spellings: &[String]) -> Option<&'t mut Table> {
    let row = root.entry("directory").or_insert(Item::ArrayOfTables(ArrayOfTables::new()));
    let row = row.as_array_of_tables_mut()?;
    let plain = |path: &str| path.trim_end_matches('/').to_owned();
    let is_meant = |table: &Table| {
        let path = table.get("path").and_then(Item::as_str).map(plain);
        path.is_some_and(|path| spellings.iter().any(|spelling| plain(spelling) == path))
    };
    let at = row.iter().position(is_meant);
    let at = match at {
        Some(at) => at,
        None => {
            let mut table = Table::new();
            table.insert("path", toml_edit::value(spellings.first()?.as_str()));
            row.push(table);
            row.len() - 1
        }
    };
    row.get_mut(at)
}

/// A value as TOML has it; `None` for null.
fn item(value: &Value) -> Option<toml_edit::Value> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(value) => (*value).into(),
        Value::Number(number) => match number.as_i64() {
            Some(number) => number.into(),
            None => number.as_f64()?.into(),
        },
        Value::String(text) => text.as_str().into(),
        Value::Array(items) => items.iter().map(item).collect::<Option<Array>>()?.into(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| Some((key.as_str(), item(value)?)))
            .collect::<Option<InlineTable>>()?
            .into(),
    })
}

/// A value as it is written in a file; nothing for null.
pub fn toml(value: &Value) -> String {
    item(value).map_or_else(String::new, |value| value.to_string())
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests make the files they need")]
mod tests {
    use super::*;
    use crate::key;
    use serde_json::json;

    fn after(text: Option<&str>, language: Option<&str>, name: &str, value: Value) -> Result<String, String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("sub/config.toml");
        if let Some(text) = text {
            std::fs::create_dir(file.parent().unwrap()).unwrap();
            std::fs::write(&file, text).unwrap();
        }
        let target = Target { file: &file, language, directory: None, private: true };
        set(target, key(name).unwrap(), &value).map_err(|error| error.to_string())?;
        let beside = std::fs::read_to_string(file.with_file_name(SCHEMA_FILE)).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&beside).unwrap(), crate::schema());
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 2, "nothing is left behind");
        Ok(std::fs::read_to_string(file).unwrap())
    }

    #[test]
    fn comments_order_and_line_ends_stay() {
        let cases = [
            (
                Some("# mine\nstatistics = true # why\n\n[other]\nx = 1\n"),
                "statistics",
                json!(false),
                "# mine\nstatistics = false # why\n\n[other]\nx = 1\n",
            ),
            (
                Some("adapt = false\r\n# c\r\n[completion]\r\n# on\r\nenable = true\r\n"),
                "completion.enable",
                json!(false),
                "adapt = false\r\n# c\r\n[completion]\r\n# on\r\nenable = false\r\n",
            ),
            (
                Some("[completion]\nenable = true\n"),
                "completion.deadline",
                json!(900),
                "[completion]\nenable = true\ndeadline = 900\n",
            ),
            (
                Some("completion.enable = true\n"),
                "completion.deadline",
                json!(900),
                "completion.enable = true\ncompletion.deadline = 900\n",
            ),
            (
                Some("completion = { enable = true }\n"),
                "completion.deadline",
                json!(900),
                "completion = { enable = true , deadline = 900 }\n",
            ),
            (
                Some("\u{feff}# bom\n"),
                "otherServers",
                json!(["rust", "go"]),
                "# bom\notherServers = [\"rust\", \"go\"]\n",
            ),
            (
                Some(""),
                "navigation",
                json!({"*": "on", "rust": "off"}),
                "navigation = { \"*\" = \"on\", rust = \"off\" }\n",
            ),
        ];
        for (text, name, value, expected) in cases {
            let written = after(text, None, name, value).unwrap();
            assert_eq!(written.replace(" ,", ","), expected.replace(" ,", ","), "{text:?}");
        }
        let written = after(None, None, "gate.shift", json!(0.1)).unwrap();
        assert_eq!(written, format!("{}[gate]\nshift = 0.1\n", begun()));
        assert!(written.starts_with("#:schema ./config.schema.json\n"), "{written}");
        let written =
            after(Some("adapt = true\n"), Some("python"), "completion.enable", json!(false)).unwrap();
        assert!(written.contains("[language.python.completion]\nenable = false\n"), "{written}");
    }

    #[test]
    fn a_key_is_set_in_one_folder_where_that_has_a_table_already_there() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, "# mine\n[[directory]]\npath = \"~/a/\" # why\n\n[gate]\nshift = 0.1\n")
            .unwrap();
        let spelled = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let (known, other) = (spelled(&["/home/x/a", "~/a"]), spelled(&["/b"]));
        let in_folder =
            |names| Target { file: &file, language: None, directory: Some(names), private: false };
        let enable = key("completion.enable").unwrap();
        set(in_folder(&known), enable, &json!(false)).unwrap();
        set(in_folder(&other), enable, &json!(false)).unwrap();
        set(in_folder(&other), key("gate.shift").unwrap(), &json!(0.2)).unwrap();
        let written = std::fs::read_to_string(&file).unwrap();
        let parsed: toml_edit::DocumentMut = written.parse().unwrap();
        let row = parsed["directory"].as_array_of_tables().unwrap();
        let paths: Vec<_> = row.iter().map(|table| table["path"].as_str().unwrap()).collect();
        assert_eq!(paths, ["~/a/", "/b"], "{written}");
        let enabled: Vec<_> = row.iter().map(|table| table["completion"]["enable"].as_bool()).collect();
        assert_eq!(enabled, [Some(false), Some(false)], "{written}");
        assert!(written.starts_with("# mine\n") && written.contains("# why"), "{written}");
        assert_eq!(parsed["gate"]["shift"].as_float(), Some(0.1), "{written}");
        assert!(crate::check(&file, None, Some(folder.path())).is_empty(), "{written}");
        assert!(unset(in_folder(&other), enable).unwrap() && !unset(in_folder(&other), enable).unwrap());
        let told = set(in_folder(&known), key("adapt").unwrap(), &json!(false)).unwrap_err().to_string();
        assert!(told.contains("not for one language or directory"), "{told}");
        std::fs::write(&file, "directory = 3\n").unwrap();
        let told = set(in_folder(&known), enable, &json!(false)).unwrap_err().to_string();
        assert!(told.contains("no row of tables [[directory]]"), "{told}");
    }

    #[test]
    fn beside_a_workspaces_file_nothing_is_laid() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(".trust/config.toml");
        let target = Target { file: &file, language: None, directory: None, private: false };
        set(target, key("adapt").unwrap(), &json!(false)).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("{TEMPLATE}adapt = false\n"));
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn what_cannot_be_changed_is_left_and_told() {
        let cases = [
            (Some("a = \n"), None, "adapt", json!(true), "config.toml:1: "),
            (Some("completion = 3\n"), None, "completion.enable", json!(true), "`completion` is no table"),
            (Some("x\0"), None, "adapt", json!(true), "holds a NUL byte"),
            (None, None, "adapt", json!("s3cret"), "`adapt` takes true or false, not text"),
            (None, Some("python"), "adapt", json!(true), "for the whole session"),
        ];
        for (text, language, name, value, expected) in cases {
            let told = after(text, language, name, value).unwrap_err();
            assert!(told.contains(expected) && !told.contains("s3cret"), "{told}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_written_through_and_rights_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("dotfiles.toml"), folder.path().join("config.toml"));
        std::fs::write(&real, "adapt = true\n").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&real, &link).unwrap();
        let target = Target { file: &link, language: None, directory: None, private: true };
        set(target, key("adapt").unwrap(), &json!(false)).unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "adapt = false\n");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        assert!(unset(target, key("adapt").unwrap()).unwrap());
        assert!(!unset(target, key("adapt").unwrap()).unwrap());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "");
        let fresh = folder.path().join("new/config.toml");
        set(Target { file: &fresh, ..target }, key("adapt").unwrap(), &json!(false)).unwrap();
        assert_eq!(std::fs::metadata(&fresh).unwrap().permissions().mode() & 0o777, 0o600);
        for (from, to) in [("a.toml", "b.toml"), ("b.toml", "a.toml")] {
            symlink(folder.path().join(to), folder.path().join(from)).unwrap();
        }
        let round = folder.path().join("a.toml");
        assert!(set(Target { file: &round, ..target }, key("adapt").unwrap(), &json!(false)).is_err());
    }
}
