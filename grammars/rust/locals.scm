; Names that live inside an item. `src/locals.rs` says what the captures mean.

(function_item) @scope.function
(function_signature_item) @scope.function
(closure_expression) @scope.function
(impl_item) @scope.members
(trait_item) @scope.members
(struct_item) @scope.members
(enum_item) @scope.members
(union_item) @scope.members
(type_item) @scope.members
(block) @scope
(match_arm) @scope
(if_expression) @scope
(while_expression) @scope
(for_expression) @scope

(if_expression alternative: (_) @apart)
(for_expression value: (_) @apart)
(let_declaration) @after
(let_condition) @after

; A pattern's upper-case names are constants and variants.
(parameter pattern: (identifier) @local)
(closure_parameters (identifier) @local)
(for_expression pattern: (identifier) @local)
((let_declaration pattern: (identifier) @local) (#match? @local "^[^A-Z]"))
((let_condition pattern: (identifier) @local) (#match? @local "^[^A-Z]"))
((match_pattern (identifier) @local) (#match? @local "^[^A-Z]"))
((tuple_pattern (identifier) @local) (#match? @local "^[^A-Z]"))
((slice_pattern (identifier) @local) (#match? @local "^[^A-Z]"))
((tuple_struct_pattern (identifier) @local) (#match? @local "^[^A-Z]"))
((field_pattern pattern: (identifier) @local) (#match? @local "^[^A-Z]"))
((reference_pattern (identifier) @local) (#match? @local "^[^A-Z]"))
((or_pattern (identifier) @local) (#match? @local "^[^A-Z]"))
(mut_pattern (identifier) @local)
(ref_pattern (identifier) @local)
(captured_pattern . (identifier) @local)
(field_pattern name: (shorthand_field_identifier) @local)

(type_parameter name: (type_identifier) @type)
(const_parameter name: (identifier) @type)
(block (function_item name: (identifier) @local.outer))
(block (const_item name: (identifier) @local))
(block (static_item name: (identifier) @local))
(block (struct_item name: (type_identifier) @local.outer))
(block (enum_item name: (type_identifier) @local.outer))

(identifier) @reference
(type_identifier) @reference
(tuple_struct_pattern type: (_) @other)
((scoped_identifier path: (identifier) @other) (#match? @other "^[^A-Z]"))
(scoped_identifier name: (identifier) @other)
(scoped_type_identifier name: (type_identifier) @other)
(lifetime (identifier) @other)
(label (identifier) @other)
(macro_invocation macro: (identifier) @other)
(attribute (identifier) @other)
(token_tree "." . (identifier) @other)
