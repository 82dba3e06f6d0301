//! A restless session: `cargo xtask bench soak`, a few thousand events of it.

use std::path::Path;
use trust_client::soak::{Soak, run};
use trust_tests::{Workspace, binary};

#[test]
fn a_restless_session_is_answered_once_each_and_ends_in_order() {
    let folder = Workspace::empty();
    let soak = Soak {
        program: binary(),
        arguments: Vec::new(),
        sources: Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into(),
        folder: folder.path("soak"),
        events: 2000,
        seed: 7,
    };
    let report = run(&soak, |_| ()).unwrap_or_else(|error| panic!("{error:#}"));
    assert!(report.requests > 1000 && report.shown > 0, "{report:?}");
    // Whether memory grows takes a longer session to tell; this one must stay within what the README says.
    assert!(report.curve.highest() < 300 << 20, "{report:?}");
}
