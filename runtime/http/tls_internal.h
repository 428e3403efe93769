// TLS over bytes in memory: whoever owns the socket reads and writes it. OpenSSL behind it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace flow::http {

// What the connections of a server, or of a client, share. TLS 1.2 and later.
class TlsContext {
 public:
  static Result<std::unique_ptr<TlsContext>> server(const std::string& certificate_file, const std::string& key_file);
  // Trusts the certificates that the system trusts, and those of `authorities_file` (PEM) when it is not empty.
  static Result<std::unique_ptr<TlsContext>> client(const std::string& authorities_file);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }

 private:
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}
  ssl_ctx_st* context_;
};

// One side of one connection.
class Tls {
 public:
  enum class State { handshake, open, ended, broken };

  // The server's side.
  explicit Tls(const TlsContext& context);
  // The client's side: talks only to who proves to be `host` (a name or an address).
  Tls(const TlsContext& context, const std::string& host);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  State state() const { return state_; }

  // Bytes from the socket; what they say is appended to `plain`. With none: begins the client's handshake.
  State receive(std::string_view encrypted, std::string& plain);

  // REQUIRES: open. False: broken.
  bool send(std::string_view plain);

  // Says that nothing more comes.
  void end();

  // Appends what must go out to the socket now; the caller asks after each of the above.
  void take_output(std::string& out);

  // Why it is broken, without anything secret.
  const std::string& why() const { return why_; }

 private:
  void fail();
  ssl_st* ssl_ = nullptr;
  State state_ = State::handshake;
  std::string why_;
};

}  // namespace flow::http
