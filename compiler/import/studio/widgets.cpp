#include "compiler/import/studio/widgets.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/catalogue/catalogue.h"
#include "compiler/check/sms_parts.h"
#include "compiler/import/names.h"
#include "compiler/import/studio/address.h"
#include "compiler/import/studio/liquid.h"
#include "compiler/import/studio/terraform.h"

namespace flow::importing::studio {
namespace {

using Words = std::vector<std::string_view>;

const std::vector<Widget>& widgets() {
  static const std::vector<Widget> all = {
      {"trigger",
       {"incomingMessage", "incomingCall", "incomingConversationMessage", "incomingRequest", "incomingParent"},
       {},
       true},
      {"send-message",
       {"sent", "failed"},
       {"from", "to", "body", "service", "channel", "media_url", "message_type", "content_sid", "content_template_sid",
        "content_variables", "content_template_variables", "attributes", "media_type"},
       true},
      {"send-and-wait-for-reply",
       {"incomingMessage", "timeout", "deliveryFailure"},
       {"from", "to", "body", "service", "channel", "media_url", "message_type", "content_sid", "content_template_sid",
        "content_variables", "content_template_variables", "attributes", "media_type", "timeout"},
       true},
      {"split-based-on", {"noMatch", "match"}, {"input"}, true},
      {"make-http-request",
       {"success", "failed"},
       {"method", "url", "content_type", "body", "parameters", "add_twilio_auth"},
       true},
      {"run-function",
       {"success", "fail"},
       {"service_sid", "environment_sid", "function_sid", "url", "parameters"},
       true},
      {"set-variables", {"next"}, {"variables"}, true},
      {"run-subflow", {"completed", "failed"}, {"flow_sid", "flow_revision", "parameters"}, true},
      {"send-to-flex",
       {"callComplete", "failedToEnqueue", "callFailure"},
       {"workflow", "channel", "attributes", "priority", "timeout", "waitUrl", "wait_url_method"},
       true},
  };
  return all;
}

bool leads_alike(const State& state, std::string_view one, std::string_view other) {
  const Way* first = state.way(one);
  const Way* second = state.way(other);
  const auto next = [](const Way* way) { return way == nullptr ? std::nullopt : way->next; };
  return next(first) == next(second);
}

// Values of an address are escaped one by one: it has no loop, and of two texts neither has a part of its own.
std::string_view not_of_address(const liquid::Node& node) {
  if (node.kind == liquid::Node::Kind::loop) return "a loop";
  const bool values = std::all_of(node.arms.begin(), node.arms.end(), [](const liquid::Arm& arm) {
    return arm.block.size() == 1 && arm.block[0].kind == liquid::Node::Kind::output;
  });
  return values ? "" : "`{% if %}`";
}

// Why no request of the language sends its credentials; empty: it may.
std::string_view not_of_credentials(const State& state, const Address& address) {
  const bool twilio = state.text("add_twilio_auth") == "true";
  if (address.scheme != "https" && (twilio || !address.credentials.empty()))
    return "its credentials go out in the clear, over http";
  if (!twilio && !is_written_out(address.credentials)) return "its credentials are made while the flow runs";
  return {};
}

// Why a part of an address, in Liquid, is none of the language; empty: it is one.
std::string not_in_address(std::string_view written) {
  const auto text = liquid::parse(written);
  if (text.opaque) return text.problem;
  for (const liquid::Node& node : text.nodes)
    if (const std::string_view what = not_of_address(node); !what.empty()) return std::string(what);
  return {};
}

// Of the parameters of a request without a body, which are a part of its address.
std::string not_in_query(const State& state) {
  const Json* parameters = member_of(state.properties, "parameters");
  if (parameters == nullptr || !parameters->is_array()) return {};
  for (const Json& one : *parameters) {
    const std::string key = text_of(one, "key");
    if (key.empty() || !stands_in_address(state, key)) continue;
    if (const std::string what = not_in_address(text_of(one, "value")); !what.empty())
      return fmt::format("its parameter `{}` has {}", shown(key), what);
  }
  return {};
}

std::string reason_to_keep(const State& state, const Widget& widget) {
  if (!state.odd.empty()) return state.odd;
  for (const Way& way : state.ways) {
    const bool known = std::find(widget.events.begin(), widget.events.end(), way.event) != widget.events.end();
    if (!known && way.next) return fmt::format("it has an event `{}`", shown(way.event));
  }
  if (state.type == "make-http-request") {
    const std::string method = method_of(state);
    static constexpr std::array<std::string_view, 6> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
      return fmt::format("its method is `{}`", shown(method));
    const auto address = address_of(state);
    if (!address) return "its address does not begin with a host that is written out";
    if (const std::string what = not_in_address(address->rest); !what.empty())
      return fmt::format("its address has {}", what);
    if (const std::string_view what = not_of_credentials(state, *address); !what.empty()) return std::string(what);
    if (method == "GET" || method == "HEAD" || method == "DELETE") return not_in_query(state);
    if (!state.text("body").empty()) return {};
  } else if (state.type == "send-to-flex") {
    if (state.calls && !leads_alike(state, "failedToEnqueue", "callFailure"))
      return "`failedToEnqueue` and `callFailure` lead to two places";
  } else if (state.type == "run-subflow") {
    if (state.text("flow_sid").empty() || !is_written_out(state.text("flow_sid")))
      return "which flow it runs is not written out";
  } else if (state.type == "set-variables") {
    const Json* variables = member_of(state.properties, "variables");
    const bool fine =
        variables != nullptr && variables->is_array() &&
        std::any_of(variables->begin(), variables->end(), [](const Json& one) { return !text_of(one, "key").empty(); });
    if (!fine) return "it sets nothing that has a name";
  }
  // Some take them for a list, and others the last.
  if (!state.repeated.empty()) return fmt::format("its parameter `{}` stands twice", shown(*state.repeated.begin()));
  return {};
}

// What is written in it: what a loop writes as often as it may go round, of a choice the longest.
void measure(check::TextMeasure& all, const std::vector<liquid::Node>& nodes) {
  constexpr int kLoopMax = 15;
  for (const liquid::Node& node : nodes) {
    if (node.kind == liquid::Node::Kind::text) check::add_text(all, node.text);
    for (const liquid::Filter& filter : node.output.filters) {
      if (filter.name != "append" && filter.name != "prepend") continue;
      for (const liquid::Operand& argument : filter.arguments) check::add_text(all, argument.text);
    }
    for (int i = 0; node.kind == liquid::Node::Kind::loop && i < kLoopMax; ++i) measure(all, node.block);
    check::TextMeasure most = all;
    for (const liquid::Arm& arm : node.arms) {
      check::TextMeasure one = all;
      measure(one, arm.block);
      if (one.characters > most.characters) most = one;
    }
    all = most;
  }
}

}  // namespace

std::string too_long(std::string_view body, std::string_view channel) {
  if (body.size() <= catalogue::kSmsUcs2Part) return {};
  const auto text = liquid::parse(body);
  if (text.opaque) return {};  // another system makes it
  check::TextMeasure all;
  measure(all, text.nodes);
  const auto kinds = catalogue::channels();
  const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const auto& one) { return one.name == channel; });
  if (kind == kinds.end()) return {};
  if (kind->text.sms_parts && check::sms_parts(all) > catalogue::kSmsPartsMax) {
    return fmt::format("its text takes {} SMS, and one message has {} at most", check::sms_parts(all),
                       catalogue::kSmsPartsMax);
  }
  if (kind->text.characters_max == 0 || all.characters <= kind->text.characters_max) return {};
  return fmt::format("its text has {} characters, and a message has {} at most", all.characters,
                     kind->text.characters_max);
}

const Widget* widget_of(std::string_view type) {
  const auto& all = widgets();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Widget& one) { return one.type == type; });
  return found == all.end() ? nullptr : &*found;
}

bool is_kept(const State& state, std::string* reason) {
  if (state.kept) {
    if (reason != nullptr) *reason = state.kept->reason;
    return state.kept->yes;
  }
  const Widget* widget = widget_of(state.type);
  if (widget == nullptr || !widget->component) return true;
  std::string why = reason_to_keep(state, *widget);
  const bool kept = !why.empty();
  if (reason != nullptr) *reason = std::move(why);
  return kept;
}

bool stands_in_address(const State& request, std::string_view key) {
  return !is_name(key) || request.repeated.contains(key);
}

bool is_plumbing(std::string_view property) {
  return property == "service" || property == "from" || property == "message_type" || property == "service_sid" ||
         property == "environment_sid" || property == "function_sid";
}

}  // namespace flow::importing::studio
