//! Workflows over a small workspace, with models, commands and answers that a test writes.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests may fail, and write the files that they need"
)]

use std::cell::{Cell, RefCell};
use std::time::Duration;
use trust_assist::workflow::{
    BUILTIN, Event as Told, Failed, Finding, Host, Outcome, Ran, Workflow, read, run,
};
use trust_index::{Index, IndexOptions};
use trust_inference::scripted::ScriptedModel;
use trust_inference::{CancelToken, Event, Message, Model, ModelCard};
use trust_tools::{Change, Disk, Documents};

const CODE: &str = "pub fn add(a: u32) -> u32 {\n    a + 1\n}\n";
const TOOLS: [&str; 2] = ["outline", "read_file"];

struct World {
    folder: tempfile::TempDir,
    index: Index,
    disk: Disk,
    model: ScriptedModel,
    /// How commands end, one after another.
    commands: RefCell<Vec<Ran>>,
    findings: Vec<Finding>,
    permits: Cell<bool>,
    told: RefCell<Vec<String>>,
    hangs: bool,
}

impl World {
    fn new(replies: &[&str], commands: &[(bool, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.rs"), CODE).unwrap();
        let root = folder.path().canonicalize().unwrap();
        let roots = vec![root.clone()];
        let index =
            Index::start(IndexOptions { roots: roots.clone(), cache: None, on_state: Box::new(|_| ()) });
        assert!(index.wait_ready(Duration::from_secs(30)));
        let card = ModelCard { name: "script".into(), parameters: 0, context_length: 8192, fim: None };
        let text = |reply: &&str| vec![Event::Text { text: reply.to_string(), logprob: 0.0, tokens: 1 }];
        let model = ScriptedModel::new(card, "").with_turns(replies.iter().map(text));
        let ran = |(good, output): &(bool, &str)| Ran { good: *good, output: (*output).to_owned() };
        Self {
            folder,
            index,
            disk: Disk::new(roots),
            model,
            commands: RefCell::new(commands.iter().rev().map(ran).collect()),
            findings: Vec::new(),
            permits: Cell::new(true),
            told: RefCell::default(),
            hangs: false,
        }
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("a.rs")).unwrap()
    }

    fn run(&self, workflow: &Workflow, given: &[(&str, &str)]) -> Result<Outcome, Failed> {
        let given: Vec<_> =
            given.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        run(workflow, &given, self, &CancelToken::new())
    }

    fn asked(&self, turn: usize) -> String {
        self.model.turns()[turn].turn.messages.last().map(Message::text).unwrap().to_owned()
    }
}

impl Host for World {
    fn index(&self) -> &Index {
        &self.index
    }

    fn documents(&self) -> &dyn Documents {
        &self.disk
    }

    fn model(&self, name: Option<&str>) -> Result<&dyn Model, String> {
        match name {
            None | Some("other") => Ok(&self.model),
            Some(name) => Err(format!("there is no model `{name}`")),
        }
    }

    fn review(&self, _: Option<&str>, _: &CancelToken) -> Result<Vec<Finding>, String> {
        Ok(self.findings.clone())
    }

    fn call(&self, tool: &str, with: &[(String, String)], _: &CancelToken) -> Result<String, String> {
        Ok(format!("{tool} {with:?}"))
    }

    fn write(&self, changes: &[Change], _: &CancelToken) -> Result<(), String> {
        match self.permits.get() {
            true => self.disk.apply(changes),
            false => Err("not permitted".into()),
        }
    }

    fn undo(&self, changes: &[Change]) -> Result<(), String> {
        self.disk.undo(changes)
    }

    fn command(&self, line: &str, cancel: &CancelToken) -> Result<Ran, String> {
        assert_ne!(self.text(), CODE, "the edit is there when the command runs");
        self.told.borrow_mut().push(format!("$ {line}"));
        while self.hangs && !cancel.is_cancelled() {
            std::thread::sleep(Duration::from_millis(5));
        }
        self.commands.borrow_mut().pop().ok_or_else(|| "the command was ended".into())
    }

    fn tell(&self, event: &Told) {
        let told = match event {
            Told::Started { step, attempt } => format!("{step} {attempt}"),
            Told::Done { .. } => return,
            Told::Again { step, back_to, .. } => format!("{step} back to {back_to}"),
            Told::Left { why, .. } => format!("left {why}"),
            Told::Written { paths } => format!("written {}", paths.join(" ")),
            Told::TakenBack { paths, lost } => format!("taken back {} {lost:?}", paths.join(" ")),
        };
        self.told.borrow_mut().push(told);
    }
}

fn built_in(name: &str) -> Workflow {
    let (_, text) = BUILTIN.iter().find(|(other, _)| *other == name).unwrap();
    read(name, "built in", text, &TOOLS).unwrap()
}

const GOOD: &str = "```\n#[test]\nfn adds() {\n    assert_eq!(add(1), 2);\n}\n```";
const BAD: &str = "```\n#[test]\nfn adds() {\n    assert_eq!(add(1), 3);\n}\n```";
const GIVEN: [(&str, &str); 2] = [("place", "a.rs:2"), ("command", "cargo test")];

#[test]
fn tests_are_written_until_they_pass() {
    let workflow = built_in("write-tests-until-they-pass");
    let world = World::new(&[BAD, GOOD], &[(false, "left: 2, right: 3"), (true, "")]);
    let Ok(Outcome::Edit(changes)) = world.run(&workflow, &GIVEN) else {
        unreachable!("it ends with an edit")
    };
    assert_eq!(changes.len(), 1);
    assert!(world.text().starts_with(CODE) && world.text().contains("assert_eq!(add(1), 2);"));
    assert!(world.asked(1).contains("left: 2, right: 3"), "{}", world.asked(1));
    let expected = [
        "write 1",
        "parse 1",
        "pass 1",
        "written a.rs",
        "$ cargo test",
        "taken back a.rs None",
        "pass back to write",
        "write 2",
        "parse 2",
        "pass 2",
        "written a.rs",
        "$ cargo test",
    ];
    assert_eq!(*world.told.borrow(), expected);
}

#[test]
fn what_fails_leaves_the_files_as_they_were() {
    let workflow = built_in("write-tests-until-they-pass");
    // Three attempts, and no more.
    let world = World::new(&[BAD; 9], &[(false, "no"); 9]);
    let failed = world.run(&workflow, &GIVEN).unwrap_err();
    assert!(
        matches!(&failed, Failed::Step { step, why } if step == "pass" && why.contains("after 3 attempts")),
        "{failed}"
    );
    assert_eq!((world.text().as_str(), world.model.turns().len()), (CODE, 3));
    // Nobody permits it.
    let world = World::new(&[GOOD], &[]);
    world.permits.set(false);
    assert!(world.run(&workflow, &GIVEN).is_err());
    assert_eq!(world.text(), CODE);
    // A command that hangs is ended by the limit of its step, and by whoever waits.
    let mut short = workflow.clone();
    short.steps[2].limit = Duration::from_millis(200);
    let world = World { hangs: true, ..World::new(&[GOOD], &[]) };
    assert!(matches!(world.run(&short, &GIVEN), Err(Failed::StepTime { .. })));
    assert_eq!(world.text(), CODE);
    short.limit = Duration::from_millis(200);
    short.steps[2].limit = Duration::from_secs(60);
    let world = World { hangs: true, ..World::new(&[GOOD], &[]) };
    assert_eq!(world.run(&short, &GIVEN), Err(Failed::WholeTime(short.limit)));
    assert_eq!(world.text(), CODE);
    let world = World { hangs: true, ..World::new(&[GOOD], &[]) };
    let cancel = CancelToken::new();
    let other = cancel.clone();
    std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(200));
        other.cancel();
    });
    let given: Vec<_> = GIVEN.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    assert_eq!(run(&workflow, &given, &world, &cancel), Err(Failed::Cancelled));
    assert_eq!(world.text(), CODE);
    // What somebody else changed meanwhile is theirs, and a file that was made goes.
    let world = World::new(&[], &[]);
    let path = |name: &str| world.folder.path().canonicalize().unwrap().join(name);
    let change = |name: &str, before: Option<&str>| Change {
        path: path(name),
        shown: name.into(),
        before: before.map(Into::into),
        after: "new".into(),
        version: None,
    };
    let changes = [change("a.rs", Some(CODE)), change("made/b.rs", None)];
    world.disk.apply(&changes).unwrap();
    std::fs::write(path("a.rs"), "theirs").unwrap();
    let lost = world.disk.undo(&changes).unwrap_err();
    assert!(lost.contains("`a.rs` stays as it is: it has changed meanwhile"), "{lost}");
    assert!(world.text() == "theirs" && !path("made/b.rs").exists());
}

#[test]
fn a_review_is_mended_once_another_model_agrees() {
    let workflow = built_in("review-then-fix");
    let fixed = "```\npub fn add(a: u32) -> u32 {\n    a.saturating_add(1)\n}\n```";
    let found = |line, path: &str| Finding { path: path.into(), line, message: "may overflow".into() };
    let world = World {
        findings: vec![found(1, "a.rs"), found(1, "gone.rs")],
        ..World::new(&[fixed, "no: it is another thing", fixed, "maybe", "Yes."], &[])
    };
    assert!(matches!(world.run(&workflow, &[]), Ok(Outcome::Edit(_))));
    assert_eq!(world.text(), CODE.replace("a + 1", "a.saturating_add(1)"));
    assert!(world.asked(0).contains("may overflow"));
    assert!(world.asked(1).contains("+    a.saturating_add(1)"), "{}", world.asked(1));
    assert!(world.asked(2).contains("it is another thing"), "{}", world.asked(2));
    assert!(world.told.borrow().contains(&"left gone.rs may not be read".to_owned()), "{:?}", world.told);
    // Nobody agrees: nothing was ever written.
    let world =
        World { findings: vec![found(1, "a.rs")], ..World::new(&[fixed, "no: a", fixed, "no: b"], &[]) };
    let failed = world.run(&workflow, &[]).unwrap_err();
    assert!(matches!(&failed, Failed::Step { step, .. } if step == "agree"), "{failed}");
    assert!(!world.told.borrow().iter().any(|told| told.starts_with("written")) && world.text() == CODE);
    let failed = World::new(&[], &[]).run(&workflow, &[]).unwrap_err();
    assert!(failed.to_string().contains("nothing was found"), "{failed}");
}

#[test]
fn diagnostics_are_no_more_than_before() {
    let text = |by: &str| {
        format!(
            "about = \"a\"\nresult = \"look\"\n[inputs.place]\ntype = \"place\"\nabout = \"b\"\n[steps.write]\nkind = \"action\"\naction = \"rewrite\"\nat = \"place\"\ninstruction = \"do it\"\n[steps.look]\nkind = \"verify\"\nby = \"{by}\"\nof = \"write\"\nretry = \"write\"\ntimes = 1\n"
        )
    };
    let diagnostics = read("w", "w.toml", &text("diagnostics"), &TOOLS).unwrap();
    let body = |line: &str| format!("```\npub fn add(a: u32) -> u32 {{\n    {line}\n}}\n```");
    let (good, bad) = (body("a.saturating_add(1)"), body("a.checked_add(1).unwrap()"));
    let debug = body("dbg!(a) + 1");
    let key = body("let api_key = \"ghp_16C7e42F292c6912E7710c838347Ae178B4a\";\n    a + 1");
    // What the model makes first, and what it is told of it.
    for (first, told) in
        [(&bad, "a.rs:2: "), (&bad, "(new-panic)"), (&debug, "(debug-output)"), (&key, "(secret-added)")]
    {
        let world = World::new(&[first, &good], &[]);
        assert!(matches!(world.run(&diagnostics, &[GIVEN[0]]), Ok(Outcome::Edit(_))), "{first}");
        assert!(world.text().contains("saturating_add"));
        let asked = world.asked(1);
        assert!(asked.contains("what a review finds") && asked.contains(told), "{asked}");
        assert!(!asked.contains("16C7e42F"), "{asked}");
    }
    // It does not get better: nothing is written.
    let world = World::new(&[&bad, &bad], &[]);
    let failed = world.run(&diagnostics, &[GIVEN[0]]).unwrap_err();
    assert!(failed.to_string().contains("new-panic"), "{failed}");
    assert_eq!(world.text(), CODE);
    // What stood there before is nobody's fault, and the parser has nothing against it.
    let world = World::new(&[&body("a.checked_add(2).unwrap()")], &[]);
    std::fs::write(world.folder.path().join("a.rs"), CODE.replace("a + 1", "a.checked_add(1).unwrap()"))
        .unwrap();
    assert!(world.run(&diagnostics, &[GIVEN[0]]).is_ok());
    let parser = read("w", "w.toml", &text("parser"), &TOOLS).unwrap();
    assert!(World::new(&[&bad], &[]).run(&parser, &[GIVEN[0]]).is_ok());
}

#[test]
fn inputs_are_checked_before_anything_runs() {
    let workflow = built_in("write-tests-until-they-pass");
    let cases: [(&[(&str, &str)], &str); 6] = [
        (&[], "the input `place` must be given: the symbol, as FILE:LINE"),
        (&[("place", "a.rs:2")], "`command` must be given"),
        (&[("plac", "a.rs:2")], "there is no input `plac`; did you mean `place`?"),
        (&[("place", "a.rs"), GIVEN[1]], "expected FILE:LINE"),
        (&[("place", "b.rs:1"), GIVEN[1]], "there is no file \"b.rs\""),
        (&[("place", "../a.rs:1"), GIVEN[1]], "there is no file"),
    ];
    for (given, why) in cases {
        let world = World::new(&[], &[]);
        let failed = world.run(&workflow, given).unwrap_err();
        assert!(matches!(&failed, Failed::Input(told) if told.contains(why)), "{failed} {why}");
        assert!(world.told.borrow().is_empty());
    }
    let world = World::new(&[GOOD], &[]);
    let failed = world.run(&workflow, &[("place", "a.rs:99"), GIVEN[1]]).unwrap_err();
    assert!(failed.to_string().contains("has no line 99"), "{failed}");
}

#[test]
fn words_go_along_the_edges() {
    let text = "about = \"a\"\nresult = \"say\"\n[inputs.what]\ntype = \"text\"\nabout = \"b\"\n[steps.say]\nkind = \"model\"\nprompt = \"About {what}, {look}: { x }\"\nmodel = \"other\"\n[steps.look]\nkind = \"tool\"\ntool = \"outline\"\nwith = { path = \"{what}\", depth = 2 }\n";
    let workflow = read("w", "w.toml", text, &TOOLS).unwrap();
    let names: Vec<_> = workflow.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["look", "say"], "each behind what it needs");
    let world = World::new(&["Done."], &[]);
    assert_eq!(world.run(&workflow, &[("what", "a.rs")]), Ok(Outcome::Text("Done.".into())));
    let asked = "About a.rs, outline [(\"path\", \"a.rs\"), (\"depth\", \"2\")]: { x }";
    assert_eq!(world.asked(0), asked);
    let unknown = read("w", "w.toml", &text.replace("\"other\"", "\"none\""), &TOOLS).unwrap();
    let failed = World::new(&[], &[]).run(&unknown, &[("what", "a.rs")]).unwrap_err();
    assert!(failed.to_string().contains("there is no model `none`"), "{failed}");
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line_and_key() {
    let good = "about = \"a\"\nresult = \"v\"\n[inputs.p]\ntype = \"place\"\nabout = \"b\"\n[steps.w]\nkind = \"action\"\naction = \"test\"\nat = \"p\"\n[steps.v]\nkind = \"verify\"\nby = \"command\"\nof = \"w\"\ncommand = \"t\"\nretry = \"w\"\ntimes = 2\n";
    assert!(read("w", "w.toml", good, &TOOLS).is_ok());
    let cases: [(&str, &str, &str); 28] = [
        ("about = \"a\"", "abut = \"a\"", "w.toml:1: `abut` means nothing here; did you mean `about`?"),
        ("about = \"a\"\n", "", "w.toml:1: `about` is missing"),
        ("result = \"v\"", "result = \"x\"", "w.toml:2: `result` there is no step `x`; there are `w`, `v`"),
        ("result = \"v\"", "result = 3", "w.toml:2: `result` must be a text, not a whole number"),
        (
            "type = \"place\"",
            "type = \"plaice\"",
            "w.toml:4: `inputs.p.type` is no type of input: `plaice`; did you mean `place`?",
        ),
        (
            "type = \"place\"",
            "type = \"text\"",
            "w.toml:6: `steps.w.at` `p` is of type text, and place or findings is needed",
        ),
        (
            "kind = \"action\"",
            "kind = \"acton\"",
            "w.toml:7: `steps.w.kind` there is no kind of step `acton`; did you mean `action`?",
        ),
        (
            "action = \"test\"",
            "action = \"tests\"",
            "w.toml:8: `steps.w.action` there is no action `tests`; did you mean `test`?",
        ),
        ("action = \"test\"", "action = \"rewrite\"", "needs to be told what is to be done"),
        ("action = \"test\"", "action = \"fix\"", "needs to be told what is wrong"),
        ("at = \"p\"", "at = \"q\"", "w.toml:6: `steps.w.at` there is no step or input `q`"),
        ("at = \"p\"", "at = \"v\"", "w.toml:6: `steps.w.at` `v` is of type edit"),
        ("at = \"p\"", "on = \"p\"", "w.toml:9: `steps.w.on` means nothing here"),
        ("of = \"w\"", "of = \"p\"", "w.toml:10: `steps.v.of` `p` is of type place, and edit is needed"),
        ("of = \"w\"", "of = \"v\"", "w.toml:10: `steps.v` leads back to itself"),
        ("by = \"command\"", "by = \"comand\"", "there is no verifier `comand`; did you mean `command`?"),
        (
            "by = \"command\"",
            "by = \"parser\"",
            "w.toml:14: `steps.v.command` means nothing for a verifier by `parser`",
        ),
        (
            "by = \"command\"",
            "by = \"diagnostics\"",
            "`steps.v.command` means nothing for a verifier by `diagnostics`",
        ),
        ("command = \"t\"", "command = \"{w}\"", "`w` is a step; a command may quote inputs only"),
        ("command = \"t\"", "command = \" \"", "w.toml:14: `steps.v.command` is empty"),
        ("retry = \"w\"", "retry = \"p\"", "w.toml:10: `steps.v.retry` `p` is no step before this one"),
        ("retry = \"w\"", "retry = \"v\"", "`v` is no step before this one; there are `w`"),
        ("retry = \"w\"\n", "", "w.toml:15: `steps.v.times` means nothing without `retry`"),
        ("times = 2", "times = 99", "w.toml:16: `steps.v.times` must be a whole number from 1 to 5"),
        ("times = 2", "limit = \"2 weeks\"", "w.toml:16: `steps.v.limit` must be a time such as"),
        ("[steps.w]", "[steps.p]", "is the name of an input too"),
        ("[steps.w]", "[steps.\"a b\"]", "is no name"),
        ("[steps.w]", "[steps.w", "w.toml:6: "),
    ];
    for (old, new, why) in cases {
        let problems = read("w", "w.toml", &good.replacen(old, new, 1), &TOOLS).unwrap_err();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|told| told.contains(why)), "{new}: {told:#?}");
    }
    let cycle = "about = \"a\"\nresult = \"x\"\n[steps.x]\nkind = \"model\"\nprompt = \"{y}\"\n[steps.y]\nkind = \"model\"\nprompt = \"{x}\"\n";
    let told = read("w", "w.toml", cycle, &TOOLS).unwrap_err()[0].to_string();
    assert_eq!(told, "w.toml:3: `steps.x` leads back to itself: `x`, `y` wait for each other");
    let review = "about = \"a\"\nresult = \"r\"\n[steps.r]\nkind = \"review\"\n";
    let told = read("w", "w.toml", review, &TOOLS).unwrap_err()[0].to_string();
    assert!(told.contains("is of type findings"), "{told}");
    let tool = review.replace("\"review\"", "\"tool\"\ntool = \"outlin\"");
    let told = read("w", "w.toml", &tool, &TOOLS).unwrap_err()[0].to_string();
    assert_eq!(
        told,
        "w.toml:5: `steps.r.tool` there is no tool `outlin` that reads; did you mean `outline`?"
    );
    assert!(read("w", "w.toml", "about = \"a\"\nresult = \"r\"\n", &TOOLS).is_err());
    assert!(read("w", "w.toml", &"# ".repeat(40_000), &TOOLS).is_err());
}
