#include <algorithm>

#include "runtime/program/intrinsics.h"
#include "runtime/service/testing.h"
#include "runtime/service/testing_one_question.h"

namespace flow::service::testing {

using namespace program;

namespace {

class Asking final : public OneQuestion {
 public:
  Asking(std::string name, bool secret) : OneQuestion(std::move(name)) {
    info_.fields.push_back({.name = "phone", .type = ValueType::phone, .role = FieldRole::input, .choices = {}});
    info_.fields.push_back({.name = "eta", .type = ValueType::text, .role = FieldRole::variable, .choices = {}});
    info_.steps = {{"ask", "http"}};
    info_.allowed_hosts = {"crm.example"};
    OperationInfo site;
    site.target = "POST";
    site.arguments = {"url", "url value", "json"};
    using Kind = OperationOutcome::Kind;
    site.outcomes = {{Kind::failed, 0}, {Kind::ok, 0}, {Kind::status, 404}};
    site.reads = {{1, "eta", false}};
    site.retries = 2;
    site.retry_after_ms = 5000;
    site.secret = secret;
    info_.operations.push_back(std::move(site));
  }

 private:
  void begin(Frame& frame, const FlowEvent& event) const override {
    FlowFrame* raw = &frame.raw();
    flow_begin(raw, &event);
    flow_arm(raw, static_cast<std::int32_t>(Timer::expires), event.at_ms + info_.expires_ms);
    frame.clear_effects();  // the first deadline comes without an effect
    flow_enter(raw, &event, 0);
    flow_arm(raw, static_cast<std::int32_t>(Timer::late), event.at_ms + kAnswerWithinMs);
    constexpr std::string_view kUrl = "https://crm.example/";
    constexpr std::string_view kBody = "{\"code\":\"482913\"}";
    const FlowText operands[] = {{kUrl.data(), kUrl.size()}, raw->fields[0].text, {kBody.data(), kBody.size()}};
    flow_request(raw, 0, operands, 3);
  }

  Verdict result(FlowFrame* raw, const FlowEvent& event) const override {
    const std::int64_t outcome = flow_operation_take(raw, &event);
    if (outcome < 0) return Verdict::ignored;
    if (outcome == 1) flow_take_values(raw, &event, 0);
    flow_leave(raw);
    if (outcome == 1) {
      const FlowText& eta = raw->fields[1].text;
      finish(raw, EndKind::done, "eta " + std::string(eta.data, eta.size));
    } else {
      finish(raw, EndKind::failed, outcome == 2 ? "not found" : "failed");
    }
    return Verdict::changed;
  }
};

}  // namespace

std::shared_ptr<const Program> asking_flow(std::string name, bool secret) {
  return std::make_shared<Asking>(std::move(name), secret);
}

Status FakeExecutor::accepts(const FlowInfo&) const {
  if (refusal) return std::unexpected(*refusal);
  return {};
}

void FakeExecutor::tell(const FlowInfo&, operations::Report report, operations::Done done) {
  {
    const std::lock_guard lock(told_mutex_);
    told_.push_back(std::move(report));
  }
  done({.status = 200, .body = "", .reason = ""});
}

std::vector<operations::Report> FakeExecutor::told() const {
  const std::lock_guard lock(told_mutex_);
  return told_;
}

void FakeExecutor::carry_out(const FlowInfo&, operations::Request request, operations::Done done) {
  ask(std::move(request), std::move(done));
}

}  // namespace flow::service::testing
