// A type of the checked tree in the words of the runtime.
#pragma once

#include <string>
#include <utility>

#include "compiler/check/checked.h"

namespace flow::check {

// A field of this type. Whether it may be absent and its marks are told of its parts alone.
inline program::FieldInfo field_of(const Type& type, std::string name, program::FieldRole role) {
  program::FieldInfo field;
  field.name = std::move(name);
  field.type = type.kind;
  field.role = role;
  field.chars_min = type.chars_min;
  field.chars_max = type.chars_max;
  field.choices = type.choices;
  field.currency = type.currency;
  field.items_max = type.items_max;
  for (std::size_t i = 0; i < type.parts.size(); ++i) {
    field.parts.push_back(field_of(type.parts[i], i < type.names.size() ? type.names[i] : std::string(), role));
    field.parts.back().optional = type.parts[i].optional;
  }
  return field;
}

}  // namespace flow::check
