//! What a process may do before it gives the right to sockets away, and what it and its children may do after. One test:
//! what was given away is gone for the whole program.

#![cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
#![allow(
    unsafe_code,
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "system calls, to see which of them are refused"
)]

use std::io::{ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Output};
use std::sync::mpsc::channel;
use trust_sandbox::{State, attempts, inherited_sockets, refuse_sockets, state};

/// Families, by their numbers: local, IPv4, IPX, IPv6, netlink, packets, Bluetooth, virtual machines, XDP.
const FAMILIES: [i32; 9] = [1, 2, 4, 10, 16, 17, 31, 40, 44];

fn errno(number: i64, arguments: [i64; 4]) -> i32 {
    let [a, b, c, d] = arguments;
    // No pointer is given but null.
    let result = unsafe { libc::syscall(number, a, b, c, d) };
    if result >= 0 { 0 } else { std::io::Error::last_os_error().raw_os_error().unwrap_or(-1) }
}

fn pair(family: i32, kind: i32) -> i32 {
    let mut ends = [0_i32; 2];
    errno(libc::SYS_socketpair, [family.into(), kind.into(), 0, ends.as_mut_ptr() as i64])
}

/// What git says when it is to fetch from this machine.
fn git() -> Output {
    let mut git = Command::new("git");
    git.args(["ls-remote", "git://127.0.0.1:1/x"]).env("LC_ALL", "C").output().expect("git runs")
}

#[test]
fn sockets_are_refused_to_this_process_its_threads_and_its_children() {
    assert_eq!(state(), State::NotAsked);
    assert!(attempts().iter().any(|attempt| attempt.error.is_none()), "sockets work before");
    assert!(!String::from_utf8_lossy(&git().stderr).contains("Permission denied"));
    let (mut kept, mut other_end) = UnixStream::pair().unwrap();
    let (ask, asked) = channel::<()>();
    let older = std::thread::spawn(move || {
        asked.recv().unwrap();
        attempts()
    });

    assert_eq!(*refuse_sockets(), State::Refused);
    assert_eq!((refuse_sockets(), state()), (&State::Refused, State::Refused));

    ask.send(()).unwrap();
    let threads = [older.join().unwrap(), std::thread::spawn(attempts).join().unwrap(), attempts()];
    for attempt in threads.iter().flatten() {
        assert!(attempt.refused, "{attempt:?}");
    }
    for family in FAMILIES {
        for kind in [libc::SOCK_STREAM, libc::SOCK_DGRAM, libc::SOCK_RAW] {
            let kind = kind | libc::SOCK_CLOEXEC;
            assert_eq!(errno(libc::SYS_socket, [family.into(), kind.into(), 0, 0]), libc::EACCES, "{family}");
        }
    }
    let refused = [
        libc::SYS_io_uring_setup,
        libc::SYS_bpf,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_pidfd_getfd,
        #[cfg(target_arch = "x86_64")]
        (0x4000_0000 | libc::SYS_socket),
    ];
    for number in refused {
        assert_eq!(errno(number, [2, 2, 0, 0]), libc::EACCES, "system call {number}");
    }

    // What is connected stays so, and a pair may be had that reaches nobody else.
    kept.write_all(b"x").unwrap();
    other_end.read_exact(&mut [0]).unwrap();
    assert!(inherited_sockets().unwrap().len() >= 2);
    assert_eq!(pair(libc::AF_UNIX, libc::SOCK_STREAM | libc::SOCK_CLOEXEC), 0);
    assert_eq!(pair(libc::AF_UNIX, libc::SOCK_DGRAM), libc::EACCES);
    assert_eq!(pair(libc::AF_INET, libc::SOCK_STREAM), libc::EACCES);
    let bound = std::os::unix::net::UnixListener::bind(std::env::temp_dir().join("never-made"));
    assert_eq!(bound.err().map(|error| error.kind()), Some(ErrorKind::PermissionDenied));

    let told = git();
    assert!(!told.status.success());
    let told = String::from_utf8_lossy(&told.stderr).into_owned();
    assert!(told.contains("Permission denied"), "{told}");
}
