// Lists and records: their types, and what is made of them. Internal to compiler/check.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "compiler/check/values.h"

namespace flow::check {

// `list(T, ..N)` or `record(name: T, …)`; reports and answers nothing when it is none.
std::optional<Type> check_list_type(Sink& sink, const syntax::Expr& call);
std::optional<Type> check_record_type(Sink& sink, const syntax::Expr& call);

// Whether values of the two are made of the same parts; marks and presence of the whole do not count. True for types
// that have no parts.
bool same_parts(const Type& a, const Type& b);

// The type as it is written, without its marks: "list(record(day: text), ..9)".
std::string written_type(const Type& type);

// Reports a list or record where one is not of this release: as `what`; false then.
bool refuse_composite(Sink& sink, const Type& type, Span span, std::string_view what);

// Reports a list or record that would become a part of a text; false then.
bool refuse_in_text(Sink& sink, const Expr& value, Span span);

// The item at `number`, absent when there is none. REQUIRES: `list` is one.
Expr item_of(Expr list, Expr number, Span span);

// A member of a record; nothing, and not reported, when its type has no such member. REQUIRES: `record` is one.
std::optional<Expr> member_of_record(Expr record, std::string_view name, Span span);

}  // namespace flow::check
