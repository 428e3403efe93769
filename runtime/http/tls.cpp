#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <climits>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "base/check.h"
#include "runtime/http/message.h"
#include "runtime/http/tls_internal.h"

namespace flow::http {
namespace {

bool is_address(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

// A key with a password is an error, not a question on the terminal.
int no_password(char*, int, int, void*) {
  return 0;
}

SSL* new_session(SSL_CTX* context) {
  SSL* ssl = SSL_new(context);
  FLOW_CHECK(ssl != nullptr, "no memory for a TLS connection");
  BIO* in = BIO_new(BIO_s_mem());
  BIO* out = BIO_new(BIO_s_mem());
  FLOW_CHECK(in != nullptr && out != nullptr, "no memory for a TLS connection");
  BIO_set_mem_eof_return(in, -1);  // nothing there yet is no end
  SSL_set_bio(ssl, in, out);
  return ssl;
}

}  // namespace

Result<std::unique_ptr<TlsContext>> TlsContext::server(const std::string& certificate_file,
                                                       const std::string& key_file) {
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_server_method())));
  SSL_CTX* context = made->get();
  FLOW_CHECK(context != nullptr, "OpenSSL does not start");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets do it without memory here
  SSL_CTX_set_default_passwd_cb(context, no_password);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    return fail(ErrorCode::invalid_argument, "no TLS certificate in `{}`", certificate_file);
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1) {
    return fail(ErrorCode::invalid_argument, "no fitting TLS key in `{}`", key_file);
  }
  return made;
}

Result<std::unique_ptr<TlsContext>> TlsContext::client(const std::string& authorities_file) {
  std::unique_ptr<TlsContext> made(new TlsContext(SSL_CTX_new(TLS_client_method())));
  SSL_CTX* context = made->get();
  FLOW_CHECK(context != nullptr, "OpenSSL does not start");
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_default_verify_paths(context);
  ERR_clear_error();
  if (!authorities_file.empty() && SSL_CTX_load_verify_locations(context, authorities_file.c_str(), nullptr) != 1) {
    return fail(ErrorCode::invalid_argument, "no certificates of authorities in `{}`", authorities_file);
  }
  return made;
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

Tls::Tls(const TlsContext& context) : ssl_(new_session(context.get())) {
  SSL_set_accept_state(ssl_);
}

Tls::Tls(const TlsContext& context, const std::string& host) : ssl_(new_session(context.get())) {
  SSL_set_connect_state(ssl_);
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl_);
  if (is_address(host)) {
    FLOW_CHECK(X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1);
    return;
  }
  X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  FLOW_CHECK(X509_VERIFY_PARAM_set1_host(verify, host.data(), host.size()) == 1);
  // SSL_set_tlsext_host_name() is a macro with a cast that g++ warns of.
  FLOW_CHECK(SSL_ctrl(ssl_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str())) ==
             1);
}

Tls::~Tls() {
  SSL_free(ssl_);
}

void Tls::fail() {
  state_ = State::broken;
  const long verified = SSL_get_verify_result(ssl_);
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  if (verified != X509_V_OK) {
    why_ = fmt::format("its certificate is not accepted: {}", X509_verify_cert_error_string(verified));
  } else {
    why_ = fmt::format("TLS failed: {}", lower_case(reason == nullptr ? "broken off" : reason));
  }
  ERR_clear_error();
}

Tls::State Tls::receive(std::string_view encrypted, std::string& plain) {
  if (state_ == State::ended || state_ == State::broken) return state_;
  ERR_clear_error();
  while (!encrypted.empty()) {
    const int count = static_cast<int>(std::min<std::size_t>(encrypted.size(), INT_MAX));
    FLOW_CHECK(BIO_write(SSL_get_rbio(ssl_), encrypted.data(), count) == count, "no memory for TLS");
    encrypted.remove_prefix(static_cast<std::size_t>(count));
  }
  if (state_ == State::handshake) {
    const int result = SSL_do_handshake(ssl_);
    if (result != 1) {
      const int error = SSL_get_error(ssl_, result);
      if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail();
      return state_;
    }
    state_ = State::open;
  }
  std::array<char, 16 * 1024> bytes;
  for (;;) {
    const int count = SSL_read(ssl_, bytes.data(), static_cast<int>(bytes.size()));
    if (count > 0) {
      plain.append(bytes.data(), static_cast<std::size_t>(count));
      continue;
    }
    const int error = SSL_get_error(ssl_, count);
    if (error == SSL_ERROR_ZERO_RETURN) state_ = State::ended;
    if (error != SSL_ERROR_ZERO_RETURN && error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail();
    return state_;
  }
}

bool Tls::send(std::string_view plain) {
  if (plain.empty()) return true;
  ERR_clear_error();
  std::size_t written = 0;
  if (SSL_write_ex(ssl_, plain.data(), plain.size(), &written) == 1 && written == plain.size()) return true;
  fail();
  return false;
}

void Tls::end() {
  if (state_ == State::open) SSL_shutdown(ssl_);
  ERR_clear_error();
}

void Tls::take_output(std::string& out) {
  BIO* bio = SSL_get_wbio(ssl_);
  const std::size_t waiting = BIO_ctrl_pending(bio);
  if (waiting == 0) return;
  const std::size_t before = out.size();
  out.resize(before + waiting);
  const int count = BIO_read(bio, out.data() + before, static_cast<int>(waiting));
  out.resize(before + static_cast<std::size_t>(std::max(count, 0)));
}

}  // namespace flow::http
