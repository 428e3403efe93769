// Entries of workspace.flow.
#include <array>

#include "compiler/catalogue/catalogue.h"

namespace flow::catalogue {
namespace {

using enum Support;

constexpr auto kWorkspace = std::to_array<WorkspaceEntry>({
    {"edition NUMBER", Workspace::edition, supported, Presence::required, "", "The edition of the language."},
    {"languages LANGUAGE …", Workspace::languages, supported, Presence::optional, "",
     "The languages of the workspace; the first is the default."},
    {"allow regions REGION …", Workspace::allow_regions, supported, Presence::required, "",
     "Where messages may go; `allow regions all` says that everywhere is meant."},
    {"allow hosts TEXT …", Workspace::allow_hosts, supported, Presence::optional, "",
     "Where requests may go: host names, with `:PORT` when it is not the usual one."},
    {"channel NAME", Workspace::channel, supported, Presence::repeated, ": CHANNELKIND { … }",
     "A sender on a channel."},
    {"template CALL on CHANNEL", Workspace::message_template, supported, Presence::repeated, "{ … }",
     "A template that the provider has approved."},
    {"let NAME", Workspace::let, supported, Presence::repeated, "= VALUE", "A constant of the workspace."},
    {"wording CALL", Workspace::wording, supported, Presence::repeated, "{ LANGUAGE TEXT }",
     "A text in each language, for all flows."},
    {"zone TEXT", Workspace::zone, supported, Presence::optional, "",
     "The zone of clock times in flows that have no `zone` of their own."},
    {"quiet hours RANGE", Workspace::quiet_hours, supported, Presence::repeated, "",
     "When no message goes out, by the zone of its flow: the step waits for their end. Answers to who has just written "
     "are none of these."},
    {"quiet hours RANGE for PURPOSE …", Workspace::quiet_hours, supported, Presence::repeated, "",
     "The same for messages of these purposes."},
    {"allow recipients TEXT …", Workspace::allow_recipients, supported, Presence::optional, "",
     "The only phone numbers, addresses and ids to which anything is sent; a step that sends elsewhere is `failed`."},
    {"environment NAME", Workspace::environment, supported, Presence::repeated, "{ … }",
     "What is different when `--environment NAME` says so."},
    {"price CHANNELKIND", Workspace::price, supported, Presence::repeated, "{ REGION … = MONEY }",
     "What a message costs, by the recipient's region; of an SMS each part. All prices have one currency."},
    {"price CHANNELKIND PURPOSE", Workspace::price, supported, Presence::repeated, "{ REGION … = MONEY }",
     "What a message of this purpose costs."},
    {"limit each recipient NUMBER messages within DURATION", Workspace::limit, supported, Presence::repeated, "",
     "How many messages somebody gets at most, of all flows; what is over it is not sent, and its step is `failed`."},
    {"limit each recipient NUMBER messages within DURATION for PURPOSE …", Workspace::limit, supported,
     Presence::repeated, "", "The same, of messages of these purposes together."},
    {"limit each CALL NUMBER messages within DURATION", Workspace::limit, supported, Presence::repeated, "",
     "How many go to all phone numbers with the same first digits: `prefix(7)`, calling code included."},
    {"limit each CALL NUMBER messages within DURATION for PURPOSE …", Workspace::limit, supported, Presence::repeated,
     "", "The same, of messages of these purposes together."},
    {"function NAME at TEXT", Workspace::function, supported, Presence::repeated, "",
     "A function behind an address: it gets its arguments as JSON, and answers with JSON."},
    {"model NAME", Workspace::model, supported, Presence::repeated, ": openai { … }",
     "A language model behind an address of the protocol `openai`."},
    {"desk NAME", Workspace::desk, supported, Presence::repeated, "",
     "Where persons take over; what is behind it is bound by the runtime."},
    {"secret NAME", Workspace::secret, supported, Presence::repeated, "",
     "The name of a secret that the runtime holds, for headers and bodies of requests."},
});

// Of an environment's block.
constexpr auto kEnvironment = std::to_array<WorkspaceEntry>({
    {"channel NAME", Workspace::channel, supported, Presence::repeated, "{ … }",
     "The settings of the channel that it names; the others stay."},
    {"let NAME", Workspace::let, supported, Presence::repeated, "= VALUE", "Another value of the same type."},
    {"allow recipients TEXT …", Workspace::allow_recipients, supported, Presence::optional, "",
     "In place of the workspace's own."},
    {"allow hosts TEXT …", Workspace::allow_hosts, supported, Presence::optional, "",
     "In place of the workspace's own."},
});

constexpr auto kChannelSettings = std::to_array<WorkspaceSettingEntry>({
    {"SENDER TEXT", WorkspaceSetting::sender, supported, Presence::required,
     "Who sends: `service` on Viber, `number` on WhatsApp, `sender` on SMS."},
    {"receipts within DURATION", WorkspaceSetting::receipts_within, supported, Presence::optional,
     "How late a receipt may come; 0s without it."},
    {"handover within DURATION", WorkspaceSetting::handover_within, supported, Presence::optional,
     "Not reported sent within this time: `failed`; 30s without it."},
    {"flows NAME …", WorkspaceSetting::flows, supported, Presence::optional,
     "The flows that a message may start: the first whose trigger takes it."},
});

constexpr auto kTemplateSettings = std::to_array<WorkspaceSettingEntry>({
    {"purpose PURPOSE", WorkspaceSetting::template_purpose, supported, Presence::required,
     "What the provider approved it for."},
    {"languages LANGUAGE …", WorkspaceSetting::template_languages, supported, Presence::optional,
     "The languages it was approved in; the workspace's without it."},
    {"valid RANGE", WorkspaceSetting::template_valid, supported, Presence::optional,
     "What the provider takes as its time to live."},
    {"body TEXT", WorkspaceSetting::template_body, supported, Presence::required, "Its text, with `{{parameter}}`."},
});

constexpr auto kModelSettings = std::to_array<WorkspaceSettingEntry>({
    {"name TEXT", WorkspaceSetting::model_name, supported, Presence::required, "What the one who runs it calls it."},
    {"base TEXT", WorkspaceSetting::model_base, supported, Presence::required,
     "Where it is: an address of a host that the workspace allows, to which `/chat/completions` is added."},
});

}  // namespace

std::span<const WorkspaceEntry> workspace_entries() {
  return kWorkspace;
}
std::span<const WorkspaceEntry> environment_entries() {
  return kEnvironment;
}
std::span<const WorkspaceSettingEntry> channel_settings() {
  return kChannelSettings;
}
std::span<const WorkspaceSettingEntry> template_settings() {
  return kTemplateSettings;
}
std::span<const WorkspaceSettingEntry> model_settings() {
  return kModelSettings;
}

}  // namespace flow::catalogue
