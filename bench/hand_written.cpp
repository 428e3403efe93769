#include "bench/hand_written.h"

#include <string_view>
#include <utility>

#include "runtime/program/inlined.h"

namespace flow::bench {
namespace {

using program::EndKind;
using program::EventKind;
using program::FlowEvent;
using program::FlowField;
using program::FlowFrame;
using program::FlowSendSite;
using program::FlowText;
using program::Receipt;
using program::Timer;
using program::Verdict;
namespace by = program::inlined;

enum Field { kPhone, kCode, kValidity, kOtp, kRegionCode };
enum Step { kRoute, kViberPh, kWhatsappPh, kWhatsappMy, kViberMy, kSms };
enum Channel { kViber, kWhatsapp, kShortMessage };

constexpr std::int64_t kPhilippines = 'P' << 8 | 'H';
constexpr std::int64_t kMalaysia = 'M' << 8 | 'Y';
constexpr std::int64_t kHandoverMs = 20'000;
constexpr std::int64_t kUndeliveredMs = 30'000;
constexpr std::int64_t kUnreadMs = 60'000;
constexpr std::int64_t kValidityMs = 600'000;

// step, channel, template, content, time to live, secret, reserved
constexpr FlowSendSite kToViberPh = {kViberPh, kViber, -1, -1, kUndeliveredMs, 1, 0};
constexpr FlowSendSite kToWhatsappPh = {kWhatsappPh, kWhatsapp, 0, -1, kUndeliveredMs, 1, 0};
constexpr FlowSendSite kToWhatsappMy = {kWhatsappMy, kWhatsapp, 0, -1, kUndeliveredMs, 1, 0};
constexpr FlowSendSite kToViberMy = {kViberMy, kViber, -1, -1, kUndeliveredMs, 1, 0};
constexpr FlowSendSite kToSms = {kSms, kShortMessage, -1, -1, 0, 1, 0};

constexpr FlowText text(std::string_view of) {
  return {of.data(), of.size()};
}
constexpr FlowText kBefore = text("Your one-time password is: ");
constexpr FlowText kAfter = text(
    " The password is valid for 10 minutes. Please do not share this password with anyone to protect your account.");
constexpr FlowText kNobodyReached = text("no channel reached the user");

class HandWritten final : public program::Program {
 public:
  explicit HandWritten(const program::FlowInfo& info) : info_(info) {}

  const program::FlowInfo& info() const override { return info_; }

  Verdict advance(program::Frame& owner, const FlowEvent& event) const override {
    owner.begin_event();
    FlowFrame* frame = &owner.raw();
    switch (frame->resting) {
      case program::kNotStarted:
        return event.kind == std::to_underlying(EventKind::start) ? start(owner, frame, event) : Verdict::ignored;
      case program::kEnded:
        if (by::receipt(frame, &event) == 0) return Verdict::ignored;
        by::late(frame, &event);
        return Verdict::changed;
      case kViberPh:
        return wait_for_read<&HandWritten::whatsapp_ph, &HandWritten::sms>(frame, event);
      case kWhatsappPh:
        return wait_for_delivered<&HandWritten::sms>(frame, event);
      case kWhatsappMy:
        return wait_for_read<&HandWritten::viber_my, &HandWritten::viber_my>(frame, event);
      case kViberMy:
        return wait_for_delivered<&HandWritten::sms>(frame, event);
      case kSms:
        return wait_for_sent(frame, event);
      default:
        return Verdict::ignored;
    }
  }

 private:
  using Next = Verdict (*)(FlowFrame*, const FlowEvent&);

  static Verdict start(program::Frame& owner, FlowFrame* frame, const FlowEvent& event) {
    by::begin(frame, &event);
    frame->fields[kValidity] = FlowField{kValidityMs, {"", 0}, 1};
    const FlowText parts[] = {kBefore, frame->fields[kCode].text, kAfter};
    FlowText otp;
    if (by::text_concat(frame, &otp, parts, 3) == 0) {
      flow_trap(frame, std::to_underlying(program::Trap::text_too_long));
      return Verdict::changed;
    }
    frame->fields[kOtp] = FlowField{0, otp, 1};
    by::enter(frame, &event, kRoute);
    const FlowText& phone = frame->fields[kPhone].text;
    const std::int64_t region = owner.region_of({phone.data, phone.size});
    frame->fields[kRegionCode] = FlowField{region, {"", 0}, region != 0 ? 1U : 0U};
    return region == kPhilippines ? viber_ph(frame, event)
           : region == kMalaysia  ? whatsapp_my(frame, event)
                                  : sms(frame, event);
  }

  static Verdict viber_ph(FlowFrame* frame, const FlowEvent& event) {
    return send_otp<&HandWritten::whatsapp_ph>(frame, event, kToViberPh);
  }
  static Verdict whatsapp_ph(FlowFrame* frame, const FlowEvent& event) {
    return send_template<&HandWritten::sms>(frame, event, kToWhatsappPh);
  }
  static Verdict whatsapp_my(FlowFrame* frame, const FlowEvent& event) {
    return send_template<&HandWritten::viber_my>(frame, event, kToWhatsappMy);
  }
  static Verdict viber_my(FlowFrame* frame, const FlowEvent& event) {
    return send_otp<&HandWritten::sms>(frame, event, kToViberMy);
  }
  static Verdict sms(FlowFrame* frame, const FlowEvent& event) {
    by::enter(frame, &event, kSms);
    if (by::may_send(frame) == 0) return finish(frame, EndKind::failed, &kNobodyReached);
    by::arm(frame, std::to_underlying(Timer::handover), event.at_ms + kHandoverMs);
    const FlowText operands[] = {frame->fields[kPhone].text, frame->fields[kOtp].text};
    by::send(frame, &kToSms, operands, 2);
    return Verdict::changed;
  }

  template <Next kOtherwise>
  static Verdict send_otp(FlowFrame* frame, const FlowEvent& event, const FlowSendSite& site) {
    by::enter(frame, &event, site.step);
    if (by::may_send(frame) == 0) return kOtherwise(frame, event);
    arm_both(frame, event);
    const FlowText operands[] = {frame->fields[kPhone].text, frame->fields[kOtp].text};
    by::send(frame, &site, operands, 2);
    return Verdict::changed;
  }
  template <Next kOtherwise>
  static Verdict send_template(FlowFrame* frame, const FlowEvent& event, const FlowSendSite& site) {
    by::enter(frame, &event, site.step);
    if (by::may_send(frame) == 0) return kOtherwise(frame, event);
    arm_both(frame, event);
    const FlowText operands[] = {frame->fields[kPhone].text, frame->fields[kCode].text, {"", 0}};
    by::send(frame, &site, operands, 3);
    return Verdict::changed;
  }
  static void arm_both(FlowFrame* frame, const FlowEvent& event) {
    by::arm(frame, std::to_underlying(Timer::handover), event.at_ms + kHandoverMs);
    by::arm(frame, std::to_underlying(Timer::undelivered), event.at_ms + kUndeliveredMs);
  }

  template <Next kUndelivered, Next kUnread>
  static Verdict wait_for_read(FlowFrame* frame, const FlowEvent& event) {
    if (event.kind == std::to_underlying(EventKind::receipt)) {
      const std::int64_t bits = by::receipt(frame, &event);
      if ((bits & program::kReceiptCurrent) == 0) return of_another(frame, event, bits);
      if ((bits & program::kReceiptFailed) != 0) return leave_for<kUndelivered>(frame, event);
      if ((bits & program::kReceiptRead) != 0) return leave_and_end(frame);
      if ((bits & program::kReceiptSent) != 0) by::disarm(frame, std::to_underlying(Timer::handover));
      if ((bits & program::kReceiptDelivered) != 0) {
        by::disarm(frame, std::to_underlying(Timer::undelivered));
        by::arm(frame, std::to_underlying(Timer::unread), event.at_ms + kUnreadMs);
      }
      return Verdict::changed;
    }
    return timer_or_signal<kUndelivered, kUnread>(frame, event);
  }

  template <Next kUndelivered>
  static Verdict wait_for_delivered(FlowFrame* frame, const FlowEvent& event) {
    if (event.kind == std::to_underlying(EventKind::receipt)) {
      const std::int64_t bits = by::receipt(frame, &event);
      if ((bits & program::kReceiptCurrent) == 0) return of_another(frame, event, bits);
      if ((bits & program::kReceiptFailed) != 0) return leave_for<kUndelivered>(frame, event);
      if ((bits & program::kReceiptDelivered) != 0) return leave_and_end(frame);
      if ((bits & program::kReceiptSent) != 0) by::disarm(frame, std::to_underlying(Timer::handover));
      return Verdict::changed;
    }
    return timer_or_signal<kUndelivered, kUndelivered>(frame, event);
  }

  static Verdict wait_for_sent(FlowFrame* frame, const FlowEvent& event) {
    if (event.kind == std::to_underlying(EventKind::receipt)) {
      const std::int64_t bits = by::receipt(frame, &event);
      if ((bits & program::kReceiptCurrent) == 0) return of_another(frame, event, bits);
      if ((bits & program::kReceiptFailed) != 0) return leave_for<&HandWritten::nobody_reached>(frame, event);
      if ((bits & program::kReceiptSent) != 0) return leave_and_end(frame);
      return Verdict::changed;
    }
    return timer_or_signal<&HandWritten::nobody_reached, &HandWritten::nobody_reached>(frame, event);
  }

  static Verdict of_another(FlowFrame* frame, const FlowEvent& event, std::int64_t bits) {
    if (bits == 0) return Verdict::ignored;
    by::late(frame, &event);
    if ((bits & program::kReceiptRead) != 0 && by::fire(frame, 1) != 0) return forget_and_end(frame);
    return Verdict::changed;
  }

  template <Next kUndelivered, Next kUnread>
  static Verdict timer_or_signal(FlowFrame* frame, const FlowEvent& event) {
    if (event.kind == std::to_underlying(EventKind::signal)) {
      if (event.signal != 0 || by::fire(frame, 0) == 0) return Verdict::ignored;
      return forget_and_end(frame);
    }
    switch (by::timer_take(frame, &event)) {
      case std::to_underlying(Timer::expires):
        by::leave(frame);
        return finish(frame, EndKind::expired, nullptr);
      case std::to_underlying(Timer::handover):
      case std::to_underlying(Timer::undelivered):
        return leave_for<kUndelivered>(frame, event);
      case std::to_underlying(Timer::unread):
        return leave_for<kUnread>(frame, event);
      default:
        return Verdict::ignored;
    }
  }

  template <Next kNext>
  static Verdict leave_for(FlowFrame* frame, const FlowEvent& event) {
    by::leave(frame);
    return kNext(frame, event);
  }
  static Verdict nobody_reached(FlowFrame* frame, const FlowEvent&) {
    return finish(frame, EndKind::failed, &kNobodyReached);
  }
  static Verdict leave_and_end(FlowFrame* frame) {
    by::leave(frame);
    return finish(frame, EndKind::done, nullptr);
  }
  static Verdict forget_and_end(FlowFrame* frame) {
    by::leave(frame);
    frame->fields[kRegionCode] = FlowField{0, {"", 0}, 0};
    return finish(frame, EndKind::done, nullptr);
  }

  static Verdict finish(FlowFrame* frame, EndKind end, const FlowText* reason) {
    frame->fields[kCode] = FlowField{0, {"", 0}, 0};
    frame->fields[kOtp] = FlowField{0, {"", 0}, 0};
    by::finish(frame, std::to_underlying(end), -1, reason);
    return Verdict::changed;
  }

  const program::FlowInfo& info_;
};

}  // namespace

std::unique_ptr<program::Program> hand_written_otp(const program::FlowInfo& info) {
  return std::make_unique<HandWritten>(info);
}

}  // namespace flow::bench
