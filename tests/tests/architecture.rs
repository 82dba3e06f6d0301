//! The house as `ARCHITECTURE.md` draws it: no dependency points up, and nothing in the server's tree can
//! reach a network.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Crates that open sockets, resolve names, or speak HTTP or TLS.
const NETWORK: [&str; 22] = [
    "attohttpc",
    "curl",
    "curl-sys",
    "h2",
    "hickory-resolver",
    "hyper",
    "hyper-util",
    "isahc",
    "mio-uds",
    "native-tls",
    "openssl",
    "openssl-sys",
    "quinn",
    "reqwest",
    "rustls",
    "s2n-tls",
    "socket2",
    "surf",
    "trust-dns-resolver",
    "tungstenite",
    "ureq",
    "webpki-roots",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

fn metadata() -> Value {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let version = Command::new("rustc").arg("-vV").current_dir(root()).output().unwrap().stdout;
    let version = String::from_utf8(version).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    // Of other platforms' dependencies not even the sources need be here.
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--locked", "--filter-platform", host])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Crate to floor, from the table.
fn floors() -> BTreeMap<String, u32> {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    text.lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix('|')?.split('|').map(str::trim);
            let floor = cells.next()?.parse().ok()?;
            Some((cells.next()?.trim_matches('`').to_string(), floor))
        })
        .collect()
}

#[test]
fn no_dependency_points_up() {
    let (metadata, floors) = (metadata(), floors());
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        if !members.contains(package["id"].as_str().unwrap()) {
            continue;
        }
        let name = package["name"].as_str().unwrap();
        let floor =
            *floors.get(name).unwrap_or_else(|| panic!("{name} is not in the table of ARCHITECTURE.md"));
        seen.insert(name.to_string());
        for dependency in package["dependencies"].as_array().unwrap() {
            let target = dependency["name"].as_str().unwrap();
            // The tests check the server's messages against the protocol's types.
            let speaks = ["tower-lsp-server", "gen-lsp-types", "lsp-types"].contains(&target);
            assert!(!speaks || ["trust-lsp", "trust-tests"].contains(&name), "{name} depends on {target}");
            if let Some(below) = floors.get(target) {
                assert!(*below < floor, "{name} (floor {floor}) depends on {target} (floor {below})");
            }
        }
    }
    assert_eq!(seen, floors.keys().cloned().collect(), "the table names crates that do not exist");
}

#[test]
fn the_server_has_no_network_code() {
    let metadata = metadata();
    let nodes: BTreeMap<&str, &Value> = metadata["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (node["id"].as_str().unwrap(), node))
        .collect();
    let names: BTreeMap<&str, &str> = metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (package["id"].as_str().unwrap(), package["name"].as_str().unwrap()))
        .collect();
    let server = names.iter().find(|(_, name)| **name == "trust-lsp").unwrap().0;
    let (mut queue, mut tree) = (vec![*server], BTreeSet::new());
    while let Some(id) = queue.pop() {
        if !tree.insert(id) {
            continue;
        }
        for dependency in nodes[id]["deps"].as_array().unwrap() {
            let kinds = dependency["dep_kinds"].as_array().unwrap();
            if kinds.iter().any(|kind| kind["kind"].is_null()) {
                queue.push(dependency["pkg"].as_str().unwrap());
            }
        }
    }
    assert!(tree.len() > 50, "the tree was read");
    for id in &tree {
        assert!(!NETWORK.contains(&names[id]), "trust-lsp depends on {}", names[id]);
        if names[id] == "tokio" {
            let features: Vec<_> =
                nodes[id]["features"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(!features.contains(&"net"), "tokio is built with sockets");
        }
        // What watches files needs a poll, and no socket.
        if names[id] == "mio" {
            let features: Vec<_> =
                nodes[id]["features"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            assert!(!features.contains(&"net"), "mio is built with sockets");
        }
    }
}
