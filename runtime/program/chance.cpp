#include "runtime/program/chance.h"

namespace flow::program {
namespace {

// FNV-1a.
constexpr std::uint64_t kBegin = 0xcbf29ce484222325;
constexpr std::uint64_t kPrime = 0x100000001b3;

void add(std::uint64_t& hash, std::string_view bytes) {
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * kPrime;
}

}  // namespace

std::int64_t bucket_of(std::string_view salt, std::string_view key) {
  std::uint64_t hash = kBegin;
  add(hash, salt);
  add(hash, key);
  // Keys that differ in their last byte are neighbours until here.
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return static_cast<std::int64_t>((hash ^ (hash >> 33)) % 100);
}

}  // namespace flow::program
