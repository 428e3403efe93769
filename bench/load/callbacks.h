// Carries reports to flowd over keep-alive connections, as a provider does: in their order for each message, and again
// after a while when flowd does not answer 2xx.
#pragma once

#include <netinet/in.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bench/load/book.h"
#include "bench/load/loop.h"
#include "bench/load/reports.h"

namespace flow::load {

class Callbacks final : public Peer {
 public:
  Callbacks(Loop& loop, Book& book, const sockaddr_in& flowd, const simulator::Accounts& accounts, std::string host,
            std::size_t connections_max)
      : loop_(loop), book_(book), flowd_(flowd), writer_(accounts, std::move(host)), lines_max_(connections_max) {}

  // An empty message to fill in and give to report().
  std::unique_ptr<Taken> blank();
  void report(std::unique_ptr<Taken> taken);
  // Messages with reports to come.
  std::size_t open() const { return open_; }

  void on_message(Connection& connection, const HttpMessage& message) override;
  void on_closed(Connection& connection) override;

 private:
  struct Line {
    Connection* connection = nullptr;
    std::unique_ptr<Taken> taken;  // whose report is under way
  };

  void send(std::uint32_t line);
  void release(std::uint32_t line);
  void again(std::unique_ptr<Taken> taken);
  void done(std::unique_ptr<Taken> taken);

  Loop& loop_;
  Book& book_;
  sockaddr_in flowd_;
  ReportWriter writer_;
  std::size_t lines_max_;
  std::vector<Line> lines_;
  std::vector<std::uint32_t> free_;
  std::deque<std::unique_ptr<Taken>> waiting_;
  std::vector<std::unique_ptr<Taken>> blanks_;
  std::size_t open_ = 0;
};

}  // namespace flow::load
