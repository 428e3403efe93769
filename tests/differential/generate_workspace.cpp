#include "tests/differential/generate_workspace.h"

#include <string>
#include <utility>
#include <vector>

namespace flow::generate {
namespace {

using program::ChannelKind;

void add_channel(check::Workspace& workspace, std::string name, ChannelKind kind, std::int64_t handover_ms,
                 std::int64_t receipts_ms) {
  check::Channel channel;
  channel.name = std::move(name);
  channel.kind = kind;
  channel.sender = kind == ChannelKind::sms ? "SHOP" : kind == ChannelKind::viber ? "4501" : "+60123456780";
  channel.handover_ms = handover_ms;
  channel.receipts_within_ms = receipts_ms;
  workspace.channels.push_back(std::move(channel));
}

void add_template(check::Workspace& workspace, std::string name, std::size_t parameters,
                  std::vector<std::string> languages) {
  check::Template form;
  form.name = std::move(name);
  form.channel = check::ChannelId{1};
  for (std::size_t i = 0; i < parameters; ++i)
    form.parameters.emplace_back("p" + std::to_string(i), check::Type{.choices = {}});
  form.purpose = "authentication";
  form.languages = std::move(languages);
  form.body = "as approved";
  workspace.templates.push_back(std::move(form));
}

}  // namespace

check::Workspace workspace_of(Random& random) {
  check::Workspace made;
  made.languages = {"en", "ms"};
  made.all_regions = random.chance(60);
  if (!made.all_regions) made.allowed_regions = {"MY", "PH", "SG"};
  made.allowed_hosts = {"reports.example"};
  add_channel(made, "viber_otp", ChannelKind::viber, 30'000, 5000);
  add_channel(made, "waba_otp", ChannelKind::whatsapp, 15'000, 0);
  add_channel(made, "sms_otp", ChannelKind::sms, 10'000, 2000);
  add_template(made, "otp_v2", 1, {"en", "ms", "zh-Hant", "pt_BR"});
  add_template(made, "plain", 0, {"ms"});
  add_template(made, "order", 2, {"zh", "en", "tl"});
  return made;
}

}  // namespace flow::generate
