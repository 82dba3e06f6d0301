//! Tries to open sockets, so that nobody has to believe that they are refused.

#![allow(clippy::disallowed_methods, reason = "it opens sockets, to see that it cannot")]

use std::io::{Error, ErrorKind};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream, UdpSocket};

/// One way to a socket, and what the system said to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub what: &'static str,
    /// It was refused for want of the right, not for another reason.
    pub refused: bool,
    /// The error's own words; `None` where it succeeded.
    pub error: Option<String>,
}

/// What happens to those who try. Nothing is sent: what succeeds is closed at once, and the one connection is to a port
/// of this machine that nobody listens on.
pub fn attempts() -> Vec<Attempt> {
    let (four, six) = (Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST);
    let mut all = vec![
        attempt("connect by TCP over IPv4", TcpStream::connect((four, 1)).err()),
        attempt("connect by TCP over IPv6", TcpStream::connect((six, 1)).err()),
        attempt("listen by TCP over IPv4", TcpListener::bind((four, 0)).err()),
        attempt("send by UDP over IPv4", UdpSocket::bind((four, 0)).err()),
        attempt("send by UDP over IPv6", UdpSocket::bind((six, 0)).err()),
    ];
    #[cfg(unix)]
    all.push(attempt(
        "reach another process on this machine",
        std::os::unix::net::UnixDatagram::unbound().err(),
    ));
    all
}

fn attempt(what: &'static str, error: Option<Error>) -> Attempt {
    let refused = error.as_ref().is_some_and(|error| error.kind() == ErrorKind::PermissionDenied);
    Attempt { what, refused, error: error.map(|error| error.to_string()) }
}
