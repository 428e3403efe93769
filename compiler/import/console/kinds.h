// What the console calls its components, in all the ways in which it does.
#pragma once

#include <string_view>

namespace flow::importing::console {

enum class KindId {
  start,
  end,
  send,
  typing,
  await_reply,
  branch,
  jump,
  set,
  wait,
  phone,
  random,
  http,
  language,
  entities,
  schedule,
  function,
  forward,  // the flow ends
  journey,  // the flow goes on
  classify,
  generate,
  note,     // for people
  extern_,  // known by name, without settings that are known
};

struct Kind {
  KindId id;
  std::string_view channel;  // of what sends and waits: "whatsapp"; empty: any
  std::string_view name;     // "Send a WhatsApp Message"
};

// By a node's type: case, signs and a final `Node` do not count. Null: no component of the console.
const Kind* find_kind(std::string_view type);

}  // namespace flow::importing::console
