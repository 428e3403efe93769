// What each kind of operation asks, as HTTP.
#pragma once

#include "base/result.h"
#include "runtime/config/config.h"
#include "runtime/operations/exchange.h"
#include "runtime/operations/executor.h"

namespace flow::operations {

// failed_precondition: what the operation names is not bound; invalid_argument: the arguments make no request. Says
// why, without their values.
Result<Question> question_of(const program::FlowInfo& info, const Request& request, const config::Bindings& bindings);
// Whether everything that the flow's operations name is bound; failed_precondition says what is not.
Status all_bound(const program::FlowInfo& info, const config::Bindings& bindings);

// http.cpp
Result<Question> ask_http(const program::OperationInfo& site, const Request& request, const config::Bindings& bindings);
// function.cpp
Result<Question> ask_function(const program::OperationInfo& site, const Request& request,
                              const config::Bindings& bindings);
// model.cpp
Result<Question> ask_classify(const program::OperationInfo& site, const Request& request,
                              const config::Bindings& bindings);
Result<Question> ask_generate(const program::OperationInfo& site, const Request& request,
                              const config::Bindings& bindings);
// hand_over.cpp
Result<Question> ask_hand_over(const program::FlowInfo& info, const program::OperationInfo& site,
                               const Request& request, const config::Bindings& bindings);

// `Authorization: Bearer TOKEN`, unless it is empty.
void set_bearer(program::HttpCall& call, const config::Secret& token);
// The question's own address is of a host that may be asked: whoever wrote it down decided that.
void allow_own_host(Question& question);

}  // namespace flow::operations
