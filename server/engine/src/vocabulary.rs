//! Text to tokens and back.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use trust_constraint::Token;
use trust_inference::{Control, InferenceError, Piece, Prompt};

/// Tokens of a half-typed word that are taken back, but for those of a character: it is cut wrongly at its end alone.
const TAKEN_BACK: usize = 4;

pub(crate) struct Vocabulary<'a>(LlamaVocab<'a>);

impl<'a> Vocabulary<'a> {
    pub(crate) fn new(model: &'a LlamaModel) -> Self {
        Self(model.vocab())
    }

    /// Tokens of plain text. Nothing in it is ever read as a control token.
    pub(crate) fn text(&self, text: &str) -> Vec<LlamaToken> {
        self.0.tokenize(text.as_bytes(), false, false)
    }

    /// Takes the last `bytes` bytes of text back from a tokenised prompt, as whole tokens, or the last few tokens where those
    /// say less, and returns what they said. None where one of them is not text.
    pub(crate) fn take_back(&self, prompt: &mut Vec<LlamaToken>, bytes: usize) -> Option<Vec<u8>> {
        let (mut taken, mut length) = (Vec::new(), prompt.len());
        let within_character = |taken: &[u8]| taken.first().is_some_and(|byte| byte & 0xc0 == 0x80);
        while taken.len() < bytes && prompt.len() - length < TAKEN_BACK || within_character(&taken) {
            length = length.checked_sub(1)?;
            let token = prompt[length];
            if self.ends_text(token) {
                return None;
            }
            taken.splice(0..0, self.bytes(token));
        }
        prompt.truncate(length);
        Some(taken)
    }

    /// Every token with its bytes; `None` for one that is no text.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = (Option<Vec<u8>>, LlamaToken)> + '_ {
        let tokens = (0..self.0.n_tokens()).map(LlamaToken);
        tokens.map(|token| ((!self.ends_text(token)).then(|| self.bytes(token)), token))
    }

    pub(crate) fn prompt(&self, prompt: &Prompt) -> Result<Vec<LlamaToken>, InferenceError> {
        let mut tokens = Vec::new();
        for piece in &prompt.0 {
            match piece {
                Piece::Text(text) => tokens.extend(self.text(text)),
                Piece::Control(Control::Template(text)) => {
                    tokens.extend(self.0.tokenize(text.as_bytes(), false, true));
                }
                Piece::Control(control) => tokens.push(self.control(control)?),
            }
        }
        // Many templates write it themselves.
        if self.0.should_add_bos() && tokens.first() != Some(&self.0.bos()) {
            tokens.insert(0, self.0.bos());
        }
        Ok(tokens)
    }

    fn control(&self, control: &Control) -> Result<LlamaToken, InferenceError> {
        let token = match control {
            Control::Repo => self.0.fim_rep(),
            Control::File => self.0.fim_sep(),
            Control::FimPrefix => self.0.fim_pre(),
            Control::FimSuffix => self.0.fim_suf(),
            Control::FimMiddle => self.0.fim_mid(),
            Control::Template(text) => return self.special(text),
        };
        // llama.cpp says -1 for a token that the vocabulary does not have.
        if token.0 < 0 { Err(InferenceError::MissingControl(control.clone())) } else { Ok(token) }
    }

    /// The control token that is spelled so.
    pub(crate) fn special(&self, spelling: &str) -> Result<LlamaToken, InferenceError> {
        match self.0.tokenize(spelling.as_bytes(), false, true).as_slice() {
            [token] if self.0.is_control(*token) => Ok(*token),
            _ => Err(InferenceError::MissingToken(spelling.to_string())),
        }
    }

    /// How the tokens are spelled that begin and end a text; empty for none.
    pub(crate) fn text_marks(&self) -> (String, String) {
        let spelled = |token: LlamaToken| if token.0 < 0 { String::new() } else { self.spelling(token) };
        (spelled(self.0.bos()), spelled(self.0.eos()))
    }

    /// All tokens by id, for grammars, and those that end a text.
    pub(crate) fn tokens(&self) -> (Vec<Token>, Vec<u32>) {
        let tokens = self.pieces().map(|(bytes, token)| match bytes {
            None => Token::Control(self.spelling(token)),
            Some(bytes) if bytes.is_empty() => Token::Unused,
            Some(bytes) => Token::Text(bytes),
        });
        let ends = (0..self.0.n_tokens())
            .map(LlamaToken)
            .filter(|&token| self.0.is_eog(token))
            .map(|token| token.0 as u32);
        (tokens.collect(), ends.collect())
    }

    /// How a token is written where control tokens are shown.
    pub(crate) fn spelling(&self, token: LlamaToken) -> String {
        String::from_utf8_lossy(&self.0.token_to_piece(token, true, None)).into_owned()
    }

    /// Whether `token` ends a text: the model's own end marks, and any other control token, since none of
    /// them is text.
    pub(crate) fn ends_text(&self, token: LlamaToken) -> bool {
        self.0.is_eog(token) || self.0.is_control(token)
    }

    /// What `token` writes where it is a part of the text, though it be a control token.
    pub(crate) fn written(&self, token: LlamaToken) -> Vec<u8> {
        if self.ends_text(token) { self.spelling(token).into_bytes() } else { self.bytes(token) }
    }

    /// The token that says: the text ends here.
    pub(crate) fn end_of_text(&self) -> LlamaToken {
        self.0.eos()
    }

    /// The bytes of `token`: perhaps only a part of a character.
    pub(crate) fn bytes(&self, token: LlamaToken) -> Vec<u8> {
        self.0.token_to_piece(token, false, None)
    }
}
