//! The model's vocabulary, and what is worked out of it: its texts in order, the ways of ending one, the grammar engine
//! over it, which is built for the first answer that has a form.

use crate::ends::Ends;
use crate::heal::Pieces;
use crate::vocabulary::Vocabulary;
use llama_cpp_2::model::LlamaModel;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;
use trust_constraint::{ConstraintError, Grammars};
use trust_inference::InferenceError;

/// Sets of stop strings whose tokens are remembered.
const STOPS: usize = 4;

pub(crate) struct Words<'a> {
    pub(crate) vocabulary: Vocabulary<'a>,
    pieces: Pieces,
    /// By the stop strings and the visible control tokens that they are of; those asked for last.
    ends: RefCell<Vec<(Key, Rc<Ends>)>>,
    grammars: OnceCell<Result<Grammars, ConstraintError>>,
}

type Key = (Vec<String>, Vec<String>);

impl<'a> Words<'a> {
    pub(crate) fn new(model: &'a LlamaModel) -> Self {
        let vocabulary = Vocabulary::new(model);
        let pieces = Pieces::new(vocabulary.pieces());
        Self { vocabulary, pieces, ends: RefCell::default(), grammars: OnceCell::new() }
    }

    pub(crate) fn pieces(&self) -> &Pieces {
        &self.pieces
    }

    pub(crate) fn ends(&self, stop: &[String], visible: &[String]) -> Result<Rc<Ends>, InferenceError> {
        let mut known = self.ends.borrow_mut();
        if let Some((_, ends)) = known.iter().find(|(of, _)| of.0 == stop && of.1 == visible) {
            return Ok(Rc::clone(ends));
        }
        let shown = visible.iter().map(|spelling| self.vocabulary.special(spelling));
        let shown = shown.collect::<Result<_, _>>()?;
        let ends = Rc::new(Ends::new(&self.pieces, stop, shown, self.vocabulary.end_of_text()));
        known.truncate(STOPS - 1);
        known.insert(0, ((stop.to_vec(), visible.to_vec()), Rc::clone(&ends)));
        Ok(ends)
    }

    pub(crate) fn grammars(&self) -> Result<&Grammars, ConstraintError> {
        let build = || {
            let (tokens, ends) = self.vocabulary.tokens();
            Grammars::new(&tokens, &ends)
        };
        self.grammars.get_or_init(build).as_ref().map_err(Clone::clone)
    }
}
