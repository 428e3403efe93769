#include "runtime/service/testing.h"

#include <algorithm>

#include "runtime/program/intrinsics.h"
#include "runtime/program/reply.h"

namespace flow::service::testing {

using namespace program;

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int32_t kViber = 0;
constexpr std::int32_t kSms = 1;
constexpr std::int32_t kAnswer = 2;

class TwoChannels final : public Program {
 public:
  TwoChannels(std::string name, bool secret, bool stuck, bool asks, bool inbound) : stuck_(stuck), asks_(asks) {
    info_.name = std::move(name);
    info_.title = "by hand";
    info_.purpose = "authentication";
    info_.expires_ms = 10 * kMinuteMs;
    info_.fields.push_back({.name = "phone", .type = ValueType::phone, .role = FieldRole::input, .choices = {}});
    info_.fields.push_back(
        {.name = "code", .type = ValueType::text, .role = FieldRole::input, .secret = secret, .choices = {}});
    info_.fields.push_back(
        {.name = "note", .type = ValueType::text, .role = FieldRole::input, .optional = true, .choices = {}});
    info_.steps = {{"viber", "send viber"}, {"sms", "send sms"}};
    if (asks) info_.steps.push_back({"answer", "await reply"});
    info_.replies = asks;
    if (inbound) {
      info_.trigger = TriggerInfo{"viber_otp", 0};
      info_.fields[0].name = "customerPhoneNumber";
      info_.fields[1].name = "incomingMessage";
    }
    info_.signals = {"verified", "again"};
    info_.channels = {{"viber_otp", ChannelKind::viber, "4501", 30'000}, {"sms_otp", ChannelKind::sms, "SHOP", 30'000}};
    info_.handlers = 1;
  }

  const FlowInfo& info() const override { return info_; }

  Verdict advance(Frame& frame, const FlowEvent& event) const override {
    FlowFrame* raw = &frame.raw();
    switch (static_cast<EventKind>(event.kind)) {
      case EventKind::start:
        if (info_.trigger && std::string_view(raw->fields[1].text.data, raw->fields[1].text.size) == "no")
          return Verdict::ignored;
        flow_begin(raw, &event);
        flow_arm(raw, static_cast<std::int32_t>(Timer::expires), event.at_ms + info_.expires_ms);
        frame.clear_effects();  // the first deadline comes without an effect
        send(frame, event, kViber);
        return Verdict::changed;
      case EventKind::receipt:
        return receipt(frame, event);
      case EventKind::timer:
        return timer(frame, event);
      case EventKind::signal:
        if (raw->resting == kEnded) return Verdict::ignored;
        if (event.signal == 1) {
          flow_leave(raw);
          send(frame, event, kViber);
          return Verdict::changed;
        }
        if (event.signal != 0 || flow_fire(raw, 0) == 0) return Verdict::ignored;
        flow_leave(raw);
        finish(raw, EndKind::done, "");
        return Verdict::changed;
      case EventKind::reply:
        return reply(frame, event);
      case EventKind::result:
        break;
    }
    return Verdict::ignored;
  }

 private:
  static Verdict reply(Frame& frame, const FlowEvent& event) {
    FlowFrame* raw = &frame.raw();
    if (raw->resting != kAnswer) return Verdict::ignored;
    FlowText text{};
    flow_event_text(&text, &event, static_cast<std::int32_t>(ReplyValue::text));
    flow_leave(raw);
    const bool yes = std::string_view(text.data, text.size) == "yes";
    finish(raw, yes ? EndKind::done : EndKind::failed, yes ? "" : "no");
    return Verdict::changed;
  }

  static void finish(FlowFrame* raw, EndKind end, std::string_view why) {
    const FlowText reason{why.data(), why.size()};
    flow_finish(raw, static_cast<std::int32_t>(end), -1, why.empty() ? nullptr : &reason);
  }

  void send(Frame& frame, const FlowEvent& event, std::int32_t step) const {
    FlowFrame* raw = &frame.raw();
    flow_enter(raw, &event, step);
    flow_arm(raw, static_cast<std::int32_t>(Timer::handover), event.at_ms + 30'000);
    if (step == kViber) flow_arm(raw, static_cast<std::int32_t>(Timer::undelivered), event.at_ms + kMinuteMs);
    const FlowSendSite site{.step = step,
                            .channel = static_cast<std::uint32_t>(step),
                            .template_index = -1,
                            .content = -1,
                            .ttl_ms = 0,
                            .secret = info_.fields[1].secret ? 1 : 0,
                            .reserved = 0};
    const FlowText operands[] = {raw->fields[0].text, raw->fields[1].text};
    flow_send(raw, &site, operands, 2);
    frame.effects();  // read while what it points to is there
  }

  Verdict receipt(Frame& frame, const FlowEvent& event) const {
    FlowFrame* raw = &frame.raw();
    const bool ended = raw->resting == kEnded;
    const std::int64_t bits = flow_receipt(raw, &event);
    if (bits == 0) return Verdict::ignored;
    if (ended || (bits & kReceiptCurrent) == 0) {
      flow_late(raw, &event);
      return Verdict::changed;
    }
    const bool sms = raw->resting == kSms;
    if ((bits & kReceiptFailed) != 0) {
      flow_leave(raw);
      if (sms) {
        finish(raw, EndKind::failed, "no channel reached the user");
      } else {
        send(frame, event, kSms);
      }
    } else if ((bits & (sms ? kReceiptSent : kReceiptDelivered)) != 0) {
      flow_leave(raw);
      if (asks_) {
        flow_enter(raw, &event, kAnswer);
        flow_arm(raw, static_cast<std::int32_t>(Timer::silent), event.at_ms + kMinuteMs);
      } else {
        finish(raw, EndKind::done, "");
      }
    } else if ((bits & kReceiptSent) != 0) {
      flow_disarm(raw, static_cast<std::int32_t>(Timer::handover));
    }
    return Verdict::changed;
  }

  Verdict timer(Frame& frame, const FlowEvent& event) const {
    FlowFrame* raw = &frame.raw();
    if (stuck_) return Verdict::ignored;
    const bool sms = raw->resting == kSms;
    const std::int64_t taken = flow_timer_take(raw, &event);
    if (taken < 0) return Verdict::ignored;
    flow_leave(raw);
    if (taken == static_cast<std::int64_t>(Timer::expires)) {
      finish(raw, EndKind::expired, "");
    } else if (taken == static_cast<std::int64_t>(Timer::silent)) {
      finish(raw, EndKind::failed, "silent");
    } else if (sms) {
      finish(raw, EndKind::failed, "no channel reached the user");
    } else {
      send(frame, event, kSms);
    }
    return Verdict::changed;
  }

  FlowInfo info_;
  bool stuck_;
  bool asks_;
};

bool take_mark(std::string& name, std::string_view mark) {
  if (!name.ends_with(mark)) return false;
  name.resize(name.size() - mark.size());
  return true;
}

}  // namespace

Result<core::LoadedBundle> LineLoader::load(std::string_view bundle) {
  ++loads;
  constexpr std::string_view kBegin = "bundle ";
  const std::size_t colon = bundle.find(':');
  if (!bundle.starts_with(kBegin) || colon == std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "these bytes are no bundle");
  }
  core::LoadedBundle loaded;
  loaded.version = bundle.substr(kBegin.size(), colon - kBegin.size());
  std::string_view rest = bundle.substr(colon + 1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    std::string name(rest.substr(rest.find_first_not_of(' '), comma - rest.find_first_not_of(' ')));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    const bool stuck = take_mark(name, "!stuck");
    const bool secret = take_mark(name, "!secret");
    const bool asks = take_mark(name, "!asks");
    const bool inbound = take_mark(name, "!inbound");
    if (const auto other = others.find(name); other != others.end()) {
      loaded.flows.emplace(name, other->second);
      continue;
    }
    loaded.flows.emplace(name, std::make_shared<TwoChannels>(name, secret, stuck, asks, inbound));
  }
  return loaded;
}

std::int64_t no_region(std::string_view) {
  return 0;
}

std::optional<outbox::ChannelPolicy> FakeTransport::policy(std::string_view channel) const {
  const auto found = policies.find(channel);
  return found == policies.end() ? std::nullopt : std::optional(found->second);
}

void FakeTransport::show_typing(outbox::TypingRequest request, outbox::SendDone done) {
  {
    const std::lock_guard lock(shown_mutex_);
    shown_.push_back(std::move(request));
  }
  done({.result = outbox::SendClass::accepted, .provider_message_id = "", .reason = ""});
}

std::vector<outbox::TypingRequest> FakeTransport::shown() const {
  const std::lock_guard lock(shown_mutex_);
  return shown_;
}

void FakeTransport::hand_over(outbox::SendRequest request, outbox::SendDone done) {
  ask(std::move(request), std::move(done));
}

}  // namespace flow::service::testing
