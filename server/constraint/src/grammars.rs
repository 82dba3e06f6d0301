//! From a constraint to a matcher: what is shared by all answers of one model.

use crate::closers::Closers;
use crate::{ConstraintError, Guide, Token, schema, vocabulary};
use llguidance::api::TopLevelGrammar;
use llguidance::earley::SlicedBiasComputer;
use llguidance::{Matcher, ParserFactory};
use std::sync::Arc;
use toktrie::InferenceCapabilities;
use trust_inference::Constraint;

/// The grammar engine over one model's vocabulary. Building it takes tens to hundreds of milliseconds, so do it once.
pub struct Grammars {
    factory: ParserFactory,
    closers: Arc<Closers>,
}

impl Grammars {
    /// `tokens` by id; `ends` are those that end an answer.
    pub fn new(tokens: &[Token], ends: &[u32]) -> Result<Self, ConstraintError> {
        let tree = vocabulary::tree(tokens, ends).ok_or(ConstraintError::Vocabulary)?;
        let slices = SlicedBiasComputer::general_slices();
        let mut factory = ParserFactory::new(&tree, InferenceCapabilities::default(), &slices)
            .map_err(|error| ConstraintError::engine(&error))?;
        // Neither stderr nor an error shows what was written.
        factory.quiet().limits_mut().verbose_errors = false;
        Ok(Self { factory, closers: Arc::new(Closers::new(tokens)) })
    }

    /// The matcher of `constraint` for one answer. Takes a millisecond or so.
    pub fn compile(&self, constraint: &Constraint) -> Result<Guide, ConstraintError> {
        let grammar = match constraint {
            Constraint::JsonSchema(schema) => TopLevelGrammar::from_json_schema(schema::compact(schema)?),
            Constraint::Regex(pattern) => TopLevelGrammar::from_regex(pattern),
            Constraint::Lark { grammar, .. } => TopLevelGrammar::from_lark(grammar.clone()),
        };
        let hints = match constraint {
            Constraint::Lark { closers, .. } => closers.as_slice(),
            _ => &[],
        };
        let trie = self.factory.tok_env().tok_trie();
        let hints = hints.iter().map(|hint| trie.greedy_tokenize(hint.as_bytes())).collect();
        let parser = self.factory.create_parser(grammar).map_err(|error| ConstraintError::form(&error))?;
        let matcher = Matcher::new(Ok(parser)).into_cancellable();
        if let Some(error) = matcher.get_error() {
            return Err(ConstraintError::form(&error));
        }
        let guide = Guide::new(matcher, self.factory.tok_env().clone(), self.closers.clone(), hints);
        Ok(if matches!(constraint, Constraint::JsonSchema(_)) { guide.of_json() } else { guide })
    }
}
