// What entries of our own graph say, word by word: a reading of its own, for the proof of an import.
#pragma once

#include <string>
#include <vector>

#include "compiler/import/json.h"

namespace flow::importing::console {

struct Word {
  std::string type;
  std::string text;
};
using Item = std::vector<Word>;

// REQUIRES: parts of docs/formats/console.md; they throw std::exception where it is none.
Word word_of(const Json& value);
Item words_of(const Json& list);
// What an entry says, between commas: the words of its pattern with its values put in. At least one.
std::vector<Item> items_of(const Json& entry);

}  // namespace flow::importing::console
