#include "runtime/daemon/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/support/run_program.h"

namespace flow::daemon {
namespace {

class Notify : public testing::Test {
 protected:
  void TearDown() override { ::unsetenv("NOTIFY_SOCKET"); }
};

TEST_F(Notify, TheManagersSocketGetsTheState) {
  const testing_support::TemporaryFolder folder;
  const std::string path = folder.file("notify");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  notify_manager("READY=1");
  std::array<char, 64> buffer{};
  const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), 0);
  EXPECT_EQ(std::string(buffer.data(), size < 0 ? 0 : static_cast<std::size_t>(size)), "READY=1");
  ::close(socket);
}

TEST_F(Notify, WithoutASocketOrWithABadOneNothingHappens) {
  notify_manager("READY=1");
  for (const std::string& name : {std::string("/nowhere/at/all"), std::string("relative"), std::string(500, '/')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    notify_manager("READY=1");
  }
}

}  // namespace
}  // namespace flow::daemon
