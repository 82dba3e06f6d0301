//! Prompts in which a model is asked to fill a hole, as the families of models want them: read back into what stands before
//! and behind the hole, and the other files that are quoted. Whatever model a client believes to talk to, the hole is the same.

use trust_wire::Hole;

/// How a family marks the parts of its prompt.
struct Family {
    prefix: &'static str,
    suffix: &'static str,
    /// What comes behind it was typed already; `None` where the prefix is last.
    middle: Option<&'static str>,
    /// Where another file begins, with its path in the first line.
    file: Option<&'static str>,
    repository: Option<&'static str>,
    /// A space stands between the marks and the texts.
    spaced: bool,
}

const PIPED: Family = Family {
    prefix: "<|fim_prefix|>",
    suffix: "<|fim_suffix|>",
    middle: Some("<|fim_middle|>"),
    file: Some("<|file_sep|>"),
    repository: Some("<|repo_name|>"),
    spaced: false,
};

/// Qwen, StarCoder and kin (Granite, Stable Code, Mellum), CodeLlama, DeepSeek, GLM, Seed-Coder, Codestral. CodeGemma differs
/// from Qwen in how files are parted.
const FAMILIES: [Family; 9] = [
    PIPED,
    Family { file: Some("<|file_separator|>"), ..PIPED },
    Family {
        prefix: "<fim_prefix>",
        suffix: "<fim_suffix>",
        middle: Some("<fim_middle>"),
        file: Some("<file_sep>"),
        repository: Some("<repo_name>"),
        spaced: false,
    },
    Family {
        prefix: "<fim-prefix>",
        suffix: "<fim-suffix>",
        middle: Some("<fim-middle>"),
        file: Some("<filename>"),
        repository: Some("<reponame>"),
        spaced: false,
    },
    Family {
        prefix: "<PRE>",
        suffix: "<SUF>",
        middle: Some("<MID>"),
        file: None,
        repository: None,
        spaced: true,
    },
    Family {
        prefix: "<｜fim▁begin｜>",
        suffix: "<｜fim▁hole｜>",
        middle: Some("<｜fim▁end｜>"),
        file: None,
        repository: None,
        spaced: false,
    },
    Family {
        prefix: "<|code_prefix|>",
        suffix: "<|code_suffix|>",
        middle: Some("<|code_middle|>"),
        file: None,
        repository: None,
        spaced: false,
    },
    Family {
        prefix: "<[fim-prefix]>",
        suffix: "<[fim-suffix]>",
        middle: Some("<[fim-middle]>"),
        file: None,
        repository: None,
        spaced: false,
    },
    Family {
        prefix: "[PREFIX]",
        suffix: "[SUFFIX]",
        middle: None,
        file: None,
        repository: None,
        spaced: false,
    },
];

/// What a prompt asks for.
#[derive(Debug, PartialEq, Eq, Default)]
pub struct Prompted {
    pub hole: Hole,
    /// Of the file with the hole.
    pub path: Option<String>,
}

/// Reads a prompt. One of no known family is all of it before the hole; `suffix` is what a client says apart from it.
pub fn read(prompt: &str, suffix: Option<&str>) -> Prompted {
    let found = FAMILIES.iter().find_map(|family| family.read(prompt));
    let mut prompted = found.unwrap_or_else(|| {
        let hole = Hole { prefix: prompt.to_owned(), ..Hole::default() };
        Prompted { hole, path: None }
    });
    if let Some(suffix) = suffix {
        prompted.hole.suffix.push_str(suffix);
    }
    prompted
}

impl Family {
    fn read(&self, prompt: &str) -> Option<Prompted> {
        let (prefix, suffix) = (prompt.find(self.prefix)?, prompt.find(self.suffix)?);
        // What is quoted of other files may hold such marks; the last of them begin the hole.
        let (head, marked) = match self.file.and_then(|mark| prompt[..prefix.min(suffix)].rfind(mark)) {
            Some(file) => prompt.split_at(file),
            None => ("", prompt),
        };
        let start = marked.find(self.prefix)?.min(marked.find(self.suffix)?);
        let (before, marked) = marked.split_at(start);
        let mut parts = match marked.strip_prefix(self.prefix) {
            Some(rest) => {
                let (prefix, rest) = rest.split_once(self.suffix)?;
                let (suffix, typed) = self.split_middle(rest)?;
                (prefix, suffix, typed)
            }
            None => {
                let (suffix, rest) = marked.strip_prefix(self.suffix)?.split_once(self.prefix)?;
                let (prefix, typed) = match self.middle {
                    Some(_) => self.split_middle(rest)?,
                    None => (rest, ""),
                };
                // Some families have the mark of the middle before the prefix: `suffix, middle, prefix`.
                (prefix, self.middle.and_then(|mark| suffix.strip_suffix(mark)).unwrap_or(suffix), typed)
            }
        };
        if self.spaced {
            let bare = |part| -> &str {
                let part = str::strip_prefix(part, ' ').unwrap_or(part);
                part.strip_suffix(' ').unwrap_or(part)
            };
            parts = (bare(parts.0), parts.1.strip_suffix(' ').unwrap_or(parts.1), parts.2);
        }
        let path = self.path_of(before);
        let mut hole = Hole { suffix: parts.1.to_owned(), extra: self.files(head), ..Hole::default() };
        hole.prefix = format!("{}{}", parts.0, parts.2);
        if path.is_none() && !before.trim().is_empty() {
            hole.extra.push((String::new(), before.to_owned()));
        }
        Some(Prompted { hole, path })
    }

    /// The mark of the middle is the last thing in a prompt, but for what was typed.
    fn split_middle<'a>(&self, rest: &'a str) -> Option<(&'a str, &'a str)> {
        rest.rsplit_once(self.middle?)
    }

    /// The path of the hole's own file, which stands between the mark of a file and the hole.
    fn path_of(&self, before: &str) -> Option<String> {
        let named = before.strip_prefix(self.file?)?.trim();
        (!named.is_empty() && !named.contains('\n')).then(|| named.to_owned())
    }

    fn files(&self, head: &str) -> Vec<(String, String)> {
        let Some(mark) = self.file else { return Vec::new() };
        let split = |file: &str| {
            let (path, text) = file.split_once('\n')?;
            Some((path.trim().to_owned(), text.to_owned()))
        };
        let files = head.split(mark).filter(|part| {
            let is_repository = self.repository.is_some_and(|mark| part.trim_start().starts_with(mark));
            !is_repository && !part.trim().is_empty()
        });
        files.filter_map(split).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hole_is_the_same_in_the_words_of_each_family() {
        let prompts = [
            "<|fim_prefix|>let a = <|fim_suffix|>;\n<|fim_middle|>",
            "<|fim_suffix|>;\n<|fim_prefix|>let a = <|fim_middle|>",
            "<|fim_prefix|>let <|fim_suffix|>;\n<|fim_middle|>a = ",
            "<fim_prefix>let a = <fim_suffix>;\n<fim_middle>",
            "<fim_prefix><fim_suffix>;\n<fim_middle>let a = ",
            "<fim-prefix>let a = <fim-suffix>;\n<fim-middle>",
            "<PRE> let a =  <SUF>;\n <MID>",
            "<｜fim▁begin｜>let a = <｜fim▁hole｜>;\n<｜fim▁end｜>",
            "<|code_prefix|>let a = <|code_suffix|>;\n<|code_middle|>",
            "<[fim-suffix]>;\n<[fim-prefix]>let a = <[fim-middle]>",
            "[SUFFIX];\n[PREFIX]let a = ",
        ];
        let expected = Hole { prefix: "let a = ".into(), suffix: ";\n".into(), ..Hole::default() };
        for prompt in prompts {
            assert_eq!(read(prompt, None), Prompted { hole: expected.clone(), path: None }, "{prompt}");
        }
        assert_eq!(read("let a = ", Some(";\n")).hole, expected);
    }

    #[test]
    fn quoted_files_and_the_path_of_the_hole_are_told_apart() {
        let prompt = "<|repo_name|>p\n<|file_sep|>src/b.rs\nfn b() {}\n<|file_sep|>src/a.rs\n<|fim_prefix|>fn a() { <|fim_suffix|> }<|fim_middle|>";
        let Prompted { hole, path } = read(prompt, None);
        assert_eq!(path.as_deref(), Some("src/a.rs"));
        assert_eq!(hole.extra, [("src/b.rs".to_owned(), "fn b() {}\n".to_owned())]);
        assert_eq!((hole.prefix.as_str(), hole.suffix.as_str()), ("fn a() { ", " }"));
    }

    #[test]
    fn a_prompt_that_is_none_of_these_is_text() {
        for prompt in ["", "let a = ", "<|fim_prefix|>let a", "a <SUF> b", "<|fim_middle|>", "[PREFIX]x"] {
            let hole = Hole { prefix: prompt.into(), ..Hole::default() };
            assert_eq!(read(prompt, None), Prompted { hole, path: None });
        }
    }
}
