#include "compiler/import/studio/widgets.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "compiler/import/studio/address.h"
#include "compiler/import/studio/liquid.h"

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

std::string reason_to_keep(const State& state, const Widget& widget) {
  for (const Way& way : state.ways) {
    const bool known = std::find(widget.events.begin(), widget.events.end(), way.event) != widget.events.end();
    if (!known && way.next) return fmt::format("it has an event `{}`", shown(way.event));
  }
  if (state.type == "make-http-request") {
    const std::string method = method_of(state);
    static constexpr std::array<std::string_view, 6> methods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};
    if (std::find(methods.begin(), methods.end(), method) == methods.end())
      return fmt::format("its method is `{}`", shown(method));
    const auto address = parse_address(state.text("url"));
    if (!address) return "its address does not begin with a host that is written out";
    const auto rest = liquid::parse(address->rest);
    const bool loops = std::any_of(rest.nodes.begin(), rest.nodes.end(),
                                   [](const liquid::Node& node) { return node.kind == liquid::Node::Kind::loop; });
    if (rest.opaque || loops) return fmt::format("its address has {}", rest.opaque ? rest.problem : "a loop");
  } else if (state.type == "send-to-flex") {
    if (!leads_alike(state, "failedToEnqueue", "callFailure"))
      return "`failedToEnqueue` and `callFailure` lead to two places";
  } else if (state.type == "run-subflow") {
    const auto sid = liquid::parse(state.text("flow_sid"));
    if (!sid.constant() || sid.constant_text().empty()) return "which flow it runs is not written out";
  } else if (state.type == "set-variables") {
    const Json* variables = member_of(state.properties, "variables");
    const bool fine =
        variables != nullptr && variables->is_array() && !variables->empty() &&
        std::all_of(variables->begin(), variables->end(), [](const Json& one) { return !text_of(one, "key").empty(); });
    if (!fine) return "it sets nothing that has a name";
  }
  return {};
}

}  // namespace

const Widget* widget_of(std::string_view type) {
  const auto& all = widgets();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Widget& one) { return one.type == type; });
  return found == all.end() ? nullptr : &*found;
}

bool is_kept(const State& state, std::string* reason) {
  const Widget* widget = widget_of(state.type);
  if (widget == nullptr || !widget->component) return true;
  std::string why = reason_to_keep(state, *widget);
  const bool kept = !why.empty();
  if (reason != nullptr) *reason = std::move(why);
  return kept;
}

bool is_plumbing(std::string_view property) {
  return property == "service" || property == "from" || property == "message_type" || property == "service_sid" ||
         property == "environment_sid" || property == "function_sid";
}

}  // namespace flow::importing::studio
