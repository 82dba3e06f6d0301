//! The languages that are known less well: their symbols are compared all the same.

use crate::{Aspect, Language, SymbolChange, Verdict, symbol_changes};

/// A language; a text with a function `first` that has a body, and what to put in place of a part of it: of its name
/// throughout, of its parameters, of its body, and a comment before it.
type Case =
    (Language, &'static str, (&'static str, &'static str), (&'static str, &'static str), &'static str);

const CASES: [Case; 10] = [
    (
        Language::Go,
        "package a\n\nfunc first(a int) int {\n\tb := a + 1\n\tc := b * 2\n\treturn c\n}\n\nfunc Other() int {\n\treturn 2\n}\n",
        ("(a int)", "(a int, d int)"),
        ("b * 2", "b * 3"),
        "// Counts.\nfunc first",
    ),
    (
        Language::Java,
        "class A {\n    int first(int a) {\n        int b = a + 1;\n        int c = b * 2;\n        return c;\n    }\n\n    public int other() {\n        return 2;\n    }\n}\n",
        ("(int a)", "(int a, int d)"),
        ("b * 2", "b * 3"),
        "// Counts.\n    int first",
    ),
    (
        Language::C,
        "int first(int a) {\n    int b = a + 1;\n    int c = b * 2;\n    return c;\n}\n\nint other(void) {\n    return 2;\n}\n",
        ("(int a)", "(int a, int d)"),
        ("b * 2", "b * 3"),
        "// Counts.\nint first",
    ),
    (
        Language::Cpp,
        "int first(int a) {\n    int b = a + 1;\n    int c = b * 2;\n    return c;\n}\n\nint other() {\n    return 2;\n}\n",
        ("(int a)", "(int a, int d)"),
        ("b * 2", "b * 3"),
        "// Counts.\nint first",
    ),
    (
        Language::CSharp,
        "class A {\n    int first(int a) {\n        int b = a + 1;\n        int c = b * 2;\n        return c;\n    }\n\n    public int other() {\n        return 2;\n    }\n}\n",
        ("(int a)", "(int a, int d)"),
        ("b * 2", "b * 3"),
        "// Counts.\n    int first",
    ),
    (
        Language::Ruby,
        "def first(a)\n  b = a + 1\n  c = b * 2\n  c\nend\n\ndef other\n  2\nend\n",
        ("(a)", "(a, d)"),
        ("b * 2", "b * 3"),
        "# Counts.\ndef first",
    ),
    (
        Language::Php,
        "<?php\nfunction first($a) {\n    $b = $a + 1;\n    $c = $b * 2;\n    return $c;\n}\n\nfunction other() {\n    return 2;\n}\n",
        ("($a)", "($a, $d)"),
        ("$b * 2", "$b * 3"),
        "// Counts.\nfunction first",
    ),
    (
        Language::Bash,
        "first() {\n    local a=1\n    local b=2\n    echo \"$a $b\" one two\n}\n\nother() {\n    echo 2\n}\n",
        ("", ""),
        ("one two", "one three"),
        "# Counts.\nfirst",
    ),
    (
        Language::Lua,
        "function first(a)\n    local b = a + 1\n    local c = b * 2\n    return c\nend\n\nfunction other()\n    return 2\nend\n",
        ("(a)", "(a, d)"),
        ("b * 2", "b * 3"),
        "-- Counts.\nfunction first",
    ),
    (
        Language::Kotlin,
        "fun first(a: Int): Int {\n    val b = a + 1\n    val c = b * 2\n    return c\n}\n\nfun other(): Int {\n    return 2\n}\n",
        ("(a: Int)", "(a: Int, d: Int)"),
        ("b * 2", "b * 3"),
        "// Counts.\nfun first",
    ),
];

fn first(changes: &[SymbolChange]) -> Vec<String> {
    let named = changes.iter().filter(|change| change.kind.is_some_and(|kind| kind.name() != "class"));
    named
        .map(|change| {
            let name = change.path.rsplit(['.', ':']).next().unwrap_or_default();
            match &change.verdict {
                Verdict::Renamed { .. } => format!("{name} renamed"),
                Verdict::Changed => format!("{name} {:?}", change.aspects),
                verdict => format!("{name} {verdict:?}"),
            }
        })
        .collect()
}

#[test]
fn what_happened_to_a_function_is_told_in_each() {
    for (language, old, parameters, body, comment) in CASES {
        let plain = comment.split('\n').next_back().unwrap().trim();
        let (head, tail) = old.split_at(old.find("first").unwrap());
        let name = format!("{head}{}", tail.replacen("first", "second", 1));
        let other = old.find(if old.contains("Other") { "Other" } else { "other" }).unwrap();
        let shorter = old[..old[..other].rfind("\n\n").unwrap() + 1].to_owned()
            + if old.starts_with("class") { "}\n" } else { "" };
        let mut cases = vec![
            ("its name", name, "second renamed".to_owned()),
            ("its body", old.replace(body.0, body.1), format!("first {:?}", [Aspect::Body])),
            ("a comment", old.replacen(plain, comment, 1), format!("first {:?}", [Aspect::Documentation])),
            ("the other", shorter, "other Removed".to_owned()),
        ];
        if !parameters.0.is_empty() {
            let new = old.replacen(parameters.0, parameters.1, 1);
            cases.push(("its signature", new, format!("first {:?}", [Aspect::Signature])));
        }
        for (what, new, expected) in cases {
            assert_ne!(new, old, "{language:?}: {what}");
            let found = symbol_changes(language, old, &new, &|| false).unwrap();
            let told: Vec<String> = first(&found).iter().map(|one| one.replace("Other", "other")).collect();
            assert_eq!(told, [expected], "{language:?}: {what}\n{new}");
        }
        assert_eq!(symbol_changes(language, old, old, &|| false), Some(Vec::new()), "{language:?}");
        let nothing = symbol_changes(language, "", "}}}} \0 ((((\n", &|| false);
        assert!(nothing.is_none_or(|found| found.len() < 9), "{language:?}");
    }
}

#[test]
fn what_is_public_is_told_where_the_language_says_it() {
    let cases = [
        (Language::Go, "package a\nfunc Open() {}\n", true),
        (Language::Go, "package a\nfunc open() {}\n", false),
        (Language::Java, "public class A {}\n", true),
        (Language::Java, "class A {}\n", false),
        (Language::C, "int open(void) { return 1; }\n", true),
        (Language::C, "static int open(void) { return 1; }\n", false),
        (Language::Kotlin, "private fun open() {}\n", false),
        (Language::Kotlin, "fun open() {}\n", true),
    ];
    for (language, source, expected) in cases {
        let found = symbol_changes(language, "", source, &|| false).unwrap();
        assert_eq!(found[0].public, expected, "{language:?} {source}");
    }
}
