; What TypeScript has beside JavaScript.

(function_signature) @scope.function
(method_signature) @scope.function
(abstract_method_signature) @scope.function
(call_signature) @scope.function
(function_type) @scope.function
(constructor_type) @scope.function
(abstract_class_declaration) @scope.members
(interface_declaration) @scope.members
(type_alias_declaration) @scope.members
(internal_module body: (statement_block) @scope.members)
(module body: (statement_block) @scope.members)

(required_parameter pattern: (identifier) @local)
(optional_parameter pattern: (identifier) @local)
(class_declaration name: (type_identifier) @local.outer)
(class name: (type_identifier) @local)
(interface_declaration name: (type_identifier) @local.outer)
(type_alias_declaration name: (type_identifier) @local.outer)
(type_parameter name: (type_identifier) @type)

(type_identifier) @reference
