// Whom the client believes to be who it asked for.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "runtime/http/client.h"
#include "runtime/http/peers_test_support.h"
#include "runtime/http/server.h"

namespace flow::http {
namespace {

using std::chrono::milliseconds;

// An authority of its own, and certificates that it made.
class ClientTls : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (std::filesystem::temp_directory_path() / "flow_tls_XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    make_authority("authority");
    make("good", "authority", "DNS:localhost,IP:127.0.0.1", "-days 2");
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  void run(const std::string& arguments) const {
    const std::string command = "cd " + folder_.string() + " && openssl " + arguments + " >/dev/null 2>&1";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  void make_authority(const std::string& name) const {
    run("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=" + name + " -keyout " + name +
        ".key -out " + name + ".crt");
  }
  void make(const std::string& name, const std::string& authority, const std::string& names,
            const std::string& time) const {
    run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=" + names +
        " -keyout " + name + ".key -out " + name + ".csr");
    run("x509 -req -copy_extensions copy -in " + name + ".csr -CA " + authority + ".crt -CAkey " + authority + ".key " +
        time + " -out " + name + ".crt");
  }

  std::unique_ptr<Server> serve(const std::string& certificate) const {
    ServerOptions options;
    options.tls_certificate_file = path(certificate + ".crt");
    options.tls_key_file = path(certificate + ".key");
    auto server = Server::start(options, [](Request& request, Responder respond) {
      respond(Response{200, {}, request.target == "/large" ? std::string(200'000, 'x') : request.body});
    });
    EXPECT_TRUE(server) << server.error().message;
    return std::move(*server);
  }
  ClientOutcome ask(const std::string& host, std::uint16_t port, const std::string& authority = "authority",
                    const std::string& body = "body") const {
    ClientOptions options;
    if (!authority.empty()) options.authorities_file = path(authority + ".crt");
    Client client(options);
    return client.perform({.method = "POST",
                           .url = "https://" + host + ":" + std::to_string(port) + (body == "large" ? "/large" : "/"),
                           .body = body});
  }
  static std::string why(const ClientOutcome& outcome) {
    EXPECT_FALSE(outcome);
    if (outcome) return "an answer";
    EXPECT_FALSE(outcome.error().sent) << "nothing may be said to somebody else";
    EXPECT_EQ(outcome.error().error.code, ErrorCode::unavailable);
    return outcome.error().error.message;
  }

  std::filesystem::path folder_;
};

TEST_F(ClientTls, AGoodCertificateOfAKnownAuthority) {
  const auto server = serve("good");
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto outcome = ask(host, server->port());
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_EQ(outcome->body, "body");
  }
  EXPECT_EQ(ask("localhost", server->port(), "authority", "large")->body.size(), 200'000U);
  const std::string large(900'000, 'y');
  ClientOptions options;
  options.authorities_file = path("authority.crt");
  options.answer_bytes_max = large.size();
  Client client(options);
  const ClientRequest request{.method = "POST",
                              .url = "https://localhost:" + std::to_string(server->port()) + "/",
                              .headers = {},
                              .body = large};
  for (int i = 0; i < 3; ++i) {
    const auto outcome = client.perform(request);
    ASSERT_TRUE(outcome) << outcome.error().error.message;
    EXPECT_TRUE(outcome->body == large);
  }
}

TEST_F(ClientTls, AnUnknownAuthorityIsRefused) {
  const auto server = serve("good");
  EXPECT_NE(why(ask("localhost", server->port(), "")).find("certificate is not accepted"), std::string::npos);
  make_authority("another");
  EXPECT_NE(why(ask("localhost", server->port(), "another")).find("certificate is not accepted"), std::string::npos);
}

TEST_F(ClientTls, AnotherNameIsRefused) {
  make("other", "authority", "DNS:other.example,DNS:*.localhost,IP:127.0.0.2", "-days 2");
  const auto server = serve("other");
  EXPECT_NE(why(ask("localhost", server->port())).find("hostname mismatch"), std::string::npos);
  EXPECT_NE(why(ask("127.0.0.1", server->port())).find("IP address mismatch"), std::string::npos);
}

TEST_F(ClientTls, AnOldCertificateIsRefused) {
  // Only `ca` takes dates, and it wants a file of settings.
  std::ofstream(path("settings")) << "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=number\nnew_certs_dir=.\n"
                                     "default_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n";
  std::ofstream(path("index"));
  std::ofstream(path("number")) << "01\n";
  run("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost "
      "-keyout old.key -out old.csr");
  run("ca -batch -config settings -in old.csr -cert authority.crt -keyfile authority.key -startdate 20200101000000Z "
      "-enddate 20200201000000Z -notext -out old.crt");
  const auto server = serve("old");
  EXPECT_NE(why(ask("localhost", server->port())).find("certificate has expired"), std::string::npos);
}

TEST_F(ClientTls, AnUnusableFileOfAuthoritiesIsSaid) {
  const auto server = serve("good");
  EXPECT_NE(why(ask("localhost", server->port(), "absent")).find("authorities cannot be read"), std::string::npos);
}

TEST_F(ClientTls, AKeyWithAPasswordIsAnErrorAndNoQuestion) {
  run("ec -in good.key -aes128 -passout pass:word -out locked.key");
  std::filesystem::copy_file(path("good.crt"), path("locked.crt"));
  ServerOptions options;
  options.tls_certificate_file = path("locked.crt");
  options.tls_key_file = path("locked.key");
  const auto server = Server::start(options, [](Request&, Responder) {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, ErrorCode::invalid_argument);
}

TEST_F(ClientTls, PeersThatDoNotSpeakItAreFailures) {
  for (const std::string& words :
       {std::string(), std::string("HTTP/1.1 400 Bad Request\r\n\r\n"), std::string("\x16\x03\x01\xff\xff\x02", 6),
        std::string("\x15\x03\x03\x00\x02\x02\x28", 7), std::string(20'000, '\0')}) {
    const RawServer server([&](const Accepted& peer) {
      char bytes[16];
      (void)::recv(peer.fd, bytes, sizeof bytes, 0);
      peer.write(words);
    });
    why(ask("localhost", server.port()));
  }
}

// A handshake that nobody answers ends with the time for connecting, not with the request's.
TEST_F(ClientTls, ASilentPeerEndsWithTheTimeForConnecting) {
  const RawServer server([](const Accepted& peer) {
    char byte = 0;
    while (::recv(peer.fd, &byte, 1, 0) == 1) continue;
  });
  ClientOptions options;
  options.connect_time = milliseconds(50);
  Client client(options);
  const auto outcome = client.perform(
      {.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/", .timeout = milliseconds(600'000)});
  EXPECT_NE(why(outcome).find("no TLS in time"), std::string::npos);
}

// A plain server's clients, and half a handshake, do not disturb a server.
TEST_F(ClientTls, AServerBearsWhoDoesNotSpeakIt) {
  const auto server = serve("good");
  Raw silent(server->port());
  Raw half(server->port());
  half.write(std::string("\x16\x03\x01\x02\x00\x01", 6));
  Raw plain(server->port());
  plain.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.read_all().find("HTTP/"), std::string::npos);
  EXPECT_TRUE(ask("localhost", server->port()));
}

}  // namespace
}  // namespace flow::http
