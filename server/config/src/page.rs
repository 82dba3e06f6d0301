//! `docs/configuration.md`, from the table of keys.

use crate::KEYS;
use crate::edit::toml;
use crate::key::{Change, Key, Kind, Reach, Safety};
use std::fmt::Write;

const HEAD: &str = "\
# Configuration

This page is written by `cargo xtask settings` from the table in `server/config/src/settings.rs`.

Every key has one name everywhere: in the files below (TOML), in an editor's `initializationOptions` and settings (JSON,
bare or under `trust`), and in VS Code with `trust.` in front. `trust-lsp config` shows, sets and checks them;
`trust-lsp config show --origin` says where each value comes from.

## Layers

A later layer counts for more.

| layer | where |
|---|---|
| default | the table below |
| machine | `/etc/trust-lsp/config.toml` |
| team | `config.toml` of the folder that `team.source` names, signed with `team.key` ([the team's configuration](team.md)) |
| user | `trust-lsp/config.toml` in the user's configuration folder (`$XDG_CONFIG_HOME`, else `~/.config`) |
| profile | `[profiles.NAME]` of the machine's, the team's and the user's file, the one that `profile` names |
| workspace | `.trust/config.toml` in the workspace folder |
| editor | `initializationOptions`, then what `workspace/configuration` or `workspace/didChangeConfiguration` says of `trust` |
| environment | `TRUST_LSP_…`, by the variables named below |
| session | flags: `--model`, `--no-model`, `--profile NAME`, `--config KEY=VALUE` |

The environment counts for more than the editor: a variable is set for one start, an editor sends its settings with every one.

```toml
commentsAndStrings = false

[completion]
deadline = 900

[language.python]              # for one language, by its id
gate.shift = 0.1

[[directory]]                  # in one folder
path = \"~/work/generated\"     # in a workspace's file: from its root
completion.enable = false

[[directory]]
path = \"~/work/notes\"
profile = \"quiet\"              # what the profile says of keys that may be set for a directory

[profiles.quiet]               # chosen for all by `trust-lsp profile use quiet`
gate.shift = 0.2
```

What is said of a directory counts for more than what is said of a language, and that for more than what is said in general,
whichever file says it; of two directories the inner one counts. Only the environment and flags count for more still.

A key that is wrong is passed over, and so is a file that is no TOML; the editor shows a message once, and `trust-lsp
doctor` and `trust-lsp config check` tell file, line, key and the nearest valid key. A file that is broken while the server
runs goes on saying what it said before. Files are looked at again every two seconds.

TOML servers of editors (taplo, Even Better TOML, tombi) complete and check these files by their schema: `trust-lsp config edit`
and whatever else writes your file (`config set`, `models use`, `profile use`) write it as `config.schema.json` beside that, and begin
a new file with the line that they look for, `#:schema ./config.schema.json`. Put that line at the top of a file that you have already. For a workspace's file
`trust-lsp config schema > .trust/config.schema.json` does the same by hand.

What the team locks counts for more than anything that a later layer says. Without a lock its word of `audit.enabled`, `audit.content`,
`audit.retentionDays`, `network.allow` and `command.enable` holds against a later one that restricts less.

## Trust

A workspace sets safe keys only until you trust it: `trust-lsp workspace trust`, `revoke`, `status`. Which ones you trust is
kept by their canonical paths in `trust-lsp/trusted.toml` of your state folder, which nobody else may read. The rest of an
untrusted workspace's file is not applied, and named. A folder inside of a trusted one is another workspace.
";

/// The page.
pub fn markdown() -> String {
    let mut page = String::from(HEAD);
    page.push_str("\n## Keys\n\n| key | takes | default |\n|---|---|---|\n");
    for key in KEYS {
        let anchor: String = key.name.to_lowercase().replace('.', "");
        let _ = writeln!(page, "| [`{}`](#{anchor}) | {} | {} |", key.name, key.kind.takes(), default(key));
    }
    for key in KEYS {
        let _ = write!(page, "\n### {}\n\n{}\n\n", key.name, paragraph(key));
        for line in facts(key) {
            let _ = writeln!(page, "- {line}");
        }
    }
    page
}

fn default(key: &Key) -> String {
    let default = (key.default)();
    if default.is_null() { "not set".into() } else { format!("`{}`", toml(&default).trim()) }
}

fn paragraph(key: &Key) -> String {
    let lines: Vec<&str> = key.documentation.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn facts(key: &Key) -> Vec<String> {
    let mut facts = vec![format!("takes {}; default {}", key.kind.takes(), default(key))];
    if let Some(meant) = key.kind.when_wrong() {
        facts.push(format!("anything else is taken as {meant}"));
    }
    if matches!(key.kind, Kind::Restriction(_)) {
        facts.push("of all layers the most restrictive counts, not the last; a file that cannot be read counts as the first".into());
    }
    if let Some(order) = key.order() {
        facts.push(order.told().into());
    }
    facts.push(match key.change {
        Change::AtOnce => "a change is heard at once".into(),
        Change::AtStart => "a change is heard when the server starts".into(),
    });
    if key.reach == Reach::Places {
        facts.push("may be set for a language or a directory".into());
    }
    facts.push(match key.safety {
        Safety::Safe => "safe: a workspace may set it".into(),
        Safety::Off => match key.kind {
            Kind::Restriction(_) => "a workspace that is not trusted may set it to the first only".into(),
            _ => "a workspace that is not trusted may set it to false only".into(),
        },
        Safety::Unsafe if key.names_the_team() => {
            "no workspace, profile, editor, variable or flag may set it".into()
        }
        Safety::Unsafe => "not safe: only a trusted workspace may set it".into(),
    });
    if !key.names_the_team() {
        facts.push(format!("`{}`", key.variable()));
    }
    facts
}
