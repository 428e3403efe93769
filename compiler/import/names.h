// Names of the language from the labels of other products.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace flow::importing {

// Whether it is a name of the grammar, as members of answers have it: no reserved word.
bool is_word(std::string_view text);

// Whether a step, variable or channel may be called so: a name of the grammar, of at most limits::kNameCharsMax
// characters, and no reserved word.
bool is_name(std::string_view text);

// What an address ends with, for a name: "https://x.example/get-case?v=2" is "get-case".
std::string last_word(std::string_view address);

// Whether a name made of the label says something of it; otherwise one made of its type reads better.
bool has_letters(std::string_view label);
// Whether such a name lacks letters of the label, those of other scripts: people want to read it, as a comment.
bool loses_letters(std::string_view label);

// Gives out names, each once. Linear in what it is asked, however many labels are alike.
class Names {
 public:
  // For names in words: "Send WhatsApp, 2nd" is `send_whats_app_2nd`, `send_whats_app_2nd_2` the second time. A label
  // without a usable character gives `otherwise`. Where the label is a free name already, it stays as it is.
  std::string step(std::string_view label, std::string_view otherwise);
  // For variables, inputs and the like: `order.id` is `orderId`.
  std::string variable(std::string_view label, std::string_view otherwise);

  // Never gives out this one.
  void reserve(std::string_view name) { taken_.emplace(name); }

 private:
  std::string unique(std::string name);

  std::set<std::string, std::less<>> taken_;
  std::map<std::string, std::size_t, std::less<>> counts_;  // by name: how often it was asked for
};

}  // namespace flow::importing
