// What each kind of operation asks, as HTTP.
#pragma once

#include "base/result.h"
#include "runtime/operations/exchange.h"
#include "runtime/operations/executor.h"

namespace flow::operations {

// invalid_argument: the arguments make no request; says why, without their values.
Result<Question> question_of(const program::FlowInfo& info, const Request& request);

// http.cpp
Result<Question> ask_http(const program::OperationInfo& site, const Request& request);

}  // namespace flow::operations
