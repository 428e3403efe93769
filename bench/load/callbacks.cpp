#include "bench/load/callbacks.h"

#include <algorithm>
#include <ctime>

namespace flow::load {
namespace {

// As the providers do: after 0.25 s, 0.5 s, … up to 5 s.
constexpr int kTriesMax = 20;
constexpr std::int64_t kAgainNsMin = 250 * kMillisecond;
constexpr std::int64_t kAgainNsMax = 5 * kSecond;
constexpr std::size_t kBlanksMax = 4096;

}  // namespace

std::unique_ptr<Taken> Callbacks::blank() {
  if (blanks_.empty()) return std::make_unique<Taken>();
  auto taken = std::move(blanks_.back());
  blanks_.pop_back();
  taken->reported = 0;
  taken->tries = 0;
  return taken;
}

void Callbacks::report(std::unique_ptr<Taken> taken) {
  ++open_;
  if (free_.empty() && lines_.size() < lines_max_) {
    free_.push_back(static_cast<std::uint32_t>(lines_.size()));
    lines_.emplace_back();
  }
  if (free_.empty()) {
    waiting_.push_back(std::move(taken));
    return;
  }
  const std::uint32_t line = free_.back();  // the one that was used last is warm
  free_.pop_back();
  lines_[line].taken = std::move(taken);
  send(line);
}

void Callbacks::send(std::uint32_t line) {
  Line& at = lines_[line];
  if (at.connection == nullptr) at.connection = &loop_.connect(flowd_, *this, line);
  loop_.write(*at.connection, writer_.write(*at.taken, ::time(nullptr)));
}

void Callbacks::on_message(Connection& connection, const HttpMessage& message) {
  const std::uint32_t line = connection.slot;
  Line& at = lines_[line];
  if (message.close) {
    loop_.close(connection);
    at.connection = nullptr;
  }
  if (at.taken == nullptr) return;  // an answer to nothing
  const int status = message.status();
  if (status / 100 == 2) {
    ++book_.counts().callbacks;
    at.taken->tries = 0;
    if (++at.taken->reported < reports_of(at.taken->channel)) return send(line);
    book_.called_back(at.taken->execution, now_ns());
    done(std::move(at.taken));
  } else {
    if (book_.counts().callbacks_again == 0) {
      book_.remark(fmt::format("a callback was answered {}: {}", status, message.body));
    }
    again(std::move(at.taken));
  }
  release(line);
}

void Callbacks::on_closed(Connection& connection) {
  Line& at = lines_[connection.slot];
  at.connection = nullptr;
  if (at.taken == nullptr) return;
  again(std::move(at.taken));
  release(connection.slot);
}

void Callbacks::again(std::unique_ptr<Taken> taken) {
  if (++taken->tries >= kTriesMax) {
    ++book_.counts().callbacks_given_up;
    return done(std::move(taken));
  }
  ++book_.counts().callbacks_again;
  const auto wait = std::min(kAgainNsMin << std::min(taken->tries - 1, 10), kAgainNsMax);
  loop_.after(wait, [this, shared = std::make_shared<std::unique_ptr<Taken>>(std::move(taken))] {
    --open_;
    report(std::move(*shared));
  });
}

void Callbacks::done(std::unique_ptr<Taken> taken) {
  --open_;
  if (blanks_.size() < kBlanksMax) blanks_.push_back(std::move(taken));
}

void Callbacks::release(std::uint32_t line) {
  if (waiting_.empty()) {
    free_.push_back(line);
    return;
  }
  lines_[line].taken = std::move(waiting_.front());
  waiting_.pop_front();
  send(line);
}

}  // namespace flow::load
