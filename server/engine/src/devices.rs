//! What beside the processor can run a model here, and how much of a model goes there.

use crate::load::{LoadError, SMALL_MODEL, backend};
use llama_cpp_2::{LlamaBackendDeviceType, list_llama_ggml_backend_devices};
use trust_gguf::Facts;

/// What a GPU is left for the results between two layers, and for the screen.
const LEFT: u64 = 512 << 20;

/// What this program was built to run models with, beside the processor.
pub const RUNTIMES: &[&str] = &[
    #[cfg(feature = "cuda")]
    "CUDA",
    #[cfg(feature = "metal")]
    "Metal",
    #[cfg(feature = "rocm")]
    "ROCm",
    #[cfg(feature = "vulkan")]
    "Vulkan",
];

const KNOWS_GPUS: bool = cfg!(any(feature = "cuda", feature = "metal", feature = "rocm", feature = "vulkan"));

/// A graphics processor that llama.cpp knows how to use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    index: usize,
    /// The runtime's name and a number (`Vulkan0`), then what its maker calls it.
    pub name: String,
    pub free_bytes: u64,
    pub total_bytes: u64,
    /// It shares the processor's memory.
    pub integrated: bool,
}

/// The graphics processors of this machine; none where the program was built for the processor alone.
///
/// # Errors
/// llama.cpp does not start.
pub fn devices() -> Result<Vec<Device>, LoadError> {
    if !KNOWS_GPUS {
        return Ok(Vec::new());
    }
    backend()?;
    let known = list_llama_ggml_backend_devices().into_iter().filter_map(|device| {
        let integrated = match device.device_type {
            LlamaBackendDeviceType::Gpu => false,
            LlamaBackendDeviceType::IntegratedGpu => true,
            _ => return None,
        };
        Some(Device {
            index: device.index,
            name: format!("{} ({})", device.name, device.description.trim()),
            free_bytes: device.memory_free as u64,
            total_bytes: device.memory_total as u64,
            integrated,
        })
    });
    Ok(known.collect())
}

/// Where a model's layers are, and why there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    device: Option<Device>,
    /// Layers on the device; the one that makes tokens of the last one's result is among them.
    pub layers: u32,
    /// Layers of the model, counted in the same way.
    pub of: u32,
    pub reason: String,
}

impl Placement {
    /// All of it on the processor.
    fn processor(of: u32, reason: String) -> Self {
        Self { device: None, layers: 0, of, reason }
    }

    /// All of it on the processor after all, since the device did not take it.
    pub(crate) fn refused(self, why: &str) -> Self {
        let device = self.device.map_or_else(String::new, |device| device.name);
        Self::processor(self.of, format!("{device} did not take it: {why}"))
    }

    /// The number of the device for llama.cpp.
    pub(crate) fn device(&self) -> Option<usize> {
        self.device.as_ref().map(|device| device.index)
    }

    /// In words, as somebody is told.
    pub fn told(&self) -> String {
        match &self.device {
            Some(device) => {
                format!("{} of {} layers on {}: {}", self.layers, self.of, device.name, self.reason)
            }
            None => format!("on the processor: {}", self.reason),
        }
    }
}

/// Places a model that holds `context` tokens: at most `most` layers on the device with the most room, one of its own memory
/// first, as many as fit.
pub(crate) fn place(facts: &Facts, context: u32, most: u32, devices: Vec<Device>) -> Placement {
    let of = facts.block_count.saturating_add(1);
    let processor = |reason: &str| Placement::processor(of, reason.into());
    if !KNOWS_GPUS && devices.is_empty() {
        return processor("this build knows no GPU");
    }
    let Some(device) = devices.into_iter().max_by_key(|device| (!device.integrated, device.free_bytes))
    else {
        return processor("no GPU was found");
    };
    if most == 0 {
        return processor("`model.gpuLayers` is 0");
    }
    if facts.parameters < SMALL_MODEL {
        return processor("a model this small runs on one thread");
    }
    let Some(token) = facts.kv_bytes_per_token() else {
        return processor("what its cache would take on a GPU is not known of this architecture");
    };
    // All weights are shared out among the layers: those that stay with the processor are room to spare.
    let whole = facts.size_bytes.saturating_add(token.saturating_mul(u64::from(context)));
    let each = (whole / u64::from(facts.block_count.max(1))).max(1);
    let room = device.free_bytes.saturating_sub(LEFT);
    let fitting = if room >= whole { of } else { u32::try_from(room / each).unwrap_or(u32::MAX).min(of - 1) };
    let megabytes = |bytes: u64| bytes >> 20;
    let free =
        format!("{} MB of its {} are free", megabytes(device.free_bytes), megabytes(device.total_bytes));
    let layers = fitting.min(most);
    let reason = if layers < fitting {
        format!("`model.gpuLayers` is {most}")
    } else if layers == of {
        format!("all of it fits, {} MB; {free}", megabytes(whole))
    } else {
        format!("each takes {} MB; {free}, of which {} are left alone", megabytes(each), megabytes(LEFT))
    };
    match layers {
        0 => Placement::processor(of, format!("not one layer fits on {}: {reason}", device.name)),
        layers => Placement { device: Some(device), layers, of, reason },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may fail")]
mod tests {
    use super::*;
    use std::path::Path;

    /// The bundled model, as if it were a large one: its blocks have 1000 MB together.
    fn facts() -> Facts {
        let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("../models/bundled/nano.gguf");
        let mut facts = trust_gguf::inspect(&bundled).unwrap();
        facts.parameters = 1_000_000_000;
        facts.size_bytes = 1000 << 20;
        facts
    }

    fn device(name: &str, free: u64, integrated: bool) -> Device {
        Device { index: 3, name: name.into(), free_bytes: free << 20, total_bytes: 8000 << 20, integrated }
    }

    #[test]
    fn as_many_layers_are_on_the_gpu_as_fit() {
        let facts = facts();
        let (blocks, of) = (u64::from(facts.block_count), facts.block_count + 1);
        let cache = (facts.kv_bytes_per_token().unwrap() * 1000) >> 20;
        let each = (1000 + cache) / blocks + 1;
        for (free, most, layers, said) in [
            (512 + 1000 + cache + 1, 1000, of, "all of it fits"),
            (512 + 1000 + cache - 1, 1000, of - 2, "each takes"),
            (512 + 2 * each, 1000, 2, "MB of its 8000 are free"),
            (512 + 2 * each, 1, 1, "`model.gpuLayers` is 1"),
            (512 + each / 2, 1000, 0, "not one layer fits on GPU0"),
            (100, 1000, 0, "not one layer fits on GPU0"),
            (8000, 0, 0, "`model.gpuLayers` is 0"),
        ] {
            let placement = place(&facts, 1000, most, vec![device("GPU0", free, false)]);
            assert_eq!((placement.layers, placement.of), (layers, of), "{free} {most}: {}", placement.told());
            assert!(placement.told().contains(said), "{free} {most}: {}", placement.told());
            assert_eq!(placement.device(), (layers > 0).then_some(3));
        }
    }

    #[test]
    fn the_gpu_with_memory_of_its_own_and_the_most_of_it_is_chosen() {
        let devices =
            vec![device("shared", 7900, true), device("own", 4000, false), device("other", 3000, false)];
        assert!(place(&facts(), 1000, 1000, devices).told().contains("layers on own: "));
    }

    #[test]
    fn the_processor_is_used_and_why_is_said() {
        let gpu = || vec![device("GPU0", 8000, false)];
        let small = Facts { parameters: 7_000_000, ..facts() };
        let strange = Facts { architecture: "mamba".into(), ..facts() };
        for (facts, devices, said) in [
            (&small, gpu(), "on the processor: a model this small runs on one thread"),
            (&strange, gpu(), "not known of this architecture"),
            (&facts(), Vec::new(), if KNOWS_GPUS { "no GPU was found" } else { "knows no GPU" }),
        ] {
            let placement = place(facts, 1000, 1000, devices);
            assert!(placement.layers == 0 && placement.told().contains(said), "{}", placement.told());
        }
        let refused = place(&facts(), 1000, 1000, gpu()).refused("out of memory");
        assert_eq!(
            (refused.device(), refused.told().as_str()),
            (None, "on the processor: GPU0 did not take it: out of memory")
        );
    }
}
