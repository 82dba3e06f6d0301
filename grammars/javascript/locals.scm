; Names that live inside a function, a block or a class. `src/locals.rs` says what the captures mean. TypeScript
; adds its own.

(function_declaration) @scope.function
(function_expression) @scope.function
(generator_function) @scope.function
(generator_function_declaration) @scope.function
(arrow_function) @scope.function
(method_definition) @scope.function
(class_declaration) @scope.members
(class) @scope.members
(statement_block) @scope
(for_statement) @scope
(for_in_statement) @scope
(switch_body) @scope
(catch_clause) @scope

(for_in_statement right: (_) @apart)

(arrow_function parameter: (identifier) @local)
(assignment_pattern left: (identifier) @local)
(rest_pattern (identifier) @local)
(array_pattern (identifier) @local)
(pair_pattern value: (identifier) @local)
(shorthand_property_identifier_pattern) @local
(lexical_declaration (variable_declarator name: (identifier) @local))
(variable_declaration (variable_declarator name: (identifier) @local.function))
(for_in_statement kind: _ left: (identifier) @local)
(catch_clause parameter: (identifier) @local)
(function_declaration name: (identifier) @local.outer)
(generator_function_declaration name: (identifier) @local.outer)
(function_expression name: (identifier) @local)

; Patterns on the left of an assignment define nothing.
(assignment_expression left: (_) @assigned)

(identifier) @reference
(shorthand_property_identifier) @reference
(shorthand_property_identifier_pattern) @reference
