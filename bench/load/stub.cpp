// bench_load_stub: as little of a flowd as flow-load can be run against, to see what flow-load itself costs and how far
// it goes. Answers starts, sends each message as an SMS, believes every callback; keeps and checks nothing.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "bench/load/loop.h"
#include "bench/load/wire.h"

namespace flow::load {
namespace {

// The way to the provider: one request at a time on each connection.
class Outbox final : public Peer {
 public:
  Outbox(Loop& loop, const sockaddr_in& provider) : loop_(loop), provider_(provider) {}

  void send(std::string request) {
    if (free_.empty()) return waiting_.push_back(std::move(request));
    Connection* connection = free_.back();
    free_.pop_back();
    loop_.write(*connection, request);
  }
  void open(int count) {
    for (int i = 0; i < count; ++i) loop_.connect(provider_, *this, 0);
  }

  void on_connected(Connection& connection) override { next(connection); }
  void on_message(Connection& connection, const HttpMessage&) override { next(connection); }
  void on_closed(Connection&) override { std::exit(0); }  // flow-load is done

 private:
  void next(Connection& connection) {
    if (waiting_.empty()) return free_.push_back(&connection);
    loop_.write(connection, waiting_.front());
    waiting_.pop_front();
  }

  Loop& loop_;
  sockaddr_in provider_;
  std::vector<Connection*> free_;
  std::deque<std::string> waiting_;
};

class Stub final : public Peer {
 public:
  Stub(Loop& loop, Outbox& outbox, std::uint16_t port, const std::string& sid, const std::string& token)
      : loop_(loop), outbox_(outbox), port_(port) {
    head_ = fmt::format("POST /2010-04-01/Accounts/{}/Messages.json HTTP/1.1\r\nHost: x\r\nAuthorization: Basic ", sid);
    append_base64(head_, sid + ":" + token);
    head_ += "\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ";
  }

  void on_message(Connection& connection, const HttpMessage& message) override {
    if (message.target().find("/webhooks/") != std::string_view::npos) {
      return loop_.write(connection, "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n");
    }
    if (!message.is_post()) {
      return loop_.write(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    }
    constexpr std::string_view kAnswer = R"({"execution":"01234567890123456789012345678901","started_at":"2026"})";
    loop_.write(connection, fmt::format("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: {}"
                                        "\r\n\r\n{}",
                                        kAnswer.size(), kAnswer));
    std::string body = "To=";
    append_encoded(body, json_text(message.body, "customerPhoneNumber"));
    body += "&From=SHOP&Body=Your%20one-time%20password&StatusCallback=";
    append_encoded(body, fmt::format("http://127.0.0.1:{}/v1/webhooks/sms_otp?c={:050}", port_, 7));
    outbox_.send(fmt::format("{}{}\r\n\r\n{}", head_, body.size(), body));
  }
  void on_closed(Connection&) override {}

 private:
  Loop& loop_;
  Outbox& outbox_;
  std::uint16_t port_;
  std::string head_;
};

}  // namespace
}  // namespace flow::load

int main(int argc, char** argv) {
  using namespace flow::load;
  CLI::App app("As little of a flowd as flow-load can be run against.", "bench_load_stub");
  std::uint16_t port = 0;
  std::uint16_t provider_port = 0;
  std::string sid;
  std::string token;
  app.add_option("port", port, "where it listens")->required();
  app.add_option("provider_port", provider_port, "where flow-load plays the provider")->required();
  app.add_option("account_sid", sid)->required();
  app.add_option("auth_token", token)->required();
  CLI11_PARSE(app, argc, argv);
  Loop loop;
  const auto provider = resolve("127.0.0.1", provider_port);
  if (!provider) return 2;
  Outbox outbox(loop, *provider);
  Stub stub(loop, outbox, port, sid, token);
  if (!loop.listen(port, stub)) return 2;
  outbox.open(64);
  while (true) loop.poll(now_ns() + kSecond);
}
