//! What other programs are given.

use super::*;
use crate::bytes::hex;
use crate::merkle::leaf_hash;
use crate::samples::{entry, log};
use crate::{Action, Cutoff, Log, Permission, Record, Requested, ToolUsed, What, erase, summary};

fn exported(folder: &crate::Folder, filter: &Filter, format: Format, contents: bool) -> (u64, Vec<String>) {
    let mut out = Vec::new();
    let count = export(&Reader::open(folder).unwrap(), filter, format, contents, &mut out).unwrap();
    (count, String::from_utf8(out).unwrap().lines().map(str::to_owned).collect())
}

#[test]
fn lines_hold_what_the_leaves_are_of() {
    let (_home, folder) = log(5);
    let which = Filter { seq: Some(1), ..Filter::default() };
    erase(&folder, &Cutoff { what: What::Records, which, asked: true }, &entry(9)).unwrap();
    let (count, lines) = exported(&folder, &Filter::default(), Format::Jsonl, true);
    assert_eq!((count, lines.len()), (6, 6));
    for (at, line) in lines.iter().enumerate() {
        let value: Value = serde_json::from_str(line).unwrap();
        let leaf = value["leaf"].as_str().unwrap();
        if at == 1 {
            assert_eq!(value["record"], Value::Null);
            continue;
        }
        let start = line.find("\"record\":").unwrap() + 9;
        let end = line.find(",\"said\":").unwrap_or(line.len() - 1);
        assert_eq!(hex(&leaf_hash(&line.as_bytes()[start..end])), leaf);
        assert_eq!(value["said"]["asked"].is_string(), at % 3 == 0 && at < 5, "{line}");
    }
    let file = Filter { file: Some("src/file_2.rs".into()), ..Filter::default() };
    assert_eq!(exported(&folder, &file, Format::Jsonl, false).0, 1);
}

#[test]
fn tables_keep_their_columns_whatever_stands_in_them() {
    let (_home, folder) = log(0);
    let odd = Record {
        entry: Entry {
            note: Some("=cmd|'x', \"quoted\"\nand on".into()),
            files: vec![FileUsed { path: "a,b.rs".into(), sha256: None }],
            action: Action::Kept,
            ..entry(1)
        },
        content: None,
    };
    Log::open(&folder).unwrap().append(&[odd]).unwrap();
    let (_, lines) = exported(&folder, &Filter::default(), Format::Csv, false);
    let text = lines[1..].join("\n");
    assert_eq!(lines[0].split(',').count(), COLUMNS.len());
    assert!(
        text.starts_with("0,1970-01-01T00:00:01.000000Z,p-1,1000,test 1,person,completion,kept,"),
        "{text}"
    );
    assert!(text.ends_with("\"'=cmd|'x', \"\"quoted\"\"\nand on\""), "{text}");
    assert!(text.contains(",\"a,b.rs -\","), "{text}");
}

#[test]
fn log_records_have_the_names_of_the_conventions() {
    let (_home, folder) = log(4);
    let (_, lines) = exported(&folder, &Filter::default(), Format::Otel, true);
    let value: Value = serde_json::from_str(&lines[3]).unwrap();
    let record = &value["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0];
    assert_eq!(record["timeUnixNano"], "3000000000");
    let attributes = record["attributes"].as_array().unwrap();
    let of = |key: &str| attributes.iter().find(|one| one["key"] == key).map(|one| &one["value"]);
    assert_eq!(of("gen_ai.operation.name").unwrap()["stringValue"], "text_completion");
    assert_eq!(of("gen_ai.usage.output_tokens").unwrap()["intValue"], "3");
    assert_eq!(of("gen_ai.input.messages").unwrap()["stringValue"], crate::samples::said(3));
    assert_eq!(of("trust.of"), None);
    let odd = Record {
        entry: Entry {
            files: vec![
                FileUsed { path: "a.rs".into(), sha256: Some("ab".into()) },
                FileUsed { path: "b.rs".into(), sha256: None },
            ],
            tool: Some(ToolUsed { name: "x".into(), class: "edit".into(), permission: Permission::Once }),
            ..entry(5)
        },
        content: None,
    };
    Log::open(&folder).unwrap().append(&[odd]).unwrap();
    let (_, lines) = exported(&folder, &Filter::default(), Format::Otel, false);
    let value: Value = serde_json::from_str(lines.last().unwrap()).unwrap();
    let attributes =
        value["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0]["attributes"].as_array().unwrap();
    let of = |key: &str| attributes.iter().find(|one| one["key"] == key).map(|one| one["value"].clone());
    assert_eq!(of("trust.tool.class").unwrap()["stringValue"], "edit");
    let values = |key: &str| of(key).unwrap()["arrayValue"]["values"].clone();
    assert_eq!(values("trust.files").as_array().map(Vec::len), Some(2));
    let hashes = serde_json::json!([{ "stringValue": "ab" }, { "stringValue": "" }]);
    assert_eq!(values("trust.files.sha256"), hashes);
}

#[test]
fn a_summary_counts() {
    let (_home, folder) = log(10);
    let since = Filter { since: Some(4_000_000), ..Filter::default() };
    let found = summary(&Reader::open(&folder).unwrap(), &since).unwrap();
    assert_eq!((found.entries, found.first, found.last), (6, Some(4_000_000), Some(9_000_000)));
    assert_eq!(found.by_action["completion"]["shown"], 6);
    assert_eq!(found.by_client["test 1"], 6);
}

#[test]
fn requests_that_are_summed_up_are_counted_by_host_too() {
    let (_home, folder) = log(0);
    let request = Requested {
        host: "a.example".into(),
        class: "team".into(),
        purpose: "completion".into(),
        id: None,
        masked: 1,
    };
    let counts = |number: u64| std::collections::BTreeMap::from([("requests".to_owned(), number)]);
    let (feature, action, sent_bytes) = (Feature::Network, Action::Summed, Some(70));
    let request = Some(request);
    let summed =
        Entry { feature, action, request: request.clone(), sent_bytes, counts: counts(3), ..entry(1) };
    // The requests of a download have entries of their own.
    let (feature, action) = (Feature::Model, Action::Changed);
    let pulled = Entry { feature, action, request, counts: counts(5), ..entry(2) };
    let records = [summed, pulled].map(|entry| Record { entry, content: None });
    Log::open(&folder).unwrap().append(&records).unwrap();
    let network = Filter { feature: Some(Feature::Network), ..Filter::default() };
    for (filter, bytes) in [(Filter::default(), 0), (network, 70)] {
        let found = summary(&Reader::open(&folder).unwrap(), &filter).unwrap();
        assert_eq!((found.sent_bytes, found.by_host["a.example"]), (bytes, 3));
    }
}

#[test]
fn what_left_is_counted_once_and_told_by_host() {
    let (_home, folder) = log(0);
    let request = Requested {
        host: "a.example".into(),
        class: "team".into(),
        purpose: "chat".into(),
        id: Some("1-0".into()),
        masked: 2,
    };
    let (feature, action) = (Feature::Network, Action::Sent);
    let sent = Entry { feature, action, request: Some(request), sent_bytes: Some(70), ..entry(1) };
    let chat = Entry { feature: Feature::Chat, sent_bytes: Some(70), ..entry(2) };
    let records = [sent, chat].map(|entry| Record { entry, content: None });
    Log::open(&folder).unwrap().append(&records).unwrap();
    let network = Filter { feature: Some(Feature::Network), ..Filter::default() };
    for (filter, entries) in [(Filter::default(), 2), (network, 1)] {
        let found = summary(&Reader::open(&folder).unwrap(), &filter).unwrap();
        assert_eq!((found.entries, found.sent_bytes, found.by_host["a.example"]), (entries, 70, 1));
    }
    let (_, lines) = exported(&folder, &Filter::default(), Format::Csv, false);
    assert!(lines[1].contains(",a.example,team,chat,70,"), "{lines:?}");
    let (_, lines) = exported(&folder, &Filter::default(), Format::Otel, false);
    assert!(lines[0].contains("server.address") && !lines[1].contains("server.address"), "{lines:?}");
}
