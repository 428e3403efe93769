#include "bench/load/book.h"

#include <algorithm>
#include <charconv>

#include "bench/load/loop.h"
#include "bench/load/wire.h"

namespace flow::load {
namespace {

constexpr std::size_t kRemarksMax = 8;
constexpr std::size_t kRemarkCharsMax = 300;

std::uint8_t bit_of(Channel channel) {
  return static_cast<std::uint8_t>(1U << static_cast<unsigned>(channel));
}

}  // namespace

void Numbers::append(std::string& out, std::uint64_t execution) const {
  out.append(prefix);
  append_number(out, first + execution % count, digits);
}

std::optional<std::uint64_t> Numbers::place(std::string_view number) const {
  std::string_view wanted = prefix;
  if (!number.starts_with('+') && wanted.starts_with('+')) wanted.remove_prefix(1);
  if (!number.starts_with(wanted)) return std::nullopt;
  number.remove_prefix(wanted.size());
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() ||
      number.size() != static_cast<std::size_t>(digits)) {
    return std::nullopt;
  }
  if (value < first || value - first >= count) return std::nullopt;
  return value - first;
}

void Book::begin_phase(Until until, std::int64_t now) {
  until_ = until;
  phase_begin_ns_ = now;
  counts_ = {};
  seconds_.clear();
  other_answers_.clear();
  for (Histogram* histogram : {&connect, &accept, &request, &end}) histogram->clear();
  for (Record& record : records_) record.measured = 0;
}

Second& Book::second(std::int64_t now) {
  const auto index = static_cast<std::size_t>(std::max<std::int64_t>(0, now - phase_begin_ns_) / kSecond);
  if (index >= seconds_.size()) seconds_.resize(index + 1);
  return seconds_[index];
}

std::optional<std::uint64_t> Book::open(std::int64_t due, std::int64_t now) {
  const std::uint64_t execution = next_;
  if (execution < numbers_.count) {
    records_.emplace_back();
  } else if (at(execution).over == 0) {
    return std::nullopt;
  }
  ++next_;
  Record& record = at(execution);
  record = {};
  record.started_ns = due;
  record.round = static_cast<std::uint32_t>(execution / numbers_.count);
  record.measured = 1;
  ++outstanding_;
  ++counts_.offered;
  ++second(now).offered;
  return execution;
}

void Book::accepted(std::uint64_t execution, int status, std::int64_t now) {
  Record& record = at(execution);
  record.accepted = 1;
  ++(status == 200 ? counts_.known : counts_.accepted);
  Second& row = second(now);
  ++row.accepted;
  const std::int64_t took = now - record.started_ns;
  row.accept_ns_max = std::max(row.accept_ns_max, took);
  if (record.measured != 0) accept.add(took);
  settle(record, now);
}

void Book::refused(std::uint64_t execution, int status, std::string_view retry_after, std::string_view body,
                   std::int64_t now) {
  Record& record = at(execution);
  record.refused = 1;
  record.over = 1;
  --outstanding_;
  ++(status == 429 ? counts_.throttled : status == 503 ? counts_.overloaded : counts_.failed);
  std::int64_t wait_s = 0;
  const char* const text_end = retry_after.data() + retry_after.size();
  if (std::from_chars(retry_after.data(), text_end, wait_s).ec == std::errc()) {
    ++counts_.retry_after;
    counts_.retry_after_s_max = std::max(counts_.retry_after_s_max, wait_s);
  }
  ++second(now).refused;
  if (++other_answers_[status] == 1) remark(fmt::format("a start was answered {}: {}", status, body));
}

std::optional<std::uint64_t> Book::requested(std::string_view number, Channel channel, std::int64_t now) {
  const auto place = numbers_.place(number);
  if (!place || *place >= records_.size()) {
    unexpected("a message for a number that no execution has");
    return std::nullopt;
  }
  Record& record = records_[*place];
  Second& row = second(now);
  ++row.requests;
  ++counts_.requests;
  if (record.refused != 0) {
    unexpected("a message of a start that was refused");
  } else if ((record.channels & bit_of(channel)) != 0) {
    ++counts_.repeated;
  } else if (channel != first_channel_) {
    ++counts_.fallbacks;
  } else {
    const std::int64_t took = now - record.started_ns;
    row.request_ns_max = std::max(row.request_ns_max, took);
    if (record.measured != 0) request.add(took);
  }
  record.channels |= bit_of(channel);
  settle(record, now);
  return *place + std::uint64_t{record.round} * numbers_.count;
}

void Book::called_back(std::uint64_t execution, std::int64_t now) {
  Record& record = at(execution);
  record.called_back = 1;
  settle(record, now);
}

void Book::settle(Record& record, std::int64_t now) {
  if (record.over != 0 || record.accepted == 0) return;
  if (until_ != Until::accepted && record.channels == 0) return;
  if (until_ == Until::ended && record.called_back == 0) return;
  record.over = 1;
  --outstanding_;
  ++counts_.finished;
  ++second(now).finished;
  if (record.measured != 0) end.add(now - record.started_ns);
}

void Book::close_phase() {
  counts_.lost = 0;
  counts_.unfinished = 0;
  for (const Record& record : records_) {
    if (record.over != 0) continue;
    if (record.accepted != 0 && record.channels == 0) {
      ++counts_.lost;
    } else {
      ++counts_.unfinished;
    }
  }
}

void Book::unexpected(std::string_view why) {
  if (++counts_.unexpected == 1) remark(std::string(why));
}

void Book::remark(std::string text) {
  if (remarks_.size() >= kRemarksMax) return;
  while (text.ends_with('\n')) text.pop_back();
  text.resize(std::min(text.size(), kRemarkCharsMax));
  remarks_.push_back(std::move(text));
}

}  // namespace flow::load
