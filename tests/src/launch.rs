//! How a server is started.

use crate::{Client, Server, Workspace, command};
use std::process::Stdio;
use std::rc::Rc;

/// A command line, and the folder that stands in for the user's home. Servers started by one value share it.
#[derive(Clone)]
pub struct Launch {
    arguments: Vec<String>,
    /// No file may be written beyond its first half kilobyte, as on a full disk.
    full_disk: bool,
    /// Logs all there is to log.
    verbose: bool,
    variables: Vec<(String, String)>,
    home: Rc<Workspace>,
}

impl Launch {
    fn new(arguments: &[&str]) -> Self {
        let arguments =
            ["--stdio", "--debug-requests"].iter().chain(arguments).map(|a| a.to_string()).collect();
        Self {
            arguments,
            full_disk: false,
            verbose: false,
            variables: Vec::new(),
            home: Rc::new(Workspace::empty()),
        }
    }

    /// With a model that answers every request with `reply`.
    pub fn scripted(reply: &str) -> Self {
        Self::new(&["--scripted-model", reply])
    }

    /// With a model that takes `delay_ms` for each answer.
    pub fn slow(reply: &str, delay_ms: u32) -> Self {
        Self::new(&["--scripted-model", reply, "--scripted-delay-ms", &delay_ms.to_string()])
    }

    /// With the model in a file.
    pub fn model(path: &std::path::Path) -> Self {
        Self::new(&["--model", path.to_str().expect("a path of utf-8")])
    }

    /// With the model that ships inside.
    pub fn bundled() -> Self {
        Self::new(&[])
    }

    pub fn on_a_full_disk(self) -> Self {
        Self { full_disk: true, ..self }
    }

    pub fn verbose(self) -> Self {
        Self { verbose: true, ..self }
    }

    /// Shows the progress of a build that lasts longer than this.
    pub fn progress_after(mut self, milliseconds: u32) -> Self {
        self.arguments.push(format!("--progress-after-ms={milliseconds}"));
        self
    }

    pub fn no_model() -> Self {
        Self::new(&["--no-model"])
    }

    /// With these arguments and no others.
    pub fn exactly(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| argument.to_string()).collect();
        Self { arguments, ..Self::new(&[]) }
    }

    /// For the user of another launch.
    pub fn at_home_of(self, other: &Self) -> Self {
        Self { home: Rc::clone(&other.home), ..self }
    }

    /// With more arguments.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| argument.to_string()));
        self
    }

    /// With a variable in its environment.
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The binary as a command of the same user.
    pub fn command(&self) -> std::process::Command {
        command(self.home.root())
    }

    /// A path in the user's home.
    pub fn home(&self, path: &str) -> std::path::PathBuf {
        self.home.path(path)
    }

    /// As a user would start it: without the requests made for tests.
    pub fn without_debug_requests(mut self) -> Self {
        self.arguments.retain(|argument| argument != "--debug-requests");
        self
    }

    /// Starts a server that has been told nothing yet.
    pub fn spawn(&self) -> Server {
        let mut command = command(self.home.root());
        if self.full_disk {
            command = limited(&command);
        }
        if self.verbose {
            command.env("RUST_LOG", "trace");
        }
        command.envs(self.variables.clone());
        command.args(&self.arguments).current_dir(self.home.root());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let process = command.spawn().expect("the server starts");
        Server::new(process, Rc::clone(&self.home))
    }

    /// Starts a server and introduces `client`; returns once the model is loaded or has failed to.
    pub fn start(&self, client: &Client) -> Server {
        let mut server = self.spawn();
        server.initialize(client);
        server.wait_for("the model", |status| status["model"]["state"] != "loading");
        server
    }

    /// Like [`Self::start`], and waits for the index.
    pub fn start_indexed(&self, client: &Client) -> Server {
        let mut server = self.start(client);
        server.wait_for("the index", |status| status["index"]["state"] == "ready");
        server
    }
}

/// `command` under a limit on file sizes, with the signal ignored that would kill it there: writes fail.
fn limited(command: &std::process::Command) -> std::process::Command {
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$0\" \"$@\""]).arg(command.get_program());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell
}
