// A request of Verify v2 as a flow. Vonage goes on to the next entry when the code was not checked within
// `channel_timeout` seconds, when the entry failed, or when the application asked for the next (developer.vonage.com,
// Verify v2). Here the application sends the signals `checked` and `next_workflow`.
#include "compiler/import/vonage/vonage.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "base/limits.h"
#include "compiler/import/channels.h"
#include "compiler/import/members.h"
#include "compiler/import/names.h"

namespace flow::importing::vonage {
namespace {

constexpr std::int64_t kTimeoutSecondsDefault = 300;  // of Vonage
constexpr std::int64_t kCodeLengthDefault = 4;
constexpr std::string_view kUnverified = "end failed \"the code was not checked\"";

bool is_message(std::string_view channel) {
  return channel == "sms" || channel == "whatsapp" || channel == "email";
}

// A whole number between two others, perhaps written as a text; `otherwise` and a note when it is something else.
std::int64_t number_in(const Json& json, std::string_view member, std::int64_t least, std::int64_t most,
                       std::int64_t otherwise, Report& report) {
  const Json* value = member_of(json, member);
  if (value == nullptr) return otherwise;
  std::int64_t number = least - 1;
  if (value->is_number_unsigned()) {
    number = static_cast<std::int64_t>(
        std::min<std::uint64_t>(value->get<std::uint64_t>(), std::numeric_limits<std::int64_t>::max()));
  } else if (value->is_string() && value->get_ref<const std::string&>().size() <= 9) {
    const std::string& text = value->get_ref<const std::string&>();
    const bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (digits) number = std::stoll(text);
  }
  if (number >= least && number <= most) return number;
  report.add({NoteKind::not_understood, at("", member), "",
              fmt::format("{} is no number from {} to {}", shown_value(*value), least, most), ""});
  return otherwise;
}

class Reader {
 public:
  Reader(const Json& json, const Options& options) : json_(json), options_(options) {}

  Imported run() {
    const Json* workflow = member_of(json_, "workflow");
    if (workflow == nullptr || !workflow->is_array() || workflow->empty()) {
      report().add({NoteKind::not_understood, workflow == nullptr ? "" : "/workflow", "",
                    "there is no list `workflow` of channels", ""});
      return std::move(imported_);
    }
    if (const Json* brand = member_of(json_, "brand")) {
      const auto word = word_of(*brand);
      if (!word)
        report().add({NoteKind::not_understood, "/brand", "", fmt::format("{} is no name", shown_value(*brand)), ""});
      brand_ = word.value_or("");
    }
    timeout_ms_ = 1000 * number_in(json_, "channel_timeout", 1, 86'400, kTimeoutSecondsDefault, report());
    code_length_ = number_in(json_, "code_length", 1, 100, kCodeLengthDefault, report());
    name_entries(*workflow);
    if (report().failed()) return std::move(imported_);
    for (std::size_t i = 0; i < workflow->size(); ++i) add_entry((*workflow)[i], i);
    keep_members();
    write_header(*workflow);
    finish();
    return std::move(imported_);
  }

 private:
  Report& report() { return imported_.report; }

  void name_entries(const Json& workflow) {
    // They are the flow's words.
    for (const char* taken : {"customer", "code", "address", "checked", "next_workflow"}) step_names_.reserve(taken);
    for (std::size_t i = 0; i < workflow.size(); ++i) {
      const std::string channel = text_of(workflow[i], "channel");
      if (channel.empty()) {
        report().add({NoteKind::not_understood, at("/workflow", i), "", "it names no `channel`", ""});
        continue;
      }
      report().count(channel, is_message(channel));
      names_.push_back(step_names_.step(channel, "message"));
      waits_.push_back(is_message(channel) ? step_names_.step(names_.back() + "_wait", "wait") : "");
    }
  }

  std::string after(std::size_t entry) const {
    return entry + 1 < names_.size() ? names_[entry + 1] : std::string(kUnverified);
  }

  void add_entry(const Json& json, std::size_t number) {
    const std::string pointer = at("/workflow", number);
    const std::string channel = text_of(json, "channel");
    Members members(json, pointer, report(), layout_.steps[names_[number]].properties, Members::Keys::names);
    members.take("channel");
    DraftStep step;
    step.name = names_[number];
    step.pointer = pointer;
    step.id = fmt::format("{} {}", channel, number + 1);
    if (number + 1 < names_.size()) step.leads_to.push_back(names_[number + 1]);
    if (is_message(channel)) {
      step.entry = message(members, channel, number);
      step.leads_to.insert(step.leads_to.begin(), waits_[number]);
    } else {
      step.entry = foreign(channel, members, number);
      report().add({NoteKind::kept, pointer, step.name,
                    fmt::format("`{}` is none of the language's channels", shown(channel)),
                    "write a `send` on one of the language's channels in its place"});
    }
    members.leave_rest();
    layout_.steps[step.name].id = step.id;
    flow_.steps.push_back(std::move(step));
    if (is_message(channel)) flow_.steps.push_back(wait(number, pointer));
  }

  DraftEntry message(Members& members, const std::string& channel, std::size_t number) {
    DraftEntry out = line("send " + channel);
    const std::string& pointer = members.pointer();
    const std::string from = channels_.of(channel, members.word("from"), pointer);
    out.block = {line("from " + from), line("to " + recipient(members, channel == "email"))};
    if (channel == "whatsapp") {
      out.block.push_back(line(fmt::format("template {}(code: code)", template_on(from, pointer))));
    } else {
      if (channel == "email")
        out.block.push_back(line("subject " + one_line(brand_.empty() ? "Your code" : brand_ + ": your code")));
      TextWriter text;
      text.add(brand_.empty() ? "Your code: " : brand_ + " code: ");
      text.add_value("code");
      out.block.push_back(line("text " + text.one_line()));
      out.block.back().comments = {"Vonage's own text is not in the original."};
      report().add({NoteKind::changed, pointer, names_[number],
                    "the text of the message is Vonage's and not in the original: one was made up", "write yours"});
    }
    out.block.push_back(line("failed", after(number)));
    out.block.push_back(line("sent", waits_[number]));
    return out;
  }

  DraftStep wait(std::size_t number, const std::string& pointer) {
    DraftStep step;
    step.name = waits_[number];
    step.pointer = pointer;
    step.entry = line("await signal next_workflow");
    step.entry.block = {line(fmt::format("received, silent after {}", duration(timeout_ms_)), after(number))};
    if (number + 1 < names_.size()) step.leads_to.push_back(names_[number + 1]);
    return step;
  }

  DraftEntry foreign(const std::string& channel, Members& members, std::size_t number) {
    DraftEntry out = line("extern " + one_line("Vonage " + channel));
    out.block = {line("to " + recipient(members, false)), line("completed", "end verified"),
                 line("failed, rejected, expired, next_workflow", after(number)),
                 line("user_rejected, blocked", std::string(kUnverified))};
    return out;
  }

  // One input for each recipient that the original tells apart; an address is never a number.
  std::string recipient(Members& members, bool email) {
    const auto [known, first] = recipients_.try_emplace({members.word("to"), email}, "");
    if (first) {
      known->second = variables_.variable(email ? "address" : "customer", "customer");
      inputs_.push_back(line(fmt::format("input {}: {}", known->second, email ? "email" : "phone")));
    }
    members.leave("to", NoteKind::left_out,
                  fmt::format("who gets it is the input `{}`: `to` is in the side file", known->second));
    return known->second;
  }

  // ---- The workspace ----

  std::string template_on(const std::string& channel, const std::string& pointer) {
    // Of another length it is another template.
    const std::string length = code_length_ == kCodeLengthDefault ? "" : fmt::format("{}_", code_length_);
    const std::string name = fmt::format("code_{}on_{}", length, channel);
    const std::string head = fmt::format("template {}(code: {}) on {}", name, code_type(), channel);
    const auto declared = [&](const DraftEntry& one) { return one.head == head; };
    if (std::any_of(imported_.workspace.begin(), imported_.workspace.end(), declared)) return name;
    DraftEntry entry = line(head);
    entry.blank_before = true;
    entry.comments = {"Made up: put the template here that your provider has approved."};
    entry.block = {line("purpose authentication"), line("body \"{{code}} is your verification code.\"")};
    imported_.workspace.push_back(std::move(entry));
    report().add({NoteKind::changed, pointer, "",
                  fmt::format("Vonage's template is not in the original: `{}` was made up", name),
                  "put yours into workspace.flow"});
    return name;
  }

  std::string code_type() const { return fmt::format("text({}..{})", code_length_, code_length_); }

  // ---- The rest ----

  void keep_members() {
    Members members(json_, "", report(), layout_.properties, Members::Keys::names);
    const bool waits = std::any_of(waits_.begin(), waits_.end(), [](const std::string& one) { return !one.empty(); });
    if (!waits)
      members.leave("channel_timeout", NoteKind::left_out,
                    "how long a channel has is its own, where no message is sent: it is in the side file");
    for (const char* known : {"brand", "workflow", "channel_timeout", "code_length"}) members.take(known);
    if (members.take("code") != nullptr)
      report().add({NoteKind::changed, "/code", "",
                    "the code is the input `code`: no code is written into a flow or beside it", ""});
    members.leave_rest();
    report().add(
        {NoteKind::changed, "", "",
         "codes are Vonage's to make and to check; here the application brings `code` and sends the signal `checked`",
         ""});
  }

  void write_header(const Json& workflow) {
    flow_.name = options_.flow_name;
    DraftEntry first =
        line(fmt::format("flow {} {}", flow_.name, one_line(brand_.empty() ? "Verify a number" : "Verify: " + brand_)));
    first.doc = {"A workflow of Vonage Verify v2. The application sends the signal `checked` when the",
                 "right code was typed in, and `next_workflow` when the next channel is asked for."};
    flow_.header = {std::move(first), line("trigger manual"), line("purpose authentication"), line("outcome verified")};
    const auto total = static_cast<std::int64_t>(workflow.size()) * (timeout_ms_ + limits::kHandoverMsDefault);
    if (total > limits::kExpiresMsDefault)
      flow_.header.push_back(line("expires " + duration(std::min(total, limits::kExpiresMsMax))));
    inputs_.front().blank_before = true;
    for (DraftEntry& input : inputs_) flow_.header.push_back(std::move(input));
    flow_.header.push_back(line(fmt::format("input code: secret {}", code_type())));
    DraftEntry checked = line("on signal checked", "end verified");
    checked.blank_before = true;
    flow_.header.push_back(std::move(checked));
    flow_.start = names_.front();
  }

  void finish() {
    order_steps(flow_);
    layout_.format = "vonage";
    imported_.flows.push_back({std::move(flow_), std::move(layout_)});
  }

  const Json& json_;
  const Options& options_;
  Imported imported_;
  DraftFlow flow_;
  Layout layout_;
  std::string brand_;
  std::int64_t timeout_ms_ = 0;
  std::int64_t code_length_ = 0;
  Names step_names_;
  Names variables_;
  std::vector<std::string> names_;  // of entries
  std::vector<std::string> waits_;  // behind them; empty: none
  Channels channels_{imported_, "verify"};
  // As the original names them, and whether it is an address: an input.
  std::map<std::pair<std::string, bool>, std::string> recipients_;
  std::vector<DraftEntry> inputs_;
};

class Vonage final : public Format {
 public:
  std::string_view name() const override { return "vonage"; }
  std::string_view product() const override { return "Vonage Verify v2, a request with its workflow"; }

  bool recognises(const Json& json) const override {
    const Json* workflow = member_of(json, "workflow");
    return workflow != nullptr && workflow->is_array() && !workflow->empty() &&
           member_of(workflow->front(), "channel") != nullptr;
  }
  Imported read(const Json& json, const Options& options) const override { return Reader(json, options).run(); }
  Result<std::vector<fidelity::Graph>> graphs(const Json& json) const override { return vonage::graphs(json); }
};

}  // namespace

const Format& format() {
  static const Vonage kFormat;
  return kFormat;
}

}  // namespace flow::importing::vonage
