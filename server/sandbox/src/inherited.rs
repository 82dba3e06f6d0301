//! The sockets that whoever started this process handed to it.

/// The numbers of the open files that are sockets, where the system tells. Editors often use a pair of sockets for
/// standard input and output; what they are connected to is theirs.
#[cfg(target_os = "linux")]
pub fn inherited_sockets() -> Option<Vec<u32>> {
    let entries = std::fs::read_dir("/proc/self/fd").ok()?;
    let is_socket = |entry: &std::fs::DirEntry| {
        std::fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().starts_with("socket:"))
    };
    let sockets = entries.flatten().filter(is_socket);
    let mut numbers: Vec<u32> =
        sockets.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    numbers.sort_unstable();
    Some(numbers)
}

#[cfg(not(target_os = "linux"))]
pub fn inherited_sockets() -> Option<Vec<u32>> {
    None
}
