//! A team's folder, really signed.

use crate::Workspace;
use minisign::KeyPair;

/// The folder, and the keys that it is signed with. The name of the team is `acme`.
pub struct Team {
    pub folder: Workspace,
    pair: KeyPair,
}

impl Team {
    /// With these files: path and content. Nothing is listed or signed yet.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let pair = KeyPair::generate_unencrypted_keypair().expect("keys");
        Self { folder: Workspace::with(files), pair }
    }

    /// The public key.
    pub fn key(&self) -> String {
        self.pair.pk.to_base64()
    }

    /// What names the team in a user's file.
    pub fn named(&self) -> String {
        format!("team.source = {:?}\nteam.key = {:?}\n", self.folder.root().display().to_string(), self.key())
    }

    /// Signs the manifest as it lies there.
    pub fn sign(&self) {
        let manifest = std::fs::read(self.folder.path("manifest.toml")).expect("a manifest");
        let signature = minisign::sign(None, &self.pair.sk, manifest.as_slice(), None, None);
        self.folder.write("manifest.toml.minisig", signature.expect("a signature").to_string());
    }
}
