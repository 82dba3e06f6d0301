//! The filter. What would make a socket, or drive something else that has one, answers `EACCES`: an error that every
//! program knows how to take. A pair of connected sockets stays: it reaches nobody but its two ends.

use libc::{AF_UNIX, EACCES, SOCK_DGRAM, SOCK_RAW};
use seccompiler::SeccompCmpOp::{MaskedEq, Ne};
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch,
};
use std::collections::BTreeMap;

/// Refused whatever the arguments. A queue of `io_uring` makes sockets without a system call of their own; what is
/// named behind it reaches into the kernel, and into other processes, which may have some.
const REFUSED: [i64; 14] = [
    libc::SYS_socket,
    libc::SYS_bind,
    libc::SYS_connect,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
];

/// The same calls under the numbers of x86-64's other calling convention, which a filter sees as numbers of their own.
#[cfg(target_arch = "x86_64")]
const ALIASES: [i64; 3] = [521, 539, 540];
#[cfg(target_arch = "x86_64")]
const OTHER_CONVENTION: i64 = 0x4000_0000;

/// The bits of a socket's type that are not flags.
const TYPE: u64 = 0xf;

pub(crate) fn install() -> Result<(), Error> {
    seccompiler::apply_filter_all_threads(&program(None)?)
}

/// On this thread and on what it starts. With a group of processes, which must exist, nothing of that leaves it either.
pub(crate) fn install_here(group: Option<u32>) -> Result<(), Error> {
    seccompiler::apply_filter(&program(group)?)
}

fn program(group: Option<u32>) -> Result<BpfProgram, Error> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.into_iter().map(|number| (number, Vec::new())).collect();
    rules.insert(libc::SYS_socketpair, pairs()?);
    if let Some(group) = group {
        rules.insert(libc::SYS_setsid, Vec::new());
        rules.insert(libc::SYS_setpgid, groups(group)?);
    }
    #[cfg(target_arch = "x86_64")]
    {
        let mut others: Vec<i64> = REFUSED.to_vec();
        others.extend(ALIASES);
        // Nobody needs pairs there.
        others.push(libc::SYS_socketpair);
        if group.is_some() {
            others.extend([libc::SYS_setsid, libc::SYS_setpgid]);
        }
        rules.extend(others.into_iter().map(|number| (OTHER_CONVENTION | number, Vec::new())));
    }
    let architecture = TargetArch::try_from(std::env::consts::ARCH)?;
    let refused = SeccompAction::Errno(EACCES as u32);
    Ok(SeccompFilter::new(rules, SeccompAction::Allow, refused, architecture)?.try_into()?)
}

/// Which changes of a group are refused: all but one's own entry into this one.
fn groups(group: u32) -> Result<Vec<SeccompRule>, Error> {
    let condition = |argument, value: u32| {
        SeccompRule::new(vec![SeccompCondition::new(argument, SeccompCmpArgLen::Dword, Ne, value.into())?])
    };
    Ok(vec![condition(0, 0)?, condition(1, group)?])
}

/// Which pairs are refused: those that are not local, and those whose ends may be led elsewhere later.
fn pairs() -> Result<Vec<SeccompRule>, Error> {
    let condition = |argument, comparison, value: i32| {
        let condition =
            SeccompCondition::new(argument, SeccompCmpArgLen::Dword, comparison, u64::from(value as u32))?;
        SeccompRule::new(vec![condition])
    };
    Ok(vec![
        condition(0, Ne, AF_UNIX)?,
        condition(1, MaskedEq(TYPE), SOCK_DGRAM)?,
        condition(1, MaskedEq(TYPE), SOCK_RAW)?,
    ])
}
