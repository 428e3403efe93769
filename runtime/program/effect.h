// What an advance wants done. Effects are stored with the new state in one commit and carried out after it.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "runtime/program/abi.h"
#include "runtime/program/info.h"

namespace flow::program {

struct Effect {
  EffectKind kind{};
  std::int32_t step = -1;  // enter, send, withdraw, timer, late_receipt: the step concerned
  // send, withdraw, late_receipt
  std::uint32_t message = kNoMessage;  // number within the execution, from 0
  // send
  std::uint32_t channel = 0;                                    // index in FlowInfo::channels
  std::string to;                                               // E.164, or an id or address of the channel
  std::string text;                                             // the body; empty for a template
  std::int32_t template_index = -1;                             // index in FlowInfo::templates
  std::vector<std::pair<std::string, std::string>> parameters;  // of the template, in its order
  std::string language;                                         // of the template
  std::int32_t content = -1;                                    // index in FlowInfo::contents; -1: nothing more
  std::vector<std::string> parts;                               // as many as the content has, in its order
  std::int64_t ttl_ms = 0;                                      // ask the provider to drop it after; 0: none asked
  std::int64_t not_after_ms = kNever;                           // never hand it over after this instant
  bool secret = false;                                          // the body, a parameter or an argument holds a secret
  // timer
  Timer timer{};
  std::int64_t due_ms = kNever;
  // request, cancel, launch
  std::uint32_t operation = kNoOperation;  // number within the execution, from 0
  // request, launch; secret as of send, not_after_ms of a request too
  std::uint32_t site = 0;              // index in FlowInfo::operations
  std::vector<std::string> arguments;  // in the order of OperationInfo::arguments
  // late_receipt
  Receipt receipt{};
  // end
  EndKind end{};
  std::int32_t outcome = -1;  // index in FlowInfo::outcomes
  std::string reason;         // of failed

  friend bool operator==(const Effect&, const Effect&) = default;
};

// What a FlowEffect says. `info`: of the flow whose advance made it; the texts that it points to must be there still.
Effect read_effect(const FlowEffect& effect, const FlowInfo& info);

// What kind of message a send hands over.
inline MessageKind kind_of(const FlowInfo& info, const Effect& send) {
  if (send.content >= 0 && static_cast<std::size_t>(send.content) < info.contents.size())
    return info.contents[static_cast<std::size_t>(send.content)].kind;
  return send.template_index < 0 ? MessageKind::text : MessageKind::message_template;
}

}  // namespace flow::program
