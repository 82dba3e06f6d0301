//! Something that a tool would do which is no change of files: said in words first, and done once that is permitted.

use crate::{Answer, Context, Failure};

type Run = Box<dyn FnOnce(&Context) -> Result<Answer, Failure> + Send>;

pub struct Deed {
    /// All that would be done, as whoever permits it reads it.
    pub(crate) told: String,
    pub(crate) run: Run,
}

impl Deed {
    /// `run` is over when what it started is; it looks at the context's token.
    pub fn new(told: String, run: impl FnOnce(&Context) -> Result<Answer, Failure> + Send + 'static) -> Self {
        Self { told, run: Box::new(run) }
    }
}
