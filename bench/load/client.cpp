#include "bench/load/client.h"

#include <algorithm>

namespace flow::load {
namespace {

constexpr std::int64_t kPauseNs = 10 * kMillisecond;  // closed loop, after a refusal
constexpr std::int64_t kReconnectNs = 20 * kMillisecond;
constexpr std::int64_t kRepeatNs = 100 * kMillisecond;
constexpr std::size_t kDueMax = 200'000;
constexpr std::uint64_t kCodes = 100'000'000;

}  // namespace

Client::Client(Loop& loop, Book& book, ClientSettings settings)
    : loop_(loop), book_(book), settings_(std::move(settings)), lines_(settings_.connections) {
  std::string_view rest = settings_.inputs;
  std::string before = "{\"inputs\":";
  while (!rest.empty()) {
    const bool phone = rest.starts_with("{phone}");
    if (phone || rest.starts_with("{code}")) {
      body_pieces_.push_back({before, phone ? Gap::phone : Gap::code});
      before.clear();
      rest.remove_prefix(phone ? 7 : 6);
    } else {
      before += rest.front();
      rest.remove_prefix(1);
    }
  }
  body_pieces_.push_back({before + "}", Gap::end});
}

void Client::open_connections() {
  for (std::uint32_t line = 0; line < lines_.size(); ++line) {
    if (lines_[line].connection == nullptr) connect(line);
  }
}

void Client::connect(std::uint32_t line) {
  lines_[line].connect_ns = now_ns();
  lines_[line].connection = &loop_.connect(settings_.flowd, *this, line);
}

void Client::on_connected(Connection& connection) {
  Line& line = lines_[connection.slot];
  book_.connect.add(now_ns() - line.connect_ns);
  free_line(connection.slot);
}

void Client::begin_closed(std::uint64_t outstanding, std::uint64_t limit) {
  stopped_ = false;
  outstanding_ = outstanding;
  rate_ = 0;
  limit_ = limit;
  offered_ = 0;
}

void Client::begin_open(double rate, std::uint64_t limit, std::int64_t now) {
  begin_closed(0, limit);
  rate_ = rate;
  begin_ns_ = now;
}

void Client::stop() {
  stopped_ = true;
  book_.counts().not_offered += due_.size();
  due_.clear();
}

bool Client::start(std::int64_t due, std::int64_t now) {
  const auto execution = book_.open(due, now);
  if (!execution) {
    book_.remark("every phone number belongs to an execution that is open");
    stop();
    return false;
  }
  const std::uint32_t line = free_.back();
  free_.pop_back();
  send(line, *execution);
  return true;
}

std::int64_t Client::pump() {
  const std::int64_t now = now_ns();
  while (!again_.empty() && !free_.empty()) {
    const std::uint32_t line = free_.back();
    free_.pop_back();
    send(line, again_.front());
    again_.pop_front();
    ++book_.counts().resent;
  }
  if (stopped_) return INT64_MAX;
  if (rate_ == 0) {
    if (now < not_before_ns_) return not_before_ns_;
    while (offered_ < limit_ && book_.outstanding() < outstanding_ && !free_.empty()) {
      if (!start(now, now)) break;
      ++offered_;
    }
    return INT64_MAX;
  }
  const auto instant = [&](std::uint64_t nth) {
    return begin_ns_ + static_cast<std::int64_t>(static_cast<double>(nth) / rate_ * 1e9);
  };
  for (; offered_ < limit_ && instant(offered_) <= now; ++offered_) {
    if (due_.size() < kDueMax) {
      due_.push_back(instant(offered_));
    } else {
      ++book_.counts().not_offered;
    }
  }
  while (!due_.empty() && !free_.empty()) {
    if (!start(due_.front(), now)) break;
    due_.pop_front();
  }
  return offered_ < limit_ ? instant(offered_) : INT64_MAX;
}

std::string_view Client::request_for(std::uint64_t execution) {
  body_.clear();
  for (const Piece& piece : body_pieces_) {
    body_.append(piece.before);
    if (piece.gap == Gap::phone) book_.numbers().append(body_, execution);
    if (piece.gap == Gap::code) append_number(body_, execution % kCodes, 8);
  }
  out_.assign("POST /v1/flows/").append(settings_.flow).append("/executions HTTP/1.1\r\nHost: ").append(settings_.host);
  if (!settings_.token.empty()) out_.append("\r\nAuthorization: Bearer ").append(settings_.token);
  out_.append("\r\nContent-Type: application/json\r\nIdempotency-Key: ").append(settings_.run).append("-");
  append_number(out_, execution);
  out_.append("\r\nContent-Length: ");
  append_number(out_, body_.size());
  out_.append("\r\n\r\n").append(body_);
  return out_;
}

void Client::send(std::uint32_t line, std::uint64_t execution) {
  lines_[line].execution = execution;
  ++in_flight_;
  loop_.write(*lines_[line].connection, request_for(execution));
}

void Client::free_line(std::uint32_t line) {
  free_.push_back(line);
}

void Client::on_message(Connection& connection, const HttpMessage& message) {
  const std::int64_t now = now_ns();
  const std::uint32_t number = connection.slot;
  Line& line = lines_[number];
  if (line.execution) {
    const std::uint64_t execution = *line.execution;
    line.execution.reset();
    --in_flight_;
    const int status = message.status();
    // Whether it was done is not known: the same key again.
    const bool unknown = status == 500 || message.body.find("answer_timeout") != std::string_view::npos;
    if (status == 201 || status == 200) {
      book_.accepted(execution, status, now);
      sample(message.body);
    } else if (unknown) {
      ++in_flight_;
      loop_.after(kRepeatNs, [this, execution] {
        --in_flight_;
        again_.push_back(execution);
      });
    } else {
      book_.refused(execution, status, message.field("retry-after"), message.body, now);
      not_before_ns_ = now + kPauseNs;
    }
    if (!message.close) free_line(number);
  }
  if (message.close) {
    std::erase(free_, number);
    loop_.close(connection);
    connect(number);
  }
}

void Client::on_closed(Connection& connection) {
  const std::uint32_t number = connection.slot;
  Line& line = lines_[number];
  line.connection = nullptr;
  std::erase(free_, number);
  if (line.execution) {
    again_.push_back(*line.execution);
    line.execution.reset();
    --in_flight_;
  }
  ++book_.counts().connections_lost;
  loop_.after(kReconnectNs, [this, number] {
    if (lines_[number].connection == nullptr) connect(number);
  });
}

// Each accepted execution has the same chance to be among the samples.
void Client::sample(std::string_view body) {
  if (settings_.samples == 0) return;
  const std::uint64_t place = sampled_among_++;
  if (samples_.size() < settings_.samples) {
    samples_.emplace_back(json_text(body, "execution"));
    return;
  }
  const std::uint64_t chance = (place * 0x9E3779B97F4A7C15ULL) >> 11;
  if (chance % (place + 1) < settings_.samples) samples_[chance % settings_.samples] = json_text(body, "execution");
}

}  // namespace flow::load
