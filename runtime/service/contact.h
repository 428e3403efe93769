// What is kept of somebody between executions: attributes, tags, whether they want marketing, when they wrote, and the
// messages that limits count; of a range of numbers only the last. docs/formats/image.md
// has the bytes.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/service/service.h"

namespace flow::service {

// Contacts are records among those of executions, of a bundle that there never is.
inline constexpr std::uint32_t kContactBundle = INT32_MAX;
inline constexpr std::uint32_t kContactFlow = INT32_MAX;

struct Contact {
  // A change that was made, and what was answered, for whoever asks again.
  struct Done {
    std::string key;
    ContactAnswer answer;
  };
  static constexpr std::size_t kDoneKept = 4;

  // A message that limits count, until none of them looks so far back.
  struct Sent {
    std::int64_t at_ms = 0;
    std::int64_t until_ms = 0;
    std::uint64_t key = 0;
    std::uint8_t purpose = 0;
  };

  bool unsubscribed = false;
  std::map<std::string, std::string, std::less<>> attributes;
  std::set<std::string, std::less<>> tags;
  std::vector<Done> done;                                  // the last ones
  std::vector<Sent> sent;                                  // from earlier to later
  std::map<std::string, std::int64_t, std::less<>> heard;  // when they wrote last, by channel
};

std::string put_contact(const Contact& contact);
// data_loss: damaged; failed_precondition: written by a newer flowd.
Status take_contact(std::string_view bytes, Contact& contact);

// What was there before, and makes the changes; a known key changes nothing and has the answer of then.
// resource_exhausted: more than a contact may have; then nothing is changed.
struct Applied {
  ContactAnswer answer;
  bool changed = false;  // it must be stored
};
Result<Applied> apply(const ContactRequest& request, Contact& contact);

}  // namespace flow::service
