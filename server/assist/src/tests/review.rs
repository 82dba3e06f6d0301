//! Reviews: what is found, where, and what is left alone.

use super::Sandbox;
use crate::review::{Baseline, Options, Review, Severity, callers_left_behind, report, review};
use serde_json::Value;

pub fn reviewed(sandbox: &Sandbox, options: &Options) -> Review {
    let repository = sandbox.repository();
    let broker = crate::Broker::new(repository.root().to_owned());
    review(&repository, &sandbox.staged(), &broker, options)
}

pub fn told(review: &Review) -> Vec<String> {
    let told = |finding: &crate::review::Finding| {
        format!("{}:{} {}", finding.path, finding.line + 1, finding.rule.id)
    };
    review.findings.iter().map(told).collect()
}

const RUST: &str = "fn quiet(x: Option<u8>) -> u8 {\n    let y = x.unwrap();\n    y\n}\n";

#[test]
fn what_is_new_is_found_and_what_was_there_is_not() {
    let key = format!("AKIA{}", "Q7RZ2MK6VX4BN5CT");
    let cases: Vec<(&str, &str, &str, String, &[&str])> = vec![
        (
            "a panic",
            "a.rs",
            "fn f() {\n}\n",
            "fn f() {\n    g().unwrap();\n}\n".into(),
            &["a.rs:2 new-panic"],
        ),
        ("one that was there", "a.rs", RUST, RUST.replace("    y\n", "    y + 1\n"), &[]),
        ("re-indented", "a.rs", RUST, RUST.replace("    let", "  let"), &[]),
        ("re-wrapped", "a.rs", RUST, RUST.replace("x.unwrap()", "x\n        .unwrap()"), &[]),
        ("moved", "a.rs", RUST, format!("fn before() {{}}\n\n{RUST}"), &[]),
        ("in a comment", "a.rs", "fn f() {\n}\n", "fn f() {\n    // never .unwrap() it\n}\n".into(), &[]),
        ("in a string", "a.rs", "fn f() {\n}\n", "fn f() {\n    g(\"x.unwrap()\");\n}\n".into(), &[]),
        (
            "in a test",
            "a.rs",
            "",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {\n        f().unwrap();\n    }\n}\n".into(),
            &[],
        ),
        (
            "swallowed",
            "a.py",
            "def f():\n    g()\n",
            "def f():\n    try:\n        g()\n    except E:\n        pass\n".into(),
            &["a.py:4 error-swallowed"],
        ),
        (
            "bare",
            "a.py",
            "def f():\n    g()\n",
            "def f():\n    try:\n        g()\n    except:\n        h()\n".into(),
            &["a.py:4 types-given-up"],
        ),
        ("any", "a.ts", "const a = 1;\n", "const a: any = 1;\n".into(), &["a.ts:1 types-given-up"]),
        ("a secret in any file", "a.ini", "", format!("key = {key}\n"), &["a.ini:1 secret-added"]),
        ("a marker", "a.txt", "a\n", "a\n<<<<<<< HEAD\nb\n".into(), &["a.txt:2 merge-marker"]),
        (
            "skipped",
            "tests/a.py",
            "def test_a():\n    f()\n",
            "@pytest.mark.skip\ndef test_a():\n    f()\n".into(),
            &["tests/a.py:1 test-skipped"],
        ),
        (
            "removed",
            "tests/test_a.py",
            "def test_a():\n    f()\n\ndef test_b():\n    g()\n",
            "def test_b():\n    g()\n".into(),
            &["tests/test_a.py:1 test-removed"],
        ),
        (
            "allowed with a reason",
            "a.rs",
            "",
            "// trust-allow(new-panic): the map was filled above\nfn f() { g().unwrap() }\n".into(),
            &[],
        ),
        (
            "allowed without",
            "a.rs",
            "",
            "// trust-allow(new-panic):\nfn f() { g().unwrap() }\n".into(),
            &["a.rs:2 new-panic"],
        ),
    ];
    for (name, path, before, after, expected) in cases {
        let sandbox = Sandbox::with(&[(path, before)]);
        sandbox.write(&[(path, &after)]);
        assert_eq!(told(&reviewed(&sandbox, &Options::default())), expected, "{name}");
    }
}

#[test]
fn what_a_change_leaves_behind() {
    let sandbox = Sandbox::with(&[
        ("lib.rs", "pub fn compute(a: u8) -> u8 {\n    a\n}\n"),
        ("user.rs", "fn u() {\n    compute(1);\n}\n"),
        ("Cargo.toml", "[dependencies]\nserde = \"1.0.1\"\n"),
        ("Cargo.lock", "x\n"),
    ]);
    sandbox.write(&[
        ("lib.rs", "pub fn compute(a: u8, b: u8) -> u8 {\n    a\n}\n"),
        ("Cargo.toml", "[dependencies]\nserde = \"1.0.2\"\n"),
    ]);
    let review = reviewed(&sandbox, &Options::default());
    assert_eq!(
        told(&review),
        [
            "Cargo.toml:2 lock-out-of-step",
            "lib.rs:1 callers-not-updated",
            "lib.rs:1 interface-undocumented",
            "lib.rs:1 interface-untested"
        ]
    );
    assert!(review.findings[1].message.contains("user.rs:2"), "{}", review.findings[1].message);
    // Where an index says which files hold a name, no other is read.
    let repository = sandbox.repository();
    let root = repository.root().to_owned();
    let (broker, changes) = (crate::Broker::new(root.clone()), sandbox.staged());
    for (file, found) in [("user.rs", true), ("other.rs", false)] {
        let holders = |name: &str| vec![root.join(if name == "compute" { file } else { "lib.rs" })];
        let told = callers_left_behind(&repository, &changes, &broker, Some(&holders), &|| false);
        assert_eq!(told.len(), usize::from(found), "{file}: {told:?}");
    }
    sandbox.write(&[
        ("user.rs", "fn u() {\n    compute(1, 2);\n}\n"),
        ("Cargo.lock", "y\n"),
        ("tests/t.rs", "fn t() {}\n"),
        ("README.md", "`compute` takes two.\n"),
    ]);
    assert_eq!(told(&reviewed(&sandbox, &Options::default())), [""; 0]);
}

#[test]
fn an_interface_is_documented_where_it_stands_or_elsewhere() {
    let (found, none): (&[&str], &[&str]) = (&["interface-undocumented"], &[]);
    let cases: [(&str, &str, &[&str]); 9] = [
        ("a.rs", "pub fn f() {}\n", found),
        ("a.rs", "/// Does.\n#[must_use]\npub fn f() {}\n", none),
        ("a.rs", "#[must_use]\n/** Does. */\npub fn f() {}\n", none),
        ("a.rs", "fn f() {}\n", none),
        ("a.py", "def f(a):\n    return a\n", found),
        ("a.py", "@cached\ndef f(\n    a,\n):\n    \"\"\"Does.\"\"\"\n    return a\n", none),
        ("a.py", "def _f(a):\n    return a\n", none),
        ("a.ts", "export function f() {\n  return 1;\n}\n", found),
        ("a.ts", "/** Does. */\nexport function f() {\n  return 1;\n}\n", none),
    ];
    for (path, text, expected) in cases {
        let sandbox = Sandbox::with(&[("x.txt", "")]);
        sandbox.write(&[(path, text), ("tests/t.rs", "fn t() {}\n")]);
        let rules = |sandbox: &Sandbox| -> Vec<&str> {
            reviewed(sandbox, &Options::default()).findings.iter().map(|found| found.rule.id).collect()
        };
        assert_eq!(rules(&sandbox), expected, "{path} {text}");
        sandbox.write(&[("docs/f.md", "What `f` does.\n")]);
        assert_eq!(rules(&sandbox), [""; 0], "{path} {text}");
    }
}

#[test]
fn findings_are_known_again_wherever_their_lines_go() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n")]);
    sandbox.write(&[("a.rs", "fn f() {\n    g().unwrap();\n    g().unwrap();\n}\n")]);
    let first = reviewed(&sandbox, &Options::default());
    sandbox.write(&[("a.rs", "// more\n\nfn f() {\n    g().unwrap();\n    g().unwrap();\n}\n")]);
    let second = reviewed(&sandbox, &Options::default());
    let prints =
        |review: &Review| -> Vec<String> { review.findings.iter().map(|f| f.fingerprint.clone()).collect() };
    assert_eq!(prints(&first), prints(&second));
    assert!(prints(&first)[0] != prints(&first)[1], "two of the same are two");
    let baseline = Baseline::parse(&Baseline::write(&first));
    let third = reviewed(&sandbox, &Options { baseline, ..Options::default() });
    assert_eq!((third.findings.len(), third.known), (0, 2));
    let one = reviewed(&sandbox, &Options { max_findings: Some(1), ..Options::default() });
    assert_eq!((one.findings.len(), one.left_out), (1, 1));
    // A baseline has all that there is, whatever is reported of it.
    for of in [&third, &one] {
        assert_eq!(Baseline::write(of), Baseline::write(&first));
    }
}

#[test]
fn every_format_says_the_same() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n")]);
    sandbox.write(&[("folder, 100%: x/a.rs", "fn f() {\n    g().unwrap();\n}\n")]);
    let review = reviewed(&sandbox, &Options::default());
    let path = "folder, 100%: x/a.rs";
    let sarif = report::sarif(&review, "1.0.0");
    let run = &sarif["runs"][0];
    let result = &run["results"][0];
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(sarif["version"], "2.1.0");
    assert_eq!(place["artifactLocation"]["uri"], "folder%2C%20100%25%3A%20x/a.rs");
    assert_eq!(
        (&place["region"]["startLine"], &place["region"]["startColumn"]),
        (&Value::from(2), &Value::from(8))
    );
    let index = result["ruleIndex"].as_u64().unwrap() as usize;
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
    let rdjson = report::rdjson(&review);
    assert_eq!(rdjson["diagnostics"][0]["location"]["path"], path);
    assert_eq!(rdjson["diagnostics"][0]["severity"], "WARNING");
    let wide = Sandbox::with(&[("a.rs", "fn f() {\n}\n")]);
    wide.write(&[("a.rs", "fn f() {\n    g(\"é\").unwrap();\n}\n")]);
    let wide = reviewed(&wide, &Options::default());
    let column = |place: &Value| place["column"].as_u64();
    assert_eq!(column(&report::rdjson(&wide)["diagnostics"][0]["location"]["range"]["start"]), Some(12));
    assert_eq!(wide.findings[0].columns, Some((10, 19)), "elsewhere they count characters");
    let line: Value = serde_json::from_str(report::rdjsonl(&review).trim()).unwrap();
    assert_eq!(line["location"], rdjson["diagnostics"][0]["location"]);
    assert_eq!(
        report::github(&review),
        "::warning file=folder%2C 100%25%3A x/a.rs,line=2,col=8,endColumn=17,title=trust-lsp new-panic::`unwrap` ends the program where there is no value\n"
    );
    let gitlab = report::gitlab(&review);
    assert_eq!(gitlab[0]["location"]["lines"]["begin"], 2);
    assert_eq!(gitlab[0]["fingerprint"], review.findings[0].fingerprint.as_str());
    assert!(report::markdown(&review).contains("- line 2, warning: `unwrap` ends"));
    assert_eq!(report::json(&review)["findings"][0]["line"], 2);
}

#[test]
fn a_page_has_a_blank_line_before_each_heading_and_counts_as_people_do() {
    let call = "fn f() {\n    g().unwrap();\n}\n";
    let allowed = "fn f() {\n    // trust-allow(new-panic): never empty\n    g().unwrap();\n}\n";
    let sandbox =
        Sandbox::with(&[("a.rs", "fn f() {\n}\n"), ("b.rs", "fn f() {\n}\n"), ("c.rs", "fn f() {\n}\n")]);
    sandbox.write(&[("a.rs", call), ("b.rs", call), ("c.rs", allowed)]);
    let page = report::markdown(&reviewed(&sandbox, &Options::default()));
    let found = "- line 2, warning: `unwrap` ends the program where there is no value (new-panic)";
    assert_eq!(
        page,
        format!(
            "# Review\n\n## a.rs\n\n{found}\n\n## b.rs\n\n{found}\n\n1 finding is allowed in the code, with a reason.\n"
        )
    );
    let page =
        report::markdown(&reviewed(&sandbox, &Options { max_findings: Some(1), ..Options::default() }));
    assert!(page.contains("\n1 more finding was left out"), "{page}");
    let quiet = Sandbox::with(&[("a.rs", "fn f() {\n}\n")]);
    quiet.write(&[("a.rs", "fn f() {\n    g();\n}\n")]);
    let page = report::markdown(&reviewed(&quiet, &Options::default()));
    assert_eq!(page, "# Review\n\nNothing found in 1 file.\n");
}

#[test]
fn excluded_files_are_named_and_nothing_of_them_is_quoted() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n"), ("b.key", "one\n"), ("c.rs", "fn c() {}\n")]);
    let key = format!("AKIA{}", "Q7RZ2MK6VX4BN5CT");
    sandbox.write(&[
        (".env", &format!("KEY={key}\n")),
        ("deep/.env.example", "KEY=\n"),
        ("id_rsa", "-----BEGIN RSA PRIVATE KEY-----\n"),
        ("b.key", "two\n"),
        ("c.rs", "fn c() {}\0\nfn d() { e().unwrap(); }\n"),
    ]);
    let review = reviewed(&sandbox, &Options::default());
    let expected = [
        ".env:1 secret-file-added",
        "b.key:1 file-not-read",
        "c.rs:1 file-not-read",
        "deep/.env.example:1 file-not-read",
        "id_rsa:1 secret-file-added",
    ];
    assert_eq!(told(&review), expected);
    let (sarif, rdjson) = (report::sarif(&review, "1").to_string(), report::rdjson(&review).to_string());
    let (json, gitlab) = (report::json(&review).to_string(), report::gitlab(&review).to_string());
    let lines = [report::markdown(&review), report::github(&review), report::rdjsonl(&review)];
    for text in lines.into_iter().chain([sarif, rdjson, json, gitlab]) {
        for (path, rule) in expected.iter().map(|line| line.split_once(":1 ").unwrap()) {
            assert!(text.contains(path) && text.contains(rule), "{path} {rule}: {text}");
        }
        assert!(!text.contains(&key) && !text.contains("BEGIN RSA"), "{text}");
    }
}

/// A change that says itself what is not to be read of it.
#[test]
fn no_rule_hides_what_comes_with_it() {
    for (rules, severity) in [(".gitignore", Severity::Warning), ("deep/.trustignore", Severity::Warning)] {
        let sandbox = Sandbox::with(&[("x.txt", "")]);
        sandbox.write(&[("deep/a.rs", "fn f() {\n    g().unwrap();\n}\n")]);
        sandbox.git(&["add", "-A"]);
        sandbox.write(&[(rules, "a.rs\n")]);
        let review = reviewed(&sandbox, &Options::default());
        assert_eq!(told(&review), ["deep/a.rs:1 file-not-read"], "{rules}");
        assert_eq!(review.findings[0].severity, severity, "{rules}");
        sandbox.commit("Rules");
        sandbox.write(&[("deep/a.rs", "fn f() {\n    h().unwrap();\n}\n")]);
        let review = reviewed(&sandbox, &Options::default());
        assert_eq!(review.findings[0].severity, Severity::Information, "{rules}");
    }
}

#[test]
fn a_known_secret_is_not_every_secret() {
    let key = |end: &str| format!("AKIA{}{end}", "Q7RZ2MK6VX4BN5");
    let line = |name: &str, key: &str| format!("{name} = \"{key}\"\n");
    let (one, two) = (line("first", &key("CT")), line("first", &key("DU")));
    let cases = [
        (one.clone(), 0, "the same"),
        (format!("# more\n\n{one}"), 0, "elsewhere"),
        (line("second", &key("DU")), 1, "another name"),
        (format!("{one}{}", line("second", &key("DU"))), 1, "one beside it"),
    ];
    let sandbox = Sandbox::with(&[("x.txt", "")]);
    sandbox.write(&[("a.ini", &one)]);
    let first = reviewed(&sandbox, &Options::default());
    let known = |review: &Review| Options {
        baseline: Baseline::parse(&Baseline::write(review)),
        ..Options::default()
    };
    for (text, expected, name) in cases {
        sandbox.write(&[("a.ini", &text)]);
        let found = reviewed(&sandbox, &known(&first));
        assert_eq!(found.findings.len(), expected, "{name}: {:?}", found.findings);
    }
    // Committed, and exchanged for another.
    sandbox.write(&[("a.ini", &one)]);
    sandbox.commit("One");
    sandbox.write(&[("a.ini", &two)]);
    let exchanged = reviewed(&sandbox, &known(&first));
    assert_eq!(told(&exchanged), ["a.ini:1 secret-added"]);
    assert_ne!(exchanged.findings[0].fingerprint, first.findings[0].fingerprint);
}

#[test]
fn callers_of_what_gives_something_else_are_named() {
    let note = Some(Severity::Information);
    let cases = [
        (
            "lib.rs",
            "pub fn compute(a: u8) -> u8 {\n    a\n}\n",
            "pub fn compute(a: u8) -> (u8, u8) {\n    (a, a)\n}\n",
            note,
        ),
        (
            "lib.rs",
            "pub fn compute(a: u8) {}\n",
            "pub fn compute(a: u8) -> Result<(), ()> {\n    g(a)\n}\n",
            note,
        ),
        (
            "lib.rs",
            "pub fn compute(a: u8) -> u8 {\n    a\n}\n",
            "pub fn compute(b: u8) -> u8 {\n    b\n}\n",
            None,
        ),
        (
            "lib.rs",
            "pub fn compute(a: fn(u8) -> u8) -> u8 {\n    a(1)\n}\n",
            "pub fn compute(a: fn(u8) -> u8, b: u8) -> u8 {\n    a(b)\n}\n",
            Some(Severity::Warning),
        ),
        (
            "lib.py",
            "def compute(a) -> int:\n    return a\n",
            "def compute(a) -> str:\n    return b(a)\n",
            note,
        ),
        ("lib.py", "def compute(a):\n    return a\n", "def compute(a) -> int:\n    return a\n", None),
        (
            "lib.ts",
            "export function compute(a: A): number {\n  return 1;\n}\n",
            "export function compute(a: A): string {\n  return b;\n}\n",
            note,
        ),
    ];
    for (path, before, after, expected) in cases {
        let user = path.replace("lib", "user");
        let sandbox = Sandbox::with(&[(path, before), (&user, "x = compute(1)\n")]);
        sandbox.write(&[(path, after)]);
        let review = reviewed(&sandbox, &Options::default());
        let found = review.findings.iter().find(|found| found.rule.id == "callers-not-updated");
        assert_eq!(found.map(|found| found.severity), expected, "{after}");
        assert!(found.is_none_or(|found| found.message.contains(&format!("{user}:1"))), "{after}");
    }
}

#[test]
fn what_is_mended_without_thought_is_in_the_reports() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n"), ("b.py", "def f():\n    g()\n")]);
    sandbox.write(&[
        ("a.rs", "fn f() {\n    dbg!(1);\n    g().unwrap();\n}\n"),
        ("b.py", "def f():\n    try:\n        g(\"\u{e9}\")\n    except:\n        h()\n\nbreakpoint()"),
    ]);
    let review = reviewed(&sandbox, &Options::default());
    let mended: Vec<(&str, u32, bool)> = review
        .findings
        .iter()
        .filter(|found| !found.rule.id.starts_with("interface"))
        .map(|found| (found.rule.id, found.line, found.fix.is_some()))
        .collect();
    let expected = [
        ("debug-output", 1, true),
        ("new-panic", 2, false),
        ("types-given-up", 3, true),
        ("debug-output", 6, true),
    ];
    assert_eq!(mended, expected);
    let all = report::sarif(&review, "1");
    let fixes: Vec<&Value> = all["runs"][0]["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|result| Some(&result.get("fixes")?[0]["artifactChanges"][0]["replacements"][0]))
        .collect();
    let region = |at: usize| fixes[at]["deletedRegion"].clone();
    let lines = |from: u32, start: u32, to: u32, end: u32| serde_json::json!({ "startLine": from, "startColumn": start, "endLine": to, "endColumn": end });
    assert_eq!(region(0), lines(2, 1, 3, 1), "the line with its end");
    assert_eq!(
        (region(1), fixes[1]["insertedContent"]["text"].as_str()),
        (lines(4, 5, 4, 11), Some("except Exception"))
    );
    assert_eq!(region(2), lines(7, 1, 7, 13), "the last line has no end");
    let suggested = report::rdjson(&review);
    let suggested: Vec<&Value> = suggested["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|one| Some(&one.get("suggestions")?[0]))
        .collect();
    let at = |line: u32, column: u32| serde_json::json!({ "line": line, "column": column });
    assert_eq!(suggested[0]["range"], serde_json::json!({ "start": at(2, 1), "end": at(3, 1) }));
    assert_eq!((suggested[0]["text"].as_str(), suggested.len()), (Some(""), 3));
    assert_eq!(suggested[1]["range"], serde_json::json!({ "start": at(4, 5), "end": at(4, 11) }));
}

#[test]
fn only_what_changed_since_is_reported() {
    let sandbox = Sandbox::with(&[("a.rs", "fn f() {\n}\n"), ("b.rs", "fn k() {\n}\n")]);
    sandbox.git(&["branch", "start"]);
    sandbox.write(&[
        ("a.rs", "fn f() {\n    g().unwrap();\n}\n"),
        (".env", "A=b\n"),
        ("b.rs", "fn k() {\n    h().unwrap();\n}\n"),
    ]);
    sandbox.commit("One");
    sandbox.git(&["branch", "reviewed"]);
    sandbox.write(&[("a.rs", "// more\nfn f() {\n    g().unwrap();\n    todo!();\n}\n"), ("x.key", "k\n")]);
    sandbox.commit("Two");
    let (repository, head) = (sandbox.repository(), || String::from("HEAD"));
    let broker = crate::Broker::new(repository.root().to_owned());
    let changes = sandbox.changes(trust_changes::Scope::Since("start".into(), head()));
    let cases: [(Option<&str>, &[&str], Option<usize>); 3] = [
        (
            None,
            &[
                ".env:1 secret-file-added",
                "a.rs:3 new-panic",
                "a.rs:4 new-panic",
                "b.rs:2 new-panic",
                "x.key:1 secret-file-added",
            ],
            None,
        ),
        (Some("reviewed"), &["a.rs:4 new-panic", "x.key:1 secret-file-added"], Some(3)),
        (Some("HEAD"), &[], Some(5)),
    ];
    for (since, expected, earlier) in cases {
        let since = since.map(|since| {
            crate::review::Since::of(sandbox.changes(trust_changes::Scope::Range(since.into(), head())))
        });
        let review = review(&repository, &changes, &broker, &Options { since, ..Options::default() });
        assert_eq!(
            (told(&review), review.earlier),
            (expected.iter().map(|one| (*one).to_owned()).collect(), earlier)
        );
        // What is known is all of it.
        assert_eq!(Baseline::write(&review).lines().count(), 6);
    }
}

/// A line that is added to a file, and the rule that it breaks, if any.
#[test]
fn lines_of_other_languages_are_judged() {
    let cases = [
        ("a.go", "func f() {\n", "\tprintln(x)\n", "}\n", "debug-output"),
        ("a.go", "func f() {\n", "\tfmt.Println(x)\n", "}\n", ""),
        ("a.go", "func f() {\n", "\ts := \"println(x)\"\n", "}\n", ""),
        ("a_test.go", "func f() {\n", "\tprintln(x)\n", "}\n", ""),
        ("a.go", "func f() {\n", "\tif err != nil {\n\t}\n", "}\n", "error-swallowed"),
        ("a.go", "func f() {\n", "\tif err != nil {\n\t\treturn\n\t}\n", "}\n", ""),
        ("a.go", "func f() {\n", "\tc := tls.Config{InsecureSkipVerify: true}\n", "}\n", "risky-construct"),
        ("A.java", "class A {\nvoid f() {\n", "  e.printStackTrace();\n", "}\n}\n", "debug-output"),
        ("A.java", "class A {\nvoid f() {\n", "  // e.printStackTrace();\n", "}\n}\n", ""),
        (
            "A.java",
            "class A {\nvoid f() {\n",
            "  try { g(); } catch (Exception e) {}\n",
            "}\n}\n",
            "error-swallowed",
        ),
        ("A.java", "class A {\nvoid f() {\n", "  try { g(); } catch (Exception ignored) {}\n", "}\n}\n", ""),
        ("A.java", "class A {\nvoid f() {\n", "  try { g(); } catch (Exception e) { h(); }\n", "}\n}\n", ""),
        ("A.java", "class A {\n", "  @Ignore int x;\n", "}\n", ""),
        ("src/test/ATest.java", "class A {\n", "  @Disabled void t() {}\n", "}\n", "test-skipped"),
        ("A.cs", "class A {\nvoid F() {\n", "  try { G(); } catch { }\n", "}\n}\n", "error-swallowed"),
        ("A.cs", "class A {\nvoid F() {\n", "  Debugger.Break();\n", "}\n}\n", "debug-output"),
        ("tests/A.cs", "class A {\n", "  [Fact(Skip = \"slow\")] void T() {}\n", "}\n", "test-skipped"),
        ("a.kt", "fun f() {\n", "  try { g() } catch (e: Exception) {}\n", "}\n", "error-swallowed"),
        ("a.kt", "fun f() {\n", "  println(x)\n", "}\n", ""),
        ("a.rb", "def f\n", "  binding.pry\n", "end\n", "debug-output"),
        ("a.rb", "def f\n", "  g rescue nil\n", "end\n", "error-swallowed"),
        ("a.rb", "def f\n  g\n", "rescue => e\n", "end\n", "error-swallowed"),
        ("a.rb", "def f\n  g\n", "rescue Exception => e\n  h(e)\n", "end\n", "types-given-up"),
        ("a.rb", "def f\n", "  x = \"eval(1)\"\n", "end\n", ""),
        ("a.rb", "def f\n", "  x.eval(1)\n", "end\n", ""),
        ("spec/a_spec.rb", "describe 'a' do\n", "  xit 'works' do\n  end\n", "end\n", "test-skipped"),
        ("a.php", "<?php\nfunction f() {\n", "  var_dump($x);\n", "}\n", "debug-output"),
        ("a.php", "<?php\nfunction f() {\n", "  add($x);\n", "}\n", ""),
        ("a.php", "<?php\nfunction f() {\n", "  $y = unserialize($x);\n", "}\n", "risky-construct"),
        ("a.c", "void f(void) {\n", "  strcpy(a, b);\n", "}\n", "risky-construct"),
        ("a.c", "void f(void) {\n", "  my_strcpy(a, b);\n", "}\n", ""),
        ("a.c", "void f(void) {\n", "  fgets(a, 10, b);\n", "}\n", ""),
        ("a.cpp", "void f() {\n", "  try { g(); } catch (...) {}\n", "}\n", "error-swallowed"),
        ("a.cpp", "void f() {\n", "  puts(\"system(x)\");\n", "}\n", ""),
    ];
    for (path, above, added, below, expected) in cases {
        let sandbox = Sandbox::with(&[(path, &format!("{above}{below}"))]);
        sandbox.write(&[(path, &format!("{above}{added}{below}"))]);
        let review = reviewed(&sandbox, &Options::default());
        let line = above.lines().count() + 1;
        let found: Vec<String> =
            told(&review).into_iter().filter(|told| !told.contains("interface-")).collect();
        let expected =
            if expected.is_empty() { Vec::new() } else { vec![format!("{path}:{line} {expected}")] };
        assert_eq!(found, expected, "{path} {added}");
    }
}
