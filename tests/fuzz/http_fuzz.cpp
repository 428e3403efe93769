// Bytes from the network in two ways: in one piece, and in pieces of any sizes. Server and client must read the same
// both times. First byte: which side; second: the sizes of pieces; the rest: what comes.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "runtime/http/client.h"
#include "runtime/http/server.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

constexpr int kRoundsMax = 200;

// One round of the loop, without waiting.
void turn(Loop& loop) {
  loop.stop();
  loop.run();
}

sockaddr_in here(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void give(int fd, std::string_view bytes) {
  const int on = 1;  // each piece goes at once
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// The kernel may have no port free for a moment, after so many connections.
int connect_to(std::uint16_t port) {
  const sockaddr_in address = here(port);
  for (int i = 0; i < 100; ++i) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    std::perror("cannot connect to the server");
    ::close(fd);
    ::usleep(50'000);
  }
  std::abort();
}

// Sizes of 1 to 16, or everything at once.
std::size_t next_size(std::uint32_t& seed, bool whole, std::size_t left) {
  seed = seed * 1664525 + 1013904223;
  return whole ? left : std::min<std::size_t>(left, 1 + (seed >> 28));
}

// Ended so that no port stays taken.
void drop(int fd) {
  const linger now{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(fd);
}

std::string text_of(const Headers& headers, const std::string& body) {
  std::string text;
  for (const auto& [name, value] : headers) {
    if (name.empty() || (name + value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) std::abort();
    text += name + ": " + value + "\n";
  }
  return text + body + "\n";
}

struct ServerWorld {
  ServerWorld() {
    ServerOptions options;
    options.header_bytes_max = 512;
    options.body_bytes_max = [](const Request&) { return std::size_t{256}; };
    auto started = Server::start(
        options,
        [this](Request& request, Responder respond) {
          if (request.body.size() > 256) std::abort();
          heard += request.method + " " + request.target + "\n" + text_of(request.headers, request.body);
          respond(Response{200, {}, "fine"});
        },
        loop);
    if (!started) std::abort();
    server = std::move(*started);
  }
  std::string read(std::string_view bytes, std::uint32_t seed, bool whole) {
    heard.clear();
    const int fd = connect_to(server->port());
    turn(loop);
    while (!bytes.empty()) {
      const std::size_t size = next_size(seed, whole, bytes.size());
      give(fd, bytes.substr(0, size));
      bytes.remove_prefix(size);
      turn(loop);
    }
    turn(loop);
    drop(fd);
    turn(loop);
    return heard;
  }
  Loop loop;
  std::string heard;
  std::unique_ptr<Server> server;
};

struct ClientWorld {
  ClientWorld() {
    sockaddr_in address = here(0);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener, generic, size) != 0 || ::listen(listener, 8) != 0) std::abort();
    ::getsockname(listener, generic, &size);
    url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
    ClientOptions options;
    options.answer_bytes_max = 256;
    client = std::make_unique<Client>(options, loop);
  }
  std::string read(std::string_view bytes, std::uint32_t seed, bool whole, bool head) {
    std::string heard;
    bool over = false;
    loop.call([&] {
      client->send({.method = head ? "HEAD" : "GET", .url = url}, [&](ClientOutcome outcome) {
        if (over) std::abort();
        over = true;
        if (!outcome) return;
        if (outcome->body.size() > 256 || outcome->status < 200) std::abort();
        heard = std::to_string(outcome->status) + "\n" + text_of(outcome->headers, outcome->body);
      });
    });
    const int fd = ::accept(listener, nullptr, nullptr);
    turn(loop);
    while (!bytes.empty() && !over) {
      const std::size_t size = next_size(seed, whole, bytes.size());
      give(fd, bytes.substr(0, size));
      bytes.remove_prefix(size);
      turn(loop);
    }
    ::shutdown(fd, SHUT_WR);
    for (int i = 0; i < kRoundsMax && !over; ++i) turn(loop);
    if (!over) std::abort();  // it would wait for an answer that cannot come
    drop(fd);
    turn(loop);  // no connection is left for the next one
    turn(loop);
    return heard;
  }
  int listener = ::socket(AF_INET, SOCK_STREAM, 0);
  std::string url;
  Loop loop;
  std::unique_ptr<Client> client;
};

void run(std::uint8_t side, std::uint8_t sizes, std::string_view bytes) {
  static ServerWorld server;
  static ClientWorld client;
  const auto read = [&](bool whole) {
    return side % 4 < 2 ? server.read(bytes, sizes, whole) : client.read(bytes, sizes, whole, side % 4 == 3);
  };
  if (read(true) != read(false)) std::abort();
}

}  // namespace
}  // namespace flow::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 2) flow::http::run(data[0], data[1], {reinterpret_cast<const char*>(data) + 2, size - 2});
  return 0;
}
