//! An edit that is in the files while a command looks at it. Unless it is kept, they become as they were.

use super::{Event, Host};
use std::sync::Arc;
use trust_inference::CancelToken;
use trust_tools::Change;

pub(super) struct Trial<'a> {
    host: &'a dyn Host,
    written: Option<Arc<Vec<Change>>>,
}

impl<'a> Trial<'a> {
    pub fn new(host: &'a dyn Host) -> Self {
        Self { host, written: None }
    }

    /// Puts the edit into the files, once it is permitted; another one that is there goes first.
    pub fn put(&mut self, edit: &Arc<Vec<Change>>, cancel: &CancelToken) -> Result<(), String> {
        if self.written.as_ref() == Some(edit) {
            return Ok(());
        }
        self.take_back();
        self.host.write(edit, cancel)?;
        self.host.tell(&Event::Written { paths: paths(edit) });
        self.written = Some(Arc::clone(edit));
        Ok(())
    }

    pub fn keep(mut self) {
        self.written = None;
    }

    pub fn take_back(&mut self) {
        if let Some(edit) = self.written.take() {
            let lost = self.host.undo(&edit).err();
            self.host.tell(&Event::TakenBack { paths: paths(&edit), lost });
        }
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.take_back();
    }
}

fn paths(edit: &[Change]) -> Vec<String> {
    edit.iter().map(|change| change.shown.clone()).collect()
}
