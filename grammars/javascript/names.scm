; What TypeScript's grammars name otherwise.

(formal_parameters (identifier) @local)
(class_declaration name: (identifier) @local.outer)
(class name: (identifier) @local)
