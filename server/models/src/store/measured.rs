//! What was measured of models on this machine, beside the manifest. It can be measured again, so what is damaged counts for
//! nothing.

use super::{Store, StoreError};
use crate::Machine;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

const FILE: &str = "measured.json";

/// A model on a machine. Times are of the clock: beside other work they are longer, and `load` says how much there was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Measured {
    pub sha256: String,
    pub machine: Machine,
    /// The version of the program.
    pub version: String,
    /// Seconds since 1970.
    pub measured: u64,
    /// 0: chosen by the model's size.
    pub threads: u64,
    /// Tokens that the model held.
    pub context: u32,
    /// Tasks that wanted to run in the minute before.
    pub load: Option<f64>,
    /// Milliseconds until the model could be asked, and of them those of the processor.
    pub load_milliseconds: u64,
    pub prompt_tokens: u32,
    pub prefill_tokens_per_second: f64,
    pub decode_tokens_per_second: Option<f64>,
    /// Bytes of the file; that a token's keys and values take; that the process held at most.
    pub weights_bytes: u64,
    pub kv_bytes_per_token: Option<u64>,
    pub peak_bytes: Option<u64>,
    /// Bits that the model needs for a byte of [`SAMPLE`](crate::SAMPLE). Earlier versions did not measure it.
    #[serde(default)]
    pub bits_per_byte: Option<f64>,
}

impl Store {
    fn measurements(&self) -> PathBuf {
        self.folder.join(FILE)
    }

    /// All that was measured on machines like this one.
    #[allow(clippy::disallowed_methods, reason = "the store lies outside every workspace")]
    pub fn measured(&self, machine: &Machine) -> Vec<Measured> {
        let bytes = std::fs::read(self.measurements()).unwrap_or_default();
        let all: Vec<Measured> = serde_json::from_slice(&bytes).unwrap_or_default();
        all.into_iter().filter(|one| one.machine == *machine).collect()
    }

    /// Keeps what was measured, in place of what was known of the same model here.
    ///
    /// # Errors
    /// It cannot be written.
    #[allow(clippy::disallowed_methods, reason = "the store lies outside every workspace")]
    pub fn keep_measured(&self, new: Measured) -> Result<(), StoreError> {
        let _lock = self.lock()?;
        let bytes = std::fs::read(self.measurements()).unwrap_or_default();
        let mut all: Vec<Measured> = serde_json::from_slice(&bytes).unwrap_or_default();
        all.retain(|one| one.sha256 != new.sha256 || one.machine != new.machine);
        all.push(new);
        let text = serde_json::to_string_pretty(&all).map_err(std::io::Error::from);
        let written =
            text.and_then(|text| trust_config::write_file(&self.measurements(), &(text + "\n"), true));
        written.map_err(|error| self.unwritable(error))
    }
}
