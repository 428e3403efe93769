// The metadata that the build was given, in place of the one within libphonenumber: the library calls these two
// functions, and the dynamic linker takes the ones of the program, or of the library, that loads it. Compiled into
// whatever links libphonenumber, and only when there is such metadata (numbers/CMakeLists.txt).
namespace i18n::phonenumbers {

// Declared in no header that is installed.
[[gnu::visibility("default")]] int metadata_size();
[[gnu::visibility("default")]] const void* metadata_get();

namespace {

constexpr unsigned char kBytes[] = {
#include "numbers/metadata_bytes.inc"
};

}  // namespace

int metadata_size() {
  return static_cast<int>(sizeof kBytes);
}

const void* metadata_get() {
  return kBytes;
}

}  // namespace i18n::phonenumbers
