#include "runtime/crypto/random.h"

#include <openssl/rand.h>

#include "base/check.h"

namespace flow::crypto {

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  // Without randomness nothing that this process makes can be trusted: ids would be guessable, nonces would repeat.
  FLOW_CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) == 1,
             "the operating system gives no random bytes");
  return out;
}

}  // namespace flow::crypto
