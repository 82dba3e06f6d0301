//! The same for every platform: `Cargo.lock` names what is built on any of them, so that no sources of theirs need be here.

use super::{is_networked, metadata, root, unwanted};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the server stands on elsewhere than on Linux, and what for. Most only declare what a system can do, as `libc` does here.
#[rustfmt::skip]
const FOREIGN: &[(&str, &str)] = &[
    ("android_system_properties", "the time zone's name on Android, where nothing is shipped"),
    ("anstyle-wincon", "colours in a Windows console"),
    ("core-foundation-sys", "the time zone's name on macOS"),
    ("iana-time-zone-haiku", "the time zone's name on Haiku, where nothing is shipped"),
    ("js-sys", "clock and random numbers in a browser, where nothing is shipped"),
    ("kqueue", "watches files where macOS has no events for them, and on BSD"),
    ("kqueue-sys", "declarations for kqueue"),
    ("libredox", "Redox, where nothing is shipped"),
    ("objc2-core-foundation", "what the events of files on macOS are made of"),
    ("objc2-core-services", "events of files on macOS"),
    ("r-efi", "random numbers of firmware, where nothing is shipped"),
    ("redox_syscall", "Redox, where nothing is shipped"),
    ("redox_users", "the user's folder on Redox, where nothing is shipped"),
    ("wasi", "declarations for WASI, where nothing is shipped"),
    ("wasip2", "declarations for WASI, where nothing is shipped"),
    ("wasm-bindgen", "for js-sys"),
    ("wasm-bindgen-macro", "for js-sys, while it is compiled"),
    ("wasm-bindgen-macro-support", "for js-sys, while it is compiled"),
    ("wasm-bindgen-shared", "for js-sys, while it is compiled"),
    ("winapi-util", "whether two paths are one file on Windows"),
    ("windows-core", "what calls of WinRT are made of: the time zone's name"),
    ("windows-implement", "for windows-core, while it is compiled"),
    ("windows-interface", "for windows-core, while it is compiled"),
    ("windows-link", "how a declaration finds its library"),
    ("windows-result", "errors of windows-core"),
    ("windows-strings", "texts of windows-core"),
    // Those of sockets are among what mio and rustix want declared; neither is built for Windows, since who stands on them is not.
    ("windows-sys", "declarations: files, consoles, processes, folders, random numbers"),
    ("windows-targets", "how a declaration finds its library"),
    ("windows_aarch64_gnullvm", "a list of what Windows' libraries hold"),
    ("windows_aarch64_msvc", "a list of what Windows' libraries hold"),
    ("windows_i686_gnu", "a list of what Windows' libraries hold"),
    ("windows_i686_gnullvm", "a list of what Windows' libraries hold"),
    ("windows_i686_msvc", "a list of what Windows' libraries hold"),
    ("windows_x86_64_gnu", "a list of what Windows' libraries hold"),
    ("windows_x86_64_gnullvm", "a list of what Windows' libraries hold"),
    ("windows_x86_64_msvc", "a list of what Windows' libraries hold"),
    ("wit-bindgen", "declarations for WASI, where nothing is shipped"),
];

/// What names a crate that is of another system.
#[rustfmt::skip]
const FOREIGN_WORDS: &[&str] = &[
    "android", "apple", "cocoa", "darwin", "efi", "foundation", "fsevent", "fuchsia", "haiku", "hermit", "jni", "js", "kqueue",
    "libredox", "macos", "ndk", "objc", "objc2", "redox", "wasi", "wasip2", "wasm", "win32", "winapi", "wincon", "windows",
    "winrt", "wit",
];

/// A package of `Cargo.lock`, and what it stands on: on any platform, with the features that it has here, to be built too.
#[derive(Debug)]
struct Locked {
    name: String,
    version: String,
    needs: Vec<String>,
}

fn locked() -> Vec<Locked> {
    let text = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let of = |part: &str, key: &str| {
        let line = part.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(" = "));
        line.unwrap().trim_matches('"').to_owned()
    };
    let packages: Vec<Locked> = text
        .split("[[package]]")
        .skip(1)
        .map(|part| {
            let list = part.split_once("dependencies = [").map_or("", |(_, list)| list);
            let list = list.split(']').next().unwrap().lines();
            let needs = list.map(|line| line.trim().trim_end_matches(',').trim_matches('"').to_owned());
            Locked {
                name: of(part, "name"),
                version: of(part, "version"),
                needs: needs.filter(|need| !need.is_empty()).collect(),
            }
        })
        .collect();
    assert!(packages.len() > 300, "{}", packages.len());
    packages
}

/// Where among them what a dependency says is: a name, and a version where there are several.
fn place(packages: &[Locked], need: &str) -> usize {
    let mut words = need.split(' ');
    let (name, version) = (words.next().unwrap(), words.next());
    let mut found = packages.iter().enumerate().filter(|(_, package)| {
        package.name == name && version.is_none_or(|version| package.version == version)
    });
    let (at, _) = found.next().unwrap_or_else(|| panic!("{need} is not there"));
    assert!(found.next().is_none(), "{need} is there twice");
    at
}

/// What our own crates stand on, but for their tests: `Cargo.lock` makes no difference there.
fn own(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let name = |value: &Value| value["name"].as_str().unwrap().to_owned();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .filter(|package| members.contains(package["id"].as_str().unwrap()))
        .map(|package| {
            let all = package["dependencies"].as_array().unwrap().iter();
            (name(package), all.filter(|needed| needed["kind"] != "dev").map(name).collect())
        })
        .collect()
}

/// The tree of one of our own crates.
fn tree(packages: &[Locked], own: &BTreeMap<String, BTreeSet<String>>, member: &str) -> BTreeSet<usize> {
    let (mut queue, mut tree) = (vec![place(packages, member)], BTreeSet::new());
    while let Some(at) = queue.pop() {
        if !tree.insert(at) {
            continue;
        }
        let package = &packages[at];
        for need in &package.needs {
            let name = need.split(' ').next().unwrap();
            if own.get(&package.name).is_none_or(|needed| needed.contains(name)) {
                queue.push(place(packages, need));
            }
        }
    }
    tree
}

#[test]
fn on_no_platform_has_a_crate_but_trust_net_one_for_sockets_http_tls_or_dns() {
    let (packages, metadata) = (locked(), metadata());
    let own = own(&metadata);
    assert!(own.len() > 10 && own.contains_key("trust-lsp"), "{:?}", own.keys());
    for member in own.keys() {
        let tree: Vec<&Locked> = tree(&packages, &own, member).into_iter().map(|at| &packages[at]).collect();
        let found: Vec<&str> =
            tree.iter().map(|package| package.name.as_str()).filter(|name| is_networked(name)).collect();
        if member == "trust-net" {
            assert!(found.contains(&"ureq") && found.contains(&"rustls"), "{found:?}");
            continue;
        }
        assert!(found.is_empty(), "{member} {found:?}");
        // Its sockets are these two crates', so it is built without.
        for tokio in tree.iter().filter(|package| package.name == "tokio") {
            assert!(!tokio.needs.iter().any(|need| need == "mio" || need == "socket2"), "{member} {tokio:?}");
        }
    }
    // Nor does any ask for more on one platform than it does on all.
    for package in metadata["packages"].as_array().unwrap() {
        for needed in package["dependencies"].as_array().unwrap() {
            let of_some = !needed["target"].is_null() && needed["kind"] != "dev";
            let unwanted = unwanted(needed["name"].as_str().unwrap());
            let mut asked = needed["features"].as_array().unwrap().iter().filter_map(Value::as_str);
            assert!(
                !of_some || !asked.any(|feature| unwanted.contains(&feature)),
                "{} {needed}",
                package["name"]
            );
        }
    }
}

#[test]
fn of_what_the_server_stands_on_elsewhere_each_is_known_for_what_it_does() {
    let (packages, metadata) = (locked(), metadata());
    let tree = tree(&packages, &own(&metadata), "trust-lsp");
    assert!(tree.len() > 200, "the tree was read");
    let is_foreign = |name: &&str| name.split(['-', '_']).any(|part| FOREIGN_WORDS.contains(&part));
    let found: BTreeSet<&str> =
        tree.into_iter().map(|at| packages[at].name.as_str()).filter(is_foreign).collect();
    let known: BTreeSet<&str> = FOREIGN.iter().map(|(name, _)| *name).collect();
    let (new, gone) =
        (found.difference(&known).collect::<Vec<_>>(), known.difference(&found).collect::<Vec<_>>());
    assert!(new.is_empty() && gone.is_empty(), "nobody said what for: {new:?}; not there any more: {gone:?}");
    assert!(FOREIGN.iter().all(|(name, what_for)| !is_networked(name) && !what_for.is_empty()));
}
