//! Programs in a network namespace of their own: with no interface at all, or with the machine's own loopback alone.

use std::process::Command;

/// Ways to a network of one's own: as the user that one is, where that is allowed to everybody, and as root.
const NAMESPACES: [&[&str]; 3] =
    [&["--user", "--map-current-user", "--net"], &["--user", "--map-root-user", "--net"], &["--net"]];
/// Of these, who may switch an interface on in it.
const OWNED: [&[&str]; 2] = [NAMESPACES[2], NAMESPACES[1]];
/// Gives `lo` the flag that it is up; Python, since the tests have it anyway.
const LOOPBACK: &str = "import fcntl, socket, struct\n\
                        fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 1))";

/// The options of `unshare` by which this machine gives a network without an interface.
pub fn without_interface() -> Option<&'static [&'static str]> {
    NAMESPACES.into_iter().find(|way| works(Command::new("unshare").args(*way).arg("true")))
}

/// The same command with no network but the loopback; `None` where this machine gives nobody such a one.
pub fn with_loopback(command: &Command) -> Option<Command> {
    OWNED
        .into_iter()
        .find(|way| works(&mut within(way, &Command::new("true"))))
        .map(|way| within(way, command))
}

fn within(way: &[&str], command: &Command) -> Command {
    let mut apart = Command::new("unshare");
    apart.args(way).args(["sh", "-c", "python3 -c \"$0\" && exec \"$@\"", LOOPBACK]);
    apart.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => apart.env(name, value),
            None => apart.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        apart.current_dir(folder);
    }
    apart
}

fn works(command: &mut Command) -> bool {
    crate::workspace::succeeds(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_keeps_its_words_its_folder_and_its_environment() {
        let mut command = Command::new("node");
        command.args(["run.ts", "a b"]).current_dir("/").env("A", "1").env_remove("B");
        let apart = within(&["--net"], &command);
        let words: Vec<_> = apart.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(
            (words[0].as_ref(), &words[words.len() - 3..]),
            ("--net", &["node".into(), "run.ts".into(), "a b".into()][..])
        );
        assert_eq!(apart.get_current_dir(), command.get_current_dir());
        assert!(apart.get_envs().eq(command.get_envs()));
    }

    /// Where there are namespaces: its loopback is on, and nothing else is there.
    #[test]
    fn the_loopback_is_all_there_is() {
        let mut command = Command::new("python3");
        command.args(["-c", "import socket\ns = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(s.getsockname())\nprint([name for _, name in socket.if_nameindex()])"]);
        let Some(mut apart) = with_loopback(&command) else { return };
        let output = apart.output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            "['lo']\n",
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
