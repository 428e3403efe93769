#include "bench/load/provider.h"

#include <random>

namespace flow::load {
namespace {

std::string basic(const std::string& user, const std::string& password) {
  std::string out = "Basic ";
  append_base64(out, user + ":" + password);
  return out;
}

std::string random_run() {
  std::random_device device;
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>(device());
  std::string out;
  append_hex(out, bytes);
  return out;
}

}  // namespace

Provider::Provider(Loop& loop, Book& book, Callbacks& callbacks, const simulator::Accounts& accounts)
    : loop_(loop),
      book_(book),
      callbacks_(callbacks),
      sms_target_("/2010-04-01/Accounts/" + accounts.sms_account_sid + "/Messages.json"),
      sms_credential_(basic(accounts.sms_account_sid, accounts.sms_auth_token)),
      whatsapp_target_end_("/" + accounts.whatsapp_phone_number_id + "/messages"),
      whatsapp_credential_("Bearer " + accounts.whatsapp_access_token),
      viber_credential_(basic(accounts.viber_api_key, accounts.viber_api_secret)),
      run_(random_run()) {}

bool Provider::read_sms(const HttpMessage& message, Taken& taken) const {
  const auto to = form_field(message.body, "To");
  auto from = form_field(message.body, "From");
  if (!from) from = form_field(message.body, "MessagingServiceSid");
  const auto report_to = form_field(message.body, "StatusCallback");
  if (!to || !from || !report_to || form_field(message.body, "Body").value_or("").empty()) return false;
  taken.to = *to;
  taken.from = *from;
  taken.reference = *report_to;
  return true;
}

bool Provider::read_whatsapp(const HttpMessage& message, Taken& taken) const {
  taken.to.assign("+").append(json_text(message.body, "to"));
  if (taken.to.starts_with("++")) taken.to.erase(0, 1);
  taken.reference = json_text(message.body, "biz_opaque_callback_data");
  return taken.to.size() > 1 && !taken.reference.empty() && json_text(message.body, "messaging_product") == "whatsapp";
}

bool Provider::read_viber(const HttpMessage& message, Taken& taken) const {
  taken.to.assign("+").append(json_text(message.body, "to"));
  taken.from = json_text(message.body, "from");
  taken.reference = json_text(message.body, "client_ref");
  return taken.to.size() > 1 && !taken.from.empty() && !taken.reference.empty() &&
         !json_text(message.body, "text").empty();
}

// An id that no other message has, in the provider's form.
void Provider::name(Taken& taken) {
  ++messages_;
  taken.id.clear();
  if (taken.channel == Channel::viber) {
    taken.id.append(run_, 0, 8).append("-").append(run_, 8, 4).append("-4").append(run_, 12, 3).append("-8000-");
    append_number(taken.id, messages_, 12);
    return;
  }
  taken.id.append(taken.channel == Channel::sms ? "SM" : "wamid.").append(run_);
  append_number(taken.id, messages_, 16);
}

void Provider::on_message(Connection& connection, const HttpMessage& message) {
  const std::int64_t now = now_ns();
  const std::string_view target = message.target();
  const std::string_view credential = message.field("authorization");
  auto taken = callbacks_.blank();
  bool known = true;
  bool good = false;
  if (target == sms_target_) {
    taken->channel = Channel::sms;
    known = credential == sms_credential_;
    good = known && read_sms(message, *taken);
  } else if (target == "/v1/messages") {
    taken->channel = Channel::viber;
    known = credential == viber_credential_;
    good = known && read_viber(message, *taken);
  } else if (target.ends_with(whatsapp_target_end_)) {
    taken->channel = Channel::whatsapp;
    known = credential == whatsapp_credential_;
    good = known && read_whatsapp(message, *taken);
  }
  if (!message.is_post() || !good) {
    return known ? refuse(connection, "400 Bad Request", "a request that no provider would take")
                 : refuse(connection, "401 Unauthorized", "a request with wrong credentials");
  }
  const auto execution = book_.requested(taken->to, taken->channel, now);
  name(*taken);
  body_.clear();
  switch (taken->channel) {
    case Channel::sms:
      body_.append(R"({"sid":")").append(taken->id).append(R"(","status":"queued","error_code":null,"to":")");
      body_.append(taken->to).append(R"(","from":")").append(taken->from).append(R"(","direction":"outbound-api"})");
      answer(connection, "201 Created");
      break;
    case Channel::whatsapp:
      body_.append(R"({"messaging_product":"whatsapp","contacts":[{"input":")").append(taken->to);
      body_.append(R"(","wa_id":")").append(std::string_view(taken->to).substr(1));
      body_.append(R"("}],"messages":[{"id":")").append(taken->id).append(R"(","message_status":"accepted"}]})");
      answer(connection, "200 OK");
      break;
    case Channel::viber:
      body_.append(R"({"message_uuid":")").append(taken->id).append("\"}");
      answer(connection, "202 Accepted");
      break;
    case Channel::messenger:
    case Channel::instagram:
    case Channel::email:
      return refuse(connection, "404 Not Found", "the load has no such channel");
  }
  if (silent_ || !execution) return;
  taken->execution = *execution;
  callbacks_.report(std::move(taken));
}

void Provider::answer(Connection& connection, std::string_view status) {
  out_.assign("HTTP/1.1 ").append(status).append("\r\nContent-Type: application/json\r\nContent-Length: ");
  append_number(out_, body_.size());
  out_.append("\r\n\r\n").append(body_);
  loop_.write(connection, out_);
}

void Provider::refuse(Connection& connection, std::string_view status, std::string_view why) {
  book_.unexpected(why);
  body_.assign("{}");
  answer(connection, status);
}

}  // namespace flow::load
