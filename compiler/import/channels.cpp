#include "compiler/import/channels.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace flow::importing {
namespace {

struct Kind {
  std::string_view name;
  std::string_view setting;  // that says who sends
  std::string_view made_up;
};
constexpr std::array<Kind, 4> kKinds = {{{"viber", "service", "SENDER"},
                                         {"whatsapp", "number", "+10000000000"},
                                         {"sms", "sender", "SENDER"},
                                         {"email", "sender", "sender@example.com"}}};

// As a phone number may be written; which numbers there are is the checks' business.
bool may_be_number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  return text.size() >= 7 && text.size() <= 15 && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string Channels::of(const std::string& kind, const std::string& sender, const std::string& pointer) {
  const bool whatsapp = kind == "whatsapp";
  const bool known = !sender.empty() && (!whatsapp || may_be_number(sender));
  const std::string who = whatsapp && known && !sender.starts_with('+') ? "+" + sender : sender;
  const auto [place, first] = known_.try_emplace({kind, who});
  if (!first) return place->second;
  const std::string name = names_.step(fmt::format("{} {}", kind, sender.empty() ? otherwise_ : sender), "channel");
  place->second = name;
  const auto words = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& one) { return one.name == kind; });
  DraftEntry channel = line(fmt::format("channel {}: {}", name, kind));
  channel.block = {line(fmt::format("{} {}", words->setting, one_line(known ? who : words->made_up)))};
  channel.blank_before = true;
  if (!known) {
    channel.comments = {"Made up: put yours here."};
    const std::string why = sender.empty() ? "no sender is in the original"
                                           : fmt::format("the sender `{}` is no phone number", shown(sender));
    imported_.report.add({sender.empty() ? NoteKind::changed : NoteKind::defect, pointer, "",
                          fmt::format("{}: the channel `{}` has one that was made up", why, name),
                          "put yours into workspace.flow"});
  }
  imported_.workspace.push_back(std::move(channel));
  return name;
}

}  // namespace flow::importing
