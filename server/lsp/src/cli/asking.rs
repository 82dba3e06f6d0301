//! Whoever sits at the terminal, asked whether something may be done.

use std::io::{BufRead, IsTerminal, Write};
use trust_tools::{Ask, Class, Decision, Question};

/// Asks, unless the class is permitted already, or nobody is there.
#[derive(Default)]
pub struct Terminal {
    pub permitted: Vec<Class>,
}

impl Ask for Terminal {
    fn ask(&self, question: &Question<'_>) -> Option<Decision> {
        if self.permitted.contains(&question.class) {
            return Some(Decision::Once);
        }
        if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
            return None;
        }
        eprintln!("{}", question.deed.trim_end());
        let longer = match question.class.may_last() {
            true => "[a]lways in this workspace",
            false => "this command for the [s]ession",
        };
        eprint!("{}? [y]es, {longer}, [n]o, ne[v]er: ", question.class.deed());
        let _ = std::io::stderr().flush();
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).ok()?;
        Some(match line.trim().to_lowercase().as_str() {
            "y" | "yes" => Decision::Once,
            "a" | "always" => Decision::Workspace,
            "s" | "session" => Decision::Session,
            "v" | "never" => Decision::Never,
            _ => Decision::No,
        })
    }
}
