#include "simulator/script.h"

#include <algorithm>
#include <charconv>

#include "numbers/numbers.h"
#include "runtime/config/reader.h"

namespace flow::simulator {
namespace {

using config::Need;
using config::Reader;
using config::Source;

const std::vector<std::string> kChannels = {"whatsapp", "viber", "sms", "messenger", "instagram", "email"};
const std::vector<std::string> kStatuses = {"sent", "delivered", "read", "failed"};
const std::vector<std::string> kAnswers = {"accept", "error", "status", "silence"};

// The place of the word among those known; a problem when it is none of them.
std::optional<std::size_t> one_of(Reader& reader, std::string_view key, const std::vector<std::string>& known,
                                  Need need) {
  const auto word = reader.text(key, need);
  if (!word) return std::nullopt;
  const auto it = std::ranges::find(known, *word);
  if (it != known.end()) return static_cast<std::size_t>(it - known.begin());
  const auto meant = config::nearest(*word, known);
  reader.problem(key, fmt::format("`{}` must be one of {}{}", key, fmt::join(known, ", "),
                                  meant ? fmt::format("; did you mean `{}`?", *meant) : ""));
  return std::nullopt;
}

// "1500ms", "2s", "1m30s".
std::optional<std::int64_t> duration_ms(std::string_view text) {
  std::int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || number > 1'000'000) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view unit = text.starts_with("ms") ? "ms" : text.substr(0, 1);
    const std::int64_t scale = unit == "ms"  ? 1
                               : unit == "s" ? 1000
                               : unit == "m" ? 60'000
                               : unit == "h" ? 3'600'000
                                             : 0;
    if (scale == 0) return std::nullopt;
    total += number * scale;
    text.remove_prefix(unit.size());
  }
  return total;
}

std::int64_t read_duration(Reader& reader, std::string_view key) {
  const auto text = reader.text(key, Need::optional);
  if (!text) return 0;
  const auto ms = duration_ms(*text);
  if (!ms) reader.problem(key, fmt::format("`{}` must be a duration such as \"500ms\" or \"1m30s\"", key));
  return ms.value_or(0);
}

void read_reports(Source& source, Reader& reader, Plan& plan) {
  const toml::array* list = reader.array("reports");
  if (list == nullptr) return;
  plan.reports.clear();
  for (const toml::node& node : *list) {
    const toml::table* table = node.as_table();
    if (table == nullptr) {
      reader.problem("reports", "a report is a table: { status = \"sent\", after = \"1s\" }");
      continue;
    }
    Reader inner(source, *table, "a report");
    Report report;
    report.status = static_cast<Status>(one_of(inner, "status", kStatuses, Need::required).value_or(0));
    report.after_ms = read_duration(inner, "after");
    report.code = inner.integer("code", 0, 999'999).value_or(0);
    const auto times = inner.integer("times", 1, 100).value_or(1);
    inner.finish();
    plan.reports.insert(plan.reports.end(), static_cast<std::size_t>(times), report);
  }
}

Plan usual_plan() {
  return {{}, {{Status::sent, 1000, 0}, {Status::delivered, 2000, 0}}};
}

void read_rule(Source& source, const toml::table& table, Script& script) {
  Reader reader(source, table, "[[rules]]");
  Rule rule;
  rule.plan = usual_plan();
  if (const auto channel = one_of(reader, "channel", kChannels, Need::optional)) {
    rule.channel = static_cast<Channel>(*channel);
  }
  rule.number = reader.text("number", Need::optional).value_or("");
  rule.region = reader.text("region", Need::optional).value_or("");
  rule.nth = static_cast<std::uint64_t>(reader.integer("message", 1, 1'000'000).value_or(0));
  Answer& answer = rule.plan.answer;
  answer.kind = static_cast<Answer::Kind>(one_of(reader, "answer", kAnswers, Need::optional).value_or(0));
  answer.after_ms = read_duration(reader, "answer_after");
  answer.code = reader.integer("code", 0, 999'999).value_or(0);
  answer.status = static_cast<int>(reader.integer("status", 400, 599).value_or(503));
  if (answer.kind == Answer::Kind::error && answer.code == 0) {
    reader.problem("answer", "`answer = \"error\"` needs `code`, as the provider numbers its errors");
  }
  read_reports(source, reader, rule.plan);
  reader.finish();
  script.rules.push_back(std::move(rule));
}

// A value as it stands, or `env:NAME`: nothing here is worth stealing.
void read_value(Source& source, Reader& reader, std::string_view key, std::string& value) {
  const auto text = reader.text(key, Need::optional);
  if (!text) return;
  value = *text;
  if (!text->starts_with("env:")) return;
  const auto secret = config::read_secret(*text, source.environment, "");
  if (secret)
    value = secret->reveal();
  else
    reader.problem(key, secret.error().message);
}

void read_accounts(Source& source, Reader& root, Accounts& accounts) {
  using Keys = std::vector<std::pair<std::string_view, std::string*>>;
  const std::vector<std::pair<std::string_view, Keys>> tables = {
      {"whatsapp",
       {{"phone_number_id", &accounts.whatsapp_phone_number_id},
        {"access_token", &accounts.whatsapp_access_token},
        {"app_secret", &accounts.whatsapp_app_secret},
        {"webhook", &accounts.whatsapp_webhook}}},
      {"viber",
       {{"api_key", &accounts.viber_api_key},
        {"api_secret", &accounts.viber_api_secret},
        {"signature_secret", &accounts.viber_signature_secret},
        {"webhook", &accounts.viber_webhook}}},
      {"messenger",
       {{"page_id", &accounts.messenger_page_id},
        {"access_token", &accounts.messenger_access_token},
        {"app_secret", &accounts.messenger_app_secret},
        {"webhook", &accounts.messenger_webhook}}},
      {"instagram",
       {{"account_id", &accounts.instagram_account_id},
        {"access_token", &accounts.instagram_access_token},
        {"app_secret", &accounts.instagram_app_secret},
        {"webhook", &accounts.instagram_webhook}}},
      {"email",
       {{"api_key", &accounts.email_api_key},
        {"signing_key", &accounts.email_signing_key},
        {"webhook", &accounts.email_webhook}}},
      {"sms", {{"account_sid", &accounts.sms_account_sid}, {"auth_token", &accounts.sms_auth_token}}},
  };
  for (const auto& [name, keys] : tables) {
    const toml::table* table = root.table(name);
    if (table == nullptr) continue;
    Reader reader(source, *table, fmt::format("[{}]", name));
    for (const auto& [key, value] : keys) read_value(source, reader, key, *value);
    reader.finish();
  }
}

void read_chances(Source& source, const toml::table& table, Chances& chances) {
  Reader reader(source, table, "[chances]");
  const std::pair<std::string_view, double*> keys[] = {
      {"error", &chances.error},      {"silence", &chances.silence},
      {"slow", &chances.slow},        {"undelivered", &chances.undelivered},
      {"unread", &chances.unread},    {"lost", &chances.lost},
      {"repeated", &chances.repeated}};
  for (const auto& [key, value] : keys) {
    const auto percent = reader.integer(key, 0, 100);
    if (percent) *value = static_cast<double>(*percent) / 100;
  }
  if (reader.has("answer_at_most"))
    chances.answer_ms_max = std::max<std::int64_t>(1, read_duration(reader, "answer_at_most"));
  if (reader.has("report_at_most"))
    chances.report_ms_max = std::max<std::int64_t>(1, read_duration(reader, "report_at_most"));
  reader.finish();
}

// Codes that the provider answers with: for this recipient for ever, too fast, not now.
std::vector<std::int64_t> usual_errors(Channel channel) {
  switch (channel) {
    case Channel::whatsapp:
      return {131026, 130429, 131016};
    case Channel::viber:
      return {1300, 1000, 1030};
    case Channel::sms:
      return {21211, 20429, 20503};
    case Channel::messenger:
    case Channel::instagram:
      return {551, 613, 2};
    case Channel::email:
      return {400, 429, 503};
  }
  return {};
}

std::int64_t usual_failure(Channel channel) {
  switch (channel) {
    case Channel::whatsapp:
      return 131026;
    case Channel::viber:
      return 1260;
    case Channel::sms:
      return 30003;
    case Channel::messenger:
    case Channel::instagram:
    case Channel::email:
      return 550;
  }
  return 0;
}

}  // namespace

std::string_view to_string(Channel channel) {
  switch (channel) {
    case Channel::whatsapp:
      return "whatsapp";
    case Channel::viber:
      return "viber";
    case Channel::sms:
      return "sms";
    case Channel::messenger:
      return "messenger";
    case Channel::instagram:
      return "instagram";
    case Channel::email:
      return "email";
  }
  return "sms";
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::sent:
      return "sent";
    case Status::delivered:
      return "delivered";
    case Status::read:
      return "read";
    case Status::failed:
      return "failed";
  }
  return "failed";
}

bool Rule::fits(const Message& message, std::uint64_t message_nth) const {
  if (channel && *channel != message.channel) return false;
  if (nth != 0 && nth != message_nth) return false;
  if (number.ends_with('*')) {
    if (!message.to.starts_with(std::string_view(number).substr(0, number.size() - 1))) return false;
  } else if (!number.empty() && number != message.to) {
    return false;
  }
  return region.empty() || numbers::region_name(numbers::region_of(message.to)) == region;
}

Plan Script::plan(const Message& message, std::uint64_t nth) const {
  for (const Rule& rule : rules) {
    if (rule.fits(message, nth)) return rule.plan;
  }
  return usual_plan();
}

std::expected<Script, std::vector<std::string>> parse_script(std::string_view text, const std::string& name,
                                                             const config::Environment& environment) {
  Source source{name, "", environment, {}};
  const auto result = toml::parse(text, name);
  if (!result) {
    source.problem(result.error().source(), result.error().description());
    return std::unexpected(source.problems);
  }
  Script script;
  Reader reader(source, result.table(), "the script");
  read_accounts(source, reader, script.accounts);
  if (const auto* chances = reader.table("chances")) read_chances(source, *chances, script.chances);
  if (const auto* rules = reader.array("rules")) {
    for (const toml::node& node : *rules) {
      if (const auto* table = node.as_table())
        read_rule(source, *table, script);
      else
        source.problem(node.source(), "a rule is a table: write [[rules]]");
    }
  }
  reader.finish();
  const bool by_region = std::ranges::any_of(script.rules, [](const Rule& rule) { return !rule.region.empty(); });
  if (by_region) {
    if (const auto status = numbers::load(); !status) source.problems.push_back(name + ": " + status.error().message);
  }
  if (!source.problems.empty()) return std::unexpected(source.problems);
  return script;
}

bool Dice::happens(double chance) {
  return static_cast<double>(engine_() >> 11) * 0x1.0p-53 < chance;
}

std::int64_t Dice::below(std::int64_t bound) {
  return static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(bound));
}

Answer Dice::answer(Channel channel) {
  Answer answer;
  if (happens(chances_.slow)) answer.after_ms = below(chances_.answer_ms_max);
  if (happens(chances_.error)) {
    const auto codes = usual_errors(channel);
    answer.kind = Answer::Kind::error;
    answer.code = codes[static_cast<std::size_t>(below(static_cast<std::int64_t>(codes.size())))];
  } else if (happens(chances_.silence)) {
    answer.kind = Answer::Kind::silence;
  }
  return answer;
}

void Dice::add(std::vector<Report>& reports, Report report) {
  if (!happens(chances_.lost)) reports.push_back(report);
  if (happens(chances_.repeated)) {
    report.after_ms += below(chances_.report_ms_max);
    reports.push_back(report);
  }
}

Plan Dice::plan(const Message& message) {
  Plan plan;
  plan.answer = answer(message.channel);
  // Delays are drawn apart from each other, so reports overtake each other often enough.
  const std::int64_t longest = chances_.report_ms_max;
  add(plan.reports, {Status::sent, below(longest / 4 + 1), 0});
  if (happens(chances_.undelivered)) {
    add(plan.reports, {Status::failed, below(longest), usual_failure(message.channel)});
    return plan;
  }
  add(plan.reports, {Status::delivered, below(longest), 0});
  if (message.channel != Channel::sms && !happens(chances_.unread)) {
    add(plan.reports, {Status::read, below(longest), 0});
  }
  return plan;
}

}  // namespace flow::simulator
