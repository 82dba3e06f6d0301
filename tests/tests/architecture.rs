//! The house as `ARCHITECTURE.md` draws it: no dependency points up, and nothing in the server's tree can
//! reach a network.

mod platforms;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Crates that open sockets, resolve names (DNS), or speak HTTP or TLS; and those whose only use is to. `httparse` is none of
/// them: the protocol's frames have headers like HTTP's.
#[rustfmt::skip]
const NETWORK: &[&str] = &[
    "actix-http", "actix-web", "async-h1", "async-io", "async-native-tls", "async-net", "async-std",
    "async-tungstenite", "attohttpc", "awc", "aws-lc-rs", "aws-lc-sys", "axum", "boring", "boring-sys",
    "curl", "curl-sys", "dns-lookup", "domain", "fastwebsockets", "grpcio",
    "h2", "h3", "hickory-client", "hickory-proto", "hickory-resolver", "hickory-server", "http",
    "http-body", "hyper", "hyper-rustls", "hyper-tls", "hyper-util", "isahc", "jsonrpsee",
    "lettre", "libssh2-sys", "mbedtls", "minreq", "mio-uds", "native-tls", "nix-netlink", "openssl",
    "openssl-sys", "pnet", "quiche", "quinn", "quinn-proto", "quinn-udp", "reqwest", "ring", "rtnetlink",
    "russh", "rustls", "rustls-native-certs", "rustls-pki-types", "rustls-platform-verifier",
    "rustls-webpki", "s2n-quic", "s2n-tls", "schannel", "security-framework", "smol", "smoltcp", "socket2",
    "ssh2", "surf", "tiny_http", "tokio-native-tls", "tokio-openssl", "tokio-rustls", "tokio-tungstenite",
    "tonic", "tower-http", "trust-dns-proto", "trust-dns-resolver", "tungstenite", "ureq", "warp", "webpki",
    "webpki-roots", "websocket", "wolfssl", "zmq",
];

/// What names a crate that nobody has listed above.
#[rustfmt::skip]
const NETWORK_WORDS: [&str; 18] = [
    "cfnetwork", "dns", "http", "https", "net", "network", "networking", "quic", "socket", "socks", "ssl", "tcp", "tls", "udp",
    "websocket", "winhttp", "wininet", "winsock",
];

fn is_networked(name: &str) -> bool {
    NETWORK.contains(&name) || name.split(['-', '_']).any(|part| NETWORK_WORDS.contains(&part))
}

/// Features that these crates can do without, and do.
fn unwanted(name: &str) -> &'static [&'static str] {
    match name {
        "tokio" | "mio" | "rustix" => &["net"],
        "nix" => &["net", "socket"],
        "gix-protocol" | "gix-transport" => &["blocking-client", "async-client", "http-client", "async-std"],
        _ => &[],
    }
}

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
fn no_crate_but_trust_net_has_one_for_sockets_http_tls_or_dns() {
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
    for member in metadata["workspace_members"].as_array().unwrap() {
        let name = names[member.as_str().unwrap()];
        let found = networked(member.as_str().unwrap(), &nodes, &names);
        match name {
            // That it is found where it is shows that it would be elsewhere.
            "trust-net" => assert!(found.iter().any(|found| found.ends_with("ureq")), "{found:?}"),
            _ => assert!(found.is_empty(), "{name} {found:?}"),
        }
    }
}

/// What of a crate's tree can reach a network, in words.
fn networked(root: &str, nodes: &BTreeMap<&str, &Value>, names: &BTreeMap<&str, &str>) -> Vec<String> {
    let (mut queue, mut tree, mut found) = (vec![root], BTreeSet::new(), Vec::new());
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
    assert!(names[root] != "trust-lsp" || tree.len() > 50, "the tree was read");
    for id in &tree {
        if is_networked(names[id]) {
            found.push(format!("depends on {}", names[id]));
        }
        let features = || nodes[id]["features"].as_array().unwrap().iter().filter_map(Value::as_str);
        let unwanted = unwanted(names[id]);
        for feature in features().filter(|feature| unwanted.contains(feature)) {
            found.push(format!("has {} built with {feature}", names[id]));
        }
    }
    found
}

/// `-p trust-lsp` builds no `trust-net`, which lies beside it.
#[test]
fn what_the_editors_say_to_build_is_the_whole() {
    let mut folders = vec![root().join("editors"), root().join("docs")];
    let mut told = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() && !["node_modules", "dist"].contains(&&*name) {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                told += text.matches("cargo build --release").count();
                assert!(!text.contains("-p trust-lsp"), "{}", path.display());
            }
        }
    }
    assert!(told > 4, "{told}");
}

/// The languages of the grammars, as VS Code, Neovim, Zed and Helix name them.
#[rustfmt::skip]
const LANGUAGES: [(&str, &str, &str, &str); 15] = [
    ("rust", "rust", "Rust", "rust"), ("python", "python", "Python", "python"),
    ("typescript", "typescript", "TypeScript", "typescript"), ("typescriptreact", "typescriptreact", "TSX", "tsx"),
    ("javascript", "javascript", "JavaScript", "javascript"), ("go", "go", "Go", "go"), ("java", "java", "Java", "java"),
    ("c", "c", "C", "c"), ("cpp", "cpp", "C++", "cpp"), ("csharp", "cs", "C#", "c-sharp"), ("ruby", "ruby", "Ruby", "ruby"),
    ("php", "php", "PHP", "php"), ("shellscript", "sh", "Shell Script", "bash"), ("lua", "lua", "Lua", "lua"),
    ("kotlin", "kotlin", "Kotlin", "kotlin"),
];

#[test]
fn every_editor_asks_in_every_language_that_has_a_grammar() {
    let read = |path: &str| std::fs::read_to_string(root().join(path)).unwrap();
    let mut grammars = BTreeSet::new();
    for entry in std::fs::read_dir(root().join("grammars")).unwrap() {
        let Ok(text) = std::fs::read_to_string(entry.unwrap().path().join("mod.rs")) else { continue };
        let ids = text.lines().filter_map(|line| line.trim().strip_prefix("ids: &[\""));
        grammars.extend(ids.filter_map(|line| line.split('"').next()).map(str::to_owned));
    }
    assert_eq!(grammars, LANGUAGES.iter().map(|names| names.0.to_owned()).collect::<BTreeSet<_>>());
    let session = read("editors/vscode/src/session.ts");
    let manifest = read("editors/vscode/package.json");
    let neovim = read("editors/neovim/lsp/trust.lua");
    let (zed, helix) = (read("editors/zed/extension.toml"), read("editors/helix/languages.toml"));
    for (code, vim, zeds, helixes) in LANGUAGES {
        assert!(session.contains(&format!("\"{code}\"")), "VS Code: {code}");
        assert!(manifest.contains(&format!("\"onLanguage:{code}\"")), "VS Code's manifest: {code}");
        assert!(neovim.contains(&format!("'{vim}'")), "Neovim: {vim}");
        assert!(zed.contains(&format!("\"{zeds}\"")), "Zed: {zeds}");
        assert!(helix.contains(&format!("name = \"{helixes}\"\n")), "Helix: {helixes}");
    }
}
