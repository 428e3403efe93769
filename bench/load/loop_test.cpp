// The loop over real sockets: messages in whatever pieces they come, answers that the kernel does not take at once.
#include "bench/load/loop.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

namespace flow::load {
namespace {

class Echo final : public Peer {
 public:
  explicit Echo(Loop& loop) : loop_(loop) {}
  void on_message(Connection& connection, const HttpMessage& message) override {
    bodies.emplace_back(message.body);
    if (answer_bytes > 0) loop_.write(connection, std::string(answer_bytes, 'a'));
  }
  void on_connected(Connection&) override { ++connected; }
  void on_closed(Connection&) override { ++closed; }

  std::vector<std::string> bodies;
  std::size_t answer_bytes = 0;
  int connected = 0;
  int closed = 0;

 private:
  Loop& loop_;
};

template <typename Done>
void turn(Loop& loop, Done done) {
  for (const std::int64_t end = now_ns() + 20 * kSecond; !done() && now_ns() < end;) loop.poll(now_ns() + kMillisecond);
}

int connected_socket(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return fd;
}

void send_all(int fd, std::string_view bytes) {
  ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

TEST(Loop, TakesMessagesByteByByteAndSeveralAtOnce) {
  Loop loop;
  Echo echo(loop);
  const auto port = loop.listen(0, echo);
  ASSERT_TRUE(port.has_value());
  const int fd = connected_socket(*port);
  const std::string one = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\none";
  for (const char byte : one) {
    send_all(fd, std::string_view(&byte, 1));
    loop.poll(now_ns() + kMillisecond);
  }
  send_all(fd, one + one + "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nt");
  turn(loop, [&] { return echo.bodies.size() == 3; });
  send_all(fd, "wo");
  turn(loop, [&] { return echo.bodies.size() == 4; });
  EXPECT_EQ(echo.bodies, (std::vector<std::string>{"one", "one", "one", "two"}));

  send_all(fd, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  turn(loop, [&] { return echo.closed == 1; });
  EXPECT_EQ(echo.closed, 1);
  char byte = 0;
  EXPECT_EQ(::recv(fd, &byte, 1, 0), 0) << "closed";
  ::close(fd);
}

TEST(Loop, SendsWhatTheKernelDoesNotTakeAtOnce) {
  Loop loop;
  Echo echo(loop);
  echo.answer_bytes = 20'000'000;
  const auto port = loop.listen(0, echo);
  ASSERT_TRUE(port.has_value());
  const int fd = connected_socket(*port);
  send_all(fd, "GET / HTTP/1.1\r\n\r\n");
  turn(loop, [&] { return !echo.bodies.empty(); });
  std::size_t got = 0;
  std::vector<char> buffer(1 << 20);
  turn(loop, [&] {
    const ssize_t size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
    got += static_cast<std::size_t>(std::max<ssize_t>(size, 0));
    return got == echo.answer_bytes;
  });
  EXPECT_EQ(got, echo.answer_bytes);
  ::close(fd);
  turn(loop, [&] { return echo.closed == 1; });
  EXPECT_EQ(echo.closed, 1);
  EXPECT_EQ(loop.connections(), 1U) << "the one that listens";
}

TEST(Loop, TellsOfConnectionsThatSucceedAndFail) {
  Loop loop;
  Echo echo(loop);
  const auto port = loop.listen(0, echo);
  ASSERT_TRUE(port.has_value());
  EXPECT_FALSE(loop.listen(*port, echo).has_value()) << "taken";
  const auto good = resolve("localhost", *port);
  ASSERT_TRUE(good.has_value());
  loop.connect(*good, echo, 0);
  turn(loop, [&] { return echo.connected == 1; });
  EXPECT_EQ(echo.connected, 1);
  const int unused = connected_socket(*port);  // its own port is taken, and nobody listens there
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ASSERT_EQ(::getsockname(unused, reinterpret_cast<sockaddr*>(&address), &size), 0);
  loop.connect(address, echo, 1);
  turn(loop, [&] { return echo.closed == 1; });
  EXPECT_EQ(echo.closed, 1);
  ::close(unused);
}

TEST(Loop, TimersRunInTheirOrder) {
  Loop loop;
  std::string order;
  loop.after(2 * kMillisecond, [&] { order += 'b'; });
  loop.after(kMillisecond, [&] { order += 'a'; });
  turn(loop, [&] { return order.size() == 2; });
  EXPECT_EQ(order, "ab");
}

}  // namespace
}  // namespace flow::load
