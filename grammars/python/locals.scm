; Names that live inside a function. `src/locals.rs` says what the captures mean.

(function_definition) @scope.function
(lambda) @scope.function
(class_definition) @scope.members
(list_comprehension) @scope
(set_comprehension) @scope
(dictionary_comprehension) @scope
(generator_expression) @scope

(default_parameter value: (_) @apart)
(typed_default_parameter value: (_) @apart)
(typed_default_parameter type: (_) @apart)
(typed_parameter type: (_) @apart)
(function_definition return_type: (_) @apart)
; What the first clause runs over is evaluated outside.
(list_comprehension body: (_) . (for_in_clause right: (_) @apart))
(set_comprehension body: (_) . (for_in_clause right: (_) @apart))
(dictionary_comprehension body: (_) . (for_in_clause right: (_) @apart))
(generator_expression body: (_) . (for_in_clause right: (_) @apart))

(parameters (identifier) @local)
(lambda_parameters (identifier) @local)
(default_parameter name: (identifier) @local)
(typed_parameter . (identifier) @local)
(typed_default_parameter name: (identifier) @local)
(parameters (list_splat_pattern (identifier) @local))
(parameters (dictionary_splat_pattern (identifier) @local))
(lambda_parameters (list_splat_pattern (identifier) @local))
(lambda_parameters (dictionary_splat_pattern (identifier) @local))
(typed_parameter (list_splat_pattern (identifier) @local))
(typed_parameter (dictionary_splat_pattern (identifier) @local))

(assignment left: (identifier) @local)
(for_statement left: (identifier) @local)
(for_in_clause left: (identifier) @local)
(pattern_list (identifier) @local)
(tuple_pattern (identifier) @local)
(list_pattern (identifier) @local)
(pattern_list (list_splat_pattern (identifier) @local))
(tuple_pattern (list_splat_pattern (identifier) @local))
(list_pattern (list_splat_pattern (identifier) @local))
(as_pattern_target (identifier) @local)
(named_expression name: (identifier) @local.function)
(case_pattern (dotted_name . (identifier) @local .))
(function_definition name: (identifier) @local.outer)
(class_definition name: (identifier) @local.outer)

(global_statement (identifier) @free)
(nonlocal_statement (identifier) @free)

(identifier) @reference
(attribute attribute: (identifier) @other)
(keyword_argument name: (identifier) @other)
(import_statement (dotted_name (identifier) @other))
(import_from_statement (dotted_name (identifier) @other))
