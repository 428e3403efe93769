#include "simulator/simulator.h"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <map>
#include <mutex>

#include "runtime/http/client.h"
#include "runtime/http/form.h"
#include "runtime/http/json.h"
#include "runtime/http/problem.h"
#include "runtime/http/server.h"
#include "simulator/agenda.h"
#include "simulator/journal.h"
#include "simulator/provider.h"

namespace flow::simulator {
namespace {

using http::Json;
using http::Responder;

// A report that is not answered with 2xx is sent again, as the providers do: after 0.25 s, 0.5 s, … up to 5 s.
constexpr int kReportTriesMax = 40;
constexpr std::chrono::milliseconds kRetryMin{250};
constexpr std::chrono::milliseconds kRetryMax{5000};

// What a provider reports when a message's time to live ends before it is delivered.
std::int64_t expired_code(Channel channel) {
  return channel == Channel::sms ? 30036 : 1360;
}

// A provider drops a message at the end of its time to live: later good news turns into one failure.
std::vector<Report> within_time_to_live(const Message& message, std::vector<Report> reports) {
  if (message.ttl_ms == 0) return reports;
  const auto delivered = [](const Report& report) {
    return report.status == Status::delivered || report.status == Status::read;
  };
  const bool in_time = std::ranges::any_of(
      reports, [&](const Report& report) { return delivered(report) && report.after_ms <= message.ttl_ms; });
  if (in_time) return reports;
  const auto removed = std::erase_if(reports, [&](const Report& report) {
    return report.after_ms > message.ttl_ms && report.status != Status::failed;
  });
  if (removed > 0) reports.push_back({Status::failed, message.ttl_ms, expired_code(message.channel)});
  return reports;
}

Json describe(const Message& message) {
  Json entry = {{"channel", to_string(message.channel)},
                {"id", message.id},
                {"to", message.to},
                {"from", message.from},
                {"reference", message.reference}};
  if (!message.kind.empty() && message.kind != "text") entry["kind"] = message.kind;
  if (!message.text.empty()) entry["text"] = message.text;
  if (!message.template_name.empty()) {
    entry["template"] = message.template_name;
    entry["language"] = message.language;
    entry["parameters"] = message.parameters;
  }
  if (message.ttl_ms > 0) entry["ttl_ms"] = message.ttl_ms;
  return entry;
}

}  // namespace

struct Simulator::Core {
  Options options;
  std::unique_ptr<Journal> journal;

  std::mutex mutex;  // guards what follows
  Accounts accounts;
  std::vector<std::unique_ptr<Provider>> providers;
  std::map<std::pair<Channel, std::string>, std::uint64_t> counts;  // messages by channel and number
  std::optional<Dice> dice;

  Agenda agenda;
  http::Client client;  // its destructor calls back, so the agenda must be there
  std::unique_ptr<http::Server> server;

  void handle(const http::Request& request, const Responder& respond);
  void control(const http::Request& request, const Responder& respond);
  void incoming(const http::Request& request, const Responder& respond);
  void take(Provider& provider, const http::Request& request, const Responder& respond);
  Plan plan_for(const Message& message);
  void answer(const Provider& provider, const Message& message, const Answer& answer, const Responder& respond);
  void report(Provider& provider, std::shared_ptr<const Message> message, Report what, int tries);
  void later(std::int64_t ms, std::function<void()> task);
  void set_webhooks(const std::string& whatsapp, const std::string& viber);
  void set_more_webhooks(const Json& body);
};

void Simulator::Core::later(std::int64_t ms, std::function<void()> task) {
  agenda.add(std::chrono::microseconds(static_cast<std::int64_t>(static_cast<double>(ms) * 1000 / options.clock_rate)),
             std::move(task));
}

void Simulator::Core::handle(const http::Request& request, const Responder& respond) {
  if (request.path().starts_with("/_")) return control(request, respond);
  for (const auto& provider : providers) {
    if (!provider->serves(request.path())) continue;
    if (request.method == "POST") return take(*provider, request, respond);
    return respond(http::problem(405, "method_not_allowed", "this is for POST"));
  }
  journal->write({{"event", "stray"}, {"method", request.method}, {"path", request.path()}});
  respond(http::problem(404, "not_found", "no provider has such a path"));
}

// What belongs to the simulator itself.
void Simulator::Core::control(const http::Request& request, const Responder& respond) {
  if (request.path() == "/_log" && request.method == "GET") {
    const auto query = http::parse_form(request.query()).value_or(http::Fields());
    const auto from = http::whole_number(Json(http::find_field(query, "from").value_or("0"))).value_or(0);
    return respond({200,
                    {{"content-type", "application/x-ndjson"}},
                    journal->read(static_cast<std::size_t>(std::max<std::int64_t>(from, 0)))});
  }
  if (request.path() == "/_health") return respond({200, {{"content-type", "text/plain"}}, "ok\n"});
  if (request.path() == "/_webhooks" && request.method == "PUT") {
    const auto body = http::parse_json(request.body).value_or(Json());
    set_webhooks(std::string(http::text(body, "whatsapp")), std::string(http::text(body, "viber")));
    set_more_webhooks(body);
    return respond({204, {}, ""});
  }
  if (request.path() == "/_incoming" && request.method == "POST") return incoming(request, respond);
  respond(http::problem(404, "not_found", "there are /_log, /_health, /_webhooks and /_incoming"));
}

// Somebody writes to an account: answered with what the webhook was answered.
void Simulator::Core::incoming(const http::Request& request, const Responder& respond) {
  const auto body = http::parse_json(request.body).value_or(Json());
  Incoming message;
  message.from = http::text(body, "from");
  message.to = http::text(body, "to");
  message.text = http::text(body, "text");
  message.url = http::text(body, "url");
  message.webhook = http::text(body, "webhook");
  if (!http::text(body, "kind").empty()) message.kind = http::text(body, "kind");
  for (const auto& [name, into] :
       {std::pair{"latitude", &message.latitude}, std::pair{"longitude", &message.longitude}}) {
    if (http::member(body, name).is_number()) *into = http::member(body, name).get<double>();
  }
  const bool instagram = http::text(body, "channel") == to_string(Channel::instagram);
  message.channel = instagram ? Channel::instagram : Channel::messenger;  // one provider plays both
  const std::string_view played = instagram ? to_string(Channel::messenger) : http::text(body, "channel");
  const auto provider =
      std::ranges::find_if(providers, [&](const auto& one) { return to_string(one->channel()) == played; });
  std::optional<http::ClientRequest> out;
  if (provider != providers.end() && (*provider)->knows(message.from)) {
    const std::lock_guard lock(mutex);  // accounts may change
    out = (*provider)->incoming(message, wall_clock_ms());
  }
  if (!out) return respond(http::problem(400, "invalid_request", "no webhook wants such a message"));
  client.send(
      std::move(*out), [this, message, respond, channel = instagram ? Channel::instagram : (*provider)->channel()](
                           http::ClientOutcome outcome) {
        const int status = outcome ? outcome->status : 0;
        journal->write(
            {{"event", "incoming"}, {"channel", to_string(channel)}, {"from", message.from}, {"answered", status}});
        respond({200, {{"content-type", "application/json"}}, http::dump({{"answered", status}})});
      });
}

void Simulator::Core::set_more_webhooks(const Json& body) {
  const std::lock_guard lock(mutex);
  accounts.messenger_webhook = http::text(body, "messenger");
  accounts.instagram_webhook = http::text(body, "instagram");
  accounts.email_webhook = http::text(body, "email");
}

void Simulator::Core::set_webhooks(const std::string& whatsapp, const std::string& viber) {
  const std::lock_guard lock(mutex);
  accounts.whatsapp_webhook = whatsapp;
  accounts.viber_webhook = viber;
}

Plan Simulator::Core::plan_for(const Message& message) {
  const std::lock_guard lock(mutex);
  const std::uint64_t nth = ++counts[{message.channel, message.to}];
  return dice ? dice->plan(message) : options.script.plan(message, nth);
}

void Simulator::Core::take(Provider& provider, const http::Request& request, const Responder& respond) {
  auto read = provider.read(request);
  if (!read) {
    // No message, and nothing wrong with it: somebody sees that an answer is being written.
    const bool typing = read.error().status == 200;
    journal->write({{"event", typing ? "typing" : "refused"},
                    {"channel", to_string(provider.channel())},
                    {"status", read.error().status}});
    return respond(std::move(read.error()));
  }
  const auto message = std::make_shared<const Message>(std::move(*read));
  const Plan plan = plan_for(*message);
  Json entry = describe(*message);
  entry["event"] = plan.answer.takes() ? "message" : "not_taken";
  journal->write(std::move(entry));

  const auto reply = [this, &provider, message, how = plan.answer, respond] {
    answer(provider, *message, how, respond);
  };
  if (plan.answer.after_ms == 0)
    reply();
  else
    later(plan.answer.after_ms, reply);
  if (!plan.answer.takes()) return;
  for (const Report& what : within_time_to_live(*message, plan.reports)) {
    later(what.after_ms, [this, &provider, message, what] { report(provider, message, what, 1); });
  }
}

void Simulator::Core::answer(const Provider& provider, const Message& message, const Answer& how,
                             const Responder& respond) {
  http::Response response;
  switch (how.kind) {
    case Answer::Kind::accept:
      response = provider.accept(message);
      break;
    case Answer::Kind::error:
      response = provider.refuse(how.code);
      break;
    case Answer::Kind::status:
      response = {how.status, {{"content-type", "text/plain"}}, "not now\n"};
      break;
    case Answer::Kind::silence:
      response.status = 0;
      break;
  }
  journal->write({{"event", "answer"}, {"id", message.id}, {"status", response.status}, {"code", how.code}});
  respond(std::move(response));
}

void Simulator::Core::report(Provider& provider, std::shared_ptr<const Message> message, Report what, int tries) {
  std::optional<http::ClientRequest> request;
  {
    const std::lock_guard lock(mutex);  // accounts may change
    request = provider.report(*message, what, wall_clock_ms());
  }
  if (!request) return;
  client.send(std::move(*request), [this, &provider, message, what, tries](http::ClientOutcome outcome) {
    const int status = outcome ? outcome->status : 0;
    journal->write({{"event", "report"},
                    {"id", message->id},
                    {"channel", to_string(message->channel)},
                    {"report", to_string(what.status)},
                    {"try", tries},
                    {"answered", status}});
    if ((status >= 200 && status < 300) || tries >= kReportTriesMax) return;
    const auto wait = std::min(kRetryMin * (1 << std::min(tries - 1, 10)), kRetryMax);
    agenda.add(wait, [this, &provider, message, what, tries] { report(provider, message, what, tries + 1); });
  });
}

Result<std::unique_ptr<Simulator>> Simulator::start(Options options) {
  auto core = std::make_unique<Core>();
  core->accounts = options.script.accounts;
  core->providers.push_back(make_meta(core->accounts));  // before WhatsApp, whose paths look alike
  core->providers.push_back(make_sendgrid(core->accounts));
  core->providers.push_back(make_vonage(core->accounts));
  core->providers.push_back(make_whatsapp(core->accounts));
  core->providers.push_back(make_twilio(core->accounts));
  if (options.seed) core->dice.emplace(*options.seed, options.script.chances);
  auto journal = Journal::open(options.log_file);
  if (!journal) return std::unexpected(journal.error());
  core->journal = std::move(*journal);
  core->options = std::move(options);
  http::ServerOptions server_options;
  server_options.address = core->options.address;
  server_options.port = core->options.port;
  server_options.answer_time = std::chrono::minutes(10);  // scripts may have slow answers
  auto server = http::Server::start(
      std::move(server_options),
      [core = core.get()](const http::Request& request, const Responder& respond) { core->handle(request, respond); });
  if (!server) return std::unexpected(server.error());
  core->server = std::move(*server);
  return std::unique_ptr<Simulator>(new Simulator(std::move(core)));
}

Simulator::Simulator(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Simulator::~Simulator() {
  core_->agenda.stop();  // from here on nothing new begins
  core_->server->stop(std::chrono::milliseconds(200));
}
std::uint16_t Simulator::port() const {
  return core_->server->port();
}
void Simulator::set_webhooks(const std::string& whatsapp, const std::string& viber) {
  core_->set_webhooks(whatsapp, viber);
}
std::string Simulator::log(std::size_t from) const {
  return core_->journal->read(from);
}

}  // namespace flow::simulator
