//! What a definition is.

use std::ops::Range;

/// What is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum DefinitionKind {
    Function,
    /// A function of a type: in a class, interface, trait or impl block.
    Method,
    Class,
    /// Rust's unions too.
    Struct,
    Enum,
    /// Of an enum.
    Variant,
    /// Of a struct, class or interface.
    Field,
    Trait,
    Interface,
    TypeAlias,
    /// A constant, a static, or a variable of a module.
    Constant,
    /// Namespaces too.
    Module,
    Macro,
    /// Rust's `impl` block; its name is the type's. It defines no name of its own but is its methods' parent.
    Impl,
}

impl DefinitionKind {
    pub const ALL: [Self; 14] = [
        Self::Function,
        Self::Method,
        Self::Class,
        Self::Struct,
        Self::Enum,
        Self::Variant,
        Self::Field,
        Self::Trait,
        Self::Interface,
        Self::TypeAlias,
        Self::Constant,
        Self::Module,
        Self::Macro,
        Self::Impl,
    ];

    /// The word for it, in lower case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Method => "method",
            Self::Class => "class",
            Self::Struct => "struct",
            Self::Enum => "enum",
            Self::Variant => "variant",
            Self::Field => "field",
            Self::Trait => "trait",
            Self::Interface => "interface",
            Self::TypeAlias => "type",
            Self::Constant => "constant",
            Self::Module => "module",
            Self::Macro => "macro",
            Self::Impl => "impl",
        }
    }
}

/// One definition; ranges are bytes of the source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name; never empty.
    pub name: Range<usize>,
    pub kind: DefinitionKind,
    /// The whole item.
    pub item: Range<usize>,
    /// From the item's start, without attributes, decorators and documentation, to just before its body.
    pub signature: Range<usize>,
    /// The comment or string that documents it.
    pub documentation: Option<Range<usize>>,
    /// A hash of what stands behind the signature: the same for bodies that are the same.
    pub body_hash: u64,
    /// The definition it is nested in: an index into the same list, always smaller than its own.
    pub parent: Option<usize>,
}

/// What a file defines and imports, in the order in which it begins.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outline {
    pub definitions: Vec<Definition>,
    /// The bytes of each import.
    pub imports: Vec<Range<usize>>,
}

/// What to do at a node; field names are the grammar's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Action {
    /// Look at the children.
    Enter,
    /// A definition without members: kind, field of the name, field of the body.
    Leaf(DefinitionKind, &'static str, &'static str),
    /// A definition with members: kind, field of the name, field of the body.
    Holder(DefinitionKind, &'static str, &'static str),
    /// A definition whose node is its own name.
    Name(DefinitionKind),
    /// A name bound to a value, in a module or a class: fields of name and value.
    Binding(&'static str, &'static str),
    /// A member of a class: fields of name and value.
    Member(&'static str, &'static str),
    Import,
}
