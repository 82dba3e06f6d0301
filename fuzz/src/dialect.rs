//! A model's chat template, and what a model of that template answers.
#![no_main]

#[path = "../../server/dialect/tests/corpus/reads.rs"]
mod reads;

libfuzzer_sys::fuzz_target!(|text: &str| reads::read(text));
